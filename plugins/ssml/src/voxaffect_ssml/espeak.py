"""What espeak-ng really does with the numbers it is given: measured, because it is not what they say.

Measured on the output of version 1.51 (Debian's) with the voices en, en-us, de, fr-fr and es;
tests/benchmarks/espeak.py of the repository measures it again. All of it follows from how the program
speaks: F0 is a base, which `pitch` multiplies, plus a contour, which `range` multiplies; and pauses
shrink faster than the words between them when the tempo rises.
"""

from __future__ import annotations

import math

import attrs

from voxaffect_ssml.interpolation import Curve

BASE_SHARE = 0.708
"""Of the mean F0 in Hz, what `pitch` multiplies, by 2 ** (percent / 100); the rest is the contour's."""

RANGE_LIFT = 0.111
"""What `range` adds to the mean F0, as a share of it, for each 100 % above 100."""

RATE = Curve(
    ((60, 0.61), (70, 0.708), (80, 0.808), (90, 0.898), (100, 1.0), (110, 1.085), (125, 1.228), (140, 1.36),
     (150, 1.442), (160, 1.525), (170, 1.61))
)  # fmt: skip
"""Percent written -> tempo of a phrase without pauses, mean of six voices."""

PAUSE = Curve(
    ((0.485, 2.94), (0.49, 2.92), (0.50, 2.827), (0.52, 2.678), (0.56, 2.422), (0.60, 2.206), (0.66, 1.934),
     (0.70, 1.764), (0.75, 1.578), (0.80, 1.432), (0.85, 1.312), (0.90, 1.196), (0.95, 1.093), (1.0, 1.0),
     (1.05, 0.924), (1.1, 0.85), (1.2, 0.714), (1.3, 0.595), (1.4, 0.502), (1.5, 0.425), (1.75, 0.262),
     (1.96, 0.133))
)  # fmt: skip
"""Factor on the rate -> factor on the pause at a punctuation mark spoken at that rate."""


UNHEARD = "\u2060"
"""A word joiner, which no voice speaks. The program keeps the rate of a mark for all that follows
(github.com/espeak-ng/espeak-ng, issues 401 and 410): the first change of rate in a clause comes to nothing,
so one that holds this much and no more makes the next one count."""

OTHER_RATE = "101%"
"""Of that change; it must only differ from the rate around it."""


@attrs.frozen
class PitchAndRange:
    """The two numbers for `pitch` and `range` that together give a mean and a spread of F0.

    A spread in semitones is one in Hz over the mean, so each of the two moves what the other does.
    """

    base_share: float = BASE_SHARE
    range_lift: float = RANGE_LIFT

    def range_percent(self, shift_st: float, variance: float) -> float:
        """For the spread in semitones to be `variance` times as wide after a shift of the mean."""
        return 100 * variance * 2 ** (shift_st / 12)

    def pitch_percent(self, shift_st: float, range_percent: float) -> float:
        """For the mean to move by `shift_st` although the range is changed too."""
        contour = 1 - self.base_share + self.range_lift * (range_percent / 100 - 1)
        return 100 * math.log2((2 ** (shift_st / 12) - contour) / self.base_share)

    def reached(self, pitch_percent: float, range_percent: float) -> tuple[float, float]:
        """Shift of the mean in semitones, and factor on the spread in semitones."""
        contour = 1 - self.base_share + self.range_lift * (range_percent / 100 - 1)
        mean = self.base_share * 2 ** (pitch_percent / 100) + contour
        return 12 * math.log2(mean), range_percent / 100 / mean
