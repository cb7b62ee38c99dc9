"""Where the labels of emotional speech corpora lie, so that the taxonomy can share them among the 26."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from voxaffect.builtin.emotion_centres import EMOTION_CENTRES
from voxaffect.emotions import EmotionCategory as E
from voxaffect.errors import InvalidValueError
from voxaffect.types import PrimaryDimensions

_SAME = {
    "anger": E.ANGRY,
    "boredom": E.BORED,
    "happiness": E.HAPPY,
    "joy": E.HAPPY,
    "sadness": E.SAD,
    "calmness": E.CALM,
}

LABEL_PLACES: Mapping[str, PrimaryDimensions] = MappingProxyType(
    {label: EMOTION_CENTRES[emotion] for label, emotion in _SAME.items()}
    | {
        label: PrimaryDimensions(valence=valence, arousal=arousal, dominance=dominance)
        for labels, valence, arousal, dominance in (
            (("disgust", "disgusted"), -0.60, 0.675, 0.555),  # "disgusted"
            (("fear", "fearful"), -0.315, 0.80, 0.355),  # between "fearful" and the centre of anxious
            (("surprise", "surprised"), 0.40, 0.835, 0.435),  # "surprised"
        )
        for label in labels
    }
)
"""Source: Russell & Mehrabian (1977), as in `voxaffect.builtin.emotion_centres`."""


def place_labels(
    labels: Iterable[str], given: Mapping[str, PrimaryDimensions] | None = None
) -> dict[str, PrimaryDimensions]:
    """{label: where it lies}, as given or else known; those of the 26 are left out, they mean themselves.

    Raises:
        InvalidValueError: a label that is neither.
    """
    known = {**LABEL_PLACES, **(given or {})}
    own = set(map(str, E)) - set(given or {})
    places = {label: known.get(label, known.get(label.lower())) for label in labels if label not in own}
    unknown = sorted(label for label, place in places.items() if place is None)
    if unknown:
        raise InvalidValueError(
            f"where do the labels {', '.join(unknown)} lie? Say the valence (-1..1), arousal and dominance "
            f"(0..1) of each. Known: the 26 emotions, and {', '.join(sorted(LABEL_PLACES))}"
        )
    return {label: place for label, place in places.items() if place is not None}
