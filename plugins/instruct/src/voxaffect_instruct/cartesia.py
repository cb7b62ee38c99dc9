"""Cartesia Sonic: a named emotion, a speed and a volume.

Source: docs.cartesia.ai, "Volume, Speed, and Emotion", 1 December 2026: `generation_config` with `speed`
0.6-1.5 and `volume` 0.5-2, both taken as guidance, and `emotion`, best where it agrees with what is said.
Speed and volume are "temporarily disabled on sonic-3.5" and remain on sonic-3.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from voxaffect.emotions import EmotionCategory as E

from voxaffect_instruct.account import Account, Request

SPEEDS, VOLUMES = (0.6, 1.5), (0.5, 2.0)
GUIDANCE = "Cartesia takes it as guidance"
SWITCHED_OFF = "Cartesia has it switched off on sonic-3.5 for the time being; sonic-3 has it"

SHOWN = 0.25
"""Its emotions have no degrees: a slighter one is left neutral."""

EMOTIONS: Mapping[E, str] = MappingProxyType(
    {
        E.ANXIOUS: "anxious",
        E.NERVOUS: "insecure",
        E.FRUSTRATED: "frustrated",
        E.ANGRY: "angry",
        E.STRESSED: "agitated",
        E.PANICKED: "panicked",
        E.IMPATIENT: "agitated",
        E.SAD: "sad",
        E.TIRED: "tired",
        E.BORED: "bored",
        E.DISAPPOINTED: "disappointed",
        E.LONELY: "melancholic",
        E.HOPELESS: "dejected",
        E.EXCITED: "excited",
        E.HAPPY: "happy",
        E.PLAYFUL: "joking/comedic",
        E.FLIRTY: "flirtatious",
        E.CURIOUS: "curious",
        E.CONFIDENT: "confident",
        E.AMUSED: "joking/comedic",
        E.CALM: "calm",
        E.CONTENT: "content",
        E.THOUGHTFUL: "contemplative",
        E.AFFECTIONATE: "affectionate",
        E.NEUTRAL: "neutral",
        E.CONFUSED: "confused",
    }
)
"""Emotion -> the nearest of Cartesia's own names."""


def write(request: Request, account: Account) -> dict[str, Any]:
    """`generation_config` of its speech API, for sonic-3."""
    speed = account.factor("speech_rate", *SPEEDS, loosely=GUIDANCE)
    gain_db = account.left.pop("volume_db", 0.0)
    low, high = VOLUMES
    volume = round(min(max(10 ** (gain_db / 20), low), high), 3)
    if gain_db:
        account.approximated["volume_db"] = GUIDANCE
    return {"generation_config": {"speed": speed, "volume": volume, **_emotion(request, account)}}


def write_sonic_3_5(request: Request, account: Account) -> dict[str, Any]:
    """The same for sonic-3.5: the emotion alone."""
    config = _emotion(request, account)
    for name in ("speech_rate", "volume_db"):
        if name in account.left:
            account.leave(name, SWITCHED_OFF)
    return {"generation_config": config}


def _emotion(request: Request, account: Account) -> dict[str, Any]:
    if request.emotion is None:
        return {}
    shown = request.emotion if request.intensity >= SHOWN else E.NEUTRAL
    if shown is not E.NEUTRAL:
        account.carried_by_emotion(EMOTIONS[shown])
    return {"emotion": EMOTIONS[shown]}
