"""Means, medians and maxima over the frames around each one.

SciPy has them all, but importing it takes more processor time than hearing a clip does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Floats = npt.NDArray[np.float32]


def weighted_sum(values: Floats, weights: npt.NDArray[np.float64]) -> Floats:
    """(n,) -> (n,), in double precision; `weights` are odd in number, and the ends last for ever."""
    summed: Floats = np.correlate(_extended(values, len(weights)), weights, "valid").astype(np.float32)
    return summed


def moving_mean(values: Floats, width: int) -> npt.NDArray[np.float64]:
    """(n,) -> (n,), in double precision; `width` is odd, and the ends last for ever."""
    extended = np.concatenate([np.zeros(1), _extended(values, width)])
    sums = np.cumsum(extended, out=extended)
    mean: npt.NDArray[np.float64] = (sums[width:] - sums[:-width]) / width
    return mean


def moving_maximum(values: Floats, width: int) -> Floats:
    """(n,) -> (n,); `width` is odd, and the ends last for ever."""
    extended = _extended(values, width, np.float32)
    highest: Floats = np.maximum.reduce([extended[n : n + len(values)] for n in range(width)])
    return highest


def moving_median(values: Floats, width: int) -> Floats:
    """(n,) -> (n,); at most n wide, mirrored at the ends; of an even width the higher middle one."""
    before = width // 2
    mirrored = np.concatenate([values[:before][::-1], values, values[::-1][: width - 1 - before]])
    medians: Floats = np.partition(sliding_window_view(mirrored, width), before, axis=1)[:, before]
    return medians


def _extended(values: Floats, width: int, kind: Any = np.float64) -> npt.NDArray[Any]:
    """(n,) -> (n + width - 1,), the first and the last one repeated."""
    reach = width // 2
    extended = np.empty(len(values) + 2 * reach, kind)
    extended[:reach], extended[reach : reach + len(values)] = values[0], values
    extended[reach + len(values) :] = values[-1]
    return extended
