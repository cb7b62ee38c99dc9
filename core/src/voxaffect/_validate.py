"""attrs validators whose messages say the field, the value and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Callable
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


def one_of(kind: type) -> Validator:
    """A value of one type, where a string that only looks like it would go unnoticed."""

    def check(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if not isinstance(value, kind):
            raise InvalidValueError(
                f"{type(instance).__name__}.{attribute.name} must be of {kind.__name__}, got {value!r}"
            )

    return check


def at_least(low: float) -> Validator:
    """A finite number, `low` or more."""
    return within(low, math.inf)
