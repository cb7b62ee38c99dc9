"""From a classifier's labels and dimensions to a posterior over the 26 emotions."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from voxaffect.builtin.branches import BRANCH_OF, BRANCHES
from voxaffect.builtin.emotion_centres import EMOTION_CENTRES
from voxaffect.builtin.marker_likelihoods import marker_likelihoods
from voxaffect.components import Classification, Heard
from voxaffect.emotions import EmotionCategory
from voxaffect.errors import PluginError
from voxaffect.families import FAMILIES
from voxaffect.types import MIDDLE, PrimaryDimensions

Array = npt.NDArray[np.float64]

EMOTIONS = tuple(EmotionCategory)
CENTRES: Array = np.array(
    [(c.valence, c.arousal, c.dominance) for c in (EMOTION_CENTRES[e] for e in EMOTIONS)]
)  # (26, 3)
NEUTRAL = CENTRES[EMOTIONS.index(EmotionCategory.NEUTRAL)]

CATEGORY_SPREAD = np.array([0.25, 0.12, 0.18])
"""How far voices of one emotion lie from its centre, in valence, arousal and dominance. A choice: about
the distance between neighbouring centres, so that neighbours share what nothing tells apart."""

FROM_NEUTRAL: Array = (CENTRES - NEUTRAL) / CATEGORY_SPREAD
"""(26, 3) the way from neutral to each centre, in spreads."""

DISTANCES: Array = np.linalg.norm(FROM_NEUTRAL, axis=1)
"""(26,) its length; 0 for neutral."""

NEUTRAL_PRIOR = 0.1
"""Prior of neutral; the other 25 share the rest. A choice: neutral is the commonest class of natural
speech, though a clip is analysed because it may be something else."""

PROTOTYPE_WEIGHT = 1.5
"""Of the emotion that a branch is named for, the first in its row, beside its neighbours.

It is what most people mean by the word (Shaver et al. 1987, as in `voxaffect.builtin.branches`). How much
more is a choice, so that a weak marker alone, such as a telephone changes, does not take its name away."""

PRIOR = np.array(
    [
        NEUTRAL_PRIOR if emotion is EmotionCategory.NEUTRAL else (1 - NEUTRAL_PRIOR) / (len(EMOTIONS) - 1)
        for emotion in EMOTIONS
    ]
)  # (26,)


class CircumplexTaxonomy:
    """Bayes' rule: what a class means, weighed by dimensions, and by markers among neighbours.

    With classes c, emotions e, dimensions d and markers m:

        p(c, e | d) is proportional to p(c) p(e | c) p(d | e)
        p(e | c, d, m) is proportional to p(e | c) p(d | e) p(m | e)
        p(e | d, m) is the sum over c of p(c | d) p(e | c, d, m)

    where p(c) is the classifier's, p(e | c) says what the class stands for (`_meaning`), p(d | e) is a
    Gaussian at the emotion's centre, as wide as voices scatter and dimensions err, and p(m | e) is read off
    how each emotion is spoken. Dimensions, a second opinion, move probability between classes too. Markers
    do not: the classifier heard the same sound, so that they say which of a class's emotions it is, and
    nothing of the class. Evidence that cannot tell neighbours apart leaves them as they were.

    A classifier without classes has one for each family of neighbours, with the families' prior.
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
        joint = _classes_and_emotions(classification)  # (n_classes, 26)
        if classification.dimensions is not None:
            errors = np.hypot(CATEGORY_SPREAD, classification.dimension_errors)
            joint = joint * _nearness(_point(classification.dimensions), errors)
        joint = _shared_by(marker_likelihoods(classification.markers), joint / joint.sum())
        posterior = _capped(joint.sum(axis=0), classification.max_confidence)
        reported = classification.primary or classification.dimensions
        point = posterior @ CENTRES if reported is None else _point(reported)
        intensities = dict(zip(EMOTIONS, _intensities(point).tolist(), strict=True))
        primary = PrimaryDimensions(*point.tolist())
        return Heard(primary, dict(zip(EMOTIONS, posterior.tolist(), strict=True)), intensities)


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


def _point(dimensions: PrimaryDimensions) -> Array:
    return np.array([dimensions.valence, dimensions.arousal, dimensions.dominance])


