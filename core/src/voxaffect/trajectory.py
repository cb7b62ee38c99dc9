"""Where a speaker's mood has been going: improving, declining, stable or volatile."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import attrs
import numpy as np

from voxaffect.types import EmotionResult

TRAJECTORY_S = 300.0

MIN_RESULTS = 3
"""A line through fewer points says nothing about its spread."""

CHANGE = 0.15
"""Change of valence along the fitted line, over the results' whole span, that counts as one."""

VOLATILE = 0.35
"""Standard deviation about the fitted line beyond which no direction is claimed."""


class Direction(enum.StrEnum):
    """Of valence, over the last minutes."""

    IMPROVING = "improving"
    DECLINING = "declining"
    STABLE = "stable"
    VOLATILE = "volatile"


@attrs.frozen
class Trajectory:
    """A direction and the figures behind it.

    Attributes:
        direction: volatile if the spread exceeds 0.35; else by the change, if it exceeds 0.15.
        change: of valence along the fitted line, from the first result to the last.
        slope_per_minute: of that line.
        spread: standard deviation of valence about that line.
        n_results: results with speech that it rests on.
        span_s: seconds from the first of them to the last.
    """

    direction: Direction
    change: float
    slope_per_minute: float
    spread: float
    n_results: int
    span_s: float


def measure_trajectory(results: Sequence[EmotionResult]) -> Trajectory | None:
    """Fit a line to valence over time, each result weighted by its confidence.

    Returns:
        None for fewer than 3 results with speech, or if they all stand at one time.
    """
    spoken = [result for result in results if result.speech]
    times_s = np.array([result.timestamp for result in spoken])
    if len(spoken) < MIN_RESULTS or np.ptp(times_s) == 0:
        return None
    span_s = float(np.ptp(times_s))
    valence = np.array([result.primary.valence for result in spoken])
    weights = np.array([result.top.confidence for result in spoken])
    elapsed = (times_s - times_s.min()) / span_s  # 0..1, well conditioned
    # polyfit squares its weights.
    change, start = np.polyfit(elapsed, valence, 1, w=np.sqrt(weights))
    residual = valence - (start + change * elapsed)
    spread = float(np.sqrt(np.average(residual**2, weights=weights)))
    if spread > VOLATILE:
        direction = Direction.VOLATILE
    elif abs(change) > CHANGE:
        direction = Direction.IMPROVING if change > 0 else Direction.DECLINING
    else:
        direction = Direction.STABLE
    return Trajectory(direction, float(change), float(change) / span_s * 60, spread, len(spoken), span_s)
