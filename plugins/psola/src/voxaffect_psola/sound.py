"""Sound as every step of rendering takes and gives it, and stretches of it that are worked on at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]
"""(n_samples,), full scale 1.0."""

BLOCK = 1 << 18
"""Samples worked on at a time, so that an hour takes no more working memory than a minute."""


def blocks(length: int, size: int = BLOCK) -> Iterator[slice]:
    """Slices that cover 0..length in order."""
    for start in range(0, length, size):
        yield slice(start, min(start + size, length))


def rms(samples: Sound) -> float:
    """Root of the mean square, summed in double precision."""
    total = sum(float(np.sum(np.square(samples[block], dtype=np.float64))) for block in blocks(len(samples)))
    return float(np.sqrt(total / len(samples)))
