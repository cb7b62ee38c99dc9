"""Targets that take tags in the text: sounds (Orpheus, Chatterbox Turbo), directions (ElevenLabs v3)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from voxaffect.emotions import EmotionCategory as E
from voxaffect.emotions import Intensity

from voxaffect_instruct.account import Account, Request
from voxaffect_instruct.prosody_words import prosody_phrases

AUDIBLE = 0.5
"""A laugh or a sigh is all or nothing: below this intensity none is put in."""

ORPHEUS_SOUNDS: Mapping[E, str] = MappingProxyType(
    {
        E.FRUSTRATED: "groan",
        E.STRESSED: "sigh",
        E.PANICKED: "gasp",
        E.IMPATIENT: "groan",
        E.SAD: "sniffle",
        E.TIRED: "yawn",
        E.BORED: "yawn",
        E.DISAPPOINTED: "sigh",
        E.LONELY: "sigh",
        E.HOPELESS: "sigh",
        E.EXCITED: "gasp",
        E.HAPPY: "laugh",
        E.PLAYFUL: "chuckle",
        E.FLIRTY: "chuckle",
        E.AMUSED: "laugh",
    }
)
"""Emotion -> one of laugh, chuckle, sigh, cough, sniffle, groan, yawn, gasp; the others make none of these.

Source of the sounds: github.com/canopyai/Orpheus-TTS, README.
"""

TURBO_SOUNDS: Mapping[E, str] = MappingProxyType(
    {E.HAPPY: "laugh", E.AMUSED: "laugh", E.PLAYFUL: "chuckle", E.FLIRTY: "chuckle"}
)
"""Emotion -> one of laugh, chuckle, cough (github.com/resemble-ai/chatterbox, Turbo)."""

ELEVENLABS_DIRECTIONS: Mapping[E, str] = MappingProxyType(
    {
        E.ANXIOUS: "anxious",
        E.NERVOUS: "nervous",
        E.FRUSTRATED: "frustrated",
        E.ANGRY: "angry",
        E.STRESSED: "stressed",
        E.PANICKED: "panicked",
        E.IMPATIENT: "impatient",
        E.SAD: "sad",
        E.TIRED: "tired",
        E.BORED: "bored",
        E.DISAPPOINTED: "disappointed",
        E.LONELY: "lonely",
        E.HOPELESS: "hopeless",
        E.EXCITED: "excited",
        E.HAPPY: "happily",
        E.PLAYFUL: "mischievously",
        E.FLIRTY: "flirtatiously",
        E.CURIOUS: "curious",
        E.CONFIDENT: "confident",
        E.AMUSED: "amused",
        E.CALM: "calm",
        E.CONTENT: "content",
        E.THOUGHTFUL: "thoughtful",
        E.AFFECTIONATE: "warmly",
        E.CONFUSED: "confused",
    }
)
"""Emotion -> audio tag; neutral has none. The vocabulary is open, plain language, and a tag's effect depends
on the voice (elevenlabs.io/docs, best practices for v3, which names curious, excited, mischievously)."""

CREATIVE, NATURAL = 0.0, 0.5
"""Of the three values of `stability` that v3 takes, the two that follow directions; the third, 1.0 (robust),
follows them least, and any other value is an error (elevenlabs.io/docs, best practices for v3, 1 December
2026; "Invalid TTD stability value" is the service's own message)."""


def write_orpheus(request: Request, account: Account) -> dict[str, Any]:
    """The `prompt`, with a sound in front where the emotion has one."""
    return {"prompt": _with_sound(request, account, ORPHEUS_SOUNDS, "<{}>")}


def write_turbo(request: Request, account: Account) -> dict[str, Any]:
    """The `text`, with a sound in front where the emotion has one; Turbo has no exaggeration."""
    return {"text": _with_sound(request, account, TURBO_SOUNDS, "[{}]")}


def write_elevenlabs(request: Request, account: Account) -> dict[str, Any]:
    """The `text` with directions in front, and the stability among the `voice_settings`.

    v3 passes over `speed` without a word (github.com/elevenlabs/elevenlabs-mcp, pull request 96: "it
    doesn't" support it), so the pace is a direction too.
    """
    directions = [] if request.felt is None else [ELEVENLABS_DIRECTIONS[request.felt]]
    pace = prosody_phrases({"speech_rate": account.left.get("speech_rate", 1.0)})
    account.worded(pace)
    directions += pace.values()
    if request.felt is not None:
        account.carried_by_emotion(f"[{ELEVENLABS_DIRECTIONS[request.felt]}]")
    intense = request.felt is not None and Intensity.from_score(request.intensity) is Intensity.INTENSE
    return {
        "text": " ".join([*(f"[{direction}]" for direction in directions), request.text or ""]),
        "voice_settings": {"stability": CREATIVE if intense else NATURAL},
    }


def _with_sound(request: Request, account: Account, sounds: Mapping[E, str], tag: str) -> str:
    text = request.text or ""
    sound = sounds.get(request.felt) if request.felt is not None else None
    if sound is None or request.intensity < AUDIBLE:
        return text
    others = [emotion for emotion, made in sounds.items() if made == sound and emotion is not request.felt]
    account.carried_by_sound(sound, others)
    return f"{tag.format(sound)} {text}"
