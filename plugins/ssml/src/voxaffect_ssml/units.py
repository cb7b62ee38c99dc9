"""How the value of a `<prosody>` attribute is written: each unit a number to and from the value it means."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import attrs


@attrs.frozen
class Unit:
    """A way to write one prosody parameter.

    Attributes:
        encode: the parameter's value -> the number to write.
        decode: the number written -> the value it means.
        suffix: what follows the number.
        signed: whether a rise is written with a plus sign.
    """

    encode: Callable[[float], float]
    decode: Callable[[float], float]
    suffix: str = ""
    signed: bool = False

    def write(self, number: float, decimals: int) -> str:
        """`number` as an attribute's value, e.g. "+2.5st"."""
        rounded = round(number, decimals) + 0.0  # + 0.0 turns -0.0 into 0.0
        digits = f"{rounded:+.{decimals}f}" if self.signed else f"{rounded:.{decimals}f}"
        text: str = digits.rstrip("0").rstrip(".") if decimals else digits
        return text + self.suffix


def _amplitude(level_db: float) -> float:
    return math.pow(10, level_db / 20)


def _level_db(amplitude: float) -> float:
    return 20 * math.log10(amplitude)


SEMITONES = Unit(lambda st: st, lambda n: n, "st", signed=True)
FREQUENCY_PERCENT = Unit(
    lambda st: 100 * (2 ** (st / 12) - 1), lambda n: 12 * math.log2(1 + n / 100), "%", signed=True
)
"""Of a shift in semitones: +12.25% for two of them."""

FACTOR = Unit(lambda factor: factor, lambda n: n)
PERCENT = Unit(lambda factor: 100 * factor, lambda n: n / 100, "%")
"""Of a factor, absolute: 125% for 1.25."""

PERCENT_CHANGE = Unit(lambda factor: 100 * (factor - 1), lambda n: 1 + n / 100, "%", signed=True)
"""Of a factor, relative: +25% for 1.25."""

DECIBELS = Unit(lambda db: db, lambda n: n, "dB", signed=True)
AMPLITUDE_PERCENT_CHANGE = Unit(
    lambda db: 100 * (_amplitude(db) - 1), lambda n: _level_db(1 + n / 100), "%", signed=True
)
"""Of a level in dB, as a change of amplitude: +41.25% for 3 dB."""

AMPLITUDE_0_TO_100 = Unit(lambda db: 100 * _amplitude(db), lambda n: _level_db(n / 100))
"""Of a level in dB, on a linear scale whose 100 is the default."""

UNITS: Mapping[str, Unit] = {
    "semitones": SEMITONES,
    "frequency_percent_change": FREQUENCY_PERCENT,
    "factor": FACTOR,
    "percent": PERCENT,
    "percent_change": PERCENT_CHANGE,
    "decibels": DECIBELS,
    "amplitude_percent_change": AMPLITUDE_PERCENT_CHANGE,
    "amplitude_0_to_100": AMPLITUDE_0_TO_100,
}
"""Name in the table of a dialect -> unit."""

UNITS_OF: Mapping[str, tuple[str, ...]] = {
    "pitch_shift_semitones": ("semitones", "frequency_percent_change"),
    "pitch_variance": ("factor", "percent", "percent_change"),
    "speech_rate": ("factor", "percent", "percent_change"),
    "volume_db": ("decibels", "amplitude_percent_change", "amplitude_0_to_100"),
}
"""Parameter -> units that can express it."""
