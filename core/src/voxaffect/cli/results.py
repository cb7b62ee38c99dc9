"""Standard output is the results' alone: whatever a plugin prints goes to standard error."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TextIO

import attrs

STDOUT, STDERR = 1, 2


@attrs.define
class _Way:
    """Of results to where they go; None while that is simply standard output."""

    own: TextIO | None = None
    before: TextIO | None = None


_way = _Way()


def results() -> TextIO:
    """Where results are written."""
    return sys.stdout if _way.own is None else _way.own


def part_results() -> None:
    """From here on all others write to standard error, whatever they take for standard output.

    C code and programs that a plugin starts do too, and so does what is written as the process ends.
    """
    if _way.own is not None:
        return
    # None where it is closed: `>&-`.
    _way.before = own = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    if _descriptor(own) == STDOUT:
        own.flush()
        # A line at a time, so that nothing waits; the descriptor lives as long as the process.
        own = open(os.dup(STDOUT), "w", 1, encoding=own.encoding, errors=own.errors, closefd=False)  # noqa: SIM115
        os.dup2(STDERR if _descriptor(sys.stderr) == STDERR else os.open(os.devnull, os.O_WRONLY), STDOUT)
    _way.own, sys.stdout = own, sys.stderr


def join_results() -> None:
    """Undo `part_results`, for a program that called the command line and goes on."""
    own, before = _way.own, _way.before
    if own is None or before is None:
        return
    own.flush()
    if own is not before:
        os.dup2(own.fileno(), STDOUT)
        os.close(own.fileno())
    sys.stdout, _way.own, _way.before = before, None, None


@contextlib.contextmanager
def results_in(file: TextIO) -> Iterator[None]:
    """Results go to this file."""
    before, _way.own = _way.own, file
    try:
        yield
    finally:
        _way.own = before


def give_up_results() -> None:
    """Nobody reads them any more; Python would complain, as it exits, of what it could not write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), results().fileno())


def _descriptor(stream: TextIO | None) -> int | None:
    try:
        return None if stream is None else stream.fileno()
    except (OSError, ValueError):  # closed, or none at all, as where a test captures it
        return None
