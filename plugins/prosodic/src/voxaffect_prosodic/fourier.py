"""Fourier transforms in single precision, which numpy before 2.0 does not keep."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt


def rfft(frames: npt.NDArray[np.float32], n_fft: int) -> npt.NDArray[np.complex64]:
    """(n_frames, n_samples), zeros behind it -> (n_frames, n_fft // 2 + 1)."""
    return np.fft.rfft(frames, n_fft, axis=1).astype(np.complex64, copy=False)


def irfft(
    spectra: npt.NDArray[np.complex64] | npt.NDArray[np.float32], n_fft: int
) -> npt.NDArray[np.float32]:
    """(n_frames, n_bins), zeros behind it -> (n_frames, n_fft)."""
    return np.fft.irfft(spectra, n_fft, axis=1).astype(np.float32, copy=False)


def fast_length(shortest: int) -> int:
    """The next number without a prime factor above 5, of which a transform takes least."""
    return next(n for n in itertools.count(shortest) if 30**16 % n == 0)
