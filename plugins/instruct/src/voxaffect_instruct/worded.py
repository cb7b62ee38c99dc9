"""Targets that take the delivery in words, some with a number for the speed beside it."""

from __future__ import annotations

from typing import Any

from voxaffect_instruct.account import Account, Request
from voxaffect_instruct.instruction import description, instruction

END_OF_PROMPT = "<|endofprompt|>"

COSYVOICE3_ROLE = "You are a helpful assistant. "
"""github.com/FunAudioLLM/CosyVoice, example.py: the third model's instructions begin so."""

COSYVOICE_SPEEDS = (0.5, 2.0)
"""github.com/FunAudioLLM/CosyVoice, webui.py: the range its own interface offers."""

OPENAI_SPEEDS = (0.25, 4.0)
"""platform.openai.com, audio/speech, 1 December 2026: `speed` "does not work with gpt-4o-mini-tts", and
`instructions` "does not work with tts-1 or tts-1-hd", so that no model honours both."""

HUME_SPEEDS = (0.75, 1.5)
"""dev.hume.ai, acting instructions: 0.5-2 is accepted, this is advised."""

HUME_DESCRIPTION = 100
"""Characters, the same page."""


def write_text(request: Request, account: Account) -> str:
    """The instruction alone, for any model that takes one."""
    return instruction(request, account)


def write_openai(request: Request, account: Account) -> dict[str, Any]:
    """Parameters of audio/speech for gpt-4o-mini-tts, which reads the rate in words too."""
    return {"instructions": instruction(request, account)}


def write_openai_tts1(_: Request, account: Account) -> dict[str, Any]:
    """The same for tts-1 and tts-1-hd, which take a speed and nothing else."""
    return {"speed": account.factor("speech_rate", *OPENAI_SPEEDS)}


def write_cosyvoice(request: Request, account: Account) -> dict[str, Any]:
    """Keyword arguments of `CosyVoice2.inference_instruct2`."""
    speed = account.factor("speech_rate", *COSYVOICE_SPEEDS)
    return {"instruct_text": instruction(request, account) + END_OF_PROMPT, "speed": speed}


def write_cosyvoice3(request: Request, account: Account) -> dict[str, Any]:
    """The same for `CosyVoice3`, which wants a role in front."""
    written = write_cosyvoice(request, account)
    return {**written, "instruct_text": COSYVOICE3_ROLE + written["instruct_text"]}


def write_hume(request: Request, account: Account) -> dict[str, Any]:
    """One of the `utterances` of Octave; `description` is understood by Octave 1."""
    loosely = "Hume says that its speed is not proportional"
    speed = account.factor("speech_rate", *HUME_SPEEDS, loosely=loosely)
    return {"description": description(request, account, limit=HUME_DESCRIPTION), "speed": speed}


def write_parler(request: Request, account: Account) -> dict[str, Any]:
    """`description` as Parler's captions are worded; it is trained on such sentences."""
    return {
        "description": f"The speaker's delivery is {description(request, account)}. "
        "The recording is very clear, with no background noise."
    }
