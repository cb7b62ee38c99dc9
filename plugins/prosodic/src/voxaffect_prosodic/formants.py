"""Resonances of the vocal tract: frequency and bandwidth of the first three formants."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import fft

from voxaffect_prosodic.spectrum import FREQUENCIES_HZ, RATE_HZ

FrameValues = npt.NDArray[np.float32]

HIGHEST_HZ = 5000.0
"""Five formants of an adult lie below, two poles each: hence the order."""

ORDER = 10
PRE_EMPHASIS = 0.97
N_FORMANTS = 3

LOWEST_FORMANT_HZ = 180.0
"""What peaks lower is the fundamental."""

WHITE_NOISE = 1e-4
"""Added to the autocorrelation, relative: 40 dB below, so that no pole comes to lie on the unit circle."""

BANDWIDTH_RANGE_HZ = (20.0, 1000.0)
"""A flatter or sharper peak is no resonance of a throat; bandwidths are brought inside."""

_BINS = int(np.searchsorted(FREQUENCIES_HZ, HIGHEST_HZ, side="right"))
_EMPHASIS = np.abs(1 - PRE_EMPHASIS * np.exp(-2j * np.pi * FREQUENCIES_HZ[:_BINS] / RATE_HZ)) ** 2
_EMPHASIS = _EMPHASIS.astype(np.float32)
_LAGS = np.abs(np.arange(ORDER)[:, np.newaxis] - np.arange(ORDER))
_N_FFT = 512
_BIN_HZ = 2 * HIGHEST_HZ / _N_FFT


def formants(power: FrameValues) -> tuple[FrameValues, FrameValues]:
    """(n_frames, 257) power of voiced frames -> frequency and bandwidth in Hz, (n_frames, 3) each.

    Peaks of the all-pole envelope from linear prediction. NaN where a frame has fewer peaks.

    Source: J. Makhoul, "Linear prediction: a tutorial review", Proceedings of the IEEE 63 (1975), 4.
    """
    emphasised = power[:, :_BINS] * _EMPHASIS
    correlation = fft.irfft(emphasised, axis=1)[:, : ORDER + 1].astype(np.float64)
    level_db = _envelope(_predictors(correlation))  # (n_frames, 257), natural logarithm of power
    inner = level_db[:, 1:-1]
    peaks = (inner > level_db[:, :-2]) & (inner >= level_db[:, 2:])
    peaks[:, : int(LOWEST_FORMANT_HZ / _BIN_HZ)] = False
    row, column = np.nonzero(peaks)
    number = np.arange(len(row)) - np.searchsorted(row, row)  # within its frame
    first = number < N_FORMANTS
    row, peak, number = row[first], column[first] + 1, number[first]
    before, top, after = (level_db[row, peak + step] for step in (-1, 0, 1))
    bend = np.maximum(2 * top - before - after, np.float32(1e-6))
    frequency_hz = np.full((len(power), N_FORMANTS), np.nan, np.float32)
    bandwidth_hz = frequency_hz.copy()
    frequency_hz[row, number] = (peak + (after - before) / (2 * bend)) * _BIN_HZ
    # A lone pole of bandwidth b has the curvature 2 / (b / 2)^2 at its peak.
    width_hz = 2 * np.sqrt(2 / bend) * _BIN_HZ
    narrowest, widest = BANDWIDTH_RANGE_HZ
    bandwidth_hz[row, number] = np.minimum(np.maximum(width_hz, np.float32(narrowest)), np.float32(widest))
    return frequency_hz, bandwidth_hz


def _predictors(correlation: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n_frames, ORDER + 1) autocorrelation -> prediction polynomials of all frames: the normal equations."""
    correlation = correlation / np.maximum(correlation[:, :1], np.finfo(np.float64).tiny)
    correlation[:, 0] = 1 + WHITE_NOISE
    polynomial = np.ones_like(correlation)
    if len(correlation):
        toeplitz = correlation[:, _LAGS]  # (n_frames, ORDER, ORDER)
        polynomial[:, 1:] = -np.linalg.solve(toeplitz, correlation[:, 1:, np.newaxis])[:, :, 0]
    return polynomial


def _envelope(polynomial: npt.NDArray[np.float64]) -> FrameValues:
    """(n_frames, 257) log power of the all-pole filter, 0 to `HIGHEST_HZ`."""
    spectrum = fft.rfft(polynomial.astype(np.float32), _N_FFT, axis=1)
    envelope: FrameValues = -np.log(spectrum.real**2 + spectrum.imag**2 + np.float32(1e-12))
    return envelope
