"""Harmonics against one another: open or pressed voice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.spectrum import FREQUENCIES_HZ

FrameValues = npt.NDArray[np.float32]

THIRD_FORMANT_HZ = (2200.0, 3600.0)
"""Where it lies in most voices; the strongest bin in there stands for its strongest harmonic."""

DYNAMIC_RANGE = np.float32(1e-9)
_TINY = np.finfo(np.float32).tiny
_FIRST, _STOP = np.searchsorted(FREQUENCIES_HZ, THIRD_FORMANT_HZ)


def harmonic_differences_db(power: FrameValues, f0_hz: FrameValues) -> tuple[FrameValues, FrameValues]:
    """(n_frames, 257) power of voiced frames and their F0 -> (n_frames,) H1-H2 and H1-A3.

    Both fall as the voice is pressed. Source: F. Eyben et al., "The Geneva Minimalistic Acoustic Parameter
    Set (GeMAPS)", IEEE Transactions on Affective Computing 7 (2016); the third formant taken from a band.
    """
    least = DYNAMIC_RANGE * power.sum(axis=1) + _TINY
    first, second = _peaks(power, np.stack([f0_hz, 2 * f0_hz])) + least
    third_formant = power[:, _FIRST:_STOP].max(axis=1) + least
    return 10 * np.log10(first / second), 10 * np.log10(first / third_formant)


def _peaks(power: FrameValues, frequency_hz: FrameValues) -> FrameValues:
    """(n_frames, 257), (n, n_frames) -> (n, n_frames) strongest of the three bins round each frequency."""
    middle = np.rint(frequency_hz / FREQUENCIES_HZ[1]).astype(np.intp)
    frame, last = np.arange(len(power)), power.shape[1] - 1
    below, at, above = (power[frame, np.minimum(middle + step, last)] for step in (-1, 0, 1))
    strongest: FrameValues = np.maximum(np.maximum(below, at), above)
    return strongest
