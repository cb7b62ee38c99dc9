"""The spectral envelope, in which the formants stand: what a shift of pitch must leave in place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

LIFTER_S = 0.003
"""Cepstrum kept: shorter than the period of most voices (330 Hz), so that it holds no harmonics.

Longer ones follow the formants more closely, until the harmonics show; raising the curve onto the peaks
of the spectrum (the "true envelope" of Imai & Abe, 1979) kept F1 less well than the plain cepstrum.
"""

FLOOR = 1e-5
"""Of the loudest bin: what is weaker is no part of the voice."""

MAX_GAIN_DB = 30.0


def log_envelope(magnitude: npt.NDArray[np.float32], n_fft: int, rate_hz: int) -> npt.NDArray[np.float32]:
    """A smooth curve through each spectrum: its cepstrum, but for the part that holds the harmonics.

    Args:
        magnitude: (n_bins, n_frames).

    Returns:
        (n_bins, n_frames), natural logarithm.
    """
    kept = max(2, round(LIFTER_S * rate_hz))
    taper = np.hamming(2 * kept + 1)[kept:-1].astype(np.float32)  # (kept,) from 1 down
    lifter = np.zeros((n_fft, 1), np.float32)
    lifter[:kept, 0] = taper
    lifter[-kept + 1 :, 0] = taper[:0:-1]
    floor = max(float(magnitude.max()) * FLOOR, 1e-12)
    cepstrum = np.fft.irfft(np.log(np.maximum(magnitude, floor)), n_fft, axis=0)  # (n_fft, n_frames)
    smooth: npt.NDArray[np.float32] = np.fft.rfft(cepstrum * lifter, axis=0).real.astype(np.float32)
    return smooth


def formant_gain(
    magnitude: npt.NDArray[np.float32], ratio: float, n_fft: int, rate_hz: int
) -> npt.NDArray[np.float32]:
    """Gain that moves the envelope down by `ratio`, so that a shift of all frequencies up by it restores it.

    Args:
        magnitude: (n_bins, n_frames).
        ratio: of the shift to come, 2 for an octave up.

    Returns:
        (n_bins, n_frames), at most `MAX_GAIN_DB` either way.
    """
    envelope = log_envelope(magnitude, n_fft, rate_hz)
    last = len(envelope) - 1
    position = np.minimum(np.arange(last + 1) * ratio, last)
    lower = np.minimum(position.astype(int), last - 1)
    share = (position - lower).astype(np.float32)[:, None]
    warped = envelope[lower] * (1 - share) + envelope[lower + 1] * share
    limit = MAX_GAIN_DB * np.log(10) / 20
    gain: npt.NDArray[np.float32] = np.exp(np.clip(warped - envelope, -limit, limit))
    return gain
