"""Recordings of any length changed from file to file, with a few blocks of them in memory at a time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, ClassVar, Literal, Protocol, runtime_checkable

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect.audio import CANCELLED, cannot_write, encoding_for, soundfile
from voxaffect.errors import AudioError
from voxaffect.host import expect, plugin_boundary
from voxaffect.sound_file import Recording, open_file, open_sound
from voxaffect.types import NEUTRAL_PROSODY, ProsodyParameters
from voxaffect.whole_file import same_file

BLOCK = 1 << 18
"""Samples read and written at a time."""

LONG_S = 600.0
"""From here on a recording is worth the way over the disk."""


class Samples(Protocol):
    """One channel, read a stretch at a time: an array of float32, or `SamplesOnDisk`."""

    def __len__(self) -> int:
        """How many."""
        ...

    def __getitem__(self, stretch: slice, /) -> npt.NDArray[np.float32]:
        """From `stretch.start` to `stretch.stop`, neither below 0; fewer where the sound ends."""
        ...


class SamplesOnDisk:
    """A temporary file of 4 bytes a sample, gone with the object.

    Args:
        blocks: (n,) samples each.
    """

    def __init__(self, blocks: Iterable[npt.NDArray[np.float32]]) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115, it closes with the object
        self._length = 0
        for block in blocks:
            self._file.write(block.astype(np.float32, copy=False).tobytes())
            self._length += len(block)

    def __len__(self) -> int:
        """How many samples."""
        return self._length

    def __getitem__(self, stretch: slice, /) -> npt.NDArray[np.float32]:
        """See `Samples`."""
        start, stop, _ = stretch.indices(self._length)
        self._file.seek(4 * start)
        return np.frombuffer(self._file.read(4 * max(0, stop - start)), np.float32)

    def __del__(self) -> None:
        self._file.close()


@attrs.frozen(eq=False)
class LongRendering:
    """As `Rendering`, but its audio need not be in memory.

    Attributes:
        samples: at the rate of those that went in.
        approximated, unexpressed, residual: see `Rendering`.
        source_channels: see `Audio`.
    """

    samples: Samples
    approximated: Mapping[str, str] = attrs.field(factory=dict)
    unexpressed: Mapping[str, str] = attrs.field(factory=dict)
    residual: ProsodyParameters = NEUTRAL_PROSODY
    source_channels: int = 1


@attrs.frozen(eq=False)
class LongRecording:
    """As `Audio`, but not in memory.

    Attributes:
        samples: one channel.
        rate_hz: samples per second.
        channels: how many the file has.
        encoding: of the file's samples; see `Audio`.
    """

    samples: SamplesOnDisk
    rate_hz: int
    channels: int
    encoding: str


@runtime_checkable
class LongRenderer(Protocol):
    """A renderer of audio that can work through a recording which is not in memory."""

    needs: ClassVar[tuple[Literal["text", "audio"], ...]]

    def render_long(self, prosody: ProsodyParameters, samples: Samples, rate_hz: int) -> LongRendering:
        """What `render` would make of them, kept on disk."""
        ...


def render_file(
    renderer: LongRenderer,
    prosody: ProsodyParameters,
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    name: str = "renderer",
) -> LongRendering:
    """Change a recording from file to file; the temporary folder must hold it about four times over.

    Args:
        source: any file that `load_audio` reads.
        output: another file; WAV, FLAC, ... by its ending, with the source's bits as `save_audio` keeps them.

    Raises:
        AudioError: the one cannot be read or the other not written.
        PluginError: the renderer's code failed.
    """
    if same_file(source, output):
        raise AudioError(f"{output} is the recording that is read: write to another file")
    recording = read_long(Path(source))
    with plugin_boundary(f"the renderer {name!r}"):
        made = renderer.render_long(prosody, recording.samples, recording.rate_hz)
    made = expect(LongRendering, made, f"the renderer {name!r}")
    _write(output, made.samples, recording.rate_hz, recording.encoding)
    return attrs.evolve(made, source_channels=recording.channels)


def is_long(path: str | os.PathLike[str]) -> bool:
    """Whether a file lasts `LONG_S` or more, or doesn't say; False for a pipe, and for what can't be read."""
    if not os.path.isfile(path):
        return False
    try:
        return open_file(Path(path), _is_long)
    except AudioError:
        return False


def _is_long(file: BinaryIO, name: str) -> bool:
    with open_sound(file, name) as sound:
        return not sound.frames or sound.frames / sound.rate_hz >= LONG_S


def read_long(path: Path) -> LongRecording:
    """One channel of a file, as `load_audio` makes it.

    Raises:
        AudioError: see `load_audio`.
    """
    return open_file(path, _to_disk)


def _to_disk(file: BinaryIO, name: str) -> LongRecording:
    with open_sound(file, name) as sound:
        loudest = _loudest_of_cancelled(sound) if sound.channels > 1 else None
        samples = SamplesOnDisk(
            block.mean(axis=1) if loudest is None else block[:, loudest] for block in sound.blocks()
        )
        return LongRecording(samples, sound.rate_hz, sound.channels, sound.encoding)


def _loudest_of_cancelled(sound: Recording) -> int | None:
    """The channel to take where the mean of all would silence them; None where it would not."""
    energy, of_mean = np.zeros(sound.channels), 0.0
    for block in sound.blocks():
        energy += np.einsum("nc,nc->c", block, block, dtype=np.float64)
        of_mean += float(np.sum(np.square(block.mean(axis=1)), dtype=np.float64))
    return int(np.argmax(energy)) if of_mean < CANCELLED * energy.max() else None


def _write(path: str | os.PathLike[str], samples: Samples, rate_hz: int, encoding: str) -> None:
    subtype = encoding_for(path, encoding)
    try:
        with soundfile.SoundFile(os.fspath(path), "w", rate_hz, 1, subtype=subtype) as file:
            for start in range(0, len(samples), BLOCK):
                file.write(samples[start : start + BLOCK])
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        raise cannot_write(path, error) from error
