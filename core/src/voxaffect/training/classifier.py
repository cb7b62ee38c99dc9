"""`TrainedClassifier`: any model of `voxaffect train` as the classifier of a pipeline."""

from __future__ import annotations

import operator
import os
from collections.abc import Mapping, Sequence

from voxaffect.builtin.emotion_centres import EMOTION_CENTRES
from voxaffect.components import Classification, Features
from voxaffect.training.folder import find_model, load_model
from voxaffect.training.model import LinearModel, Verdict
from voxaffect.types import PrimaryDimensions

MOST_TOLD = 5
LEAST_TOLD = 0.05
"""Smaller pushes, in units of the logarithm of the odds, are left out of the explanation."""


class TrainedClassifier:
    """Classes by a linear model.

    Args:
        model: a folder that `voxaffect train` has written, or the name of one in the user's data directory.

    Raises:
        ModelError: there is none, or it is refused.
    """

    def __init__(self, *, model: str | os.PathLike[str]) -> None:
        self.model: LinearModel = load_model(find_model(model))
        self.requires: tuple[str, ...] = (self.model.extractor,)
        self._places = _places(self.model.classes, self.model.label_dimensions)

    def classify(self, features: Mapping[str, Features]) -> Classification:
        """Without speech where the extractor says that there is none.

        Raises:
            ModelError: features that the model was not trained on.
        """
        measured, model = features[self.model.extractor], self.model
        if measured.speech_s is not None and not measured.speech_s:
            return Classification(speech=False, max_confidence=model.max_confidence)
        verdict = model.judge(measured)
        probabilities = dict(zip(model.classes, verdict.probabilities.tolist(), strict=True))
        strange = verdict.unfamiliar is not None and verdict.unfamiliar > 1
        likeliest = max(probabilities, key=probabilities.__getitem__)
        return Classification(
            probabilities=probabilities,
            label_dimensions=dict(model.label_dimensions),
            primary=self._mean_place(verdict.probabilities.tolist()),
            max_confidence=model.max_confidence,
            unclear=strange or model.is_unclear(verdict.probabilities, verdict.emotional),
            emotional=verdict.emotional,
            unfamiliar=verdict.unfamiliar,
            markers=measured.markers,
            embedding=measured.embedding,
            explanation=tuple(self.explain(likeliest, verdict)),
            adapted_to=verdict.adapted_to,
        )

    def _mean_place(self, probabilities: Sequence[float]) -> PrimaryDimensions:
        """Where the classes lie, by their probability."""
        total = sum(probabilities)
        return PrimaryDimensions(
            *(sum(map(operator.mul, probabilities, row)) / total for row in self._places)
        )

    def explain(self, label: str, verdict: Verdict) -> list[str]:
        """The functionals that pushed hardest towards the likeliest class or away from it."""
        hardest = sorted(verdict.pushes, key=lambda name: -abs(verdict.pushes[name]))[:MOST_TOLD]
        return [
            f"{name} {'above' if verdict.deviations[name] > 0 else 'below'} the usual: "
            f"{label} {verdict.pushes[name]:+.2f}"
            for name in hardest
            if abs(verdict.pushes[name]) >= LEAST_TOLD
        ]


def _places(
    labels: Sequence[str], label_dimensions: Mapping[str, PrimaryDimensions]
) -> list[tuple[float, ...]]:
    """Valences, arousals and dominances of all labels, a row each."""
    known = {**{str(emotion): at for emotion, at in EMOTION_CENTRES.items()}, **label_dimensions}
    at = [known[label] for label in labels]
    return [tuple(getattr(place, name) for place in at) for name in ("valence", "arousal", "dominance")]
