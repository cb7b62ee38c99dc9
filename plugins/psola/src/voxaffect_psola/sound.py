"""Sound as every step of rendering takes and gives it, a stretch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np
import numpy.typing as npt
from voxaffect.long_audio import Samples, SamplesOnDisk

Sound = npt.NDArray[np.float32]
"""(n_samples,), full scale 1.0."""

BLOCK = 1 << 18
"""Samples worked on at a time, so that an hour takes no more working memory than a minute."""


Source = Samples
"""What a step reads: a `Sound`, or samples on disk, read as a step gets there."""


class Scratch(Protocol):
    """Where what a step makes stays until the next has read it: `in_memory`, or `on_disk`."""

    def __call__(self, made: Iterable[Sound], length: int) -> Source:
        """Keep the blocks of a sound of `length` samples."""
        ...


def in_memory(made: Iterable[Sound], length: int) -> Sound:
    """One array."""
    kept, done = np.empty(length, np.float32), 0
    for block in made:
        kept[done : done + len(block)] = block
        done += len(block)
    return kept


def on_disk(made: Iterable[Sound], length: int) -> SamplesOnDisk:
    """A temporary file."""
    return SamplesOnDisk(made)


def stretch_of(samples: Source, start: int, stop: int) -> Sound:
    """(stop - start,) samples, zeros where they lie beyond the ends of the sound."""
    found = samples[min(max(0, start), len(samples)) : max(0, stop)]
    wanted = np.zeros(stop - start, np.float32)
    offset = max(0, -start)
    wanted[offset : offset + len(found)] = found
    return wanted


def blocks(length: int, size: int = BLOCK) -> Iterator[slice]:
    """Slices that cover 0..length in order."""
    for start in range(0, length, size):
        yield slice(start, min(start + size, length))


def rms(samples: Source) -> float:
    """Root of the mean square, summed in double precision."""
    total = sum(float(np.sum(np.square(samples[block], dtype=np.float64))) for block in blocks(len(samples)))
    return float(np.sqrt(total / len(samples)))


def peak(samples: Source) -> float:
    """The largest absolute value."""
    return max(float(np.abs(samples[block]).max()) for block in blocks(len(samples)))
