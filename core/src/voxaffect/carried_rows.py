"""What was measured of a stream's frames, for an extractor that carries it from one stretch to the next."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect.stream_audio import SampleBuffer


class CarriedRows:
    """A row of numbers for each frame, by the frame's number in the stream; without a hole."""

    def __init__(self) -> None:
        self._rows = SampleBuffer(least_capacity=256)
        self._origin = 0  # frame of the first row ever kept since the last gap

    def there(self, first: int, stop: int) -> tuple[int, int]:
        """The part of these frames that is kept; (stop, stop) where none is."""
        begin = max(first, self._origin + self._rows.begin)
        end = min(stop, self._origin + self._rows.end)
        return (begin, end) if begin < end else (stop, stop)

    def read(self, first: int, stop: int) -> npt.NDArray[np.float32]:
        """(stop - first, n_columns) of frames that are there: a view that lasts until the next `keep`."""
        return self._rows.read(first - self._origin, stop - self._origin)

    def keep(self, first: int, rows: npt.NDArray[np.float32]) -> None:
        """Keep those that follow what is there; beyond a gap they take the place of all.

        Args:
            first: the frame that they begin with.
            rows: (n_frames, n_columns); none changes nothing. Frames that are there stay as they are, and
                earlier ones are not kept.
        """
        begin, end = self._origin + self._rows.begin, self._origin + self._rows.end
        if not len(rows):
            return
        if begin == end or first > end or first + len(rows) < begin:
            self._rows, self._origin, end = SampleBuffer(least_capacity=256), first, first
        self._rows.append(rows[end - first :])

    def forget(self, before: int) -> None:
        """No frame before this one will be asked for."""
        self._rows.forget(before - self._origin)
