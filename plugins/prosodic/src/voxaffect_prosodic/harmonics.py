"""Harmonics against one another: open or pressed voice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.spectrum import FREQUENCIES_HZ

FrameValues = npt.NDArray[np.float32]

THIRD_FORMANT_HZ = (2200.0, 3600.0)
"""Where it lies in most voices; the strongest bin in there stands for its strongest harmonic."""

DYNAMIC_RANGE = np.float32(1e-9)
_FIRST, _STOP = np.searchsorted(FREQUENCIES_HZ, THIRD_FORMANT_HZ)


def harmonic_differences_db(power: FrameValues, f0_hz: FrameValues) -> tuple[FrameValues, FrameValues]:
    """(n_frames, 257) power of voiced frames and their F0 -> (n_frames,) H1-H2 and H1-A3.

    Both fall as the voice is pressed. Source: F. Eyben et al., "The Geneva Minimalistic Acoustic Parameter
    Set (GeMAPS)", IEEE Transactions on Affective Computing 7 (2016); the third formant taken from a band.
    """
    least = DYNAMIC_RANGE * power.sum(axis=1) + np.finfo(np.float32).tiny
    first, second = _peak(power, f0_hz) + least, _peak(power, 2 * f0_hz) + least
    third_formant = power[:, _FIRST:_STOP].max(axis=1) + least
    return 10 * np.log10(first / second), 10 * np.log10(first / third_formant)


def _peak(power: FrameValues, frequency_hz: FrameValues) -> FrameValues:
    """(n_frames,) strongest of the three bins round a frequency."""
    middle = np.rint(frequency_hz / FREQUENCIES_HZ[1]).astype(np.intp)
    around = np.clip(middle[:, None] + np.arange(-1, 2), 0, power.shape[1] - 1)
    strongest: FrameValues = np.take_along_axis(power, around, axis=1).max(axis=1)
    return strongest
