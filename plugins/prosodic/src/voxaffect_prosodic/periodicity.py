"""How periodic each frame is, and at which periods: the F0 candidates."""

from __future__ import annotations

from functools import cache

import attrs
import numpy as np
import numpy.typing as npt
import soxr
from scipy import fft

from voxaffect_prosodic.one_thread import matrix_product
from voxaffect_prosodic.peaks import REACH, find_peaks
from voxaffect_prosodic.spectrum import HOP, RATE_HZ, n_frames

TRACKING_RATE_HZ = 8_000
"""Harmonics above 4 kHz say more about noise than about F0, and half the rate is half the work."""

PERIODS_IN_WINDOW = 2.4
"""Of the lowest F0. Boersma (1993) takes 3; fewer follow fast glides and creaky endings better."""

N_CANDIDATES = 5
"""Periods kept a frame."""

LOW_BAND_HZ = 1_000.0
"""Voiced sounds have most of their energy below; fricatives, hiss and distant voices have less."""

BLOCK_FRAMES = 160
"""Frames worked on at a time, so that the arrays stay in the processor's cache."""

_SILENT_MEAN_SQUARE = 1e-12
"""-120 dB of full scale: below it only rounding is left to correlate."""


@attrs.frozen(eq=False)
class Periodicity:
    """What the frames of a recording repeat at.

    Attributes:
        f0_hz: (n_frames, N_CANDIDATES) float32, the likeliest first; 0 where there are fewer.
        strength: (n_frames, N_CANDIDATES) float32 in 0..1, normalised autocorrelation at those periods.
        low_band_rms: (n_frames,) float32, level below `LOW_BAND_HZ`, on a scale of its own.
    """

    f0_hz: npt.NDArray[np.float32]
    strength: npt.NDArray[np.float32]
    low_band_rms: npt.NDArray[np.float32]


def find_periodicity(
    samples: npt.NDArray[np.float32], *, fmin_hz: float, fmax_hz: float, octave_cost: float
) -> Periodicity:
    """The best peaks of each frame's autocorrelation between two frequencies.

    Args:
        samples: (n_samples,) float32 at `RATE_HZ`.
        octave_cost: how much weaker a peak may be than one an octave below it, and still be likelier.

    Source: P. Boersma (1993), "Accurate short-term analysis of the fundamental frequency and the
    harmonics-to-noise ratio of a sampled sound", IFA Proceedings 17, 97-110; but divided by the energy of the
    two stretches compared instead of the window's own autocorrelation. That keeps the strength within 1, and
    right for low voices too, of which a window holds too few periods for noise to average out.
    """
    frames = n_frames(len(samples))
    f0_hz = np.zeros((frames, N_CANDIDATES), np.float32)
    strength = np.zeros((frames, N_CANDIDATES), np.float32)
    low_band_rms = np.zeros(frames, np.float32)

    first_lag = int(TRACKING_RATE_HZ / fmax_hz)
    last_lag = int(np.ceil(TRACKING_RATE_HZ / fmin_hz))
    n_lags = last_lag + REACH + 1
    window_length = 2 * round(PERIODS_IN_WINDOW * TRACKING_RATE_HZ / fmin_hz / 2)
    n_fft = fft.next_fast_len(window_length + n_lags, real=True)
    low_bins = 1 + int(LOW_BAND_HZ * n_fft / TRACKING_RATE_HZ)
    window = _window(window_length)
    weights = _energy_weights(window_length, n_lags)

    framed = _framed(samples, window_length, frames)
    for start in range(0, frames, BLOCK_FRAMES):
        block = slice(start, start + BLOCK_FRAMES)
        windowed = framed[block] - framed[block].mean(axis=1, keepdims=True)  # (n, window_length)
        windowed *= window
        spectrum = fft.rfft(windowed, n_fft, axis=1)
        power = spectrum.real**2 + spectrum.imag**2
        low_band_rms[block] = np.sqrt(power[:, :low_bins].sum(axis=1))
        energy = matrix_product(np.square(windowed), weights)  # (n, n_lags)
        energy[energy < _SILENT_MEAN_SQUARE * window_length] = np.inf
        correlation = fft.irfft(power, n_fft, axis=1)[:, :n_lags] / energy

        frame, period, height = find_peaks(correlation, first=first_lag, last=last_lag)
        peak_hz = np.float32(TRACKING_RATE_HZ) / period
        merit = height + np.float32(octave_cost) * np.log2(peak_hz)
        merit[(peak_hz < fmin_hz) | (peak_hz > fmax_hz)] = -np.inf
        best_first = np.lexsort((-merit, frame))
        rank = np.arange(len(frame)) - np.searchsorted(frame, frame)  # within its frame
        kept = (rank < N_CANDIDATES) & np.isfinite(merit[best_first])
        f0_hz[start + frame[kept], rank[kept]] = peak_hz[best_first[kept]]
        strength[start + frame[kept], rank[kept]] = np.minimum(height[best_first[kept]], 1)
    return Periodicity(f0_hz=f0_hz, strength=strength, low_band_rms=low_band_rms)


def _framed(samples: npt.NDArray[np.float32], window_length: int, frames: int) -> npt.NDArray[np.float32]:
    """(frames, window_length) at `TRACKING_RATE_HZ`, frame i centred on sample i * HOP of `samples`."""
    half, hop = window_length // 2, HOP * TRACKING_RATE_HZ // RATE_HZ
    padded = np.zeros((frames - 1) * hop + window_length, np.float32)
    if len(samples) > 0:
        # A constant offset would ring where the resampler meets the ends.
        centred = samples - np.float32(samples.mean(dtype=np.float64))
        slow = soxr.resample(centred, RATE_HZ, TRACKING_RATE_HZ)[: len(padded) - half]
        padded[half : half + len(slow)] = slow
    return np.lib.stride_tricks.sliding_window_view(padded, window_length)[::hop]


@cache
def _window(length: int) -> npt.NDArray[np.float32]:
    """(length,) Hann, without the zeros at its ends."""
    return np.hanning(length + 2)[1:-1].astype(np.float32)


@cache
def _energy_weights(length: int, n_lags: int) -> npt.NDArray[np.float32]:
    """(length, n_lags): squares of a windowed frame -> energy that its autocorrelation is to be divided by.

    At lag T the autocorrelation is the sum of w(t) w(t+T) x(t) x(t+T). It can't exceed the mean of the sums
    of w(t) w(t+T) x(t)^2 and of w(t) w(t+T) x(t+T)^2, and equals it where x repeats itself after T.
    """
    window = _window(length)
    padded = np.pad(window, n_lags)
    time, lag = n_lags + np.arange(length)[:, None], np.arange(n_lags)
    weights: npt.NDArray[np.float32] = (padded[time + lag] + padded[time - lag]) / (2 * window[:, None])
    return weights
