"""Every error that voxaffect raises on purpose: what was wrong, the value, what is allowed, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
        choices = sorted(known)
        nearest = difflib.get_close_matches(str(name).lower(), choices, n=1)
        message = f"unknown {kind} {name!r}"
        if nearest:
            message += f"; did you mean {nearest[0]!r}?"
        message += f" Known: {', '.join(choices)}." if choices else f" No {kind} is installed."
        super().__init__(f"{message} {hint}".rstrip())
        self.kind, self.name, self.known = kind, name, tuple(choices)
