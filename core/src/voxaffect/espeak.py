"""Speech from espeak-ng, with its prosody: a small synthesiser that is free and everywhere."""

from __future__ import annotations

import re
import shutil
import subprocess

from voxaffect._validate import require
from voxaffect.audio import load_audio
from voxaffect.components import Stage
from voxaffect.errors import (
    ComponentUnavailableError,
    InvalidValueError,
    PluginError,
    VoxaffectError,
    reason_of,
)
from voxaffect.expression import render_with
from voxaffect.host import PluginHost
from voxaffect.types import Audio, ProsodyParameters, Rendering, Utterance

PROGRAM = "espeak-ng"
INSTALL = "sudo apt-get install espeak-ng (Debian, Ubuntu), brew install espeak-ng (macOS)"

MAX_CHARACTERS = 50_000
"""About an hour of speech, which stands in memory."""

WAV_HEADER_BYTES = 44

_VOICE = re.compile(r"(?!-)(?!.*\.\.)[\w!+./-]{1,64}", re.ASCII)

_PHONEMES = re.compile(r"\[(?=\[)")
"""Two brackets begin the names of phonemes, in SSML too."""


class EspeakSynthesiser:
    """Text and prosody to sound, e.g. as `synthesiser` of a `VoicePipeline`.

    The prosody goes through the renderer `ssml` in its dialect for espeak-ng, the SSML to the program's
    standard input: nothing in a text is an option or markup.

    Args:
        voice: as `espeak-ng --voices` lists them: "en-us", "de", "en+f3" for a variant.
        host: the plugins; those installed if None.

    Raises:
        ComponentUnavailableError: espeak-ng is not installed; says how to.
        InvalidValueError: no name of a voice.
        UnknownNameError: the plugin `ssml` is not installed.
    """

    def __init__(self, *, voice: str = "en", host: PluginHost | None = None) -> None:
        if shutil.which(PROGRAM) is None:
            raise ComponentUnavailableError(f"{PROGRAM} is not installed: {INSTALL}")
        if not (isinstance(voice, str) and _VOICE.fullmatch(voice)):
            raise InvalidValueError(f"voice must be a name as `{PROGRAM} --voices` lists them, got {voice!r}")
        self._voice = voice
        self._renderer = (host or PluginHost()).build(Stage.RENDERER, {"use": "ssml", "dialect": "espeak"})

    def __call__(self, text: str, prosody: ProsodyParameters) -> Audio:
        """Speak, and leave aside what espeak-ng cannot express; see `speak`."""
        return self.speak(text, prosody)[0]

    def speak(self, text: str, prosody: ProsodyParameters) -> tuple[Audio, Rendering]:
        """The sound, and the SSML with its account of what espeak-ng could not express.

        Raises:
            InvalidValueError: nothing to say, or more than `MAX_CHARACTERS`.
            VoxaffectError: the program failed, e.g. because it has no such voice.
        """
        require(text, str, "what is spoken must be text", instead="give what is to be said")
        if len(text) > MAX_CHARACTERS:
            raise InvalidValueError(
                f"a text of {len(text)} characters is too long to speak at once: at most {MAX_CHARACTERS}"
            )
        rendering = render_with(self._renderer, prosody, Utterance(text=text), name="ssml")
        if not isinstance(rendering.output, str):
            raise PluginError(f"the renderer 'ssml' gave {type(rendering.output).__name__}, not text")
        wav = self._run(rendering.output)
        audio = load_audio(wav) if len(wav) > WAV_HEADER_BYTES else None
        if audio is None or not audio.samples.any():
            raise InvalidValueError(f"there is nothing in the text that the voice {self._voice!r} can say")
        return audio, rendering

    def _run(self, document: str) -> bytes:
        document = _PHONEMES.sub("[ ", document)
        command = [PROGRAM, "-b", "1", "-v", self._voice, "-m", "--stdin", "--stdout"]
        try:
            done = subprocess.run(command, input=document.encode(), capture_output=True)
        except OSError as error:
            raise VoxaffectError(f"{PROGRAM} cannot be started: {reason_of(error)}") from error
        if done.returncode:
            said = " ".join(done.stderr.decode(errors="replace").split()) or f"exit code {done.returncode}"
            raise VoxaffectError(f"{PROGRAM} failed with the voice {self._voice!r}: {said}")
        return done.stdout
