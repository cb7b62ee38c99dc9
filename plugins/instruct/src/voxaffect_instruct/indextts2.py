"""IndexTTS2: a vector of eight emotions.

Source: github.com/index-tts/index-tts, `IndexTTS2.infer(text, emo_vector, emo_alpha)`: the vector is scaled
by emo_alpha within 0..1, and its sum is not to exceed 0.8; what is missing from 1 is the voice of the
speaker's own prompt, so that eight zeros change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from voxaffect.emotions import EmotionCategory as E

from voxaffect_instruct.account import Account, Request

AXES = ("happy", "angry", "sad", "afraid", "disgusted", "melancholic", "surprised", "calm")

MIXTURES: Mapping[E, Mapping[str, float]] = MappingProxyType(
    {
        E.ANXIOUS: {"afraid": 0.6},
        E.NERVOUS: {"afraid": 0.45},
        E.FRUSTRATED: {"angry": 0.5, "disgusted": 0.2},
        E.ANGRY: {"angry": 0.8},
        E.STRESSED: {"afraid": 0.35, "angry": 0.25},
        E.PANICKED: {"afraid": 0.65, "surprised": 0.15},
        E.IMPATIENT: {"angry": 0.45},
        E.SAD: {"sad": 0.8},
        E.TIRED: {"melancholic": 0.4, "calm": 0.3},
        E.BORED: {"melancholic": 0.25, "disgusted": 0.15, "calm": 0.3},
        E.DISAPPOINTED: {"sad": 0.35, "melancholic": 0.35},
        E.LONELY: {"melancholic": 0.5, "sad": 0.3},
        E.HOPELESS: {"sad": 0.45, "melancholic": 0.35},
        E.EXCITED: {"happy": 0.55, "surprised": 0.25},
        E.HAPPY: {"happy": 0.8},
        E.PLAYFUL: {"happy": 0.55, "surprised": 0.1},
        E.FLIRTY: {"happy": 0.4, "calm": 0.2},
        E.CURIOUS: {"surprised": 0.4, "happy": 0.15},
        E.CONFIDENT: {"happy": 0.25, "calm": 0.35},
        E.AMUSED: {"happy": 0.65},
        E.CALM: {"calm": 0.8},
        E.CONTENT: {"calm": 0.5, "happy": 0.25},
        E.THOUGHTFUL: {"calm": 0.45, "melancholic": 0.15},
        E.AFFECTIONATE: {"happy": 0.35, "calm": 0.35},
        E.NEUTRAL: {},
        E.CONFUSED: {"surprised": 0.35, "afraid": 0.1},
    }
)
"""Emotion -> weights at full intensity, by judgement: an emotion of the eight in full, others as mixtures of
their neighbours."""


def write(request: Request, account: Account) -> dict[str, Any]:
    """Keyword arguments of `IndexTTS2.infer`."""
    mixture = MIXTURES[request.emotion] if request.emotion is not None else {}
    named = ", ".join(f"{weight:g} {axis}" for axis, weight in mixture.items())
    account.carried_by_emotion(named)
    return {
        "emo_vector": [mixture.get(axis, 0.0) for axis in AXES],
        "emo_alpha": round(request.intensity if request.emotion is not None else 1.0, 3),
    }
