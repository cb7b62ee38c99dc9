"""Where things are shown: standard output for results, standard error for everything else.

Names of files, what a plugin says, and all else from outside is shown as text: this is where it leaves.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from voxaffect.cli.errors import print_note
from voxaffect.cli.results import results
from voxaffect.hidden_characters import escape_hidden

if TYPE_CHECKING:
    from rich.progress import Progress

LABEL_WIDTH = 10


class _Console(Console):
    """Takes every string that it is given, in a table too, for text of one line."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(escape_hidden(text), **options)


def terminal(*, stderr: bool = False) -> Console:
    """For what rich draws; it leaves out colours in a pipe and where NO_COLOR is set."""
    file = None if stderr else results()
    return _Console(stderr=stderr, file=file, highlight=False, markup=False, emoji=False)


def print_content(text: str, *, end: str = "\n") -> None:
    """A document, e.g. SSML: exactly as it is in a pipe or a file, without escape sequences on a terminal."""
    shown = escape_hidden(text, keep="\n\t") if stdout_is_terminal() else text
    print(shown, end=end, file=results(), flush=True)


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """JSON on standard output, at once; ASCII only, so that no encoding can break it."""
    print_content(json.dumps(value, indent=indent, allow_nan=False, default=json_default))


def json_default(value: Any) -> Any:
    """For what a plugin gives: numpy's numbers and arrays as plain ones, all else as text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


class CsvTable:
    """Rows on standard output, below a header that the first one brings."""

    def __init__(self) -> None:
        self._begun = False

    def write(self, row: Mapping[str, Any]) -> None:
        """The next row, at once; {column: value}, with the same columns as the first."""
        lines = io.StringIO()
        table = csv.DictWriter(lines, list(row), lineterminator="\n")
        if not self._begun:
            table.writeheader()
        self._begun = True
        table.writerow(row)
        print_content(lines.getvalue(), end="")


def print_labelled(label: str, text: str, *, style: str = "", width: int = LABEL_WIDTH) -> None:
    """`  label      text`: wrapped below itself on a terminal, in one line in a pipe."""
    console = terminal()
    indent = " " * (width + 3)
    lines = [text]
    if console.is_terminal:
        lines = textwrap.wrap(
            escape_hidden(text),
            width=max(20, console.width - len(indent)),
            break_long_words=False,
            break_on_hyphens=False,
        )
    for number, line in enumerate(lines or [""]):
        console.print(f"  {label:<{width}} " if number == 0 else indent, style="dim", end="")
        console.print(line, style=style, soft_wrap=True)


class ProgressBar:
    """A bar on standard error, on a terminal only, seen while something is worked on.

    Args:
        total: number of things to work through.
        things: what they are, for who interrupts it.
    """

    def __init__(self, total: int, *, things: str = "recordings") -> None:
        console = terminal(stderr=True)
        self._bar = _drawn_bar(console, total) if console.is_terminal else None
        self._total, self._things, self._done, self._told = total, things, 0, False

    @contextlib.contextmanager
    def during(self, words: str) -> Iterator[None]:
        """Show the bar; it goes afterwards, so that results are printed on a clean line.

        Ctrl-C while it is shown ends with how far the work came.
        """
        try:
            with contextlib.nullcontext() if self._bar is None else self._bar:
                if self._bar is not None:
                    self._bar.update(self._bar.task_ids[0], description=escape_hidden(words))
                yield
        except KeyboardInterrupt:
            self.tell_interrupted()
            raise
        finally:
            if self._bar is not None:
                self._bar.advance(self._bar.task_ids[0])
            self._done += 1

    def tell_interrupted(self) -> None:
        """Say, once, how far the work came; nothing where there was but one thing to do."""
        if self._total > 1 and not self._told:
            print_note(f"interrupted after {self._done} of {self._total} {self._things}")
        self._told = True


def _drawn_bar(console: Console, total: int) -> Progress:
    from rich import progress  # which a pipe never needs

    bar = progress.Progress(
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    bar.add_task("", total=total)
    return bar


def stdout_is_terminal() -> bool:
    """Whether a person is reading along."""
    return results().isatty()
