"""The eight parameters in plain English: a direction and one of three degrees each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from voxaffect.types import NEUTRAL_PROSODY, PROSODY_RANGES

LEAST = 0.04
"""Share of a parameter's way to its limit; what is less, no word can say."""

DEGREES = ("slightly ", "", "much ")
"""Up to a third of the way, up to two thirds, beyond."""

_COMPARED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "pitch_shift_semitones": ("{}lower in pitch", "{}higher in pitch"),
        "pitch_variance": ("{}flatter in melody", "{}livelier in melody"),
        "speech_rate": ("{}slower", "{}faster"),
        "pause_multiplier": ("with {}shorter pauses", "with {}longer pauses"),
        "volume_db": ("{}quieter", "{}louder"),
        "dynamic_range": ("{}more even in loudness", "with {}more contrast between loud and soft"),
        "breathiness": ("", "{}breathier"),
        "tremolo_amount": ("", "{}more trembling"),
    }
)
"""Parameter -> how less and more of it are said."""


def prosody_phrases(asked: Mapping[str, float]) -> dict[str, str]:
    """{parameter: phrase}; parameters that hardly differ from a neutral delivery have none.

    >>> prosody_phrases({"speech_rate": 0.8, "volume_db": 1.0})
    {'speech_rate': 'slower', 'volume_db': 'slightly louder'}
    """
    phrases = {}
    for name, (less, more) in _COMPARED.items():
        share = _share(name, asked[name]) if name in asked else 0.0
        if abs(share) >= LEAST:
            degree = DEGREES[min(2, int(abs(share) * 3))]
            phrases[name] = (less if share < 0 else more).format(degree)
    return phrases


def listed(phrases: list[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(phrases[:-1]), phrases[-1]] if len(phrases) > 1 else phrases)


def _share(name: str, value: float) -> float:
    """-1..1: how far from neutral towards the limit on that side; factors by their logarithm."""
    low, high = PROSODY_RANGES[name]
    neutral = getattr(NEUTRAL_PROSODY, name)
    limit = high if value > neutral else low
    if value == neutral:
        return 0.0
    is_factor = neutral == 1
    share = math.log(value) / math.log(limit) if is_factor else (value - neutral) / (limit - neutral)
    return math.copysign(share, value - neutral)
