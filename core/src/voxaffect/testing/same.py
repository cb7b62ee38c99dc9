"""Whether two values that flow are the same, whatever they are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import attrs
import numpy as np

ROUNDING = 1e-6
"""Of a number, relative and absolute: threads may add up in another order."""


def same(one: Any, other: Any) -> bool:
    """Numbers to rounding; arrays, mappings, sequences and attrs values by what they hold."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.shape == other.shape and np.allclose(one, other, rtol=ROUNDING, atol=ROUNDING)
    if isinstance(one, Real) and isinstance(other, Real):
        return math.isclose(one, other, rel_tol=ROUNDING, abs_tol=ROUNDING)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, str):
        return len(one) == len(other) and all(map(same, one, other))
    if attrs.has(type(one)) and type(one) is type(other):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in attrs.fields(type(one)))
    return bool(one == other)


def differing(one: Any, other: Any) -> list[str]:
    """Names of the fields in which two attrs values of one type differ."""
    return [f.name for f in attrs.fields(type(one)) if not same(getattr(one, f.name), getattr(other, f.name))]
