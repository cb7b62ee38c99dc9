"""The stretch of a stream that is still needed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


class SampleBuffer:
    """Samples by their place in the stream, as far back as they have not been forgotten.

    What is appended is copied, each sample about twice however long the stream: room is made at the end, and
    when it is used up, what is still needed moves to the beginning.

    Args:
        least_capacity: rows that there is always room for.
    """

    def __init__(self, *, least_capacity: int = 4096) -> None:
        self._least_capacity = least_capacity
        self._held: npt.NDArray[np.float32] | None = None  # (capacity, n_channels)
        self._first = 0  # place in the stream of the held array's first row
        self.begin = 0
        """The first sample that is not forgotten."""
        self.end = 0
        """Samples that have come."""

    @property
    def channels(self) -> int | None:
        """Of every chunk; None before the first."""
        return None if self._held is None else self._held.shape[1]

    def append(self, chunk: npt.NDArray[np.float32]) -> None:
        """(n, n_channels); no row changes nothing."""
        if not len(chunk):
            return
        if self._held is None:
            self._held = np.empty((max(self._least_capacity, 2 * len(chunk)), chunk.shape[1]), np.float32)
        if self.end + len(chunk) - self._first > len(self._held):
            needed = self._held[self.begin - self._first : self.end - self._first]
            capacity = max(self._least_capacity, 2 * (len(needed) + len(chunk)))
            held = np.empty((capacity, chunk.shape[1]), np.float32)
            held[: len(needed)] = needed
            self._held, self._first = held, self.begin
        self._held[self.end - self._first : self.end - self._first + len(chunk)] = chunk
        self.end += len(chunk)

    def read(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """(stop - start, n_channels), a view that lasts until the next `append`."""
        assert self._held is not None
        assert self.begin <= start <= stop <= self.end
        return self._held[start - self._first : stop - self._first]

    def forget(self, before: int) -> None:
        """Let go of what lies before this place."""
        self.begin = max(self.begin, min(before, self.end))
