"""Reads and writes sound; `long_audio` does for what is too long for memory."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

import lazy_loader
import numpy as np
import numpy.typing as npt

from voxaffect._validate import require
from voxaffect.errors import AudioError, reason_of
from voxaffect.sound_file import (
    MAX_CHANNELS,
    check_channels,
    check_samples,
    on_disk,
    open_file,
    open_sound,
    said_by,
)
from voxaffect.types import Audio, check_rate

# Their libraries are opened when the first sound is: `voxaffect --help` never needs them.
soundfile = lazy_loader.load("soundfile")
soxr = lazy_loader.load("soxr")

FULL_SCALE = 0.999
"""A sample at or beyond this share of full scale counts as clipped: 16-bit 32735 of 32768."""

CANCELLED = 0.01
"""Of the loudest channel's energy, -20 dB: with less in their mean, channels are of opposite phases."""

_FINER = ("PCM_24", "PCM_32", "FLOAT")

LONGEST_SAMPLES = 1 << 30
"""What is taken into memory at most, 4 GiB: 18 h at 16 kHz, 6 h at 48 kHz."""

AudioSource = str | os.PathLike[str] | bytes | BinaryIO | npt.NDArray[np.generic] | Audio
"""A path, the bytes of a file, an open binary file, an array (give its rate too), or `Audio`."""


def load_audio(source: AudioSource, rate_hz: int | None = None, *, longest_s: float = math.inf) -> Audio:
    """One channel of finite float32 samples, from anything, at the rate of the source.

    Channels are averaged; where they cancel each other out, the loudest is taken.

    Args:
        source: what to read. An array is (n_samples,), (n_samples, n_channels) or
            (n_channels, n_samples) with at most 8 channels, of any integer or float type; integers
            are scaled by their type's range, floats are taken as they are: their full scale is 1.0, and what
            exceeds 100 is refused, since it must be integers that were made floats.
        rate_hz: of an array; a file says its own.
        longest_s: a file that is longer, or turns out to be, is refused before it takes the memory that a
            few of its bytes can declare.

    Raises:
        AudioError: missing, empty, not audio, cut off, too long for memory, NaN, infinite or beyond 100,
            a rate outside 8,000..192,000 Hz, more than 8 channels, or a shape or type that is no sound.
    """
    if isinstance(source, np.ndarray):
        if rate_hz is None:
            raise AudioError("an array does not say its sampling rate: give rate_hz, e.g. rate_hz=16000")
        channels = as_channels(source)
        check_rate(rate_hz)
        if not len(channels):
            raise AudioError("the array has no samples")
        check_samples(channels, 0, rate_hz, "the array")
        return _one_channel(lambda: iter([channels]), len(channels), rate_hz)
    readable = (Audio, str, os.PathLike, bytes, bytearray, memoryview)
    if not isinstance(source, readable) and not hasattr(source, "read"):
        raise AudioError(
            f"cannot read audio from {type(source).__name__}: give a path, bytes, a binary file, or a numpy "
            "array with its rate_hz, e.g. numpy.asarray(samples, 'float32') where full scale is 1.0"
        )
    if rate_hz is not None:
        raise AudioError(f"rate_hz={rate_hz!r} goes with an array; a file or Audio says its own rate")
    if isinstance(source, Audio):
        return source
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _decode(io.BytesIO(bytes(source)), "the sound given as bytes", longest_s)
    if isinstance(source, (str, os.PathLike)):
        return open_file(Path(source), partial(_decode, longest_s=longest_s))
    name = str(getattr(source, "name", "the file object"))
    try:
        with on_disk(source) as file:
            return _decode(file, name, longest_s)
    except UnicodeDecodeError as error:
        raise AudioError("a file object must be opened in binary mode, this one decodes text") from error
    except (OSError, ValueError) as error:  # ValueError: a closed file
        raise AudioError(f"cannot read the file object: {reason_of(error)}") from error


def save_audio(path: str | os.PathLike[str], audio: Audio) -> None:
    """Write WAV, FLAC, ... by the file's ending; with the source's bits where they are more than 16.

    Raises:
        AudioError: the folder is not there, the ending is no format, or samples exceed full scale.
        InvalidValueError: no `Audio`.
    """
    require(audio, Audio, "what is saved must be Audio", instead="load_audio makes one of an array")
    peak = float(np.max(np.abs(audio.samples)))
    if peak > 1:
        raise AudioError(f"samples reach {peak:.3g} times full scale and would clip in {path}")
    try:
        soundfile.write(
            os.fspath(path), audio.samples, audio.rate_hz, subtype=encoding_for(path, audio.encoding)
        )
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        raise cannot_write(path, error) from error


def encoding_for(path: str | os.PathLike[str], source: str) -> str:
    """How samples are written: as the source's, where these are finer than 16 bits and the format can."""
    fits = source in _FINER and soundfile.check_format(Path(path).suffix[1:].upper(), source)
    return source if fits else "PCM_16"


