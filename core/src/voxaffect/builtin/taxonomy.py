"""From a classifier's labels and dimensions to a posterior over the 26 emotions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from voxaffect.builtin.emotion_centres import EMOTION_CENTRES
from voxaffect.components import Classification, Heard
from voxaffect.emotions import EmotionCategory
from voxaffect.errors import PluginError
from voxaffect.types import MIDDLE, PrimaryDimensions

EMOTIONS = tuple(EmotionCategory)
CENTRES: npt.NDArray[np.float64] = np.array(
    [(c.valence, c.arousal, c.dominance) for c in (EMOTION_CENTRES[e] for e in EMOTIONS)]
)  # (26, 3)
NEUTRAL = CENTRES[EMOTIONS.index(EmotionCategory.NEUTRAL)]

CATEGORY_SPREAD = np.array([0.25, 0.12, 0.18])
"""How far voices of one emotion lie from its centre, in valence, arousal and dominance. A choice: about
the distance between neighbouring centres, so that neighbours share what nothing tells apart."""

NEUTRAL_PRIOR = 0.1
"""Prior of neutral; the other 25 share the rest. A choice: neutral is the commonest class of natural
speech, though a clip is analysed because it may be something else."""


class CircumplexTaxonomy:
    """Bayes' rule on Gaussian emotions in valence, arousal and dominance.

    A label that is one of the 26 keeps its probability. A label that is not, or that the classifier
    places in `label_dimensions`, shares it among its neighbours by their distance from there. Dimensions then
    weigh every category by how likely it makes them, given the classifier's own errors, so that evidence
    which cannot tell neighbours apart leaves them equal.
    """

    def map(self, classification: Classification) -> Heard:
        """The posterior, capped by the classifier's `max_confidence`, and where it lies.

        Without speech every emotion is equally likely and the dimensions stand in the middle.

        Raises:
            PluginError: a label is none of the 26 and has no `label_dimensions`.
        """
        if not classification.speech:
            even = dict.fromkeys(EMOTIONS, 1 / len(EMOTIONS))
            return Heard(MIDDLE, even, dict.fromkeys(EMOTIONS, 0.0))
        posterior = _labels_to_emotions(classification)
        if classification.dimensions is not None:
            errors = np.hypot(CATEGORY_SPREAD, classification.dimension_errors)
            posterior = posterior * _nearness(_point(classification.dimensions), errors)
        posterior = _capped(posterior / posterior.sum(), classification.max_confidence)
        reported = classification.primary or classification.dimensions
        point = posterior @ CENTRES if reported is None else _point(reported)
        primary = PrimaryDimensions(*(float(value) for value in point))
        intensities = dict(zip(EMOTIONS, map(float, _intensities(point)), strict=True))
        return Heard(primary, dict(zip(EMOTIONS, map(float, posterior), strict=True)), intensities)


def dimensions_to_likely_emotions(
    valence: float, arousal: float, dominance: float = 0.5
) -> list[tuple[EmotionCategory, float]]:
    """All 26 emotions with their probabilities at a point, likeliest first.

    Args:
        valence: -1..1.
        arousal: 0..1.
        dominance: 0..1; it tells e.g. angry (high) from anxious (low).

    Raises:
        InvalidValueError: a dimension outside its range.
    """
    point = _point(PrimaryDimensions(valence=valence, arousal=arousal, dominance=dominance))
    nearness = _nearness(point, CATEGORY_SPREAD)
    order = np.argsort(-nearness, kind="stable")
    return [(EMOTIONS[i], float(nearness[i] / nearness.sum())) for i in order]


def _point(dimensions: PrimaryDimensions) -> npt.NDArray[np.float64]:
    return np.array([dimensions.valence, dimensions.arousal, dimensions.dominance])


def _nearness(point: npt.NDArray[np.float64], errors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(3,), (3,) -> (26,) likelihoods, the largest 1."""
    exponent = -0.5 * np.square((CENTRES - point) / errors).sum(axis=1)
    nearness: npt.NDArray[np.float64] = np.exp(exponent - exponent.max())
    return nearness


def _labels_to_emotions(classification: Classification) -> npt.NDArray[np.float64]:
    """(26,) before the dimensions; the prior where the classifier has no classes."""
    if not classification.probabilities:
        prior = np.full(len(EMOTIONS), (1 - NEUTRAL_PRIOR) / (len(EMOTIONS) - 1))
        prior[EMOTIONS.index(EmotionCategory.NEUTRAL)] = NEUTRAL_PRIOR
        return prior
    shared = np.zeros(len(EMOTIONS))
    for label, probability in classification.probabilities.items():
        where = classification.label_dimensions.get(label)
        if where is not None:
            nearness = _nearness(_point(where), CATEGORY_SPREAD)
            shared += probability * nearness / nearness.sum()
        elif label in EMOTIONS:
            shared[EMOTIONS.index(EmotionCategory(label))] += probability
        else:
            raise PluginError(
                f"the classifier's label {label!r} is none of the 26 emotions and its label_dimensions "
                f"do not say where it lies. The 26: {', '.join(EMOTIONS)}."
            )
    return shared


def _capped(posterior: npt.NDArray[np.float64], most: float) -> npt.NDArray[np.float64]:
    """Mix in as much of an even posterior as brings the likeliest down to `most`; no two change places."""
    top, even = posterior.max(), 1 / len(posterior)
    if top <= most:
        return posterior
    share = (top - most) / (top - even)
    capped: npt.NDArray[np.float64] = (1 - share) * posterior + share * even
    return capped


def _intensities(point: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(26,) in 0..1: how far the point has gone from neutral towards each centre and beyond.

    1 is 1.5 times the centre's own distance, so that a point on the centre is strong, not intense.
    Neutral itself is felt the more, the nearer the point.
    """
    scale = CATEGORY_SPREAD
    there, here = (CENTRES - NEUTRAL) / scale, (point - NEUTRAL) / scale  # (26, 3), (3,)
    lengths = np.linalg.norm(there, axis=1)
    progress = there @ here / np.where(lengths > 0, lengths, 1) ** 2 / 1.5
    progress[lengths == 0] = np.exp(-0.5 * here @ here)
    clipped: npt.NDArray[np.float64] = np.clip(progress, 0, 1)
    return clipped


def likeliest(posterior: Mapping[EmotionCategory, float], count: int) -> list[EmotionCategory]:
    """The `count` likeliest emotions; of equals, neutral first, then in the order of `EmotionCategory`."""
    return sorted(
        EMOTIONS, key=lambda emotion: (-posterior[emotion], emotion is not EmotionCategory.NEUTRAL)
    )[:count]
