"""The 26 emotion categories, their five groups, and how strongly one is felt."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from voxaffect.errors import InvalidValueError, UnknownNameError


class EmotionCategory(enum.StrEnum):
    """One of the 26 categories; its value is the name in lower case."""

    ANXIOUS = "anxious"
    NERVOUS = "nervous"
    FRUSTRATED = "frustrated"
    ANGRY = "angry"
    STRESSED = "stressed"
    PANICKED = "panicked"
    IMPATIENT = "impatient"
    SAD = "sad"
    TIRED = "tired"
    BORED = "bored"
    DISAPPOINTED = "disappointed"
    LONELY = "lonely"
    HOPELESS = "hopeless"
    EXCITED = "excited"
    HAPPY = "happy"
    PLAYFUL = "playful"
    FLIRTY = "flirty"
    CURIOUS = "curious"
    CONFIDENT = "confident"
    AMUSED = "amused"
    CALM = "calm"
    CONTENT = "content"
    THOUGHTFUL = "thoughtful"
    AFFECTIONATE = "affectionate"
    NEUTRAL = "neutral"
    CONFUSED = "confused"

    @classmethod
    def parse(cls, name: str | EmotionCategory) -> EmotionCategory:
        """The category of that name, in any case.

        Raises:
            UnknownNameError: no such category; the message lists all 26 and the nearest.
        """
        try:
            return cls(name.strip().lower())
        except (ValueError, AttributeError):
            raise UnknownNameError("emotion", name, cls) from None


_E = EmotionCategory

EMOTION_QUADRANTS: Mapping[
    tuple[Literal["negative", "neutral", "positive"], Literal["low", "medium", "high"]],
    tuple[EmotionCategory, ...],
] = MappingProxyType(
    {
        ("negative", "high"): (
            _E.ANXIOUS,
            _E.NERVOUS,
            _E.FRUSTRATED,
            _E.ANGRY,
            _E.STRESSED,
            _E.PANICKED,
            _E.IMPATIENT,
        ),
        ("negative", "low"): (_E.SAD, _E.TIRED, _E.BORED, _E.DISAPPOINTED, _E.LONELY, _E.HOPELESS),
        ("positive", "high"): (
            _E.EXCITED,
            _E.HAPPY,
            _E.PLAYFUL,
            _E.FLIRTY,
            _E.CURIOUS,
            _E.CONFIDENT,
            _E.AMUSED,
        ),
        ("positive", "low"): (_E.CALM, _E.CONTENT, _E.THOUGHTFUL, _E.AFFECTIONATE),
        ("neutral", "medium"): (_E.NEUTRAL, _E.CONFUSED),
    }
)
"""(valence sign, arousal level) -> categories: Russell's circumplex, and a neutral middle."""


class Intensity(enum.StrEnum):
    """How strongly an emotion is felt or expressed: four equal bands of a score from 0 to 1."""

    SLIGHT = "slight"
    MODERATE = "moderate"
    STRONG = "strong"
    INTENSE = "intense"

    @classmethod
    def from_score(cls, score: float) -> Intensity:
        """SLIGHT below 0.25, MODERATE below 0.5, STRONG below 0.75, INTENSE up to 1.

        Raises:
            InvalidValueError: the score is not within 0..1.
        """
        if not (isinstance(score, (int, float)) and math.isfinite(score) and 0 <= score <= 1):
            raise InvalidValueError(f"an intensity score must be within 0..1, got {score!r}")
        return tuple(cls)[min(3, int(score * 4))]

    @property
    def score(self) -> float:
        """The upper edge of the band: 0.25, 0.5, 0.75, 1. INTENSE therefore means in full."""
        return (tuple(Intensity).index(self) + 1) / 4

    @classmethod
    def parse(cls, value: str | float | Intensity) -> float:
        """A score from a name ("strong"), an `Intensity` or a number 0..1, also written as text.

        Raises:
            UnknownNameError: text that is neither a name nor a number.
            InvalidValueError: a number outside 0..1.
        """
        if isinstance(value, str):
            try:
                return cls(value.strip().lower()).score
            except ValueError:
                pass
        try:
            score = float(value)
        except (TypeError, ValueError, OverflowError):
            raise UnknownNameError("intensity", value, cls, hint="A number 0..1 will do too.") from None
        cls.from_score(score)
        return score
