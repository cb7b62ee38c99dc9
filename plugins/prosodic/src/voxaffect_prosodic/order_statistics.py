"""Quantiles and deviations of a few hundred numbers: numpy's own take longer to set up than to compute."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt


def quantile(values: npt.NDArray[np.floating], rank: float) -> float:
    """Of (n_values,), at least one, finite: linear between the two nearest, as `numpy.quantile` does it."""
    return at_rank(np.sort(values), rank)


def at_rank(ordered: npt.NDArray[np.floating], rank: float) -> float:
    """The same of values that are sorted already."""
    place = rank * (len(ordered) - 1)
    below = int(place)
    low = float(ordered[below])
    if below == place:
        return low
    return low + (place - below) * (float(ordered[below + 1]) - low)


def mean(values: npt.NDArray[np.float64]) -> float:
    """Of (n_values,), at least one."""
    return float(np.add.reduce(values)) / len(values)


def mean_and_std(values: npt.NDArray[np.floating]) -> tuple[float, float]:
    """Of (n_values,), at least one, in double precision."""
    doubled = values.astype(np.float64)
    middle = mean(doubled)
    doubled -= middle
    return middle, math.sqrt(float(np.dot(doubled, doubled)) / len(doubled))
