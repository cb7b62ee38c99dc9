"""Values in SSML that the caller wrote, checked against what the engine reads.

An engine that does not know a value refuses the document (Polly, Google) or speaks on as if it were not
there (Azure, espeak-ng), so each is refused here, with what the engine takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from voxaffect.errors import InvalidValueError

from voxaffect_ssml.dialects import Attribute, Dialect, Number
from voxaffect_ssml.markup import LANGUAGE_TAG

_PITCHES = ("x-low", "low", "medium", "high", "x-high", "default")
_WORDS = {
    "pitch": _PITCHES,
    "range": _PITCHES,
    "rate": ("x-slow", "slow", "medium", "fast", "x-fast", "default"),
    "volume": ("silent", "x-soft", "soft", "medium", "loud", "x-loud", "default"),
}
"""Attribute of <prosody> -> its words: www.w3.org/TR/speech-synthesis11, 3.2.4."""

_NUMBER = re.compile(r"([+-]?)(\d+(?:\.\d*)?|\.\d+)([A-Za-z%]*)")
_TARGET = re.compile(rf"\(\s*\d+(?:\.\d*)?%\s*,\s*(?:{_NUMBER.pattern}|{'|'.join(_PITCHES)})\s*\)")
_TIME = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ms|s)")
_STRENGTHS = ("none", "x-weak", "weak", "medium", "strong", "x-strong")
_LEVELS = ("strong", "moderate", "none", "reduced")


def break_time(value: str, dialect: Dialect) -> str:
    """The `time` of a <break> in whole milliseconds, as espeak-ng takes no fractions.

    Raises:
        InvalidValueError: no time, or more than the engine pauses.
    """
    time_s = _seconds("the time of <break>", value)
    if time_s > dialect.longest_break_s:
        raise InvalidValueError(
            f"{dialect.engine} pauses for {dialect.longest_break_s:g} s at most, got "
            f"<break time={value!r}>: write several breaks"
        )
    return f"{round(1000 * time_s)}ms"


def check_strength(value: str) -> None:
    """Whether a <break> knows it.

    Raises:
        InvalidValueError: it does not; so do the other checks.
    """
    _one_of(f"strength={value!r} is no strength of <break>", value, _STRENGTHS)


def check_level(value: str) -> None:
    """Whether <emphasis> knows it."""
    _one_of(f"level={value!r} is no level of <emphasis>", value, _LEVELS)


def check_language(value: str) -> None:
    """Whether it has the shape of a language tag."""
    if not LANGUAGE_TAG.fullmatch(value):
        raise InvalidValueError(f'xml:lang must be a language tag, e.g. "de-DE" or "en", got {value!r}')


def check_prosody(name: str, value: str, dialect: Dialect) -> None:
    """Whether the engine reads this value of an attribute of <prosody>."""
    attribute = next((entry for entry in dialect.prosody.values() if entry.name == name), None)
    if name == "duration":
        _seconds("the duration of <prosody>", value)
    elif name == "contour":
        if not re.fullmatch(rf"\s*(?:{_TARGET.pattern}\s*)+", value):
            raise InvalidValueError(
                f'the contour of <prosody> must be like "(0%,+20Hz) (50%,-2st)", got {value!r}'
            )
    elif attribute is not None and value.strip() not in _WORDS[name]:
        _check_number(attribute, value, dialect)


def _check_number(attribute: Attribute, value: str, dialect: Dialect) -> None:
    found = _NUMBER.fullmatch(value.strip())
    if found and any(_takes(form, *found.groups()) for form in attribute.numbers):
        return
    known = ", ".join([*(form.shown for form in attribute.numbers), *_WORDS[attribute.name]])
    raise InvalidValueError(
        f"{dialect.engine} takes no {attribute.name}={value!r} in <prosody>; it takes: {known}"
    )


def _takes(form: Number, sign: str, digits: str, suffix: str) -> bool:
    number = float(sign + digits)
    signed = form.signed is None or form.signed == bool(sign)
    return suffix == form.suffix and signed and form.low <= number <= form.high


def _seconds(what: str, value: str) -> float:
    found = _TIME.fullmatch(value.strip())
    if not found:
        raise InvalidValueError(f"{what} must be like 250ms or 1.5s, got {value!r}")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


def _one_of(message: str, value: str, known: Iterable[str]) -> None:
    if value not in known:
        raise InvalidValueError(f"{message}; it takes: {', '.join(sorted(known))}")
