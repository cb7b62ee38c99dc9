"""What libsndfile does not read, such as m4a of phones and webm of browsers, decoded by ffmpeg."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import lazy_loader

from voxaffect.errors import AudioError, ComponentUnavailableError

soundfile = lazy_loader.load("soundfile")

_CONTAINERS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,caf,eac3,flac,flv,matroska,mov,mp3,nistsphere,ogg,w64,wav,wv"
)
"""Containers of recordings alone: no playlist, and nothing else that names other files."""

_CUT_OFF = ("partial file", "File ended prematurely", "moov atom not found")
"""What it says of a file that ends too early; it goes on with what is there."""


def check_ffmpeg() -> str:
    """Where the program is.

    Raises:
        ComponentUnavailableError: it is not installed.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise ComponentUnavailableError(
            "m4a, webm, 3gp, amr and others need ffmpeg: apt install ffmpeg, or brew install ffmpeg"
        )
    return program


@contextmanager
def decoded(file: BinaryIO, name: str) -> Iterator[Any]:
    """A `soundfile.SoundFile` that reads, once and from the beginning, what ffmpeg decodes meanwhile.

    ffmpeg never sees a name, is handed the open file alone, and may open no network.

    Raises:
        AudioError: it finds no sound, or one that is cut off.
        ComponentUnavailableError: it is not installed.
    """
    program = check_ffmpeg()
    with tempfile.TemporaryFile() as said, _as_descriptor(file) as descriptor:
        command = [program, "-nostdin", "-v", "error", "-threads", "1"]
        command += ["-protocol_whitelist", "file,pipe", "-format_whitelist", _CONTAINERS]
        command += ["-i", "file:/dev/stdin", "-map", "0:a:0"]
        command += ["-c:a", "pcm_f32be", "-f", "au", "pipe:1"]
        process = subprocess.Popen(command, stdin=descriptor, stdout=subprocess.PIPE, stderr=said)
        assert process.stdout is not None
        try:
            with process.stdout as pipe:
                try:
                    sound = soundfile.SoundFile(pipe.fileno(), closefd=False)
                except (soundfile.LibsndfileError, RuntimeError) as error:
                    pipe.close()
                    process.wait()
                    raise AudioError(f"ffmpeg finds no sound in it: {_last_line(said)}") from error
                with sound:
                    yield sound
                    # Read to its end, or left before.
                    if not pipe.read(1):
                        _check_end(process.wait(), said, name)
        finally:
            process.kill()
            process.wait()


@contextmanager
def _as_descriptor(file: BinaryIO) -> Iterator[int]:
    """Of the file, or of a temporary copy of what is in memory."""
    try:
        descriptor = file.fileno()
    except OSError:  # it is in memory
        descriptor = None
    if descriptor is not None:
        place = os.lseek(descriptor, 0, os.SEEK_CUR)  # which the file object relies on
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            yield descriptor
        finally:
            os.lseek(descriptor, place, os.SEEK_SET)
        return
    with tempfile.TemporaryFile() as copy:
        file.seek(0)
        shutil.copyfileobj(file, copy, 1 << 20)
        copy.seek(0)  # writes what is buffered, too
        yield copy.fileno()


def _check_end(status: int, said: BinaryIO, name: str) -> None:
    said.seek(0)
    text = said.read().decode(errors="replace")
    if status or any(words in text for words in _CUT_OFF):
        raise AudioError(f"{name} is cut off or damaged: ffmpeg says {_last_line(said)}")


def _last_line(said: BinaryIO) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("file:/dev/stdin: ").rstrip(".") if lines else "nothing"
