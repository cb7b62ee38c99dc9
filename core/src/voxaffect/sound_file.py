"""Opens sound files of every kind, and gives what they hold in blocks."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import attrs
import lazy_loader
import numpy as np
import numpy.typing as npt

from voxaffect.declared_length import mp3_says_length, whole_sound
from voxaffect.errors import AudioError, ComponentUnavailableError, reason_of
from voxaffect.ffmpeg import decoded
from voxaffect.types import LOUDEST, check_rate, too_loud

# Their libraries are opened when the first sound is: `voxaffect --help` never needs them.
soundfile = lazy_loader.load("soundfile")

MAX_CHANNELS = 8

Block = npt.NDArray[np.float32]
"""(n, n_channels), full scale 1.0."""

_BLOCK_FRAMES = 1 << 18
_MP3_SLACK_FRAMES = 2 * 1152
"""Two frames of an MP3: encoders differ in what they count of the silence that the format puts around."""

_KNOWN_FRAMES = 1 << 59
"""libsndfile gives a number beyond for a length that it does not know."""

T = TypeVar("T")


@attrs.frozen(eq=False)
class Recording:
    """A sound file that is open.

    Attributes:
        name: what errors call it.
        rate_hz: samples per second.
        channels: 1 to 8.
        frames: how many samples a channel it declares; 0 where it does not say.
        least_frames: how many must be there, or it is cut off; 0 where `frames` may be a guess.
        encoding: of a sample, as libsndfile names it, e.g. PCM_24; empty where another program decodes it.
    """

    name: str
    rate_hz: int
    channels: int
    frames: int
    least_frames: int
    encoding: str
    _read: Callable[[], Iterator[Block]] = attrs.field(repr=False)

    def blocks(self, longest_s: float = math.inf) -> Iterator[Block]:
        """From the beginning at each call: all that can be read, and no less than the file declares.

        A block is overwritten by the next.

        Raises:
            AudioError: it is damaged, cut off, longer than `longest_s`, or its samples are no sound.
        """
        self._check_length(self.frames, longest_s)
        n_read = 0
        for block in self._read():
            check_samples(block, n_read, self.rate_hz, self.name)
            n_read += len(block)
            self._check_length(n_read, longest_s)
            yield block
        if n_read < self.least_frames:
            declared_s, read_s = self.frames / self.rate_hz, n_read / self.rate_hz
            raise AudioError(
                f"{self.name} is cut off: it declares {declared_s:.2f} s, {read_s:.2f} s can be read"
            )
        if not n_read:
            raise AudioError(f"{self.name} has no samples")

    def _check_length(self, n_frames: int, longest_s: float) -> None:
        if n_frames / self.rate_hz > longest_s:
            raise AudioError(
                f"{self.name} lasts {n_frames / self.rate_hz:.1f} s or more; "
                f"at most {longest_s:.0f} s are taken here"
            )


def open_file(path: Path, decode: Callable[[BinaryIO, str], T]) -> T:
    """What `decode` makes of a file, or of what comes through a pipe, and its name.

    Raises:
        AudioError: there is no such file, or it cannot be read.
    """
    try:
        if path.is_dir():
            raise AudioError(f"{path} is a directory: give an audio file")
        if not path.exists():
            raise AudioError(f"{path} does not exist")
        with path.open("rb") as file:
            if file.seekable():
                return decode(file, str(path))
            with on_disk(file) as copy:
                return decode(copy, str(path))
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        raise AudioError(f"cannot read {path}: {reason_of(error)}") from error


@contextmanager
def on_disk(stream: BinaryIO) -> Iterator[BinaryIO]:
    """What is left of a stream, as a temporary file: it can seek, and takes no memory."""
    with tempfile.TemporaryFile() as copy:
        while got := stream.read(1 << 20):
            if not isinstance(got, bytes):
                raise AudioError(f"a file object must be opened in binary mode, got {type(got).__name__}")
            copy.write(got)
        copy.seek(0)
        yield copy


class _Bounded:
    """A file in which a damaged header leads nowhere that Python has an error for: it would reach no caller.

    libsndfile finds nothing there, and says so.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._stop = file.seek(0, os.SEEK_END) + 2**32
        file.seek(0)
        self.tell, self.read = file.tell, file.read

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET:
            offset += self._file.seek(0, whence)
        return self._file.seek(min(max(0, offset), self._stop))