def cannot_write(path: str | os.PathLike[str], error: Exception) -> AudioError:
    """What soundfile raised, in words that say what to do where it has none."""
    said = said_by(error)
    if said == "System error":
        said = "is its folder there, has the disk room, and may you write to it?"
    return AudioError(f"cannot write {path}: {said}")


def wav_bytes(audio: Audio) -> bytes:
    """The same as a file of 16-bit PCM; what exceeds full scale is clipped."""
    content = io.BytesIO()
    soundfile.write(content, audio.samples, audio.rate_hz, subtype="PCM_16", format="WAV")
    return content.getvalue()


def resample(
    samples: npt.NDArray[np.float32], from_hz: int, to_hz: int, *, quality: str = "HQ"
) -> npt.NDArray[np.float32]:
    """(n_samples,) float32 at another rate, band-limited by soxr; the same array if the rates agree."""
    if from_hz == to_hz:
        return samples
    resampled: npt.NDArray[np.float32] = soxr.resample(samples, from_hz, to_hz, quality=quality)
    # A clip of very few samples can come out empty; one sample in stays at least one out.
    return resampled if len(resampled) else samples[:1]


def _decode(file: BinaryIO, name: str, longest_s: float) -> Audio:
    with open_sound(file, name) as sound:
        longest_s = min(longest_s, LONGEST_SAMPLES / sound.rate_hz)
        try:
            return _one_channel(lambda: sound.blocks(longest_s), sound.frames, sound.rate_hz, sound.encoding)
        except MemoryError as error:
            raise AudioError(f"{name} is too long for this machine's memory: cut it into parts") from error


def as_channels(array: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """(n_samples, n_channels) from the arrays that `load_audio` takes; a copy, at full scale 1.0.

    Raises:
        AudioError: more than 8 channels, or a shape or type that is no sound.
    """
    if array.ndim == 1:
        array = array[:, np.newaxis]
    elif array.ndim == 2:
        if array.shape[0] <= MAX_CHANNELS < array.shape[1]:
            array = array.T
    else:
        raise AudioError(
            f"an array of shape {array.shape} is no sound: give (n_samples,) or (n_samples, n_channels)"
        )
    check_channels(array.shape[1])
    if array.dtype == np.float32:
        return array.astype(np.float32, order="C")
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):
            return np.asarray(array, dtype=np.float32).copy()
    if array.dtype.kind not in "iu":
        raise AudioError(f"samples of type {array.dtype} are no sound: give integers or floats")
    half = 2 ** (8 * array.dtype.itemsize - 1)
    offset = half if array.dtype.kind == "u" else 0  # unsigned PCM has its zero in the middle
    scaled: npt.NDArray[np.float64] = (np.asarray(array, dtype=np.float64) - offset) / half
    return scaled.astype(np.float32)


class _Mono:
    """One channel of float32 that grows; of the whole sound nothing else ever stands in memory."""

    def __init__(self, expected: int) -> None:
        self._samples = np.empty(min(max(expected, 1), LONGEST_SAMPLES), np.float32)
        self._length = 0

    def append(self, block: npt.NDArray[np.float32]) -> None:
        stop = self._length + len(block)
        if stop > len(self._samples):
            self._samples.resize(max(stop, 2 * len(self._samples)), refcheck=False)
        self._samples[self._length : stop] = block
        self._length = stop

    def whole(self) -> npt.NDArray[np.float32]:
        self._samples.resize(self._length, refcheck=False)
        return self._samples


def _one_channel(
    blocks: Callable[[], Iterator[npt.NDArray[np.float32]]], expected: int, rate_hz: int, encoding: str = ""
) -> Audio:
    """(n, n_channels) blocks, from the beginning at each call, and their likely whole length -> Audio."""
    kept, n_channels = _Mono(expected), 1
    energy: npt.NDArray[np.float64] | float = 0.0
    clipped = 0
    for block in blocks():
        n_channels = block.shape[1]
        single = n_channels == 1  # numpy is slow along an axis of one
        loud = np.abs(block)
        clipped += int(np.count_nonzero((loud[:, 0] if single else loud.max(axis=1)) >= FULL_SCALE))
        if not single:  # which nothing can cancel
            energy = energy + np.einsum("nc,nc->c", block, block, dtype=np.float64)
        kept.append(block[:, 0] if single else block.mean(axis=1))
    mono = kept.whole()
    # Of one channel alone no energy was counted.
    if _energy(mono) < CANCELLED * np.max(energy):
        loudest, start = int(np.argmax(energy)), 0
        for block in blocks():
            mono[start : start + len(block)] = block[:, loudest]
            start += len(block)
    return Audio(mono, rate_hz, clipped / len(mono), n_channels, encoding)


def _energy(samples: npt.NDArray[np.float32]) -> float:
    """(n,); not by BLAS, which hands so many to all cores."""
    return float(np.einsum("n,n->", samples, samples))
