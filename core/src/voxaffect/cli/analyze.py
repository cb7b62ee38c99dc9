"""`voxaffect analyze`: what each recording sounds like."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voxaffect.cli import describe
from voxaffect.cli.errors import UsageError, WorkError, print_note
from voxaffect.cli.one_by_one import one_by_one
from voxaffect.cli.options import BackendOption, ConfigOption, NoAdaptOption, SpeakerOption
from voxaffect.cli.outputs import check_no_sound, check_output
from voxaffect.cli.recordings import FilesFromOption, RecordingsArgument, find_recordings, named
from voxaffect.cli.results import results_in
from voxaffect.cli.selection import announce, backend_words, open_source, select_pipeline, speaker_baseline
from voxaffect.cli.terminal import CsvTable, print_json, print_labelled, terminal
from voxaffect.course import Course
from voxaffect.errors import reason_of
from voxaffect.host import PluginHost
from voxaffect.report import to_dict, to_row
from voxaffect.types import EmotionResult
from voxaffect.whole_file import whole_file

if TYPE_CHECKING:
    from voxaffect.streaming import Timeline

REASONS = 5
"""What pushed hardest is enough to read; JSON has all of it."""

BAR_CHARACTERS = 30
"""Of a family that has all of the time."""


class Format(enum.StrEnum):
    """How results are written."""

    TEXT = "text"
    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    CONTEXT = "context"


BY_ENDING = {".json": Format.JSON, ".jsonl": Format.JSONL, ".csv": Format.CSV}


def analyze(
    files: RecordingsArgument = None,
    files_from: FilesFromOption = None,
    backend: BackendOption = None,
    config: ConfigOption = None,
    speaker: SpeakerOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help="Write the results to this file; .csv, .json and .jsonl also choose the format.",
        ),
    ] = None,
    output_format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="text: to read; table: a line for each file; json: an array; jsonl: a line for each file, "
            "at once; csv: a row for each file; context: the line for a language model.",
            show_default="text for one file, table for several",
        ),
    ] = None,
    timeline: Annotated[
        bool,
        typer.Option(
            "--timeline", help="When what was heard: each utterance, and windows of 1 s every 0.5 s."
        ),
    ] = False,
    no_adapt: NoAdaptOption = False,
) -> None:
    """Hear the emotion in recordings.

    A file that cannot be analysed is named on standard error, and the exit code is 1; the others are heard.
    """
    recordings = find_recordings(files, files_from)
    several = len(recordings) > 1
    chosen = output_format or _format_for(output, several=several, timeline=timeline)
    if timeline and chosen is Format.TABLE:
        raise UsageError(
            "--format table has one line a file: --timeline takes text, json, jsonl, csv or context"
        )
    host = PluginHost()
    pipeline, automatic = select_pipeline(host, backend, config)
    baseline = speaker_baseline(pipeline, speaker)

    def hear(file: str) -> EmotionResult | Timeline:
        if timeline:
            from voxaffect.streaming import hear_timeline

            adapt = False if no_adapt else None
            return hear_timeline(pipeline, open_source(file), baseline=baseline, adapt=adapt)
        return pipeline.hear(open_source(file), baseline=baseline)

    collected: list[dict[str, Any]] = []
    writer_for: Callable[..., Callable[[Any, str], None]] = _writer
    if timeline:
        from voxaffect.cli.timeline import writer as writer_for
    write = writer_for(chosen, collected, several=several)
    with (
        contextlib.nullcontext() if output is None else _written_to(output, [*recordings, files_from, config])
    ):
        if chosen is Format.TEXT:
            terminal().print(backend_words(pipeline, automatic=automatic), style="dim")
        else:
            announce(pipeline, automatic=automatic)
        tally = one_by_one(
            recordings,
            hear,
            lambda file, heard: write(heard, file),
            words=lambda file: f"Hearing {Path(file).name}",
            said=named,
        )
        if chosen is Format.JSON and (collected or not tally.interrupted):
            print_json(collected)
    if output is not None:
        print_note(f"{tally.done} of {len(recordings)} recordings in {output}")
    tally.leave()


def _format_for(output: Path | None, *, several: bool, timeline: bool) -> Format:
    """Where --format says nothing."""
    if output is not None and output.suffix.lower() in BY_ENDING:
        return BY_ENDING[output.suffix.lower()]
    return Format.TABLE if several and not timeline else Format.TEXT


@contextlib.contextmanager
def _written_to(output: Path, inputs: Iterable[str | Path | None]) -> Iterator[None]:
    """Results go to a file, which is there as a whole when all is written."""
    check_no_sound(output, made="what was heard is text", instead=", e.g. .csv")
    check_output(output, inputs=inputs)
    try:
        with (
            whole_file(output) as partial,
            partial.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file,
            results_in(file),
        ):
            yield
    except OSError as error:
        raise WorkError(f"cannot write {output}: {reason_of(error)}") from error


def _writer(
    output_format: Format, collected: list[dict[str, Any]], *, several: bool
) -> Callable[[EmotionResult, str], None]:
    """What to do with each result and its file."""
    table = CsvTable()
    writers: dict[Format, Callable[[EmotionResult, str], None]] = {
        Format.TEXT: write_text,
        Format.TABLE: _Lines().write,
        Format.JSON: lambda result, file: collected.append(to_dict(result, file=file)),
        Format.JSONL: lambda result, file: print_json(to_dict(result, file=file), indent=None),
        Format.CSV: lambda result, file: table.write(to_row(result, file=file)),
        # As grep does it: the file is named only where there are several.
        Format.CONTEXT: lambda result, file: terminal().print(
            f"{file}: {result.to_context_string()}" if several else result.to_context_string(),
            soft_wrap=True,
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
        if result.course is None:
            print_labelled("heard", describe.heard(result), style="bold")
        else:
            _write_course(result.course)
        print_labelled("where", describe.dimensions(result.primary))
        if result.prosodic is not None:
            print_labelled("voice", describe.markers(result.prosodic))
        if result.unfamiliar is not None and result.unfamiliar > 1:
            print_labelled("unfamiliar", "unlike all speech that the backend was trained on")
        if result.adapted_to:
            print_labelled("speaker", f"judged against {describe.utterances(result.adapted_to)} of theirs")
        if result.explanation:
            print_labelled("because", "; ".join(result.explanation[:REASONS]))
    print_labelled("recording", describe.recording(result.quality))
    print_labelled("context", result.to_context_string())


def _write_course(course: Course) -> None:
    """Shares of the speaking time as bars, and where it turns."""
    count = describe.utterances(len(course.utterances))
    agreed = "which do not agree" if course.agreed is None else f"which agree on {course.agreed}"
    print_labelled("heard", f"{count}, {agreed}; --timeline shows each", style="bold")
    width = max(map(len, course.shares))
    for number, (family, share) in enumerate(course.shares.items()):
        bar = f"{family:<{width}} {share:4.0%}  {'#' * round(BAR_CHARACTERS * share)}".rstrip()
        print_labelled("time" if number == 0 else "", bar)
    print_labelled("turns", describe.turning_points(course))


class _Lines:
    """A line a file below a heading. Names come last: nobody knows how long the next one is."""

    def __init__(self) -> None:
        self._begun = False

    def write(self, result: EmotionResult, file: str) -> None:
        if not self._begun:
            _print_line("seconds", "valence", "arousal", "heard", "file", style="bold")
        self._begun = True
        where = ("", "")
        if result.speech:
            where = (f"{result.primary.valence:+.2f}", f"{result.primary.arousal:.2f}")
        _print_line(f"{result.duration_s:.2f}", *where, describe.in_short(result), file)


def _print_line(seconds: str, valence: str, arousal: str, heard: str, file: str, *, style: str = "") -> None:
    line = f"{seconds:>8} {valence:>8} {arousal:>8}  {heard:<24}  {file}"
    terminal().print(line, style=style, soft_wrap=True)
