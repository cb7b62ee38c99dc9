"""Errors of the command line itself, and how all of them are shown."""

from __future__ import annotations

import contextlib
import logging
import re
import sys
from collections.abc import Iterator

from voxaffect.errors import VoxaffectError
from voxaffect.hidden_characters import escape_hidden


class UsageError(VoxaffectError):
    """A command line that asks for what cannot be; exit code 2."""


class WorkError(VoxaffectError):
    """Work that failed although the command line was right; exit code 1."""


@contextlib.contextmanager
def work() -> Iterator[None]:
    """Once work has begun, every error is the work's: a plugin's bad value is no usage error."""
    try:
        yield
    except UsageError:
        raise
    except VoxaffectError as error:
        raise WorkError(str(error)) from error


def print_error(message: str) -> None:
    """One line on standard error."""
    print_note(f"error: {message}")


def print_note(message: str) -> None:
    """One line of text on standard error, whatever line breaks or escape sequences are in it."""
    print(escape_hidden(re.sub(r"\s*[\r\n]\s*", " ", message.strip())), file=sys.stderr, flush=True)


class LogFormatter(logging.Formatter):
    """`warning: MESSAGE` as text of one line; below it, where there is one, a traceback."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base class's name
        """Called for the line alone."""
        return escape_hidden(f"warning: {record.getMessage()}")

    def format(self, record: logging.LogRecord) -> str:
        """All of it."""
        return escape_hidden(super().format(record), keep="\n")
