"""`analyze --timeline`: when what was heard in a recording."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from voxaffect.cli import describe
from voxaffect.cli.terminal import CsvTable, print_json, print_labelled, terminal
from voxaffect.narration import Narrator
from voxaffect.report import SCHEMA_VERSION, to_row
from voxaffect.streaming import Timeline, UtteranceResult, WindowResult
from voxaffect.types import EmotionResult

Writer = Callable[[Timeline, str], None]
"""What to do with what was heard in a file."""


def to_timeline_dict(timeline: Timeline, file: str) -> dict[str, Any]:
    """As values for JSON; docs/json.md says what they are."""
    return {
        "schema_version": SCHEMA_VERSION,
        "file": file,
        "activity": timeline.activity,
        "events": list(Narrator().messages(timeline)),
    }


def writer(output_format: str, collected: list[dict[str, Any]], *, several: bool) -> Writer:
    """What to do with each recording; JSON is put into `collected`."""
    writers: dict[str, Writer] = {
        "text": _write_text,
        "json": lambda timeline, file: collected.append(to_timeline_dict(timeline, file)),
        "jsonl": lambda timeline, file: print_json(to_timeline_dict(timeline, file), indent=None),
        "csv": _Csv().write,
        "context": lambda timeline, file: _write_context(timeline, file, several=several),
    }
    return writers[output_format]


def _write_text(timeline: Timeline, file: str) -> None:
    console = terminal()
    console.print()
    console.print(file, style="bold", soft_wrap=True)
    count = len(timeline.utterances)
    told = f"{count} utterance{'' if count == 1 else 's'}"
    print_labelled("speech", f"{told}, by {timeline.activity} voice activity")
    if timeline.utterances and (adapted_to := timeline.utterances[-1].result.adapted_to):
        print_labelled("speaker", f"the last one judged against {describe.utterances(adapted_to)} of theirs")
    for utterance in timeline.utterances:
        _write_row(f"{utterance.number}", utterance, style="bold")
        for window in utterance.windows:
            _write_row("", window, style="")
    if not timeline.utterances:
        for window in timeline.windows:
            _write_row("", window, style="")


def _write_row(number: str, event: WindowResult | UtteranceResult, *, style: str) -> None:
    row = f"{number:>4} {event.start_s:8.2f} {event.end_s:8.2f}  {_heard(event.result)}"
    terminal().print(row, style=style, soft_wrap=True)


def _heard(result: EmotionResult) -> str:
    """`angry       62%  valence -0.62, arousal 0.81`."""
    if not result.speech:
        return "no speech"
    where = f"valence {result.primary.valence:+.2f}, arousal {result.primary.arousal:.2f}"
    return f"{result.top.emotion:<12} {result.top.confidence:4.0%}  {where}"


def _write_context(timeline: Timeline, file: str, *, several: bool) -> None:
    """A line an utterance, with its place before it."""
    for utterance in timeline.utterances:
        place = f"{utterance.start_s:.2f}-{utterance.end_s:.2f} s: {utterance.result.to_context_string()}"
        terminal().print(f"{file}: {place}" if several else place, soft_wrap=True)


class _Csv:
    """A row an utterance and a row a window, below one header."""

    def __init__(self) -> None:
        self._table = CsvTable()

    def write(self, timeline: Timeline, file: str) -> None:
        events: tuple[UtteranceResult | WindowResult, ...] = (*timeline.utterances, *timeline.windows)
        for event in events:
            self._table.write(
                {
                    "file": file,
                    "type": "utterance" if isinstance(event, UtteranceResult) else "window",
                    "start_s": event.start_s,
                    "end_s": event.end_s,
                    **to_row(event.result),
                }
            )
