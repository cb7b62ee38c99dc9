"""The spectral envelope, in which the formants stand: what a shift of pitch must leave in place."""

from __future__ import annotations

import librosa
import numpy as np
import numpy.typing as npt

LIFTER_PERIODS = 0.7
"""Cepstrum kept, in periods of the voice: harmonics stand at 1, and the taper has all but ended by then.

With one length for all voices F1 drifts by half as much again. Raising the curve onto the peaks of the
spectrum (the "true envelope" of Imai & Abe, 1979) kept F1 less well than the plain cepstrum.
"""

LIFTER_RANGE_S = (0.002, 0.008)

FLOOR = 1e-5
"""Of the loudest bin: what is weaker is no part of the voice."""

MAX_GAIN_DB = 30.0

Floats = npt.NDArray[np.float32]


def log_envelope(magnitude: Floats, lifter_s: Floats, rate_hz: int) -> Floats:
    """A smooth curve through each spectrum: its cepstrum, but for the part that holds the harmonics.

    Args:
        magnitude: (n_frames, n_bins), an even number of samples transformed.
        lifter_s: (n_frames,) how much of the cepstrum is kept.

    Returns:
        (n_frames, n_bins), natural logarithm.
    """
    transform, n_fft = librosa.get_fftlib(), 2 * (magnitude.shape[1] - 1)
    quefrency = np.minimum(np.arange(n_fft), np.arange(n_fft, 0, -1)).astype(np.float32)
    share = quefrency / (lifter_s[:, None] * np.float32(rate_hz))
    lifter = np.where(share < 1, np.float32(0.54) + np.float32(0.46) * np.cos(np.float32(np.pi) * share), 0)
    floor = np.maximum(magnitude.max(axis=1, keepdims=True) * np.float32(FLOOR), np.float32(1e-12))
    cepstrum = transform.irfft(np.log(np.maximum(magnitude, floor)), n_fft, axis=1)  # (n_frames, n_fft)
    smooth: Floats = transform.rfft(cepstrum * lifter, axis=1).real.astype(np.float32)
    return smooth


def formant_gain(magnitude: Floats, ratios: Floats, f0_hz: Floats, rate_hz: int) -> Floats:
    """Gain that moves each envelope down by a ratio, so that a shift of all frequencies up by it restores it.

    Args:
        magnitude: (n_frames, n_bins).
        ratios: (n_frames,) of the shift to come, 2 for an octave up.
        f0_hz: (n_frames,) of the voice.

    Returns:
        (n_frames, n_bins), at most `MAX_GAIN_DB` either way; 0 for what the shift would take beyond half the
        sampling rate.
    """
    envelope = log_envelope(magnitude, np.clip(LIFTER_PERIODS / f0_hz, *LIFTER_RANGE_S), rate_hz)
    n_frames, n_bins = envelope.shape
    position = np.arange(n_bins, dtype=np.float32) * ratios[:, None]
    lower = np.minimum(position.astype(np.intp), n_bins - 2)
    share = np.minimum(position - lower, 1).astype(np.float32)
    lower += np.arange(n_frames)[:, None] * n_bins
    flat = envelope.reshape(-1)
    warped = flat[lower] * (1 - share) + flat[lower + 1] * share
    limit = np.float32(MAX_GAIN_DB * np.log(10) / 20)
    gain: Floats = np.exp(np.clip(warped - envelope, -limit, limit))
    gain[position > n_bins - 1] = 0
    return gain
