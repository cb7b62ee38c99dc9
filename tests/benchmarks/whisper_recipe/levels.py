"""Which numbers of an embedding come from which level of the network."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Columns = npt.NDArray[np.intp]


def by_level(size: int, n_levels: int) -> list[Columns]:
    """Columns of each level, means and deviations, in an embedding of so many numbers.

    Args:
        size: of `WhisperExtractor`'s embedding: the means of all levels, then the deviations of all.
    """
    columns = np.arange(size).reshape(2, n_levels, -1)
    return [columns[:, level].ravel() for level in range(n_levels)]
