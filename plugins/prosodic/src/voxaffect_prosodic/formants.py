"""Resonances of the vocal tract: frequency and bandwidth of the first three formants."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from voxaffect.one_thread import matrix_product

from voxaffect_prosodic.spectrum import FREQUENCIES_HZ, RATE_HZ

FrameValues = npt.NDArray[np.float32]

HIGHEST_HZ = 5000.0
"""Five formants of an adult lie below, two poles each: hence the order."""

ORDER = 10
PRE_EMPHASIS = 0.97
N_FORMANTS = 3

LOWEST_FORMANT_HZ = 150.0
"""What peaks lower is the fundamental of a deep voice. In a high one the first formant may lie at F0 itself,
so that a bound relative to F0 would lose it."""

WHITE_NOISE = 1e-4
"""Added to the autocorrelation, relative: 40 dB below, so that no pole comes to lie on the unit circle."""

BANDWIDTH_RANGE_HZ = (20.0, 1000.0)
"""A flatter or sharper peak is no resonance of a throat; bandwidths are brought inside."""

_BINS = int(np.searchsorted(FREQUENCIES_HZ, HIGHEST_HZ, side="right"))
_EMPHASIS = np.abs(1 - PRE_EMPHASIS * np.exp(-2j * np.pi * FREQUENCIES_HZ[:_BINS] / RATE_HZ)) ** 2
_POINTS = 129
"""Of the group delay, from 0 to `HIGHEST_HZ`: 39 Hz apart."""

_POINT_HZ = HIGHEST_HZ / (_POINTS - 1)


def _correlation_weights() -> FrameValues:
    """(_BINS, ORDER + 1): power -> autocorrelation at twice `HIGHEST_HZ`, pre-emphasised."""
    angle = np.pi * np.arange(_BINS)[:, np.newaxis] / (_BINS - 1) * np.arange(ORDER + 1)
    twice = np.where(np.isin(np.arange(_BINS), (0, _BINS - 1)), 1, 2)  # what stands at negative frequencies
    weights: FrameValues = (np.cos(angle) * (twice * _EMPHASIS)[:, np.newaxis]).astype(np.float32)
    return weights


def _filter_response() -> FrameValues:
    """(ORDER + 1, 4 * _POINTS): prediction polynomial A -> A, and its derivative by the logarithm of z.

    Real parts, then imaginary ones, of either.
    """
    coefficient = np.arange(ORDER + 1)[:, np.newaxis]
    angle = np.pi * coefficient * np.arange(_POINTS) / (_POINTS - 1)
    response = np.concatenate([np.cos(angle), -np.sin(angle)], axis=1)
    return np.concatenate([response, -coefficient * response], axis=1).astype(np.float32)


_CORRELATION_WEIGHTS, _FILTER_RESPONSE = _correlation_weights(), _filter_response()
"""So few lags and coefficients cost less as products than by FFT."""


def formants(power: FrameValues) -> tuple[FrameValues, FrameValues]:
    """(n_frames, 257) power of voiced frames -> frequency and bandwidth in Hz, (n_frames, 3) each.

    Peaks of the group delay of the all-pole filter of linear prediction. There poles add up, where they
    multiply in the envelope: two formants close by, as in [o], stay two peaks, and a broad one beside a
    strong one stays a peak. NaN where a frame has fewer peaks.

    Sources: J. Makhoul, "Linear prediction: a tutorial review", Proceedings of the IEEE 63 (1975), 4;
    B. Yegnanarayana, "Formant extraction from linear-prediction phase spectra", Journal of the Acoustical
    Society of America 63 (1978), 5.
    """
    correlation = matrix_product(power[:, :_BINS], _CORRELATION_WEIGHTS).astype(np.float64)
    delay = _group_delay(_predictors(correlation))
    inner = delay[:, 1:-1]
    peaks = (inner > delay[:, :-2]) & (inner >= delay[:, 2:])
    peaks[:, : int(LOWEST_FORMANT_HZ / _POINT_HZ)] = False
    row, column = np.nonzero(peaks)
    number = np.arange(len(row)) - np.searchsorted(row, row)  # within its frame
    first = number < N_FORMANTS
    row, peak, number = row[first], column[first] + 1, number[first]
    before, top, after = (delay[row, peak + step] for step in (-1, 0, 1))
    bend = np.maximum(2 * top - before - after, np.float32(1e-6))
    frequency_hz = np.full((len(power), N_FORMANTS), np.nan, np.float32)
    bandwidth_hz = frequency_hz.copy()
    frequency_hz[row, number] = (peak + (after - before) / (2 * bend)) * _POINT_HZ
    width_hz = _bandwidth_hz(bend)
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
    error = -lags[0]  # its negative: saves a turn of sign at every order
    for order in range(1, ORDER + 1):
        left = np.einsum("kn,kn->n", polynomial[:order], lags[order:0:-1])
        reflection = left / error
        polynomial[1 : order + 1] += reflection * polynomial[order - 1 :: -1]
        error -= reflection * left
    return polynomial.T


def _group_delay(polynomial: npt.NDArray[np.float64]) -> FrameValues:
    """(n_frames, 129) group delay of the all-pole filter 1 / A, in samples at twice `HIGHEST_HZ`."""
    response = matrix_product(polynomial.astype(np.float32), _FILTER_RESPONSE)
    value, slope = response.reshape(-1, 2, 2, _POINTS).swapaxes(0, 1)  # (n_frames, 2, _POINTS) each
    # The real part of slope / A; einsum makes no arrays in between.
    delay: FrameValues = np.einsum("ncp,ncp->np", value, slope) / np.einsum("ncp,ncp->np", value, value)
    return delay


def _bandwidth_hz(bend: FrameValues) -> FrameValues:
    """Of the pole whose delay has this second difference at its peak, whatever the other poles add to it.

    With g half the bandwidth and d the distance of points, the delay is `HIGHEST_HZ` / (pi g) at the peak and
    g^2 / (g^2 + d^2) of that at the next point, so (g / d)^3 + g / d is known; it has one real root.
    """
    known = np.float32(2 * (_POINTS - 1) / np.pi * 1.5 * 3**0.5) / bend
    width_hz: FrameValues = np.sinh(np.arcsinh(known) / np.float32(3)) * np.float32(4 * _POINT_HZ / 3**0.5)
    return width_hz
