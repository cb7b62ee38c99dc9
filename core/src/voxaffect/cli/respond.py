"""`voxaffect respond`: hear a voice, and answer it in a fitting one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voxaffect.audio import load_audio
from voxaffect.cli import describe
from voxaffect.cli.errors import UsageError, print_note, work
from voxaffect.cli.options import (
    AudioOption,
    BackendOption,
    ConfigOption,
    Format,
    FormatOption,
    OutputOption,
    RendererOptions,
)
from voxaffect.cli.outputs import check_output
from voxaffect.cli.rendering import (
    check_needs,
    deliver,
    note_unused,
    print_document,
    sound_maker,
)
from voxaffect.cli.selection import announce, open_source, parse_options, renderer_table, select_pipeline
from voxaffect.cli.terminal import ProgressBar
from voxaffect.errors import PluginError
from voxaffect.host import PluginHost
from voxaffect.report import to_dict


def respond(
    heard_file: Annotated[
        str,
        typer.Argument(metavar="AUDIO", help="The voice to answer; - is standard input.", show_default=False),
    ],
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="What is said in answer.")] = None,
    strategy: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="How to answer: complement (calm to the upset, warm to the sad), match, amplify, neutral.",
            show_default="complement",
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(metavar="RENDERER", help="An installed renderer: ssml, psola, ...", show_default="ssml"),
    ] = None,
    option: RendererOptions = None,
    audio: AudioOption = None,
    output: OutputOption = None,
    backend: BackendOption = None,
    config: ConfigOption = None,
    output_format: FormatOption = Format.TEXT,
) -> None:
    """Hear a voice, and say something in answer in a fitting voice.

    voxaffect respond angry.wav --text "I am sorry about that." --strategy complement

    What was heard, how it is answered and what the target could not express go to standard error.
    """
    host = PluginHost()
    renderer = renderer_table(host, to, parse_options(option), config)
    if heard_file == audio == "-":
        raise UsageError("- is standard input, which holds one recording: give AUDIO or --audio as a file")
    pipeline, automatic = select_pipeline(host, backend, config, strategy=strategy, renderer=renderer)
    assert pipeline.renderer is not None  # renderer_table names one always
    name = pipeline.renderer_name
    check_needs(pipeline.renderer, name, text=text, audio=audio, text_how='--text "I see."')
    check_output(output, sound_by=sound_maker(host, [name]), inputs=[heard_file, audio, config])
    announce(pipeline, automatic=automatic)
    with work(), ProgressBar(1).during(f"Answering {Path(heard_file).name}"):
        answer_audio = None if audio is None else load_audio(open_source(audio))
        response = pipeline.respond(open_source(heard_file), text=text, answer_audio=answer_audio)
        if response.rendering is None:
            raise PluginError(f"the renderer {name!r} gave nothing")
    print_note(f"heard: {response.heard.to_context_string()}")
    print_note(f"answer: {describe.delivery(response.delivery)}")
    print_note(f"why: {response.delivery.reason}")
    content = deliver(response.rendering, name, response.delivery, output, output_format)
    note_unused([name], [pipeline.renderer], audio)
    if output_format is Format.JSON:
        print_document(
            heard=to_dict(response.heard, file=heard_file), strategy=pipeline.strategy, answer=content
        )
