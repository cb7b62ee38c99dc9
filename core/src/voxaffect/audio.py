"""Reads and writes sound; `long_audio` does for what is too long for memory."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import lazy_loader
import numpy as np
import numpy.typing as npt

from voxaffect._validate import require
from voxaffect.errors import AudioError, reason_of
from voxaffect.types import Audio, check_rate

# Their libraries are opened when the first sound is: `voxaffect --help` never needs them.
soundfile = lazy_loader.load("soundfile")
soxr = lazy_loader.load("soxr")

MAX_CHANNELS = 8
FULL_SCALE = 0.999
"""A sample at or beyond this share of full scale counts as clipped: 16-bit 32735 of 32768."""

CANCELLED = 0.01
"""Of the loudest channel's energy, -20 dB: with less in their mean, channels are of opposite phases."""

_BLOCK_FRAMES = 1 << 18
_UNKNOWN_FRAMES = 2**63 - 1

T = TypeVar("T")
AudioSource = str | os.PathLike[str] | bytes | BinaryIO | npt.NDArray[np.generic] | Audio
"""A path, the bytes of a file, an open binary file, an array (give its rate too), or `Audio`."""


def load_audio(source: AudioSource, rate_hz: int | None = None, *, longest_s: float = math.inf) -> Audio:
    """One channel of finite float32 samples, from anything, at the rate of the source.

    Channels are averaged; where they cancel each other out, the loudest is taken.

    Args:
        source: what to read. An array is (n_samples,), (n_samples, n_channels) or
            (n_channels, n_samples) with at most 8 channels, of any integer or float type; integers
            are scaled by their type's range, floats are taken as they are (full scale 1.0).
        rate_hz: of an array; a file says its own.
        longest_s: a file that is longer, or turns out to be, is refused before it takes the memory that a
            few of its bytes can declare.

    Raises:
        AudioError: missing, empty, not audio, cut off, NaN or infinite, a rate outside
            8,000..192,000 Hz, more than 8 channels, or a shape or type that is no sound.
    """
    if isinstance(source, np.ndarray):
        if rate_hz is None:
            raise AudioError("an array does not say its sampling rate: give rate_hz, e.g. rate_hz=16000")
        channels = as_channels(source)
        check_rate(rate_hz)
        return _one_channel(lambda: iter([channels]), len(channels), rate_hz, "the array")
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
        return _decode(io.BytesIO(bytes(source)), "the bytes given", longest_s)
    if isinstance(source, (str, os.PathLike)):
        return open_file(Path(source), partial(_decode, longest_s=longest_s))
    try:
        content = source.read()
    except UnicodeDecodeError as error:
        raise AudioError("a file object must be opened in binary mode, this one decodes text") from error
    except (OSError, ValueError) as error:  # ValueError: a closed file
        raise AudioError(f"cannot read the file object: {reason_of(error)}") from error
    if not isinstance(content, bytes):
        raise AudioError(f"a file object must be opened in binary mode, got {type(content).__name__}")
    return _decode(io.BytesIO(content), str(getattr(source, "name", "the file object")), longest_s)


def save_audio(path: str | os.PathLike[str], audio: Audio) -> None:
    """Write 16-bit PCM (WAV, FLAC, ... by the file's ending).

    Raises:
        AudioError: the folder is not there, the ending is no format, or samples exceed full scale.
        InvalidValueError: no `Audio`.
    """
    require(audio, Audio, "what is saved must be Audio", instead="load_audio makes one of an array")
    peak = float(np.max(np.abs(audio.samples)))
    if peak > 1:
        raise AudioError(f"samples reach {peak:.3g} times full scale and would clip in {path}")
    try:
        soundfile.write(os.fspath(path), audio.samples, audio.rate_hz, subtype="PCM_16")
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        raise cannot_write(path, error) from error


def cannot_write(path: str | os.PathLike[str], error: Exception) -> AudioError:
    """What soundfile raised, in words that say what to do where it has none."""
    said = _said(error)
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


def open_file(path: Path, decode: Callable[[BinaryIO, str], T]) -> T:
    """What `decode` makes of a file and its name.

    Raises:
        AudioError: there is no such file, or it cannot be read.
    """
    try:
        if path.is_dir():
            raise AudioError(f"{path} is a directory: give an audio file")
        if not path.exists():
            raise AudioError(f"{path} does not exist")
        with path.open("rb") as file:
            return decode(file, str(path))
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        raise AudioError(f"cannot read {path}: {reason_of(error)}") from error


def _decode(file: BinaryIO, name: str, longest_s: float) -> Audio:
    with open_sound(file, name) as sound:
        _check_length(sound.frames, sound.samplerate, longest_s, name)
        return _one_channel(lambda: read_blocks(sound, name, longest_s), sound.frames, sound.samplerate, name)


@contextmanager
def open_sound(file: BinaryIO, name: str) -> Iterator[Any]:
    """The `soundfile.SoundFile` of it, with a rate, channels and a length that voxaffect can work with.

    Raises:
        AudioError: it is not.
    """
    file = _whole_wav(file, name)
    try:
        sound = soundfile.SoundFile(file)
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        raise AudioError(
            f"{name} is not audio that can be read ({_said(error)}); WAV, FLAC, OGG, MP3, AIFF "
            "and others of libsndfile will do, anything else ffmpeg converts: ffmpeg -i IN OUT.wav"
        ) from error
    with sound:
        check_rate(sound.samplerate)
        _check_channels(sound.channels)
        if sound.frames == _UNKNOWN_FRAMES:
            raise AudioError(f"{name} does not say how long it is; ffmpeg does: ffmpeg -i IN OUT.wav")
        yield sound


