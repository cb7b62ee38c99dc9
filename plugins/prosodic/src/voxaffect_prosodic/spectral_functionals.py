"""Means, medians and spreads of what is measured frame by frame of the spectrum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.activity import Mask
from voxaffect_prosodic.moments import Moments
from voxaffect_prosodic.order_statistics import mean_and_std

FrameValues = npt.NDArray[np.float32]

FEWEST_FRAMES = 5


def voiced_functionals(names: Sequence[str], frames: FrameValues, voiced: Mask) -> dict[str, float]:
    """(n_frames, n_measures) -> each one's median under its own name, its standard deviation as `NAME_std`.

    Over the voiced frames that have a value; absent where there is none, the deviation for fewer than 5.
    """
    values = frames[voiced]
    if not len(values):
        return {}
    known = np.isfinite(values)
    ordered = np.sort(np.where(known, values, np.float32(np.inf)), axis=0)
    count = np.count_nonzero(known, axis=0)
    column = np.arange(len(names))
    of = np.maximum(count, 1)
    middle = np.float32(0.5) * (ordered[(of - 1) // 2, column] + ordered[of // 2, column])
    deviation = np.where(known, values, 0).astype(np.float64)
    deviation -= known * (deviation.sum(axis=0) / of)
    std = np.sqrt(np.square(deviation).sum(axis=0) / of)
    measured = {}
    for name, n, median, spread in zip(names, count.tolist(), middle.tolist(), std.tolist(), strict=True):
        if n:
            measured[name] = median
        if n >= FEWEST_FRAMES:
            measured[f"{name}_std"] = spread
    return measured


def cepstral_functionals(cepstrum: Moments, slopes: Moments) -> dict[str, float]:
    """Of MFCC 1-13 while voiced: mean and deviation; of their slopes while active: deviation.

    The means hold the speaker's vowels and the microphone, the deviations how lively the voice moves.
    """
    if cepstrum.count < FEWEST_FRAMES:
        return {}
    columns = {"_mean": cepstrum.mean, "_std": cepstrum.std, "_delta_std": slopes.std}
    return {
        f"mfcc{number}{what}": value
        for what, values in columns.items()
        for number, value in enumerate(values.tolist(), start=1)
    }


def change_functionals(flux: FrameValues, active: Mask, voiced: Mask) -> dict[str, float]:
    """(n_frames,) spectral flux -> mean and deviation, of voiced and of unvoiced speech."""
    measured = {}
    for name, kept in (("voiced", flux[voiced]), ("unvoiced", flux[active & ~voiced])):
        if len(kept) >= FEWEST_FRAMES:
            measured[f"flux_{name}_mean"], measured[f"flux_{name}_std"] = mean_and_std(kept)
    return measured
