"""Many things worked through one after the other: each one's failure is its own, and what is done is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import attrs
import typer

from voxaffect.cli import INTERRUPTED
from voxaffect.cli.errors import UsageError, print_error
from voxaffect.cli.terminal import ProgressBar
from voxaffect.errors import VoxaffectError

T = TypeVar("T")
R = TypeVar("R")


@attrs.define
class Tally:
    """What became of them.

    Attributes:
        done: of which the work succeeded.
        failed: the others, in their order.
        interrupted: by Ctrl-C; what came after was not worked on.
    """

    done: int = 0
    failed: list[Any] = attrs.field(factory=list)
    interrupted: bool = False

    def leave(self) -> None:
        """End the command with the code that fits, once what is done is kept.

        Raises:
            typer.Exit: 130 after Ctrl-C, 1 where something failed; else it returns.
        """
        if self.interrupted:
            raise typer.Exit(INTERRUPTED)
        if self.failed:
            raise typer.Exit(1)


def one_by_one(
    things: Sequence[T],
    work: Callable[[T], R],
    keep: Callable[[T, R], None],
    *,
    words: Callable[[T], str],
    said: Callable[[VoxaffectError, T], str],
) -> Tally:
    """Work on each behind a progress bar, keep what comes of it, and name each failure on standard error.

    After Ctrl-C it says how far it came and returns, so that the caller can finish what is written.

    Args:
        words: what the bar says of a thing.
        said: how a failure is told.

    Raises:
        UsageError: the work raised it, which is no thing's own failure.
    """
    tally, bar = Tally(), ProgressBar(len(things))
    try:
        for thing in things:
            try:
                with bar.during(words(thing)):
                    result = work(thing)
            except UsageError:  # of the whole command
                raise
            except VoxaffectError as error:
                print_error(said(error, thing))
                tally.failed.append(thing)
            else:
                keep(thing, result)
                tally.done += 1
    except KeyboardInterrupt:
        bar.tell_interrupted()
        tally.interrupted = True
    return tally
