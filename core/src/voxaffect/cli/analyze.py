"""`voxaffect analyze`: what each recording sounds like."""

from __future__ import annotations

import csv
import enum
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from voxaffect.cli import describe
from voxaffect.cli import timeline as timelines
from voxaffect.cli.errors import print_error
from voxaffect.cli.options import BackendOption, ConfigOption, SpeakerOption
from voxaffect.cli.selection import announce, backend_words, open_source, select_pipeline, speaker_baseline
from voxaffect.cli.terminal import ProgressBar, print_json, print_labelled, terminal
from voxaffect.errors import VoxaffectError
from voxaffect.host import PluginHost
from voxaffect.report import to_dict, to_row
from voxaffect.streaming import Timeline, hear_timeline
from voxaffect.types import EmotionResult

REASONS = 5
"""What pushed hardest is enough to read; JSON has all of it."""


class Format(enum.StrEnum):
    """How results are written."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    CONTEXT = "context"


def analyze(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="Audio files; - is standard input.", show_default=False),
    ],
    backend: BackendOption = None,
    config: ConfigOption = None,
    speaker: SpeakerOption = None,
    output_format: Annotated[
        Format,
        typer.Option(
            "--format",
            help="text to read; json an array; jsonl a line a file, as they come; csv a row a file; "
            "context the line for a language model.",
        ),
    ] = Format.TEXT,
    timeline: Annotated[
        bool,
        typer.Option(
            "--timeline", help="When what was heard: each utterance, and windows of 1 s every 0.5 s."
        ),
    ] = False,
) -> None:
    """Hear the emotion in recordings.

    A file that cannot be analysed is named on standard error and makes the exit code 1; the others go on.
    """
    host = PluginHost()
    pipeline, automatic = select_pipeline(host, backend, config)
    baseline = speaker_baseline(pipeline, speaker)
    if output_format is Format.TEXT:
        terminal().print(backend_words(pipeline, automatic=automatic), style="dim")
    else:
        announce(pipeline, automatic=automatic)
    collected: list[dict[str, Any]] = []
    write = _writer(output_format, collected, several=len(files) > 1)
    write_timeline = timelines.writer(output_format, collected, several=len(files) > 1)
    bar, failed = ProgressBar(len(files)), 0
    for file in files:
        try:
            with bar.during(f"Hearing {Path(file).name}"):
                source = open_source(file)
                heard: EmotionResult | Timeline
                if timeline:
                    heard = hear_timeline(pipeline, source, baseline=baseline)
                else:
                    heard = pipeline.hear(source, baseline=baseline)
        except VoxaffectError as error:
            print_error(str(error) if file in str(error) else f"{file}: {error}")
            failed += 1
        else:
            if isinstance(heard, EmotionResult):
                write(heard, file)
            else:
                write_timeline(heard, file)
    if output_format is Format.JSON:
        print_json(collected)
    if failed:
        raise typer.Exit(1)


def _writer(
    output_format: Format, collected: list[dict[str, Any]], *, several: bool
) -> Callable[[EmotionResult, str], None]:
    """What to do with each result and its file."""
    table = _Csv()
    writers: dict[Format, Callable[[EmotionResult, str], None]] = {
        Format.TEXT: write_text,
        Format.JSON: lambda result, file: collected.append(to_dict(result, file=file)),
        Format.JSONL: lambda result, file: print_json(to_dict(result, file=file), indent=None),
        Format.CSV: table.write,
        # As grep does it: the file is named only where there are several.
        Format.CONTEXT: lambda result, file: print(
            f"{file}: {result.to_context_string()}" if several else result.to_context_string(), flush=True
        ),
    }
    return writers[output_format]


def write_text(result: EmotionResult, file: str) -> None:
    """A paragraph to read."""
    console = terminal()
    console.print()
    console.print(f"{file}  {result.duration_s:.2f} s", style="bold", soft_wrap=True)
    if result.fallback_reason is not None:
        print_labelled("fallback", result.fallback_reason)
    if result.speech:
        print_labelled("heard", f"{describe.emotions(result)} ({result.top.intensity})", style="bold")
        print_labelled("where", describe.dimensions(result.primary))
        if result.prosodic is not None:
            print_labelled("voice", describe.markers(result.prosodic))
        if result.explanation:
            print_labelled("because", "; ".join(result.explanation[:REASONS]))
    print_labelled("recording", describe.recording(result.quality))
    print_labelled("context", result.to_context_string())


class _Csv:
    """Rows on standard output, below a header that the first one brings."""

    def __init__(self) -> None:
        self._rows: csv.DictWriter[str] | None = None

    def write(self, result: EmotionResult, file: str) -> None:
        row = to_row(result, file=file)
        if self._rows is None:
            self._rows = csv.DictWriter(sys.stdout, list(row), lineterminator="\n")
            self._rows.writeheader()
        self._rows.writerow(row)
        sys.stdout.flush()
