"""Errors of the command line itself, and how all of them are shown."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from voxaffect.errors import VoxaffectError


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
    """One line on standard error, whatever line breaks a plugin or a library put into it."""
    print(" ".join(message.split()), file=sys.stderr, flush=True)
