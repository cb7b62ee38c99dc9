"""A linear classifier of features: what it is made of, and what it concludes."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect.components import Features
from voxaffect.errors import VoxaffectError
from voxaffect.training.fit import softmax
from voxaffect.types import PrimaryDimensions

Array = npt.NDArray[np.float64]

LARGEST_DEVIATION = 4.0
"""Standard deviations; an input further off counts as this far, so that no odd measure decides alone."""

FEWEST_INPUTS = 0.1
"""Share of the inputs that a clip must give. A syllable gives a sixth of those of `prosodic`; fewer, and they
are of another extractor or version."""


class ModelError(VoxaffectError):
    """A trained model that is refused: damaged, hostile, of another version, or of other features."""


@attrs.frozen(eq=False)
class Head:
    """One set of weights.

    Attributes:
        center, scale: (n_inputs,), taken off the inputs and divided by.
        weights: (n_inputs, n_classes).
        bias: (n_classes,).
        temperature: that the logits are divided by.
    """

    center: Array
    scale: Array
    weights: Array
    bias: Array
    temperature: float

    def standardise(self, values: Array) -> Array:
        """(..., n_inputs), NaN where missing -> deviations from the mean; a missing one is 0."""
        deviations: Array = (values - self.center) / self.scale
        deviations[np.isnan(deviations)] = 0
        return np.minimum(np.maximum(deviations, -LARGEST_DEVIATION), LARGEST_DEVIATION)

    def logits(self, values: Array) -> Array:
        """(..., n_inputs) -> (..., n_classes), temperature included."""
        return self.logits_at(self.standardise(values))

    def logits_at(self, deviations: Array) -> Array:
        """The same of what `standardise` gives."""
        logits: Array = (deviations @ self.weights + self.bias) / self.temperature
        return logits

    def pushes(self, deviations: Array, chosen: int) -> Array:
        """(n_inputs,) -> (n_inputs,) what each input adds to a class's logit over the mean of all classes."""
        towards = self.weights[:, chosen] - self.weights.mean(axis=1)
        pushed: Array = deviations * towards / self.temperature
        return pushed


@attrs.frozen(eq=False)
class SpeakerAdaptation:
    """How inputs are taken relative to the speaker's own neutral voice.

    A few clips tell a speaker's usual voice only roughly. It is estimated between theirs and everybody's,
    the closer to theirs the more speakers differ in an input and the less clips of one speaker do
    (empirical Bayes; C. Morris, "Parametric empirical Bayes inference", JASA 78, 1983).

    Attributes:
        usual: (n_inputs,) everybody's mean in neutral clips.
        trust: (n_inputs,) 0..1, how far to go from there to the speaker's own mean.
        head: the weights for inputs so taken.
    """

    usual: Array
    trust: Array
    head: Head

    def relative(self, values: Array, baseline: Array) -> Array:
        """(..., n_inputs) less the speaker's usual voice; `baseline` is NaN where it says nothing."""
        return relative_to_speaker(values, baseline, self.usual, self.trust)


def relative_to_speaker(values: Array, baseline: Array, usual: Array, trust: Array) -> Array:
    """See `SpeakerAdaptation`."""
    relative: Array = values - usual - np.nan_to_num((baseline - usual) * trust, nan=0.0)
    return relative


@attrs.frozen(eq=False)
class Verdict:
    """Of one clip.

    Attributes:
        probabilities: (n_classes,).
        pushes: {functional: what it added to the likeliest class}; embeddings are left out.
        deviations: {functional: standard deviations from its mean}.
    """

    probabilities: Array
    pushes: Mapping[str, float]
    deviations: Mapping[str, float]


@attrs.frozen(eq=False)
class LinearModel:
    """A classifier of one extractor's features.

    Attributes:
        extractor: its name.
        classes: labels.
        label_dimensions: {label: where it lies}, for those that are none of the 26.
        functionals: names of the inputs that are functionals; they come first.
        embedding_size: number of the inputs after them, from the embedding; 0 for none.
        head: without a speaker baseline.
        adaptation: with one; None where the training data had too few neutral clips.
        max_confidence: no category may be given more.
        clear_from: probability of the likeliest class from which it is clear; below, nothing is.
    """

    extractor: str
    classes: tuple[str, ...]
    label_dimensions: Mapping[str, PrimaryDimensions]
    functionals: tuple[str, ...]
    embedding_size: int
    head: Head
    adaptation: SpeakerAdaptation | None = None
    max_confidence: float = 1.0
    clear_from: float = 0.0

    def judge(self, features: Features) -> Verdict:
        """Relative to the speaker's baseline where there is one and the model has weights for it.

        Raises:
            ModelError: features that the model was not trained on.
        """
        values, head = self._inputs(features), self.head
        if features.baseline is not None and self.adaptation is not None:
            own = to_vector(features.baseline, self.functionals, self.embedding_size)
            values, head = self.adaptation.relative(values, own), self.adaptation.head
        deviations = head.standardise(values)
        probabilities = softmax(head.logits_at(deviations))
        pushes = head.pushes(deviations, int(probabilities.argmax()))
        return Verdict(
            probabilities,
            dict(zip(self.functionals, pushes.tolist(), strict=False)),
            dict(zip(self.functionals, deviations.tolist(), strict=False)),
        )

    def _inputs(self, features: Features) -> Array:
        given = features.embedding
        if self.embedding_size and given is not None and given.shape != (self.embedding_size,):
            raise ModelError(
                f"the model needs an embedding of {self.embedding_size} from the extractor "
                f"{self.extractor!r}, and one of {' x '.join(map(str, given.shape))} came: "
                "it was trained on other features; give the extractor the same options, or train it again"
            )
        values = to_vector(features, self.functionals, self.embedding_size)
        there = np.isfinite(values)
        if there.mean() < FEWEST_INPUTS:
            missing = [name for name, has in zip(self.functionals, there, strict=False) if not has]
            raise ModelError(
                f"the model needs {len(values)} inputs of the extractor {self.extractor!r}, and "
                f"{int(there.sum())} came (missing: {', '.join(missing[:5]) or 'the embedding'}, ...): "
                "it was trained on other features; train it again"
            )
        return values


def to_vector(features: Features, functionals: tuple[str, ...], embedding_size: int) -> Array:
    """(n_functionals + embedding_size,), NaN where a clip lacks a measure, or an embedding of that size."""
    values = np.full(len(functionals) + embedding_size, np.nan)
    values[: len(functionals)] = [features.functionals.get(name, np.nan) for name in functionals]
    if embedding_size and features.embedding is not None and features.embedding.shape == (embedding_size,):
        values[len(functionals) :] = features.embedding
    return values
