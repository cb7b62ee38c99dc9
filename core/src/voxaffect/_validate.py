"""Checks of values where they enter: each message says what was given, what is allowed, and what to do."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

import attrs
import numpy as np

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


def tuple_of(kind: Any) -> Validator:
    """A tuple of values of one type: a string is a sequence of strings too, each of one letter."""

    def check(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if not (isinstance(value, tuple) and all(isinstance(item, kind) for item in value)):
            raise InvalidValueError(
                f"{type(instance).__name__}.{attribute.name} must be a tuple of {kind.__name__}, "
                f"got {shown(value)}"
            )

    return check


def mapping_of(kind: Any, *, instead: str = "") -> Validator:
    """A mapping of strings to values of one type; numbers (`Real`) must be finite.

    Args:
        instead: what to do about a value that is not.
    """
    hint = f": {instead}" if instead else ""
    kinds = (float, Real) if kind is Real else kind  # a hundred floats are told at once, and Reals are slow

    def check(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        what = f"{type(instance).__name__}.{attribute.name}"
        if not isinstance(value, Mapping):
            raise InvalidValueError(f"{what} must be a mapping, got {shown(value)}")
        for key, item in value.items():
            if not isinstance(key, str):
                raise InvalidValueError(f"{what} must have strings for keys, got {shown(key)}")
            if kind is Real and not (isinstance(item, kinds) and math.isfinite(item)):
                raise InvalidValueError(f"{what} must hold finite numbers, got {key} = {shown(item)}{hint}")
            if not isinstance(item, kinds):
                raise InvalidValueError(f"{what} must hold {kind.__name__}, got {key} = {shown(item)}{hint}")

    return check


def float32_array(n_dims: int) -> Validator:
    """An array of so many dimensions, float32 and finite."""

    def check(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        what = f"{type(instance).__name__}.{attribute.name} must be float32 of {n_dims} dimension(s)"
        if not isinstance(value, np.ndarray) or value.dtype != np.float32 or value.ndim != n_dims:
            got = f"{value.dtype} of {value.ndim}" if isinstance(value, np.ndarray) else shown(value)
            raise InvalidValueError(f"{what}, got {got}: numpy.asarray(..., numpy.float32) converts")
        if not np.isfinite(value).all():
            raise InvalidValueError(f"{what}, finite, got NaN or infinity")

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


def above(low: float) -> Validator:
    """A finite number greater than `low`."""

    def check(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if not (is_number(value) and low < value < math.inf):
            what = f"{type(instance).__name__}.{attribute.name}"
            raise InvalidValueError(f"{what} must be a number above {low:g}, got {shown(value)}")

    return check
