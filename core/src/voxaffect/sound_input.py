"""Live sound in chunks: a microphone, raw PCM from a pipe, or a recording at the pace it was spoken."""

from __future__ import annotations

import contextlib
import logging
import queue
import sys
import time
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from voxaffect.audio import AudioSource, load_audio
from voxaffect.errors import AudioError, ComponentUnavailableError, reason_of
from voxaffect.pcm import PcmFrames
from voxaffect.types import check_rate

log = logging.getLogger(__name__)

Chunk = npt.NDArray[np.generic]

CHUNK_S = 0.1
"""A fifth of the distance between windows: no result waits long for its last sample."""

QUEUED_CHUNKS = 100
"""10 s of a microphone that nobody reads; then sound is lost, and that is said."""


def file_chunks(source: AudioSource, *, real_time: bool = True) -> tuple[int, Iterator[Chunk]]:
    """A recording as if it were being spoken now.

    Args:
        real_time: wait until each chunk would have been spoken; False gives them as fast as they are read.

    Returns:
        Samples per second, and (n,) chunks.

    Raises:
        AudioError: sound that cannot be read.
    """
    audio = load_audio(source)
    step = round(CHUNK_S * audio.rate_hz)

    def chunks() -> Iterator[Chunk]:
        begun = time.monotonic()
        for start in range(0, len(audio.samples), step):
            chunk = audio.samples[start : start + step]
            spoken_at = begun + (start + len(chunk)) / audio.rate_hz
            if real_time:
                time.sleep(max(0.0, spoken_at - time.monotonic()))
            yield chunk

    return audio.rate_hz, chunks()


def raw_chunks(
    stream: BinaryIO, *, rate_hz: int, channels: int = 1, encoding: str = "s16le"
) -> Iterator[Chunk]:
    """Raw PCM, interleaved, as e.g. `arecord -t raw` writes it; ends where the stream does.

    Chunks are what the stream has to give, 0.1 s at most, so that nothing waits for a full one.

    Yields:
        (n, channels); a last frame that is cut off is left out.

    Raises:
        AudioError: an impossible rate.
        InvalidValueError: another encoding or number of channels.
    """
    check_rate(rate_hz)
    frames = PcmFrames(channels=channels, encoding=encoding)
    most = round(CHUNK_S * rate_hz) * frames.frame_bytes
    read = getattr(stream, "read1", stream.read)

    def chunks() -> Iterator[Chunk]:
        while got := read(most):
            chunk = frames.take(got)
            if len(chunk):
                yield chunk

    return chunks()


def microphone_chunks(device: str | int | None = None) -> tuple[int, Iterator[Chunk]]:
    """A microphone, until the iterator is closed.

    Args:
        device: its name, a part of it, or its number; the system's own choice if None.

    Returns:
        Samples per second, as the device has them, and (n, 1) chunks of 16-bit samples.

    Raises:
        ComponentUnavailableError: sounddevice or the library under it is not installed.
        AudioError: no such device, or one that cannot be opened; and while reading, where it is unplugged.
            Sound that nobody took for 10 s is lost, with a warning in the log.
    """
    sounddevice = _sounddevice()
    failures = (sounddevice.PortAudioError, ValueError)  # ValueError: no device of that name
    try:
        found = sounddevice.query_devices(device, "input")
        rate_hz = round(found["default_samplerate"])
        check_rate(rate_hz)
        stream_of = sounddevice.InputStream
    except failures as error:
        raise AudioError(f"no microphone to open ({_one_line(error)}); {_devices(sounddevice)}") from error
    waiting: queue.Queue[Chunk] = queue.Queue(QUEUED_CHUNKS)
    lost = 0

    def keep(samples: npt.NDArray[np.int16], _frames: int, _time: Any, _status: Any) -> None:
        nonlocal lost
        try:
            waiting.put_nowait(samples.copy())
        except queue.Full:
            lost += 1

    def chunks() -> Iterator[Chunk]:
        nonlocal lost
        try:
            stream = stream_of(
                device=device,
                samplerate=rate_hz,
                channels=1,
                dtype="int16",
                blocksize=round(CHUNK_S * rate_hz),
                callback=keep,
            )
        except failures as error:
            raise AudioError(
                f"the microphone cannot be opened ({_one_line(error)}); {_devices(sounddevice)}"
            ) from error
        with stream:
            while stream.active or not waiting.empty():
                with contextlib.suppress(queue.Empty):
                    yield waiting.get(timeout=2 * CHUNK_S)
                if lost:
                    log.warning("%.1f s of the microphone were lost: hearing takes too long", lost * CHUNK_S)
                    lost = 0
        raise AudioError("the microphone has gone: is it still plugged in?")

    return rate_hz, chunks()


def _sounddevice() -> Any:
    try:
        import sounddevice
    except ImportError as error:
        raise ComponentUnavailableError(
            "the microphone needs sounddevice: pip install 'voxaffect[microphone]'"
        ) from error
    except OSError as error:  # the package is there, PortAudio is not
        hint = "apt install libportaudio2" if sys.platform == "linux" else "brew install portaudio"
        raise ComponentUnavailableError(
            f"the microphone needs PortAudio ({reason_of(error)}): {hint}"
        ) from error
    return sounddevice


def _devices(sounddevice: Any) -> str:
    names = [
        f"{number}: {device['name']}"
        for number, device in enumerate(sounddevice.query_devices())
        if device["max_input_channels"] > 0
    ]
    return f"there are {'; '.join(names)}" if names else "this machine shows none"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
