"""Means, medians and spreads of what is measured frame by frame of the spectrum."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.activity import Mask
from voxaffect_prosodic.moments import Moments

FrameValues = npt.NDArray[np.float32]

FEWEST_FRAMES = 5


def voiced_functionals(frames: Mapping[str, FrameValues], voiced: Mask) -> dict[str, float]:
    """{measure: (n_frames,)} -> its median under its own name, its standard deviation as `NAME_std`.

    Over the voiced frames that have a value; absent where there is none, the deviation for fewer than 5.
    """
    measured = {}
    for name, values in frames.items():
        kept = values[voiced]
        kept = kept[np.isfinite(kept)]
        if len(kept):
            measured[name] = float(np.median(kept))
        if len(kept) >= FEWEST_FRAMES:
            measured[f"{name}_std"] = float(kept.std(dtype=np.float64))
    return measured


def cepstral_functionals(cepstrum: Moments, slopes: Moments) -> dict[str, float]:
    """Of MFCC 1-13 while voiced: mean and deviation; of their slopes while active: deviation.

    The means hold the speaker's vowels and the microphone, the deviations how lively the voice moves.
    """
    if cepstrum.count < FEWEST_FRAMES:
        return {}
    columns = {"_mean": cepstrum.mean, "_std": cepstrum.std, "_delta_std": slopes.std}
    return {
        f"mfcc{number}{what}": float(value)
        for what, values in columns.items()
        for number, value in enumerate(values, start=1)
    }


def change_functionals(flux: FrameValues, active: Mask, voiced: Mask) -> dict[str, float]:
    """(n_frames,) spectral flux -> mean and deviation, of voiced and of unvoiced speech."""
    measured = {}
    for name, kept in (("voiced", flux[voiced]), ("unvoiced", flux[active & ~voiced])):
        if len(kept) >= FEWEST_FRAMES:
            measured[f"flux_{name}_mean"] = float(kept.mean(dtype=np.float64))
            measured[f"flux_{name}_std"] = float(kept.std(dtype=np.float64))
    return measured
