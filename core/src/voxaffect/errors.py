"""Every error that voxaffect raises on purpose: what was wrong, the value, what is allowed, what to do."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from typing import Any


class VoxaffectError(Exception):
    """Base of all of them: catch this to catch whatever voxaffect raises on purpose."""


class InvalidValueError(VoxaffectError, ValueError):
    """A value outside what its field or argument allows."""


class AudioError(VoxaffectError):
    """Sound that cannot be read, written or analysed."""


class ConfigurationError(VoxaffectError):
    """A pipeline file or a component's options that cannot be used."""


class PluginError(VoxaffectError):
    """A plugin that failed to load, or that broke the contract of its stage."""


class ComponentUnavailableError(PluginError):
    """A component that is installed but cannot run here."""


class UnknownNameError(InvalidValueError):
    """A name that nothing answers to; the message lists the known ones and the nearest.

    Args:
        kind: what the name should have named, e.g. "emotion".
        name: what was given.
        known: every name that would have worked.
        hint: what to do, when there is more to say than the list.
    """

    def __init__(self, kind: str, name: object, known: Iterable[str], *, hint: str = "") -> None:
        choices = sorted(map(str, known))
        nearest = difflib.get_close_matches(name.lower(), choices, n=1) if isinstance(name, str) else []
        message = f"unknown {kind} {name!r}" + (f"; did you mean {nearest[0]!r}?" if nearest else ".")
        message += f" Known: {', '.join(choices)}." if choices else " There is none."
        super().__init__(f"{message} {hint}".rstrip())
        self.kind, self.name, self.known = kind, name, tuple(choices)

    def __reduce__(self) -> tuple[Any, ...]:
        # By its message alone, an error could not be rebuilt after crossing from another process.
        return (_rebuilt, (type(self), self.args, vars(self)))


def _rebuilt(kind: type[UnknownNameError], args: tuple[str], state: dict[str, Any]) -> UnknownNameError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


def unforeseen(error: BaseException) -> str:
    """An error that no code of ours expected, in a sentence; a bug keeps its type, for its author."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {reason_of(error)}"
    if isinstance(error, (OSError, RecursionError, MemoryError)):
        return reason_of(error)
    return f"{type(error).__name__}: {reason_of(error)}"


def reason_of(error: BaseException) -> str:
    """What Python or a library says of a file or a text that cannot be used, as the end of a sentence.

    Without Python's `[Errno 2]`, the path again and a full stop: `cannot read X: no such file or directory`.
    """
    inner = getattr(error, "reason", None)
    if isinstance(inner, BaseException):  # of urllib's own
        return reason_of(inner)
    if isinstance(error, OSError) and error.strerror:
        said = error.strerror[:1].lower() + error.strerror[1:]
    elif isinstance(error, UnicodeDecodeError):
        said = f"no {error.encoding.upper()} text, byte {error.start} is {error.object[error.start]:#04x}"
    elif isinstance(error, RecursionError):
        said = "it is nested too deeply"
    elif isinstance(error, MemoryError):
        said = "it takes more memory than there is"
    elif isinstance(error, KeyError):
        said = f"{error} is missing"
    else:
        said = str(error)
    return said.strip().rstrip(".") or type(error).__name__
