"""The course of a recording that holds several utterances: what each is told as, and where that turns."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence

import attrs
import numpy as np

from voxaffect.families import FAMILIES
from voxaffect.types import EmotionResult

NOTHING_CLEAR = "nothing clear"
"""What an utterance is told as where its context line names neither an emotion nor a family."""

AGREE = 0.75
"""Share of the speaking time from which utterances agree on a family. A choice: of a mood that does
not change, some sentences are heard as another, or as nothing clear."""

TURN_SHARE, TURN_S = 0.05, 30.0
"""What a turning point must explain: this share of the speaking time, or so many seconds where that is less.
Choices. A stretch lies between two turns, and so must outweigh twice as much: one other sentence among ten is
none, and a minute is one in a recording of any length."""


@attrs.frozen(eq=False)
class CourseUtterance:
    """One utterance of a longer recording.

    Attributes:
        start_s, end_s: of the speech, in seconds from the recording's start.
        family: what its context line tells it as, see `voxaffect.families.FAMILIES`, or `NOTHING_CLEAR`.
        result: what it sounds like by itself.
    """

    start_s: float
    end_s: float
    family: str
    result: EmotionResult

    @property
    def length_s(self) -> float:
        """How long it lasts, in seconds: as much does it weigh."""
        return self.end_s - self.start_s

    @property
    def probability(self) -> float:
        """Of the family, 0..1; 0 where nothing is clear."""
        return math.fsum(self.result.posterior[emotion] for emotion in FAMILIES.get(self.family, ()))


@attrs.frozen
class TurningPoint:
    """From here on the voice is mostly told as another family, for a good part of the time: see `TURN_SHARE`.

    Attributes:
        at_s: where the first utterance of the new family starts, in seconds from the recording's start.
        before, after: the families.
    """

    at_s: float
    before: str
    after: str


@attrs.frozen(eq=False)
class Course:
    """How a recording of several utterances goes on; each of them was heard by itself.

    Attributes:
        utterances: those in which the backend heard speech, in order; at least two.
    """

    utterances: tuple[CourseUtterance, ...]

    @functools.cached_property
    def shares(self) -> Mapping[str, float]:
        """{family or "nothing clear": share of the speaking time}, the largest first, sum 1."""
        lengths_s = self._sums(lambda each: each.length_s)
        whole_s = math.fsum(lengths_s.values())
        shares = {family: length_s / whole_s for family, length_s in lengths_s.items()}
        return dict(sorted(shares.items(), key=lambda item: -item[1]))

    @functools.cached_property
    def probabilities(self) -> Mapping[str, float]:
        """{family: its mean probability over the time that is told as it}, 0 for "nothing clear"."""
        lengths_s = self._sums(lambda each: each.length_s)
        weighted = self._sums(lambda each: each.length_s * each.probability)
        return {family: weighted[family] / length_s for family, length_s in lengths_s.items()}

    @property
    def agreed(self) -> str | None:
        """The family that has at least three quarters of the speaking time; None where none has."""
        family, share = next(iter(self.shares.items()))
        return family if share >= AGREE and family != NOTHING_CLEAR else None

    @functools.cached_property
    def turning_points(self) -> tuple[TurningPoint, ...]:
        """Where what the voice is told as turns lastingly, in order. What is unclear turns nothing."""
        clear = [each for each in self.utterances if each.family != NOTHING_CLEAR]
        if not clear:
            return ()
        price_s = min(TURN_S, TURN_SHARE * math.fsum(each.length_s for each in self.utterances))
        points: list[TurningPoint] = []
        now = ""
        for each, state in zip(clear, _states(clear, price_s), strict=True):
            # A stretch begins with an utterance of its own family.
            if state != now and each.family == state:
                points.append(TurningPoint(each.start_s, now, state))
                now = state
        return tuple(points[1:])

    def _sums(self, of: Callable[[CourseUtterance], float]) -> dict[str, float]:
        """{family: sum over its utterances}."""
        sums: dict[str, list[float]] = {}
        for each in self.utterances:
            sums.setdefault(each.family, []).append(of(each))
        return {family: math.fsum(parts) for family, parts in sums.items()}


def _states(utterances: Sequence[CourseUtterance], price_s: float) -> list[str]:
    """The families, one an utterance, that leave least time unexplained if every change costs `price_s`.

    Viterbi's algorithm, "Error bounds for convolutional codes" (1967).
    """
    families = sorted({each.family for each in utterances})
    stay = np.arange(len(families))
    cost_s = np.zeros(len(families))
    came_from = []
    for each in utterances:
        nearest = int(np.argmin(cost_s))
        turns = cost_s[nearest] + price_s < cost_s
        came_from.append(np.where(turns, nearest, stay))
        cost_s = np.where(turns, cost_s[nearest] + price_s, cost_s)
        cost_s = cost_s + [0.0 if family == each.family else each.length_s for family in families]
    state = int(np.argmin(cost_s))
    backwards = []
    for before in reversed(came_from):
        backwards.append(families[state])
        state = int(before[state])
    return backwards[::-1]
