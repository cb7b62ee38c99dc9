"""The peaks of one curve that stand out from it, by the rules of `scipy.signal.find_peaks`.

Importing that takes more processor time than hearing a clip does.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.intp]


def prominent_peaks(curve: npt.NDArray[np.float32], *, prominence: float, distance: int) -> Places:
    """Where a curve is highest.

    Args:
        curve: (n_samples,), at least one.
        prominence: a peak's least height over the higher one of its two valleys; a valley is the lowest
            place on the way to a higher peak, or to the end.
        distance: samples between two peaks, at least; the higher one stays.

    Returns:
        (n_peaks,), increasing. A level top is told by its middle; the ends are no peaks.
    """
    peaks = _local_maxima(curve)
    if not len(peaks):
        return peaks
    heights = curve[peaks].tolist()
    valleys = np.minimum.reduceat(curve, np.concatenate([[0], peaks])).tolist()
    before = _lowest_since_higher(zip(heights, valleys, strict=False))
    after = _lowest_since_higher(zip(reversed(heights), reversed(valleys), strict=False))[::-1]
    stands_out = np.array(heights) - np.maximum(before, after) >= prominence
    return peaks[stands_out & _apart(peaks.tolist(), heights, distance)]


def _local_maxima(curve: npt.NDArray[np.float32]) -> Places:
    edges = np.concatenate([[0], np.flatnonzero(curve[1:] != curve[:-1]) + 1, [len(curve)]])
    level = curve[edges[:-1]]  # of each run of equal samples
    highest = 1 + np.flatnonzero((level[1:-1] > level[:-2]) & (level[1:-1] > level[2:]))
    middles: Places = (edges[highest] + edges[highest + 1] - 1) // 2
    return middles


def _lowest_since_higher(peaks: Iterable[tuple[float, float]]) -> list[float]:
    """(height of a peak, lowest place between the one before and it) each -> lowest since a higher peak."""
    higher: list[tuple[float, float]] = []
    lowest: list[float] = []
    for height, valley in peaks:
        while higher and higher[-1][0] <= height:
            valley = min(valley, higher.pop()[1])
        higher.append((height, valley))
        lowest.append(valley)
    return lowest


def _apart(peaks: list[int], heights: list[float], distance: int) -> npt.NDArray[np.bool_]:
    """(n_peaks,) those that no higher one that stays is near."""
    stays = np.ones(len(peaks), np.bool_)
    for index in sorted(range(len(peaks)), key=heights.__getitem__, reverse=True):
        if stays[index]:
            for step in (-1, 1):
                near = index + step
                while 0 <= near < len(peaks) and abs(peaks[near] - peaks[index]) < distance:
                    stays[near] = False
                    near += step
    return stays