def _said(error: Exception) -> str:
    """What libsndfile says, without the file object that soundfile shows in front of them."""
    return str(getattr(error, "error_string", error)).rstrip(".")


def read_blocks(sound: Any, name: str, longest_s: float = math.inf) -> Iterator[npt.NDArray[np.float32]]:
    """(n, n_channels) each, from the beginning: all that can be read, and no less than the file declares."""
    buffer = np.empty((_BLOCK_FRAMES, sound.channels), np.float32)
    n_read = 0
    try:
        sound.seek(0)
        while len(block := sound.read(out=buffer)):
            n_read += len(block)
            _check_length(n_read, sound.samplerate, longest_s, name)
            yield block
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        raise AudioError(f"{name} is cut off or damaged: {reason_of(error)}") from error
    read_s, declared_s = n_read / sound.samplerate, sound.frames / sound.samplerate
    # The length of an MP3 may be a guess from its first bit rate.
    if read_s < declared_s and sound.format != "MP3":
        raise AudioError(f"{name} is cut off: it declares {declared_s:.2f} s, {read_s:.2f} s can be read")


def _check_length(n_frames: int, rate_hz: int, longest_s: float, name: str) -> None:
    if n_frames / rate_hz > longest_s:
        raise AudioError(
            f"{name} lasts {n_frames / rate_hz:.1f} s or more; at most {longest_s:g} s are taken"
        )


def _whole_wav(file: BinaryIO, name: str) -> BinaryIO:
    """The same file; a copy with a mended header where a WAV was streamed and its length left at 0.

    Raises:
        AudioError: empty, or a WAV shorter than its header says, which libsndfile would take as it is.
    """
    header = file.read(12)
    size = file.seek(0, os.SEEK_END)
    if not size:
        raise AudioError(f"{name} is empty (0 bytes)")
    if header[:4] == b"RIFF" and header[8:12] == b"WAVE":
        position = 12
        while position + 8 <= size:
            file.seek(position)
            chunk = file.read(8)
            length = int.from_bytes(chunk[4:8], "little")
            # Programs that stream a WAV cannot know its length and write 0, or nearly 2**31 or 2**32.
            if chunk[:4] == b"data":
                unknown = -length % 2**31 <= 0x2000
                if not unknown and position + 8 + length > size:
                    raise AudioError(
                        f"{name} is cut off: its header declares {length} bytes of samples, "
                        f"{size - position - 8} are there"
                    )
                # An honest 0 counts the chunks behind it into the whole; libsndfile reads up to 2**32.
                if not length and int.from_bytes(header[4:8], "little") + 8 != size:
                    file.seek(0)
                    mended = bytearray(file.read())
                    mended[position + 4 : position + 8] = b"\xff" * 4
                    return io.BytesIO(bytes(mended))
                break
            position += 8 + length + length % 2
    file.seek(0)
    return file


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
    _check_channels(array.shape[1])
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


def _one_channel(
    blocks: Callable[[], Iterator[npt.NDArray[np.float32]]], declared: int, rate_hz: int, name: str
) -> Audio:
    """(n, n_channels) blocks, from the beginning at each call, and their whole length -> Audio.

    Only one channel of the whole ever stands in memory.
    """
    mono = np.empty(declared, np.float32)
    energy: npt.NDArray[np.float64] | float = 0.0
    clipped = total = 0
    for block in blocks():
        check_finite(block, total, rate_hz, name)
        if total + len(block) > len(mono):  # a guessed length can be short, too
            mono = np.concatenate([mono, np.empty_like(mono, shape=max(len(mono), len(block)))])
        single = block.shape[1] == 1  # numpy is slow along an axis of one
        loud = np.abs(block)
        clipped += int(np.count_nonzero((loud[:, 0] if single else loud.max(axis=1)) >= FULL_SCALE))
        if not single:  # which nothing can cancel
            energy = energy + np.einsum("nc,nc->c", block, block, dtype=np.float64)
        mono[total : total + len(block)] = block[:, 0] if single else block.mean(axis=1)
        total += len(block)
    if not total:
        raise AudioError(f"{name} has no samples")
    mono = mono[:total]
    # Of one channel alone no energy was counted.
    if _energy(mono) < CANCELLED * np.max(energy):
        loudest, start = int(np.argmax(energy)), 0
        for block in blocks():
            mono[start : start + len(block)] = block[:, loudest]
            start += len(block)
    return Audio(mono, rate_hz, clipped_ratio=clipped / total)


def check_finite(block: npt.NDArray[np.float32], start: int, rate_hz: int, name: str) -> None:
    """Name the first sample that is NaN or infinite.

    Raises:
        AudioError: there is one.
    """
    if math.isfinite(np.add.reduce(block, axis=None)):  # it is not if any sample is not
        return
    finite = np.isfinite(block)
    if not finite.all():
        first = start + int(np.flatnonzero(~finite.all(axis=1))[0])
        bad = int((~finite).sum())
        many = "1 sample that is" if bad == 1 else f"{bad} samples that are"
        raise AudioError(
            f"{name} has {many} NaN or infinite, the first at "
            f"{first / rate_hz:.3f} s (sample {first}); clean them first, e.g. numpy.nan_to_num"
        )


def _energy(samples: npt.NDArray[np.float32]) -> float:
    """(n,); not by BLAS, which hands so many to all cores."""
    return float(np.einsum("n,n->", samples, samples))


def _check_channels(channels: int) -> None:
    if not 1 <= channels <= MAX_CHANNELS:
        raise AudioError(f"{channels} channels; 1 to {MAX_CHANNELS} can be read")
