"""Resonances of the vocal tract: frequency and bandwidth of the first three formants."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.one_thread import matrix_product
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
_POINTS = 257
"""Of the envelope, from 0 to `HIGHEST_HZ`."""

_POINT_HZ = HIGHEST_HZ / (_POINTS - 1)


def _correlation_weights() -> FrameValues:
    """(_BINS, ORDER + 1): power -> autocorrelation at twice `HIGHEST_HZ`, pre-emphasised."""
    angle = np.pi * np.arange(_BINS)[:, np.newaxis] / (_BINS - 1) * np.arange(ORDER + 1)
    twice = np.where(np.isin(np.arange(_BINS), (0, _BINS - 1)), 1, 2)  # what stands at negative frequencies
    weights: FrameValues = (np.cos(angle) * (twice * _EMPHASIS)[:, np.newaxis]).astype(np.float32)
    return weights


def _filter_response() -> FrameValues:
    """(ORDER + 1, 2 * _POINTS): prediction polynomial -> real and imaginary parts of its response."""
    angle = np.pi * np.arange(ORDER + 1)[:, np.newaxis] * np.arange(_POINTS) / (_POINTS - 1)
    return np.concatenate([np.cos(angle), -np.sin(angle)], axis=1).astype(np.float32)


_CORRELATION_WEIGHTS, _FILTER_RESPONSE = _correlation_weights(), _filter_response()
"""So few lags and coefficients cost less as products than by FFT."""


def formants(power: FrameValues) -> tuple[FrameValues, FrameValues]:
    """(n_frames, 257) power of voiced frames -> frequency and bandwidth in Hz, (n_frames, 3) each.

    Peaks of the all-pole envelope from linear prediction. NaN where a frame has fewer peaks.

    Source: J. Makhoul, "Linear prediction: a tutorial review", Proceedings of the IEEE 63 (1975), 4.
    """
    correlation = matrix_product(power[:, :_BINS], _CORRELATION_WEIGHTS).astype(np.float64)
    level_db = _envelope(_predictors(correlation))  # (n_frames, 257), natural logarithm of power
    inner = level_db[:, 1:-1]
    peaks = (inner > level_db[:, :-2]) & (inner >= level_db[:, 2:])
    peaks[:, : int(LOWEST_FORMANT_HZ / _POINT_HZ)] = False
    row, column = np.nonzero(peaks)
    number = np.arange(len(row)) - np.searchsorted(row, row)  # within its frame
    first = number < N_FORMANTS
    row, peak, number = row[first], column[first] + 1, number[first]
    before, top, after = (level_db[row, peak + step] for step in (-1, 0, 1))
    bend = np.maximum(2 * top - before - after, np.float32(1e-6))
    frequency_hz = np.full((len(power), N_FORMANTS), np.nan, np.float32)
    bandwidth_hz = frequency_hz.copy()
    frequency_hz[row, number] = (peak + (after - before) / (2 * bend)) * _POINT_HZ
    # A lone pole of bandwidth b has the curvature 2 / (b / 2)^2 at its peak.
    width_hz = 2 * np.sqrt(2 / bend) * _POINT_HZ
    narrowest, widest = BANDWIDTH_RANGE_HZ
    bandwidth_hz[row, number] = np.minimum(np.maximum(width_hz, np.float32(narrowest)), np.float32(widest))
    return frequency_hz, bandwidth_hz


def _predictors(correlation: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n_frames, ORDER + 1) autocorrelation -> prediction polynomials, by Levinson's recursion.

    All frames at once: of so small a system LAPACK takes 6 us, frame by frame.
    """
    lags = correlation.T / np.maximum(correlation[:, 0], np.finfo(np.float64).tiny)  # (ORDER + 1, n_frames)
    lags[0] = 1 + WHITE_NOISE
    polynomial = np.zeros_like(lags)
    polynomial[0] = 1
    error = lags[0].copy()
    for order in range(1, ORDER + 1):
        reflection = np.einsum("kn,kn->n", polynomial[:order], lags[order:0:-1]) / -error
        polynomial[1 : order + 1] += reflection * polynomial[order - 1 :: -1]
        error *= 1 - np.square(reflection)
    return polynomial.T


def _envelope(polynomial: npt.NDArray[np.float64]) -> FrameValues:
    """(n_frames, 257) log power of the all-pole filter, 0 to `HIGHEST_HZ`."""
    response = np.square(matrix_product(polynomial.astype(np.float32), _FILTER_RESPONSE))
    envelope: FrameValues = -np.log(response[:, :_POINTS] + response[:, _POINTS:] + np.float32(1e-12))
    return envelope
