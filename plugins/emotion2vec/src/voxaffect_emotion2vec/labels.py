"""The nine classes: their names in English, and where each lies in valence, arousal and dominance."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from voxaffect.builtin.emotion_centres import EMOTION_CENTRES
from voxaffect.emotions import EmotionCategory
from voxaffect.types import MIDDLE, PrimaryDimensions

UNUSED_PREFIX = "unuse"
"""Outputs of earlier revisions that were never trained; they take part in no decision."""

UNKNOWN = "unknown"

CLASS_DIMENSIONS: Mapping[str, PrimaryDimensions] = MappingProxyType(
    {
        "angry": EMOTION_CENTRES[EmotionCategory.ANGRY],
        "disgusted": PrimaryDimensions(valence=-0.60, arousal=0.675, dominance=0.555),  # "disgusted"
        "fearful": PrimaryDimensions(valence=-0.315, arousal=0.80, dominance=0.355),  # "fearful", "anxious"
        "happy": EMOTION_CENTRES[EmotionCategory.HAPPY],
        "neutral": EMOTION_CENTRES[EmotionCategory.NEUTRAL],
        "other": MIDDLE,
        "sad": EMOTION_CENTRES[EmotionCategory.SAD],
        "surprised": PrimaryDimensions(valence=0.51, arousal=0.855, dominance=0.56),  # "surprised", "excited"
        UNKNOWN: MIDDLE,
    }
)
"""Class -> where it lies.

Source of the three with a comment: Russell & Mehrabian (1977), J. Research in Personality 11, 273-294, the
mean of the terms named, arousal and dominance shifted to 0..1. Two terms stand for "fearful" (-.64, .60, -.43
and .01, .59, -.15) and for "surprised" (.40, .67, -.13 and .62, .75, .38): acted fear in speech corpora goes
from worry to terror, acted surprise is mostly a pleasant one. "other" and "unknown" say nothing, hence the
middle. The rest: `voxaffect.builtin.emotion_centres`.
"""


def english_label(published: str) -> str:
    """The class's name in English.

    A published name is in English, or in two languages with a slash between them, or "<unk>": "unknown".
    """
    names = [part.strip() for part in published.split("/")]
    english = next((name for name in reversed(names) if name.isascii()), names[-1])
    return UNKNOWN if english == "<unk>" else english.lower()


def is_used(published: str) -> bool:
    """Whether the class was trained."""
    return not published.startswith(UNUSED_PREFIX)