@contextmanager
def open_sound(file: BinaryIO, name: str) -> Iterator[Recording]:
    """A recording with a rate and channels that voxaffect can work with.

    Args:
        file: one that can seek.

    Raises:
        AudioError: it is not; or it is cut off.
    """
    with whole_sound(file, name) as whole:
        try:
            sound = soundfile.SoundFile(_Bounded(whole))
        except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
            yield _by_ffmpeg(whole, name, said_by(error))
            return
        with sound:
            if sound.frames >= _KNOWN_FRAMES:  # libsndfile cannot read a FLAC of unknown length to its end
                yield _by_ffmpeg(whole, name, "it does not say how long it is")
                return
            mp3 = sound.format == "MP3"
            lacking = 0 if not mp3 else _MP3_SLACK_FRAMES if mp3_says_length(whole) else sound.frames
            yield _recording(sound, name, lambda: _from_sound(whole, sound, name), lacking)


def _recording(sound: Any, name: str, read: Callable[[], Iterator[Block]], lacking: int = 0) -> Recording:
    """See `Recording`.

    Args:
        lacking: how many samples a channel may be missing.
    """
    check_rate(sound.samplerate)
    check_channels(sound.channels)
    frames = sound.frames if sound.frames < _KNOWN_FRAMES else 0
    least = max(0, frames - lacking)
    return Recording(name, sound.samplerate, sound.channels, frames, least, sound.subtype, read)


def _from_sound(file: BinaryIO, sound: Any, name: str) -> Iterator[Block]:
    try:
        if sound.seekable():
            sound.seek(0)
            yield from _blocks(sound)
        else:  # GSM and other encodings are read from the beginning only
            file.seek(0)
            with soundfile.SoundFile(_Bounded(file)) as again:
                yield from _blocks(again)
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        raise AudioError(f"{name} is cut off or damaged: {said_by(error)}") from error


def _by_ffmpeg(file: BinaryIO, name: str, why_not: str) -> Recording:
    said = f"{name} is not audio that can be read ({why_not}"
    try:
        with decoded(file, name) as sound:
            found = _recording(sound, name, lambda: _from_ffmpeg(file, name))
    except ComponentUnavailableError as missing:
        raise AudioError(
            f"{said}); WAV, FLAC, OGG, MP3, AIFF and others of libsndfile will do; {missing}"
        ) from missing
    except AudioError as refused:
        raise AudioError(f"{said}; {refused})") from refused
    return attrs.evolve(found, encoding="")


def _from_ffmpeg(file: BinaryIO, name: str) -> Iterator[Block]:
    with decoded(file, name) as sound:
        yield from _blocks(sound)


def _blocks(sound: Any) -> Iterator[Block]:
    buffer = np.empty((_BLOCK_FRAMES, sound.channels), np.float32)
    while len(block := sound.read(out=buffer)):
        yield block


def said_by(error: Exception) -> str:
    """What libsndfile says, without the file object that soundfile shows in front of it, and "Error :"."""
    said = str(getattr(error, "error_string", error)).removeprefix("Error : ")
    return said.rstrip(".") or type(error).__name__


def check_samples(block: Block, start: int, rate_hz: int, name: str) -> None:
    """Name the first sample that is NaN, infinite or too loud to be sound at full scale 1.0.

    Args:
        start: of the whole sound, the sample that the block begins with.

    Raises:
        AudioError: there is one.
    """
    if not block.size or max(float(block.max()), -float(block.min())) <= LOUDEST:  # neither if one is NaN
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
    raise AudioError(f"{name} has {too_loud(float(np.abs(block).max()))}")


def check_channels(channels: int) -> None:
    """As many as can be read.

    Raises:
        AudioError: they are not.
    """
    if not 1 <= channels <= MAX_CHANNELS:
        raise AudioError(f"{channels} channels; 1 to {MAX_CHANNELS} can be read")
