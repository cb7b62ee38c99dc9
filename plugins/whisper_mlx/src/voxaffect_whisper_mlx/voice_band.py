"""What the encoder is given: a sound without what lies below a voice, at one level."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
from voxaffect.engines import Array

from voxaffect_whisper_mlx.mel import RATE_HZ

LOUD_DBFS = -20.0
"""Level of the loud frames. Whisper's spectrogram depends on the level, and a voice's emotion does not.
EMO-DB lies at -14, CREMA-D at -29 in the median."""

_LOUD_QUANTILE, _FRAME = 0.9, 400

_CUTOFF_HZ, _TAPS = 80.0, 1601
"""A high-pass of 100 ms: mains hum of 50 Hz falls by 40 dB, of 60 Hz by 20, a voice of 100 Hz by 1."""

_BLOCK = 1 << 19
"""Samples that are filtered at a time."""


def voice_band(samples: Array) -> Array:
    """(S,) at 16 kHz -> (S,), without offset and hum, its loud frames at `LOUD_DBFS`; digital silence stays.

    Neither the level of the recording nor a constant offset has any influence.
    """
    heard = _high_passed(samples - samples.mean(dtype=np.float64).astype(np.float32))
    framed = heard[: max(1, len(heard) // _FRAME) * _FRAME].reshape(-1, min(_FRAME, len(heard)))
    loud = np.quantile(np.einsum("nt,nt->n", framed, framed) / framed.shape[1], _LOUD_QUANTILE)
    return heard * np.float32(np.sqrt(10 ** (LOUD_DBFS / 10) / loud)) if loud > 0 else heard


def _high_passed(samples: Array) -> Array:
    """(S,) -> (S,), undelayed."""
    out = np.zeros(len(samples) + _TAPS - 1, np.float32)
    for start in range(0, len(samples), _BLOCK):
        piece = samples[start : start + _BLOCK]
        length = len(piece) + _TAPS - 1
        eighth = max(1, (1 << (length - 1).bit_length()) // 8)
        size = eighth * next(count for count in (5, 6, 8) if count * eighth >= length)
        out[start : start + length] += np.fft.irfft(np.fft.rfft(piece, size) * _response(size), size)[:length]
    return out[_TAPS // 2 : _TAPS // 2 + len(samples)]


@functools.lru_cache(maxsize=24)
def _response(size: int) -> npt.NDArray[np.complex64]:
    """(size // 2 + 1,) of what a windowed sinc at the cutoff leaves."""
    away = np.arange(_TAPS) - _TAPS // 2
    low = np.sinc(2 * _CUTOFF_HZ / RATE_HZ * away) * np.blackman(_TAPS)
    kernel = (away == 0) - low / low.sum()
    return np.fft.rfft(kernel, size).astype(np.complex64)
