"""Mel-frequency cepstral coefficients (MFCC) and loudness, from one bank of triangular filters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from voxaffect.one_thread import matrix_product

from voxaffect_prosodic.activity import Mask
from voxaffect_prosodic.order_statistics import quantile
from voxaffect_prosodic.spectrum import FREQUENCIES_HZ

FrameValues = npt.NDArray[np.float32]

N_BANDS, N_COEFFICIENTS = 26, 13
"""As in HTK and the ComParE feature set."""

BAND_RANGE_HZ = (60.0, 7600.0)

FLOOR_DB = -50.0
"""Bands further below the loud frames count as that: there is the room and the microphone, not the voice."""

LOUDNESS_EXPONENT = 0.3
"""Of power in a band. Source: S. S. Stevens, "The measurement of loudness", JASA 27 (1955)."""

DELTA_WEIGHTS = np.array([2, 1, 0, -1, -2], np.float32) / 10
"""Regression slope over five frames, per frame; reversed as `convolve` reverses."""


def _triangles() -> FrameValues:
    """(257, N_BANDS), equally spaced in mel (O'Shaughnessy, "Speech communication", 1987)."""
    lowest, highest = 2595 * np.log10(1 + np.array(BAND_RANGE_HZ) / 700)
    edges_hz = 700 * (10 ** (np.linspace(lowest, highest, N_BANDS + 2) / 2595) - 1)
    low, middle, high = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    bins_hz = FREQUENCIES_HZ[:, None]
    sides = np.minimum((bins_hz - low) / (middle - low), (high - bins_hz) / (high - middle))
    return np.maximum(sides, 0).astype(np.float32)


_TRIANGLES = _triangles()


def _cosines() -> FrameValues:
    """(N_BANDS, N_COEFFICIENTS): the orthonormal discrete cosine transform but for its first row."""
    place, order = np.arange(N_BANDS)[:, None] + 0.5, np.arange(1, N_COEFFICIENTS + 1)
    cosines: FrameValues = np.cos(np.pi / N_BANDS * place * order).astype(np.float32)
    return cosines * np.float32(np.sqrt(2 / N_BANDS))


_COSINES = _cosines()


def band_power(power: FrameValues) -> FrameValues:
    """(n_frames, 257) power -> (n_frames, N_BANDS)."""
    return matrix_product(power, _TRIANGLES)


def cepstrum(bands: FrameValues, active: Mask) -> FrameValues:
    """(n_frames, N_BANDS) -> (n_frames, N_COEFFICIENTS): MFCC 1-13 in dB, without the level, MFCC 0.

    The floor follows the loud frames, so that gain has no influence. Zeros without an active frame.
    """
    loud = np.float32(quantile(bands[active].sum(axis=1), 0.95)) if active.any() else np.float32(0)
    if loud <= 0:
        return np.zeros((len(bands), N_COEFFICIENTS), np.float32)
    floor = np.float32(loud * 10 ** (FLOOR_DB / 10))
    return matrix_product(np.float32(10) * np.log10(np.maximum(bands, floor) / loud), _COSINES)


def loudness(bands: FrameValues) -> FrameValues:
    """(n_frames, N_BANDS) -> (n_frames,) sum of the bands' compressed power; gain scales it as a whole."""
    compressed: FrameValues = np.power(bands, np.float32(LOUDNESS_EXPONENT)).sum(axis=1)
    return compressed


def deltas(coefficients: FrameValues) -> FrameValues:
    """(n_frames, n) -> (n_frames, n) slope per frame; 0 in the two frames at either end."""
    slopes = np.zeros_like(coefficients)
    if len(slopes) < 5:
        return slopes
    for shift, weight in zip(range(5), DELTA_WEIGHTS[::-1], strict=True):
        slopes[2:-2] += weight * coefficients[shift : len(coefficients) - 4 + shift]
    return slopes
