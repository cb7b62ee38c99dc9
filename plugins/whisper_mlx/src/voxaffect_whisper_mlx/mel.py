"""Whisper's input: a log-mel spectrogram, computed as OpenAI's `whisper.audio` does, in numpy.

A clip is never padded to 30 s. A long one is computed piece by piece; its pieces put together are the whole.
"""

from __future__ import annotations

import functools

import attrs
import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from voxaffect.engines import Array
from voxaffect.one_thread import matrix_product

RATE_HZ = 16_000
WINDOW_SAMPLES, HOP_SAMPLES = 400, 160
"""25 ms and 10 ms."""

RANGE_DECADES = 8.0
"""What lies more than 80 dB below the clip's highest value is raised to there."""

LEAST_POWER = 1e-10

MIN_SAMPLES = WINDOW_SAMPLES
"""One whole window; mirroring a clip at its ends, by half a window, takes more than that half."""

SPEECH_DECADES = 3.5
"""Frames up to 35 dB below the loudest one count as speech. A choice: weak consonants lie 30 dB down."""

_BREAK_HZ, _MEL_HZ, _LOG_STEP = 1000.0, 200 / 3, np.log(6.4) / 27
"""Slaney's mel scale: linear below 1 kHz, 27 mels to a factor of 6.4 above (Auditory Toolbox, 1998)."""


def count_mel_frames(n_samples: int) -> int:
    """Frames of 10 ms in that many samples at 16 kHz; 0 below 400."""
    return n_samples // HOP_SAMPLES if n_samples >= MIN_SAMPLES else 0


@attrs.frozen
class Loudest:
    """The highest values of a clip, which its spectrogram is relative to; log10 of power.

    Attributes:
        band: of any band in any frame.
        frame: of any frame's sum over bands.
    """

    band: float
    frame: float

    @property
    def floor(self) -> np.float32:
        """What lower bands are raised to."""
        return np.float32(self.band - RANGE_DECADES)


@attrs.frozen(eq=False)
class LogMel:
    """Of one stretch of a clip, before it is set in relation to the clip.

    Attributes:
        bands: (T, n_mels) log10 of each band's power.
        level: (T,) log10 of the power of all bands.
    """

    bands: Array
    level: Array

    @property
    def loudest(self) -> Loudest:
        """Of this stretch."""
        return Loudest(float(self.bands.max()), float(self.level.max()))

    def normalised(self, loudest: Loudest) -> Array:
        """(T, n_mels) as the network takes it: about -1..1."""
        return (np.maximum(self.bands, loudest.floor) + np.float32(4)) / np.float32(4)

    def speech(self, loudest: Loudest) -> npt.NDArray[np.bool_]:
        """(T,) the frames that are loud enough."""
        return self.level > loudest.frame - SPEECH_DECADES


def log_mel(samples: Array, n_mels: int, frames: slice | None = None) -> LogMel:
    """The spectrogram of a stretch of a clip.

    Args:
        samples: (S,) the whole clip at 16 kHz, at least 400.
        frames: of the clip's S // 160, at least three; all if None.
    """
    return log_mel_of(framed(samples, frames), n_mels)


def framed(samples: Array, frames: slice | None = None) -> Array:
    """(T, 400) views of what each frame hears; arguments as for `log_mel`."""
    start, stop = (0, count_mel_frames(len(samples))) if frames is None else (frames.start, frames.stop)
    half = WINDOW_SAMPLES // 2
    first, last = start * HOP_SAMPLES - half, (stop - 1) * HOP_SAMPLES + half
    there = samples[max(first, 0) : min(last, len(samples))]
    stretch = np.pad(there, (max(-first, 0), max(last - len(samples), 0)), mode="reflect")
    return sliding_window_view(stretch, WINDOW_SAMPLES)[::HOP_SAMPLES]


def log_mel_of(heard: Array, n_mels: int) -> LogMel:
    """(T, 400) -> T frames of the spectrogram, each by itself."""
    spectrum = np.fft.rfft(heard * _hann())  # (T, 201)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    bands = matrix_product(power.astype(np.float32, copy=False), mel_filters(n_mels))  # (T, n_mels)
    level = np.einsum("tm->t", bands)
    return LogMel(*(np.log10(np.maximum(each, np.float32(LEAST_POWER))) for each in (bands, level)))


@functools.cache
def mel_filters(n_mels: int) -> Array:
    """(201, n_mels): triangles from 0 to 8 kHz, equally wide in mels, each of area 1 in Hz.

    Sources: Slaney's Auditory Toolbox (1998), which librosa's default follows, which OpenAI's file holds.
    """
    edges_hz = _to_hz(np.linspace(0, _to_mel(RATE_HZ / 2), n_mels + 2))
    bins_hz = np.arange(WINDOW_SAMPLES // 2 + 1) * RATE_HZ / WINDOW_SAMPLES
    lower, centre, upper = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    rising = (bins_hz[:, None] - lower) / (centre - lower)
    falling = (upper - bins_hz[:, None]) / (upper - centre)
    return (np.maximum(0, np.minimum(rising, falling)) * 2 / (upper - lower)).astype(np.float32)


def _to_mel(hz: float) -> float:
    return hz / _MEL_HZ if hz < _BREAK_HZ else float(_BREAK_HZ / _MEL_HZ + np.log(hz / _BREAK_HZ) / _LOG_STEP)


def _to_hz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    above = np.maximum(mel - _BREAK_HZ / _MEL_HZ, 0)
    return np.where(above > 0, _BREAK_HZ * np.exp(_LOG_STEP * above), mel * _MEL_HZ)


@functools.cache
def _hann() -> Array:
    """(400,) periodic."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW_SAMPLES) / WINDOW_SAMPLES)).astype(np.float32)
