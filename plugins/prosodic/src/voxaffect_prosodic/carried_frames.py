"""The frames of a stream, each measured once, and with them those of any stretch of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from voxaffect.carried_rows import CarriedRows
from voxaffect.stream_audio import SampleBuffer

from voxaffect_prosodic.decimation import framed_as_it_is
from voxaffect_prosodic.frame_tracks import (
    EDGE,
    LENGTH,
    FrameTracks,
    framed,
    measure_frames,
    track_frames,
)
from voxaffect_prosodic.spectrum import HOP, n_frames

CONTEXT = (EDGE + 1) * HOP
"""Samples that a frame may reach to either side."""


class CarriedFrames:
    """Frames are measured when a stretch first asks for them, and kept for the next.

    At its edges, where silence lies beyond, frames are the stretch's own, and measured with it.
    """

    def __init__(self) -> None:
        self._samples = SampleBuffer()  # (n, 1) at `RATE_HZ`
        self._rows = CarriedRows()

    def feed(self, samples: npt.NDArray[np.float32]) -> None:
        """(n_samples,) at `RATE_HZ`, the next ones."""
        self._samples.append(samples[:, np.newaxis])

    def samples(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """(stop - start,), a view until the next `feed`."""
        return self._samples.read(start, stop)[:, 0]

    def forget(self, before: int) -> None:
        """No stretch to come begins before this sample."""
        self._samples.forget(max(0, before - CONTEXT))
        self._rows.forget(before // HOP)

    def stretch(self, start: int, stop: int) -> FrameTracks:
        """As `track_frames` gives them for these samples alone; `start` must be a multiple of HOP."""
        alone = self.samples(start, stop)
        frames = n_frames(len(alone))
        if frames <= 2 * EDGE:
            return track_frames(alone)
        first, last = start // HOP + EDGE, start // HOP + frames - EDGE  # those that lie inside
        begin, end = self._rows.there(first, last)
        missing = [(a, b) for a, b in ((first, begin), (end, last)) if a < b]
        mean, tail = float(alone.mean(dtype=np.float64)), frames - EDGE
        ends = ((0, EDGE), (tail, EDGE))
        fresh = measure_frames(
            np.concatenate(
                [
                    *(framed(*self._around(a, b)) for a, b in missing),
                    *(framed(alone, at, n) for at, n in ends),
                ]
            ),
            np.concatenate(
                [
                    *(framed_as_it_is(*self._around(a, b), LENGTH) for a, b in missing),
                    *(framed_as_it_is(alone, at, n, LENGTH, offset=mean) for at, n in ends),
                ]
            ),
        )
        kept = self._rows.read(begin, end) if begin < end else fresh[:0]
        before, after = fresh[: begin - first], fresh[begin - first : -2 * EDGE]
        table = np.concatenate([fresh[-2 * EDGE : -EDGE], before, kept, after, fresh[-EDGE:]])
        self._rows.keep(first, table[EDGE:-EDGE])
        return FrameTracks.of(table)

    def _around(self, first: int, stop: int) -> tuple[npt.NDArray[np.float32], int, int]:
        """Samples from some way before a frame on, the frame's number in them, and how many frames."""
        begin = max(0, first * HOP - CONTEXT)
        end = min(self._samples.end, (stop - 1) * HOP + CONTEXT)
        return self.samples(begin, end), first - begin // HOP, stop - first
