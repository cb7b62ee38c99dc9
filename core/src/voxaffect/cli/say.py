"""`voxaffect say`: a text spoken with an emotion, aloud or to a file."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import attrs
import typer

from voxaffect.audio import save_audio
from voxaffect.cli.errors import UsageError, WorkError, print_note, work
from voxaffect.cli.options import RendererOptions
from voxaffect.cli.outputs import check_ending, check_output
from voxaffect.cli.rendering import shortcomings
from voxaffect.cli.selection import parse_options
from voxaffect.cli.terminal import ProgressBar
from voxaffect.components import Stage
from voxaffect.emotion_account import emotion_account
from voxaffect.emotions import EmotionCategory, Intensity
from voxaffect.espeak import EspeakSynthesiser
from voxaffect.expression import emotion_to_prosody, render_with
from voxaffect.host import PluginHost
from voxaffect.text_file import decode_text
from voxaffect.types import NEUTRAL_PROSODY, Audio, Utterance

PLAYERS = (("afplay",), ("paplay",), ("aplay", "-q"), ("play", "-q"))
"""Programs that play a WAV, with their options; the first that is there is taken."""

UNPLAYED = Path("voxaffect-say.wav")
"""Where speech goes that was to be played where no player is."""


def say(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="What is said; - is standard input.", show_default=False)
    ],
    emotion: Annotated[
        str, typer.Option(metavar="EMOTION", help="One of the 26, e.g. calm.", show_default=False)
    ],
    intensity: Annotated[
        str, typer.Option(metavar="LEVEL", help="0..1, or slight, moderate, strong, intense.")
    ] = "1.0",
    voice: Annotated[
        str, typer.Option(metavar="NAME", help='A voice from "espeak-ng --voices", e.g. de or en-us+f3.')
    ] = "en",
    output: Annotated[
        Path | None,
        typer.Option(metavar="OUT.wav", help="Write the speech to this file.", show_default="played aloud"),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="RENDERER",
            help="A renderer of audio, e.g. psola: it changes neutral speech to the emotion.",
            show_default="espeak-ng's own prosody",
        ),
    ] = None,
    option: RendererOptions = None,
) -> None:
    """Speak a text with an emotion, through espeak-ng.

    voxaffect say "It is all right." --emotion calm --output calm.wav

    A text that begins with a dash goes after two: voxaffect say --emotion calm -- "-5 degrees".
    What could not be expressed is named on standard error.
    """
    category, score = EmotionCategory.parse(emotion), Intensity.parse(intensity)
    prosody, host = emotion_to_prosody(category, score), PluginHost()
    if to is None and option:
        raise UsageError("--option goes with --to: it is an option of that renderer")
    synthesiser = EspeakSynthesiser(voice=voice, host=host)
    renderer = None if to is None else host.build(Stage.RENDERER, {**parse_options(option), "use": to})
    if renderer is not None and "audio" not in renderer.needs:
        raise UsageError(f"the renderer {to!r} does not change audio: leave out --to, or name one that does")
    check_output(output)
    if output is not None:
        check_ending(output)
    if text == "-":
        text = _standard_input()
    with work(), ProgressBar(1).during(f"Saying it {category}"):
        speech, rendering = synthesiser.speak(text, prosody if renderer is None else NEUTRAL_PROSODY)
        if renderer is None:
            meant = Utterance(emotion=category, intensity=score)
            account = emotion_account(meant, prosody, rendering.unexpressed, rendering.residual)
            rendering = attrs.evolve(rendering, emotion_account=account)
        else:
            utterance = Utterance(text, speech, category, score)
            rendering = render_with(renderer, prosody, utterance, name=str(to))
            if not isinstance(rendering.output, Audio):
                raise WorkError(f"the renderer {to!r} gave {rendering.kind}, not audio")
            speech = rendering.output
    if output is None:
        _play(speech)
    else:
        save_audio(output, speech)
        print_note(f"wrote {output}")
    for line in shortcomings(rendering):
        print_note(line)


def _standard_input() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("- reads the text from standard input: pipe some in")
    return decode_text(sys.stdin.buffer.read(), errors="replace")


def _play(speech: Audio) -> None:
    player = next((command for command in PLAYERS if shutil.which(command[0])), None)
    if player is None:
        save_audio(UNPLAYED, speech)
        print_note(f"no program to play it ({', '.join(name for name, *_ in PLAYERS)}): wrote {UNPLAYED}")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / UNPLAYED
        save_audio(file, speech)
        done = subprocess.run([*player, str(file)], capture_output=True)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
        raise WorkError(f"{player[0]} could not play it: {said}; --output OUT.wav writes a file instead")
