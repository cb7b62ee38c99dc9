"""Means and deviations that can be summed over the blocks of a long recording."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt


@attrs.frozen(eq=False)
class Moments:
    """Of the rows of one or more tables.

    Attributes:
        count: rows.
        total, squares: (n_columns,) float64, sums of the values and of their squares.
    """

    count: int
    total: npt.NDArray[np.float64]
    squares: npt.NDArray[np.float64]

    @classmethod
    def of(cls, rows: npt.NDArray[np.float32]) -> Moments:
        """(n_rows, n_columns)."""
        return cls(len(rows), rows.sum(axis=0, dtype=np.float64), np.square(rows).sum(axis=0, dtype=float))

    @classmethod
    def join(cls, parts: Sequence[Moments]) -> Moments:
        """Those of all rows."""
        return cls(
            sum(part.count for part in parts),
            np.sum([part.total for part in parts], axis=0),
            np.sum([part.squares for part in parts], axis=0),
        )

    @property
    def mean(self) -> npt.NDArray[np.float64]:
        """(n_columns,); of at least one row."""
        return self.total / self.count

    @property
    def std(self) -> npt.NDArray[np.float64]:
        """(n_columns,); of at least one row."""
        spread: npt.NDArray[np.float64] = np.sqrt(np.maximum(self.squares / self.count - self.mean**2, 0.0))
        return spread
