"""Families of neighbouring emotions: what a voice is said to sound like where no single one stands out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from voxaffect.emotions import EMOTION_QUADRANTS
from voxaffect.emotions import EmotionCategory as E

FAMILIES: Mapping[str, tuple[E, ...]] = MappingProxyType(
    {
        "angry or frustrated": (E.ANGRY, E.FRUSTRATED, E.IMPATIENT),
        "tense or anxious": (E.ANXIOUS, E.NERVOUS, E.STRESSED, E.PANICKED),
        "sad or dejected": (E.SAD, E.DISAPPOINTED, E.LONELY, E.HOPELESS),
        "tired or bored": (E.TIRED, E.BORED),
        "happy or lively": (E.HAPPY, E.EXCITED, E.PLAYFUL, E.AMUSED),
        "warm or flirtatious": (E.FLIRTY, E.AFFECTIONATE),
        "calm or content": (E.CALM, E.CONTENT),
        "confident": (E.CONFIDENT,),
        "curious": (E.CURIOUS,),
        "thoughtful": (E.THOUGHTFUL,),
        "confused": (E.CONFUSED,),
        "neutral": (E.NEUTRAL,),
    }
)
"""Words for a family -> its members; each of the 26 is in one. Neighbours as in
`voxaffect.builtin.branches`, where a branch is finer here if its members sound different."""

GROUPS: Mapping[str, tuple[E, ...]] = MappingProxyType(
    {
        "tense or upset": EMOTION_QUADRANTS["negative", "high"],
        "low or weary": EMOTION_QUADRANTS["negative", "low"],
        "lively and pleased": EMOTION_QUADRANTS["positive", "high"],
        "at ease": EMOTION_QUADRANTS["positive", "low"],
        "agitated, pleasantly or not": EMOTION_QUADRANTS["negative", "high"]
        + EMOTION_QUADRANTS["positive", "high"],
        "subdued, pleasantly or not": EMOTION_QUADRANTS["negative", "low"]
        + EMOTION_QUADRANTS["positive", "low"],
    }
)
"""Wider than families, narrow ones first: the quarters of the circumplex, and its halves by activation."""

CLEAR_FAMILY = 0.5
"""Probability of the likeliest family from which something is clear, for backends that do not say so
themselves: more likely right than wrong."""

FAMILY_OF: Mapping[E, str] = MappingProxyType(
    {emotion: family for family, members in FAMILIES.items() for emotion in members}
)


def family_masses(posterior: Mapping[E, float]) -> dict[str, float]:
    """{family: probability}, likeliest first; the sum is that of the posterior."""
    masses = {name: sum(posterior[emotion] for emotion in members) for name, members in FAMILIES.items()}
    return dict(sorted(masses.items(), key=lambda item: -item[1]))


def nothing_clear(posterior: Mapping[E, float]) -> bool:
    """Whether no family is more likely than not."""
    return max(family_masses(posterior).values()) < CLEAR_FAMILY
