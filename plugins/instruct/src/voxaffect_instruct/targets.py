"""The targets: who they are, which field takes the words, and what writes the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from voxaffect_instruct import cartesia, chatterbox, google_chirp3, indextts2, tagged, worded
from voxaffect_instruct.account import Account, Request

SQUARE, ANGLE = "[]", "<>"


@attrs.frozen
class Target:
    """One synthesiser.

    Attributes:
        engine: its name for messages.
        write: makes the instruction, or a mapping of the engine's own parameter names to values, and takes
            off the account what these express.
        text_field: the parameter that the words to be spoken go to; None where `write` places them.
        delimiters: of what the engine would take for a tag in those words.
        tags: whether `write` puts tags into the words, and so needs them.
    """

    engine: str
    write: Callable[[Request, Account], str | dict[str, Any]]
    text_field: str | None = None
    delimiters: tuple[str, ...] = ()
    tags: bool = False


TARGETS: Mapping[str, Target] = {
    "text": Target("a model that takes an instruction", worded.write_text),
    "openai": Target("OpenAI's gpt-4o-mini-tts", worded.write_openai, "input"),
    "openai-tts-1": Target("OpenAI's tts-1", worded.write_openai_tts1, "input"),
    # Its text takes [breath], <strong>, <|endofprompt|> and more.
    "cosyvoice": Target("CosyVoice 2", worded.write_cosyvoice, "tts_text", (SQUARE, ANGLE)),
    "cosyvoice3": Target("CosyVoice 3", worded.write_cosyvoice3, "tts_text", (SQUARE, ANGLE)),
    "hume": Target("Hume Octave", worded.write_hume, "text"),
    "parler": Target("Parler-TTS", worded.write_parler, "prompt"),
    # Its tokenizer knows <|...|> tokens.
    "indextts2": Target("IndexTTS2", indextts2.write, "text", (ANGLE,)),
    "chatterbox": Target("Chatterbox", chatterbox.write, "text", (SQUARE,)),
    "chatterbox-turbo": Target("Chatterbox Turbo", tagged.write_turbo, None, (SQUARE,), tags=True),
    "orpheus": Target("Orpheus", tagged.write_orpheus, None, (ANGLE,), tags=True),
    # v3 takes [tags]; its other models take <break> and <phoneme>.
    "elevenlabs-v3": Target("ElevenLabs v3", tagged.write_elevenlabs, None, (SQUARE, ANGLE), tags=True),
    # <speed>, <volume>, <emotion>, <break>, <spell>, and [laughter].
    "cartesia": Target("Cartesia", cartesia.write, "transcript", (SQUARE, ANGLE)),
    "cartesia-sonic-3.5": Target(
        "Cartesia's sonic-3.5", cartesia.write_sonic_3_5, "transcript", (SQUARE, ANGLE)
    ),
    # Its markup takes [pause].
    "google-chirp3": Target("Google's Chirp 3 HD", google_chirp3.write, None, (SQUARE,), tags=True),
}
"""Name -> target."""
