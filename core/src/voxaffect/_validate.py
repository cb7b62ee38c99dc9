"""Checks of values where they enter: each message says what was given, what is allowed, and what to do."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable
from numbers import Real
from typing import Any

import attrs

from voxaffect.errors import InvalidValueError

Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def within(low: float, high: float) -> Validator:
    """A finite number from `low` to `high`, both included."""

    def check(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        try:
            good = math.isfinite(value) and low <= value <= high
        except (TypeError, ValueError, OverflowError):
            good = False
        if not good:
            allowed = f"{low:g} or more" if math.isinf(high) else f"within {low:g}..{high:g}"
            raise InvalidValueError(
                f"{type(instance).__name__}.{attribute.name} must be {allowed}, got {value!r}"
            )

    return check


def one_of(kind: Any) -> Validator:
    """A value of one type, where a string that only looks like it would go unnoticed."""

    def check(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if not isinstance(value, kind):
            raise InvalidValueError(
                f"{type(instance).__name__}.{attribute.name} must be of {kind.__name__}, got {shown(value)}"
            )

    return check


def require(value: object, kind: Any, expected: str, *, instead: str) -> None:
    """Refuse an argument of another type, which would fail further down in words of Python's.

    Args:
        kind: as `isinstance` takes it.
        expected: what must be what, e.g. "a prosody must be ProsodyParameters".
        instead: what to do.

    Raises:
        InvalidValueError: it is of another type.
    """
    if not isinstance(value, kind):
        raise InvalidValueError(f"{expected}, got {shown(value)}: {instead}")


def is_number(value: object) -> bool:
    """Whether it is a real number, of Python's or numpy's."""
    return isinstance(value, Real)


def shown(value: object) -> str:
    """Its beginning, as Python writes it: the bytes of a recording would fill the screen."""
    return reprlib.repr(value)


def at_least(low: float) -> Validator:
    """A finite number, `low` or more."""
    return within(low, math.inf)
