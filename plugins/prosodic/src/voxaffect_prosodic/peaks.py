"""Peaks of sampled curves, placed and measured between the samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from voxaffect.one_thread import matrix_product

REACH = 8
"""Samples either side of a peak that must exist: the interpolation uses them."""

_POINTS_PER_SAMPLE = 8

_BAND = 0.7
"""Part of the band below half the sampling rate in which the interpolation is exact to about 1e-5."""

_WEAKEST = 0.15
"""Lower peaks are left out."""


def _interpolator() -> npt.NDArray[np.float32]:
    """(2 * REACH + 1, 2 * _POINTS_PER_SAMPLE + 1): samples around a peak -> values within 1 of it.

    Least squares over the band: far closer to the true curve there than as many terms of a tapered sinc.
    """
    samples = np.arange(-REACH, REACH + 1)
    points = np.arange(-_POINTS_PER_SAMPLE, _POINTS_PER_SAMPLE + 1) / _POINTS_PER_SAMPLE
    between_samples = np.sinc(_BAND * (samples[:, None] - samples))
    to_points = np.sinc(_BAND * (samples[:, None] - points))
    ridge = 1e-9 * np.eye(len(samples))
    weights: npt.NDArray[np.float32] = np.linalg.solve(between_samples + ridge, to_points).astype(np.float32)
    return weights


_INTERPOLATOR = _interpolator()


def find_peaks(
    curves: npt.NDArray[np.float32], *, first: int, last: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Every maximum of each curve between two samples.

    Args:
        curves: (n_curves, n_samples) float32, even about sample 0, with `REACH` samples after `last`.
        first, last: 1 <= first <= last.

    Returns:
        Three arrays (n_peaks,), in order of curves: which curve, place in samples, height.
    """
    inside = curves[:, first : last + 1]
    is_peak = inside > _WEAKEST
    is_peak &= inside > curves[:, first - 1 : last]
    is_peak &= inside >= curves[:, first + 1 : last + 2]
    curve, sample = np.nonzero(is_peak)
    sample += first

    around = np.abs(sample[:, None] + np.arange(-REACH, REACH + 1))
    # (n_peaks, 2 * _POINTS_PER_SAMPLE + 1)
    fine = matrix_product(curves[curve[:, None], around], _INTERPOLATOR)
    top = np.minimum(np.maximum(fine.argmax(axis=1), 1), 2 * _POINTS_PER_SAMPLE - 1)
    peak = np.arange(len(top))
    before, at, after = fine[peak, top - 1], fine[peak, top], fine[peak, top + 1]
    slope = (after - before) / 2
    curvature = np.maximum(2 * at - before - after, np.float32(1e-9))
    # The vertex of a parabola through three.
    shift = np.minimum(np.maximum(slope / curvature, np.float32(-1)), np.float32(1))
    place = (sample + (top - _POINTS_PER_SAMPLE + shift) / _POINTS_PER_SAMPLE).astype(np.float32)
    return curve, place, at + slope * shift / 2