def _nearness(point: Array, errors: Array) -> Array:
    """(3,), (3,) -> (26,) likelihoods, the largest 1."""
    exponent = -0.5 * np.square((CENTRES - point) / errors).sum(axis=1)
    nearness: Array = np.exp(exponent - exponent.max())
    return nearness


def _classes_and_emotions(classification: Classification) -> Array:
    """(n_classes, 26) of every class and emotion together, before dimensions and markers; sum 1."""
    labels = tuple(classification.probabilities)
    if not labels:
        return _families()
    places = tuple(map(classification.label_dimensions.get, labels))
    probabilities = np.array([*classification.probabilities.values()])
    joint: Array = probabilities[:, np.newaxis] * _meanings(labels, places)
    return joint


@functools.cache
def _families() -> Array:
    """(n_families, 26) the prior, each emotion in its family's row."""
    return np.array([PRIOR * [emotion in each for emotion in EMOTIONS] for each in FAMILIES.values()])


@functools.lru_cache(maxsize=16)
def _meanings(labels: tuple[str, ...], places: tuple[PrimaryDimensions | None, ...]) -> Array:
    """(n_classes, 26); kept, because a classifier says the same of its labels at every clip."""
    return np.array([_meaning(label, where) for label, where in zip(labels, places, strict=True)])


def _meaning(label: str, where: PrimaryDimensions | None) -> Array:
    """(26,) p(emotion | class).

    A label that is one of the 26 and that the classifier does not place means just that. A broad word such
    as "fear" means the emotions of its branch, any other label whatever lies near it: each counts by its
    nearness to where the classifier places the label, the one that the branch is named for a little more.
    """
    if where is None and label in EMOTIONS:
        return np.array([float(emotion == label) for emotion in EMOTIONS])
    if where is None:
        raise PluginError(
            f"the classifier's label {label!r} is none of the 26 emotions and its label_dimensions "
            f"do not say where it lies. The 26: {', '.join(EMOTIONS)}."
        )
    branch = BRANCH_OF.get(label.lower())
    members = EMOTIONS if branch is None else BRANCHES[branch]
    nearness = _nearness(_point(where), CATEGORY_SPREAD) * [emotion in members for emotion in EMOTIONS]
    if branch is not None:
        nearness[EMOTIONS.index(members[0])] *= PROTOTYPE_WEIGHT
    meaning: Array = nearness / nearness.sum()
    return meaning


def _shared_by(likelihood: Array, joint: Array) -> Array:
    """(n_classes, 26) weighed by (26,) within each class, whose probability stays what it was."""
    weighed = joint * likelihood
    total = weighed.sum(axis=1, keepdims=True)
    shared: Array = weighed / np.where(total > 0, total, 1) * joint.sum(axis=1, keepdims=True)
    return shared


def _capped(posterior: Array, most: float) -> Array:
    """Mix in as much of an even posterior as brings the likeliest down to `most`; no two change places."""
    top, even = posterior.max(), 1 / len(posterior)
    if top <= most:
        return posterior
    share = (top - most) / (top - even)
    capped: Array = (1 - share) * posterior + share * even
    return np.minimum(capped, most)  # which rounding can exceed


def _intensities(point: Array) -> Array:
    """(26,) in 0..1: how far the point has gone from neutral towards each centre and beyond.

    1 is 1.5 times the centre's own distance, so that a point on the centre is strong, not intense.
    Neutral itself is felt the more, the nearer the point.
    """
    here = (point - NEUTRAL) / CATEGORY_SPREAD  # (3,)
    progress = FROM_NEUTRAL @ here / np.where(DISTANCES > 0, DISTANCES, 1) ** 2 / 1.5
    progress[DISTANCES == 0] = np.exp(-0.5 * here @ here)
    clipped: Array = np.minimum(np.maximum(progress, 0), 1)
    return clipped


def likeliest(posterior: Mapping[EmotionCategory, float], count: int) -> list[EmotionCategory]:
    """The `count` likeliest emotions; of equals, neutral first, then in the order of `EmotionCategory`."""
    return sorted(
        EMOTIONS, key=lambda emotion: (-posterior[emotion], emotion is not EmotionCategory.NEUTRAL)
    )[:count]
