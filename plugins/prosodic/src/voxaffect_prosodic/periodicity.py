"""How periodic each frame is, and at which periods: the F0 candidates."""

from __future__ import annotations

from functools import cache

import attrs
import numpy as np
import numpy.typing as npt
from voxaffect.one_thread import matrix_product

from voxaffect_prosodic.decimation import TRACKING_RATE_HZ, slow_frames
from voxaffect_prosodic.fourier import fast_length, irfft, rfft
from voxaffect_prosodic.peaks import REACH, find_peaks
from voxaffect_prosodic.spectrum import n_frames

FMIN_HZ, FMAX_HZ = 60.0, 1_200.0
"""From a creaking man to a screaming child and beyond a soprano's high C (1047 Hz)."""

OCTAVE_COST = 0.02
"""How much weaker than one an octave below it a candidate may be and still be likelier: else every
sub-harmonic would do as well. After Boersma (1993); tuned as the costs in `f0.py` were."""

PERIODS_IN_WINDOW = 2.4
"""Of the lowest F0. Boersma (1993) takes 3; fewer follow fast glides and creaky endings better."""

N_CANDIDATES = 5
"""Periods kept a frame."""

LOW_BAND_HZ = 1_300.0
"""Voiced sounds have most of their energy below; fricatives, hiss and distant voices have less. It holds the
highest F0."""

BLOCK_FRAMES = 160
"""Frames worked on at a time, so that the arrays stay in the processor's cache."""

_APART = 100.0
"""Between frames when all are sorted by merit at once; more than merits can differ."""

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


def find_periodicity(samples: npt.NDArray[np.float32], *, fmin_hz: float, fmax_hz: float) -> Periodicity:
    """(n_samples,) float32 at `RATE_HZ` -> `frame_periodicity` of its frames, silence beyond both ends."""
    frames, length = n_frames(len(samples)), window_length(fmin_hz)
    blocks = [
        frame_periodicity(
            slow_frames(samples, start, min(BLOCK_FRAMES, frames - start), length),
            fmin_hz=fmin_hz,
            fmax_hz=fmax_hz,
        )
        for start in range(0, frames, BLOCK_FRAMES)
    ]
    names = [field.name for field in attrs.fields(Periodicity)]
    return Periodicity(**{name: np.concatenate([getattr(b, name) for b in blocks]) for name in names})


def window_length(fmin_hz: float = FMIN_HZ) -> int:
    """Samples at `TRACKING_RATE_HZ` that a frame takes; even."""
    return 2 * round(PERIODS_IN_WINDOW * TRACKING_RATE_HZ / fmin_hz / 2)


def frame_periodicity(
    framed: npt.NDArray[np.float32], *, fmin_hz: float = FMIN_HZ, fmax_hz: float = FMAX_HZ
) -> Periodicity:
    """The best peaks of each frame's autocorrelation between two frequencies, whatever frames are around it.

    Args:
        framed: (n_frames, `window_length(fmin_hz)`) at `TRACKING_RATE_HZ`; best no more than `BLOCK_FRAMES`.

    Source: P. Boersma (1993), "Accurate short-term analysis of the fundamental frequency and the
    harmonics-to-noise ratio of a sampled sound", IFA Proceedings 17, 97-110; but divided by the energy of the
    two stretches compared instead of the window's own autocorrelation. That keeps the strength within 1, and
    right for low voices too, of which a window holds too few periods for noise to average out.
    """
    frames, length = framed.shape
    first_lag = int(TRACKING_RATE_HZ / fmax_hz)
    last_lag = int(np.ceil(TRACKING_RATE_HZ / fmin_hz))
    n_lags = last_lag + REACH + 1
    n_fft = fast_length(length + n_lags)
    low_bins = 1 + int(LOW_BAND_HZ * n_fft / TRACKING_RATE_HZ)

    total: npt.NDArray[np.float32] = np.add.reduce(framed, axis=1, keepdims=True)
    windowed = framed - total / np.float32(length)  # (n, length)
    windowed *= _window(length)
    spectrum = rfft(windowed, n_fft)
    power = spectrum.real**2
    power += spectrum.imag**2
    energy = matrix_product(np.square(windowed), _energy_weights(length, n_lags))  # (n, n_lags)
    energy[energy < _SILENT_MEAN_SQUARE * length] = np.inf
    correlation = irfft(power, n_fft)[:, :n_lags] / energy

    frame, period, height = find_peaks(correlation, first=first_lag, last=last_lag)
    peak_hz = np.float32(TRACKING_RATE_HZ) / period
    merit = height + np.float32(OCTAVE_COST) * np.log2(peak_hz)
    within = np.flatnonzero((peak_hz >= fmin_hz) & (peak_hz <= fmax_hz))
    best_first = within[np.argsort(_APART * frame[within] - merit[within], kind="stable")]
    row = frame[best_first]
    column = np.arange(len(row)) - np.searchsorted(row, row)  # rank within its frame
    kept = column < N_CANDIDATES
    best, row, column = best_first[kept], row[kept], column[kept]
    f0_hz = np.zeros((frames, N_CANDIDATES), np.float32)
    strength = np.zeros((frames, N_CANDIDATES), np.float32)
    f0_hz[row, column] = peak_hz[best]
    strength[row, column] = np.minimum(height[best], 1)
    return Periodicity(f0_hz, strength, np.sqrt(power[:, :low_bins].sum(axis=1)))


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
