"""`voxaffect express`: an emotion as SSML, changed audio or parameters."""

from __future__ import annotations

from typing import Annotated

import typer

from voxaffect.audio import load_audio
from voxaffect.cli.errors import work
from voxaffect.cli.options import AudioOption, Format, FormatOption, OutputOption, RendererOptions
from voxaffect.cli.outputs import check_output
from voxaffect.cli.rendering import (
    check_needs,
    deliver_chain,
    deliver_file,
    note_unused,
    print_document,
    sound_maker,
)
from voxaffect.cli.selection import chain_options, open_source
from voxaffect.cli.terminal import ProgressBar
from voxaffect.components import Stage
from voxaffect.emotions import EmotionCategory, Intensity
from voxaffect.expression import Delivery, emotion_to_prosody, render_chain
from voxaffect.host import PluginHost
from voxaffect.long_audio import LongRenderer, is_long, render_file
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
        str, typer.Option(metavar="RENDERER", help="An installed renderer: ssml, psola, rvc, ...")
    ] = "ssml",
    option: RendererOptions = None,
    then: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RENDERER",
            help="A renderer for what the one before could not express, e.g. --to rvc --then psola; "
            "may be repeated. Its options are --option RENDERER.KEY=VALUE.",
        ),
    ] = None,
    audio: AudioOption = None,
    output: OutputOption = None,
    output_format: FormatOption = Format.TEXT,
) -> None:
    """Say something with an emotion: as SSML, changed audio or parameters.

    voxaffect express "It is all right." --emotion calm --intensity 0.8

    voxaffect express --emotion calm --to psola --audio in.wav --output out.wav

    What the target could not express is named on standard error.
    """
    category, score = EmotionCategory.parse(emotion), Intensity.parse(intensity)
    delivery = Delivery(emotion_to_prosody(category, score), category, score)
    host = PluginHost()
    names = [to, *(then or ())]
    renderers = [
        (name, host.build(Stage.RENDERER, {**own, "use": name}))
        for name, own in zip(names, chain_options(option, names), strict=True)
    ]
    for name, renderer in renderers:
        how = f'voxaffect express "Good evening." --emotion {category} --to {name}'
        check_needs(renderer, name, text=text, audio=audio, text_how=how)
    check_output(output, sound_by=sound_maker(host, names), inputs=[audio])
    only = renderers[0][1] if len(renderers) == 1 else None
    if isinstance(only, LongRenderer) and output is not None and audio is not None and is_long(audio):
        with work(), ProgressBar(1).during(f"Expressing {category}"):
            made = render_file(only, delivery.prosody, audio, output, name=to)
        content = deliver_file(made, only, to, delivery, output)
    else:
        with work(), ProgressBar(1).during(f"Expressing {category}"):
            recording = None if audio is None else load_audio(open_source(audio))
            chain = render_chain(renderers, delivery.prosody, Utterance(text, recording, category, score))
        content = deliver_chain(chain, names, delivery, output, output_format)
    note_unused(names, [renderer for _, renderer in renderers], audio)
    if output_format is Format.JSON:
        print_document(**content)
