"""The targets: who they are, which field takes the words, and what writes the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
from voxaffect.request_limit import Limit, exceeded

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
        tagged_field: the parameter that the words go to where `write` places them.
        limit: on what is spoken, in one request; None where the engine's documentation states none.
    """

    engine: str
    write: Callable[[Request, Account], str | dict[str, Any]]
    text_field: str | None = None
    delimiters: tuple[str, ...] = ()
    tags: bool = False
    tagged_field: str = "text"
    limit: Limit | None = None

    def fits(self, output: str | Mapping[str, Any]) -> bool:
        """Whether one request takes the words, with what tags stand in them."""
        if self.limit is None or not isinstance(output, Mapping):
            return True
        words = output[self.text_field or self.tagged_field]
        sent = "".join(words.values()) if isinstance(words, Mapping) else words
        return exceeded([self.limit], sent, sent) is None


# platform.openai.com, audio/speech: `input`, "the maximum length is 4096 characters". elevenlabs.io/docs,
# models: 5,000 characters for v3. cloud.google.com/text-to-speech/quotas: 5,000 bytes (1 December 2026).
# Cartesia and Hume state none that was found.
OPENAI_LIMIT = Limit(4_096, "characters")
ELEVENLABS_V3_LIMIT = Limit(5_000, "characters")
GOOGLE_LIMIT = Limit(5_000, "bytes")

TARGETS: Mapping[str, Target] = {
    "text": Target("a model that takes an instruction", worded.write_text),
    "openai": Target("OpenAI's gpt-4o-mini-tts", worded.write_openai, "input", limit=OPENAI_LIMIT),
    "openai-tts-1": Target("OpenAI's tts-1", worded.write_openai_tts1, "input", limit=OPENAI_LIMIT),
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
    "elevenlabs-v3": Target(
        "ElevenLabs v3", tagged.write_elevenlabs, None, (SQUARE, ANGLE), tags=True, limit=ELEVENLABS_V3_LIMIT
    ),
    # <speed>, <volume>, <emotion>, <break>, <spell>, and [laughter].
    "cartesia": Target("Cartesia", cartesia.write, "transcript", (SQUARE, ANGLE)),
    "cartesia-sonic-3.5": Target(
        "Cartesia's sonic-3.5", cartesia.write_sonic_3_5, "transcript", (SQUARE, ANGLE)
    ),
    # Its markup takes [pause].
    "google-chirp3": Target(
        "Google's Chirp 3 HD",
        google_chirp3.write,
        None,
        (SQUARE,),
        tags=True,
        tagged_field="input",
        limit=GOOGLE_LIMIT,
    ),
}
"""Name -> target."""
