"""Chatterbox: how dramatic, and how closely paced; it is told no emotion.

Source: github.com/resemble-ai/chatterbox, README: `exaggeration` and `cfg_weight` are 0.5 unless given;
about 0.7 and more is dramatic and speeds speech up, and a `cfg_weight` of about 0.3 then slows the pacing.
"""

from __future__ import annotations

from typing import Any

from voxaffect.builtin.emotion_centres import EMOTION_CENTRES
from voxaffect.emotions import EmotionCategory
from voxaffect.types import Carried, EmotionAccount

from voxaffect_instruct.account import Account, Request

DEFAULT, DRAMATIC, SLOWER_PACE = 0.5, 0.7, 0.3
LEAST, MOST = 0.25, 1.0
"""The useful range; the model takes up to 2, where it becomes unstable."""

SLOW = 0.95
"""Below this rate, the slower pacing is what comes nearer."""

_FOLLOWS = ("pitch_variance", "dynamic_range")


def write(request: Request, account: Account) -> dict[str, Any]:
    """Keyword arguments of `ChatterboxTTS.generate`.

    Exaggeration is its default plus the emotion's arousal over neutral's, times the intensity: an activated
    emotion exaggerates, a deactivated one holds back.
    """
    exaggeration = DEFAULT
    if request.emotion is not None:
        neutral = EMOTION_CENTRES[EmotionCategory.NEUTRAL].arousal
        activation = EMOTION_CENTRES[request.emotion].arousal - neutral
        exaggeration = round(min(max(DEFAULT + request.intensity * activation, LEAST), MOST), 3)
    if request.felt is not None and exaggeration != DEFAULT:
        account.emotion = EmotionAccount(
            Carried.AROUSAL, f"as an exaggeration of {exaggeration:g}, which says how active it is alone"
        )
    for name in _FOLLOWS:
        if name in account.left and (account.left[name] - 1) * (exaggeration - DEFAULT) > 0:
            del account.left[name]
            account.approximated[name] = f"follows an exaggeration of {exaggeration:g}, by no stated amount"
    slow = account.left.get("speech_rate", 1.0) < SLOW
    if slow:
        del account.left["speech_rate"]
        account.approximated["speech_rate"] = f"a cfg_weight of {SLOWER_PACE} slows the pacing somewhat"
    cfg_weight = SLOWER_PACE if slow or exaggeration >= DRAMATIC else DEFAULT
    return {"exaggeration": exaggeration, "cfg_weight": cfg_weight}
