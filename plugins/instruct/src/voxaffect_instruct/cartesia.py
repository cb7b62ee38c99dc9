"""Cartesia Sonic: a named emotion, a speed and a volume.

Source: docs.cartesia.ai, "Volume, Speed, and Emotion": `generation_config` with `speed` 0.6-1.5 and `volume`
0.5-2, both taken as guidance, and `emotion`, best where it agrees with what is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from voxaffect.emotions import EmotionCategory as E

from voxaffect_instruct.account import Account, Request

SPEEDS, VOLUMES = (0.6, 1.5), (0.5, 2.0)
GUIDANCE = "Cartesia takes it as guidance"

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
    """`transcript` and `generation_config` of its speech API."""
    speed = account.factor("speech_rate", *SPEEDS, loosely=GUIDANCE)
    gain_db = account.left.pop("volume_db", 0.0)
    low, high = VOLUMES
    volume = round(min(max(10 ** (gain_db / 20), low), high), 3)
    if gain_db:
        account.approximated["volume_db"] = GUIDANCE
    config: dict[str, Any] = {"speed": speed, "volume": volume}
    if request.emotion is not None:
        shown = request.emotion if request.intensity >= SHOWN else E.NEUTRAL
        config["emotion"] = EMOTIONS[shown]
        if shown is not E.NEUTRAL:
            account.carried_by_emotion(EMOTIONS[shown])
    return {"generation_config": config}
