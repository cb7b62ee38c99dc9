"""Options that several commands share."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer


class Format(enum.StrEnum):
    """How a listing or a rendering is shown."""

    TEXT = "text"
    JSON = "json"


ListingFormat = Annotated[Format, typer.Option("--format", help="text to read, or json.")]
FormatOption = Annotated[
    Format,
    typer.Option(
        "--format",
        help="text: the SSML or the parameters alone. json: with the prosody and what is not expressed.",
    ),
]
BackendOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help='What hears: a name from "voxaffect backends", or auto for the best that can run here.',
        show_default="auto",
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.toml",
        help="A pipeline: classifier, strategy, renderer, ...; other options override it.",
    ),
]
RendererOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        metavar="KEY=VALUE",
        help="An option of the renderer, e.g. dialect=google; may be repeated.",
    ),
]
ExtractorOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        metavar="KEY=VALUE",
        help="An option of the extractor, e.g. variant=emotion2vec_plus_large; may be repeated.",
    ),
]
AudioOption = Annotated[
    str | None,
    typer.Option(
        metavar="IN.wav", help="The recording to change, for renderers of audio; - is standard input."
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(metavar="OUT", help="Write the result to this file; audio needs one (.wav, .flac, ...)."),
]
NoAdaptOption = Annotated[
    bool,
    typer.Option(
        "--no-adapt", help="Do not learn a speaker's usual voice from what they say while it is heard."
    ),
]
SpeakerOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help='Whose voice it is, of those in "voxaffect speakers list": measured against their own.',
    ),
]
