"""A linear classifier of features: what it is made of, and what it concludes."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect.components import Features
from voxaffect.context import EMOTIONAL
from voxaffect.errors import VoxaffectError
from voxaffect.training.familiarity import Familiarity
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

    def standardise(self, values: npt.NDArray[np.floating]) -> Array:
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


SHRINKAGE = 5.0
"""Utterances that everybody's mean counts as, beside those of a speaker.

From 3 to 10 recall differs by less than .02, tested on the other corpus; lower ones are better for three
neutral utterances, higher ones where all that was heard of a person was one emotion."""

HALF_AT, MOST_ADAPTED = 0.5, 0.75
"""Utterances from which the adapted head counts as much as the plain one, and the most that it counts. Above
three quarters recall gains nothing, and a baseline of one emotion alone costs more: ten utterances in the
clip's own emotion leave .45 at 1, .53 at .75, of .62 without any."""


def less_baseline(values: Array, baseline: Array, count: float, usual: Array) -> Array:
    """Values (..., n_inputs) less (n * the speaker's mean + S * everybody's) / (n + S); S = SHRINKAGE.

    Args:
        baseline: the speaker's mean over n utterances, `count`, NaN where nothing was measured.
        usual: everybody's.
    """
    share = count / (count + SHRINKAGE)
    return values - usual - np.nan_to_num((baseline - usual) * share, nan=0.0)


@attrs.frozen(eq=False)
class SpeakerAdaptation:
    """How a speaker's other utterances are taken into account, however many are known.

    Attributes:
        usual: (n_inputs,) everybody's mean.
        head: the weights for inputs less a baseline, see `less_baseline`.
    """

    usual: Array
    head: Head

    def relative(self, values: Array, baseline: Array, count: float) -> Array:
        """See `less_baseline`."""
        return less_baseline(values, baseline, count, self.usual)


def adapted_share(count: float) -> float:
    """How much of the conclusion is the adapted head's after so many utterances, 0..1."""
    return min(count / (count + HALF_AT), MOST_ADAPTED)


def joint_logits(
    head: Head, adaptation: SpeakerAdaptation | None, values: Array, baseline: Array | None, count: float
) -> Array:
    """(..., n_inputs) -> (..., n_classes), of both heads together.

    Args:
        baseline: (..., n_inputs) the speaker's mean over so many utterances; None if nothing is known.
    """
    logits = head.logits(values)
    if baseline is None or adaptation is None or not count:
        return logits
    share = adapted_share(count)
    adapted = adaptation.head.logits(adaptation.relative(values, baseline, count))
    mixed: Array = share * adapted + (1 - share) * logits
    return mixed


@attrs.frozen(eq=False)
class Verdict:
    """Of one clip.

    Attributes:
        probabilities: (n_classes,), as if every class were as common as in training: which one it is.
        emotional: probability that it is not neutral, where most voices are: whether to say so. None from a
            model that was trained without strangers.
        unfamiliar: how far it lies from what training heard, see `Familiarity.distance`; None if untaught.
        adapted_to: utterances of the speaker that it rests on besides.
        pushes: {functional: what it added to the likeliest class}; embeddings are left out.
        deviations: {functional: standard deviations from its mean}.
    """

    probabilities: Array
    emotional: float | None
    unfamiliar: float | None
    adapted_to: float
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
        clear_from: probability of the likeliest class from which it is clear; below, nothing is. With
            `caution`, that among the emotions alone.
        neutral: which class is neutral; None for none.
        caution: what is added to the logit of neutral to decide whether to speak of an emotion at all, so
            that few neutral strangers are told one; None from a model that was trained without strangers.
        familiarity: what its training heard; None from a model that was not taught it.
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
    neutral: str | None = None
    caution: float | None = None
    familiarity: Familiarity | None = None

    def logits(self, values: Array, baseline: Array | None = None, count: float = 0) -> Array:
        """See `joint_logits`; temperatures included."""
        return joint_logits(self.head, self.adaptation, values, baseline, count)

    def judge(self, features: Features) -> Verdict:
        """With the speaker's baseline where there is one and the model has weights for it.

        Raises:
            ModelError: features that the model was not trained on.
        """
        values, own, count = self._inputs(features), None, 0.0
        if features.baseline is not None and self.adaptation is not None:
            own = to_vector(features.baseline, self.functionals, self.embedding_size)
            count = features.baseline.n_samples if np.isfinite(own).any() else 0.0
        logits = self.logits(values, own, count)
        probabilities = softmax(logits)
        pushes, deviations = self._pushes(values, own, count, int(probabilities.argmax()))
        return Verdict(
            probabilities,
            self.emotional(logits),
            self._unfamiliar(values),
            count,
            dict(zip(self.functionals, pushes.tolist(), strict=False)),
            dict(zip(self.functionals, deviations.tolist(), strict=False)),
        )

    def _pushes(self, values: Array, own: Array | None, count: float, chosen: int) -> tuple[Array, Array]:
        """What each input pushes, and how far it lies from the usual: the speaker's where that is known."""
        deviations = self.head.standardise(values)
        pushes = self.head.pushes(deviations, chosen)
        if own is None or self.adaptation is None or not count:
            return pushes, deviations
        share, head = adapted_share(count), self.adaptation.head
        deviations = head.standardise(self.adaptation.relative(values, own, count))
        return share * head.pushes(deviations, chosen) + (1 - share) * pushes, deviations

    def _unfamiliar(self, values: Array) -> float | None:
        if self.familiarity is None:
            return None
        return float(self.familiarity.distance(self.head.standardise(values)))

    def emotional(self, logits: Array) -> float | None:
        """Probability that it is not neutral, by the cautious prior; see `Verdict`."""
        if self.caution is None or self.neutral is None:
            return None
        return float(emotional_share(logits, self.classes.index(self.neutral), self.caution))

    def is_unclear(self, probabilities: Array, emotional: float | None) -> bool:
        """Whether no single class had better be named."""
        if emotional is None or self.neutral is None:
            return bool(probabilities.max() < self.clear_from)
        of_neutral = self.classes.index(self.neutral)
        return not bool(names_one(probabilities, np.array(emotional), of_neutral, self.clear_from))

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


def emotional_share(logits: Array, neutral: int, caution: float) -> Array:
    """(..., n_classes) -> (...) probability of all classes but neutral, its logit raised by so much."""
    raised = np.array(logits, np.float64)
    raised[..., neutral] += caution
    share: Array = 1 - softmax(raised)[..., neutral]
    return share


def names_one(
    probabilities: Array, emotional: Array, neutral: int, clear_from: float
) -> npt.NDArray[np.bool_]:
    """(..., n_classes), (...) -> whether neutral, or one emotion among all, is clear."""
    calm = probabilities.argmax(axis=-1) == neutral
    others = np.delete(probabilities, neutral, axis=-1)
    leading = others.max(axis=-1) >= clear_from * others.sum(axis=-1)
    clear: npt.NDArray[np.bool_] = np.where(calm, emotional < EMOTIONAL, leading & (emotional >= EMOTIONAL))
    return clear


def to_vector(features: Features, functionals: tuple[str, ...], embedding_size: int) -> Array:
    """(n_functionals + embedding_size,), NaN where a clip lacks a measure, or an embedding of that size."""
    values = np.full(len(functionals) + embedding_size, np.nan)
    values[: len(functionals)] = [features.functionals.get(name, np.nan) for name in functionals]
    if embedding_size and features.embedding is not None and features.embedding.shape == (embedding_size,):
        values[len(functionals) :] = features.embedding
    return values
