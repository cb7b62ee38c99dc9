"""The one short-time power spectrum that activity, syllables and voice quality share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.fourier import rfft
from voxaffect_prosodic.framing import hopped

RATE_HZ = 16_000
"""Every measurement in this package is made at this sampling rate."""

HOP = 160
"""Samples between frames: 10 ms. Frame i is centred on sample i * HOP."""

WINDOW = 400
"""Samples in a frame: 25 ms."""

N_FFT = 512
"""Bins are 31.25 Hz apart."""

FREQUENCIES_HZ: npt.NDArray[np.float32] = np.fft.rfftfreq(N_FFT, 1 / RATE_HZ).astype(np.float32)

_HANN = np.hanning(WINDOW + 1)[:-1]
_SCALED_HANN = (_HANN * np.sqrt(2 * 2 / (N_FFT * np.sum(_HANN**2)))).astype(np.float32)


def n_frames(n_samples: int) -> int:
    """Frames that `n_samples` give; F0 tracks and masks of this package have the same number."""
    return 1 + n_samples // HOP


MEL_BANDS = 20
"""Of equal width in mel from 80 to 7600 Hz."""


def _mel_edges() -> npt.NDArray[np.intp]:
    """(MEL_BANDS + 1,) first bin of each band, and the bin after the last one."""
    lowest_mel, highest_mel = np.log1p(np.array([80.0, 7600.0]) / 700)
    edges_hz = 700 * np.expm1(np.linspace(lowest_mel, highest_mel, MEL_BANDS + 1))
    return np.searchsorted(FREQUENCIES_HZ, edges_hz)


_MEL_EDGES = _mel_edges()


def mel_power(power: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(n_frames, 257) power -> (n_frames, MEL_BANDS) power in each band."""
    bands: npt.NDArray[np.float32] = np.add.reduceat(power[:, : _MEL_EDGES[-1]], _MEL_EDGES[:-1], axis=1)
    return bands


def power_spectrogram(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Power of Hann-windowed frames, centred, zeros beyond both ends.

    Args:
        samples: (n_samples,) float32 at `RATE_HZ`, full scale 1.0.

    Returns:
        (n_frames, 257) float32. A full-scale sine reads about 0 dB summed over its bins.
    """
    frames = n_frames(len(samples))
    padded = np.zeros((frames - 1) * HOP + WINDOW, np.float32)
    usable = samples[: len(padded) - WINDOW // 2]
    padded[WINDOW // 2 : WINDOW // 2 + len(usable)] = usable
    return frame_power(hopped(padded, WINDOW, HOP))


def frame_power(framed: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(n_frames, 400) samples -> (n_frames, 257) power; see `power_spectrogram`."""
    spectrum = rfft(framed * _SCALED_HANN, N_FFT)  # (n_frames, 257) complex64
    power: npt.NDArray[np.float32] = spectrum.real**2
    power += spectrum.imag**2
    return power
