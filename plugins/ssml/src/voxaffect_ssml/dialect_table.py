"""A dialect from a table: how a third party adds an engine, in a pipeline file or in Python.

The table is what `[renderer.dialect]` holds in a pipeline file; the README has one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
from voxaffect.errors import ConfigurationError, InvalidValueError, UnknownNameError
from voxaffect.request_limit import Limit
from voxaffect.types import NEUTRAL_PROSODY

from voxaffect_ssml.dialects import DIALECTS, Attribute, Dialect
from voxaffect_ssml.interpolation import Curve
from voxaffect_ssml.units import UNITS, UNITS_OF

ATTRIBUTE_OF = {
    "pitch_shift_semitones": "pitch",
    "pitch_variance": "range",
    "speech_rate": "rate",
    "volume_db": "volume",
}
"""Parameter -> the attribute of `<prosody>` that expresses it."""

MAX_DECIMALS = 6
MAX_PAUSE_MS = 10_000.0

_FLAGS = ("namespaced", "voices", "needs_voice", "styles", "whole_sentences")
_PAUSES_MS = ("sentence_pause_ms", "clause_pause_ms")
_BREAK_S = "longest_break_s"
_LISTS = ("elements", "other_prosody")
KEYS = ("engine", "like", "version", *_FLAGS, *_PAUSES_MS, _BREAK_S, "limits", *_LISTS, "prosody")
ATTRIBUTE_KEYS = ("unit", "low", "high", "decimals", "measured")


def read_dialect(table: Mapping[str, Any]) -> Dialect:
    """The dialect that a table declares.

    Args:
        table: `engine`, its name for messages; `like`, a built-in dialect to start from; any field of
            `Dialect` but those that hold measured models; and `prosody`, parameter -> False or a table of
            `unit` (a key of `UNITS`), `low`, `high`, `decimals` and `measured`, pairs of the number
            written and what it really does in the parameter's own terms.

    Raises:
        ConfigurationError: an unknown key, or a value that the key cannot have.
    """
    _known("key of a dialect", table, KEYS)
    engine = table.get("engine")
    if not isinstance(engine, str) or not engine.strip():
        raise ConfigurationError(f'a dialect needs `engine = "its name"`, got {engine!r}')
    like = table.get("like")
    if like is not None and like not in DIALECTS:
        raise ConfigurationError(str(UnknownNameError("SSML dialect", like, DIALECTS)))
    start = Dialect(engine, {}) if like is None else DIALECTS[like]
    given = {key: _checked(key, table[key]) for key in KEYS[2:-1] if key in table}
    prosody = table.get("prosody", {})
    if not isinstance(prosody, Mapping):
        raise ConfigurationError(f"prosody must be a table, parameter -> attribute, got {prosody!r}")
    _known("parameter that SSML can express", prosody, ATTRIBUTE_OF)
    attributes = {name: entry for name, entry in start.prosody.items() if name not in prosody}
    attributes |= {
        name: _attribute(name, entry, start.prosody.get(name))
        for name, entry in prosody.items()
        if entry is not False
    }
    if {"pitch_shift_semitones", "pitch_variance"} & set(prosody):
        given["pitch_and_range"] = None  # measured for the attributes that were just replaced
    if "speech_rate" in prosody or set(_PAUSES_MS) & set(table):
        given["pause_at_rate"] = None
    return attrs.evolve(start, engine=engine, prosody=attributes, **given)


def _checked(key: str, value: Any) -> Any:
    if key in _LISTS:
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            raise ConfigurationError(f"{key} must be a list of names, got {value!r}")
        return frozenset(value) if key == "elements" else tuple(value)
    if key in _FLAGS:
        if not isinstance(value, bool):
            raise ConfigurationError(f"{key} must be true or false, got {value!r}")
        return value
    if key in _PAUSES_MS:
        return _number(key, value, 0, MAX_PAUSE_MS)
    if key == "limits":
        return _limits(value)
    if key == _BREAK_S:
        return _number(key, value, 0)
    if not isinstance(value, str):
        raise ConfigurationError(f'{key} must be text, e.g. "1.0", got {value!r}')
    return value


def _limits(value: Any) -> tuple[Limit, ...]:
    what = f'limits must be a list like [{{ most = 5000, unit = "bytes" }}], got {value!r}'
    try:
        return tuple(Limit(**entry) for entry in value)
    except TypeError as error:
        raise ConfigurationError(what) from error
    except InvalidValueError as error:
        raise ConfigurationError(str(error)) from error


def _attribute(parameter: str, entry: Any, like: Attribute | None) -> Attribute:
    what = f"prosody.{parameter}"
    if not isinstance(entry, Mapping):
        raise ConfigurationError(f"{what} must be a table or false, got {entry!r}")
    _known(f"key of {what}", entry, ATTRIBUTE_KEYS)
    unit = entry.get("unit")
    if unit not in UNITS_OF[parameter]:
        raise ConfigurationError(f"{what}: {UnknownNameError('unit', unit, UNITS_OF[parameter])}")
    low = _number(f"{what}.low", entry.get("low", -math.inf))
    high = _number(f"{what}.high", entry.get("high", math.inf))
    decimals = int(_number(f"{what}.decimals", entry.get("decimals", 2), 0, MAX_DECIMALS))
    curve = _curve(f"{what}.measured", entry["measured"]) if "measured" in entry else None
    also = () if like is None else like.also
    attribute = Attribute(ATTRIBUTE_OF[parameter], UNITS[unit], low, high, decimals, curve, also)
    neutral = getattr(NEUTRAL_PROSODY, parameter)
    unchanged = curve.inverse(neutral) if curve else UNITS[unit].encode(neutral)
    if not low <= unchanged <= high:
        raise ConfigurationError(
            f"{what}: the number that changes nothing, {unchanged:g}, must lie within low..high, "
            f"got {low:g}..{high:g}"
        )
    return attribute


def _curve(what: str, points: Any) -> Curve:
    try:
        curve = Curve(tuple((float(x), float(y)) for x, y in points))
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"{what} must be pairs [written, done], got {points!r}") from error
    steps = [(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in itertools.pairwise(curve.points)]
    rises, ups = all(dx > 0 for dx, _ in steps), {dy > 0 for _, dy in steps}
    finite = all(math.isfinite(number) for point in curve.points for number in point)
    if not (steps and rises and finite and len(ups) == 1 and all(dy for _, dy in steps)):
        raise ConfigurationError(
            f"{what} needs two points or more, the first number rising and the second going one way, "
            f"got {points!r}"
        )
    return curve


def _number(what: str, value: Any, low: float = -math.inf, high: float = math.inf) -> float:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
    if not good:  # NaN is within nothing
        raise ConfigurationError(f"{what} must be a number within {low:g}..{high:g}, got {value!r}")
    return float(value)


def _known(kind: str, given: Iterable[str], known: Iterable[str]) -> None:
    names = tuple(known)
    for name in given:
        if name not in names:
            raise ConfigurationError(str(UnknownNameError(kind, name, names)))
