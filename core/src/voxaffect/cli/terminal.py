"""Where things are shown: standard output for results, standard error for everything else."""

from __future__ import annotations

import contextlib
import json
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

from rich.console import Console

from voxaffect.cli.errors import print_note

LABEL_WIDTH = 10


def terminal(*, stderr: bool = False) -> Console:
    """For what rich draws; it leaves out colours in a pipe and where NO_COLOR is set."""
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """JSON on standard output, at once; ASCII only, so that no encoding can break it."""
    print(json.dumps(value, indent=indent, allow_nan=False, default=json_default), flush=True)


def json_default(value: Any) -> Any:
    """For what a plugin gives: numpy's numbers and arrays as plain ones, all else as text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def print_labelled(label: str, text: str, *, style: str = "", width: int = LABEL_WIDTH) -> None:
    """`  label      text`: wrapped below itself on a terminal, in one line in a pipe."""
    console = terminal()
    indent = " " * (width + 3)
    lines = [text]
    if console.is_terminal:
        lines = textwrap.wrap(
            text,
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
        from rich import progress

        console = terminal(stderr=True)
        self._bar = progress.Progress(
            progress.SpinnerColumn(),
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=total)
        self._shown = console.is_terminal
        self._total, self._things, self._done, self._told = total, things, 0, False

    @contextlib.contextmanager
    def during(self, words: str) -> Iterator[None]:
        """Show the bar; it goes afterwards, so that results are printed on a clean line.

        Ctrl-C while it is shown ends with how far the work came.
        """
        self._bar.update(self._task, description=words)
        try:
            with self._bar if self._shown else contextlib.nullcontext():
                yield
        except KeyboardInterrupt:
            self.tell_interrupted()
            raise
        finally:
            self._bar.advance(self._task)
            self._done += 1

    def tell_interrupted(self) -> None:
        """Say, once, how far the work came; nothing where there was but one thing to do."""
        if self._total > 1 and not self._told:
            print_note(f"interrupted after {self._done} of {self._total} {self._things}")
        self._told = True


def stdout_is_terminal() -> bool:
    """Whether a person is reading along."""
    return sys.stdout.isatty()
