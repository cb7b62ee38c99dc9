"""`voxaffect express`: an emotion as SSML, changed audio or parameters."""

from __future__ import annotations

from typing import Annotated

import typer

from voxaffect.audio import load_audio
from voxaffect.cli.errors import work
from voxaffect.cli.options import AudioOption, Format, FormatOption, OutputOption, RendererOptions
from voxaffect.cli.rendering import check_needs, check_output, deliver, print_document
from voxaffect.cli.selection import open_source, parse_options
from voxaffect.cli.terminal import ProgressBar
from voxaffect.components import Stage
from voxaffect.emotions import EmotionCategory, Intensity
from voxaffect.expression import Delivery, emotion_to_prosody, render_with
from voxaffect.host import PluginHost
from voxaffect.types import Utterance


def express(
    emotion: Annotated[
        str, typer.Option(metavar="EMOTION", help="One of the 26, e.g. calm.", show_default=False)
    ],
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="TEXT",
            help="What is said. SSML needs it; renderers of audio take --audio instead, rvc takes neither.",
            show_default=False,
        ),
    ] = None,
    intensity: Annotated[
        str, typer.Option(metavar="LEVEL", help="0..1, or slight, moderate, strong, intense.")
    ] = "1.0",
    to: Annotated[
        str, typer.Option(metavar="RENDERER", help="An installed renderer: ssml, librosa_audio, rvc, ...")
    ] = "ssml",
    option: RendererOptions = None,
    audio: AudioOption = None,
    output: OutputOption = None,
    output_format: FormatOption = Format.TEXT,
) -> None:
    """Say something with an emotion: as SSML, changed audio or parameters.

    voxaffect express "It is all right." --emotion calm --intensity 0.8

    voxaffect express --emotion calm --to librosa_audio --audio in.wav --output out.wav

    What the target could not express is named on standard error.
    """
    category, score = EmotionCategory.parse(emotion), Intensity.parse(intensity)
    delivery = Delivery(emotion_to_prosody(category, score), category, score)
    renderer = PluginHost().build(Stage.RENDERER, {**parse_options(option), "use": to})
    how = f'voxaffect express "Good evening." --emotion {category} --to {to}'
    check_needs(renderer, to, text=text, audio=audio, text_how=how)
    check_output(output)
    with work(), ProgressBar(1).during(f"Expressing {category}"):
        recording = None if audio is None else load_audio(open_source(audio))
        rendering = render_with(
            renderer, delivery.prosody, Utterance(text, recording, category, score), name=to
        )
    content = deliver(rendering, to, delivery, output, output_format)
    if output_format is Format.JSON:
        print_document(**content)
