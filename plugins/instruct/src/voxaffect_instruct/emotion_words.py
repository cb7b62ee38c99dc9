"""Each of the 26 emotions in plain English: the word for the voice, and what such a voice is like."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from voxaffect.emotions import EmotionCategory as E
from voxaffect.emotions import Intensity

EMOTION_WORDS: Mapping[E, tuple[str, str]] = MappingProxyType(
    {
        E.ANXIOUS: ("anxious", "worried and on edge"),
        E.NERVOUS: ("nervous", "tense and unsure of yourself"),
        E.FRUSTRATED: ("frustrated", "blocked and losing patience"),
        E.ANGRY: ("angry", "forceful and hard"),
        E.STRESSED: ("stressed", "strained and under pressure"),
        E.PANICKED: ("panicked", "in sudden fear, short of breath"),
        E.IMPATIENT: ("impatient", "clipped and pressing on"),
        E.SAD: ("sad", "heavy and downcast"),
        E.TIRED: ("tired", "weary and without energy"),
        E.BORED: ("bored", "flat and uninterested"),
        E.DISAPPOINTED: ("disappointed", "let down"),
        E.LONELY: ("lonely", "small and longing for company"),
        E.HOPELESS: ("hopeless", "having given up"),
        E.EXCITED: ("excited", "full of energy"),
        E.HAPPY: ("happy", "bright and smiling"),
        E.PLAYFUL: ("playful", "light and teasing"),
        E.FLIRTY: ("flirty", "warm, close and teasing"),
        E.CURIOUS: ("curious", "interested and wanting to know"),
        E.CONFIDENT: ("confident", "firm and sure of yourself"),
        E.AMUSED: ("amused", "with a smile and near to laughing"),
        E.CALM: ("calm", "relaxed and steady"),
        E.CONTENT: ("content", "at ease and satisfied"),
        E.THOUGHTFUL: ("thoughtful", "unhurried, weighing each word"),
        E.AFFECTIONATE: ("affectionate", "warm and tender"),
        E.NEUTRAL: ("neutral", "matter-of-fact"),
        E.CONFUSED: ("confused", "puzzled and hesitant"),
    }
)
"""Emotion -> (adjective of the voice, manner)."""

_DEGREES = {
    Intensity.SLIGHT: "slightly ",
    Intensity.MODERATE: "fairly ",
    Intensity.STRONG: "",
    Intensity.INTENSE: "very ",
}


def feeling(emotion: E, intensity: float) -> str:
    """`very sad`, `slightly anxious`; neutral has no degrees."""
    adjective, _ = EMOTION_WORDS[emotion]
    return adjective if emotion is E.NEUTRAL else _DEGREES[Intensity.from_score(intensity)] + adjective
