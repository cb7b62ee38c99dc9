"""Where a speaker's mood has been going: improving, declining, stable or volatile."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect.types import EmotionResult

TRAJECTORY_S = 300.0

MIN_RESULTS = 3
"""A line through fewer points says nothing about its spread."""

CHANGE = 0.15
"""Change of valence along the fitted line, over the results' whole span, that counts as one."""

SURE_ERRORS = 2.0
"""Standard errors that a change must also exceed: about 5 % of steady speakers do by chance."""

VOLATILE = 0.2
"""Spread about the fitted line from which no direction means that the mood swings. Valence heard in one
emotion spreads by 0.06 to 0.12 where EMO-DB's speakers are neutral, sad, bored or afraid; between
happiness and sadness by 0.4."""

HUBER = 1.345
"""Robust standard deviations from which a result weighs less: 95 % efficiency on normal residuals (Huber,
"Robust Statistics", 1981)."""

LEAST_SCALE = 0.05
"""Residuals this small are never outliers."""

MAD_TO_DEVIATION = 1.4826
"""Of a normal distribution."""

ROUNDS = 20

Array = npt.NDArray[np.float64]


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
        direction: improving or declining if `change` exceeds both 0.15 and 2 standard errors; else volatile
            if `spread` exceeds 0.2, else stable.
        change: of valence along the fitted line, from the first result to the last.
        error: its standard error.
        slope_per_minute: of that line.
        spread: standard deviation of valence about that line, single outliers held to 1.3 of them.
        n_results: results with speech that it rests on.
        span_s: seconds from the first of them to the last.
        window_s: how far back results were taken from.
    """

    direction: Direction
    change: float
    error: float
    slope_per_minute: float
    spread: float
    n_results: int
    span_s: float
    window_s: float = TRAJECTORY_S

    def explain(self) -> str:
        """One line: `improving: valence +0.52 (± 0.11) over 4.1 min, spread 0.14, 31 results`."""
        return (
            f"{self.direction}: valence {self.change:+.2f} (± {self.error:.2f}) over "
            f"{self.span_s / 60:.1f} min, spread {self.spread:.2f}, {self.n_results} results"
        )


def measure_trajectory(
    results: Sequence[EmotionResult], *, window_s: float = TRAJECTORY_S
) -> Trajectory | None:
    """Fit a line to valence over time, each result weighted by its confidence, outliers less.

    Silence does not count, and a gap is only a stretch without results: the line is over time, not over
    results. Windows that overlap are not counted as if they were independent.

    Args:
        window_s: where the results come from, for the record.

    Returns:
        None for fewer than 3 results with speech, or if they all stand at one time.
    """
    spoken = [result for result in results if result.speech]
    times_s = np.array([result.timestamp for result in spoken])
    if len(spoken) < MIN_RESULTS or np.ptp(times_s) == 0:
        return None
    span_s = float(np.ptp(times_s))
    elapsed = (times_s - times_s.min()) / span_s  # 0..1, well conditioned
    valence = np.array([result.primary.valence for result in spoken])
    confidence = np.array([result.top.confidence for result in spoken])
    change, residual, scale, weights = _robust_line(elapsed, valence, confidence)
    held = np.clip(residual, -HUBER * scale, HUBER * scale)
    spread = float(np.sqrt(np.average(held**2, weights=confidence)))
    middle = np.average(elapsed, weights=weights)
    degrees = max(_independent(spoken) - 2, 0.5)  # the line takes two
    error = spread / float(np.sqrt(degrees * np.average((elapsed - middle) ** 2, weights=weights)))
    if abs(change) > max(CHANGE, SURE_ERRORS * error):
        direction = Direction.IMPROVING if change > 0 else Direction.DECLINING
    else:
        direction = Direction.VOLATILE if spread > VOLATILE else Direction.STABLE
    slope = change / span_s * 60
    return Trajectory(direction, change, error, slope, spread, len(spoken), span_s, window_s)


def _robust_line(x: Array, y: Array, weights: Array) -> tuple[float, Array, float, Array]:
    """Huber's line: (its slope, residuals, their robust deviation, final weights)."""
    final = weights
    for _ in range(ROUNDS):
        middle, height = np.average(x, weights=final), np.average(y, weights=final)
        slope = np.sum(final * (x - middle) * (y - height)) / np.sum(final * (x - middle) ** 2)
        residual = y - height - slope * (x - middle)
        scale = max(MAD_TO_DEVIATION * _weighted_median(np.abs(residual), weights), LEAST_SCALE)
        previous, final = final, weights * np.minimum(1, HUBER * scale / np.maximum(np.abs(residual), scale))
        if np.allclose(previous, final, rtol=1e-3):
            break
    return float(slope), residual, scale, final


def _weighted_median(values: Array, weights: Array) -> float:
    order = np.argsort(values)
    up_to = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(up_to, up_to[-1] / 2)])


def _independent(spoken: Sequence[EmotionResult]) -> float:
    """As how many results these count: fewer where their audio overlaps."""
    ends = np.array([result.timestamp for result in spoken])
    durations = np.array([result.duration_s for result in spoken])
    order = np.argsort(ends)
    ends, durations = ends[order], durations[order]
    new_s = np.minimum(durations, np.diff(ends, prepend=-np.inf))  # not heard by the one before
    share = new_s.sum() / durations.sum() if durations.sum() > 0 else 1.0
    return float(len(spoken) * share)
