"""The frames of a stream, each measured once, and with them those of any stretch of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from voxaffect.carried_rows import CarriedRows
from voxaffect.stream_audio import SampleBuffer

from voxaffect_prosodic.decimation import slow_frames
from voxaffect_prosodic.frame_tracks import (
    EDGE,
    LENGTH,
    FrameTracks,
    framed,
    measure_frames,
    track_frames,
)
from voxaffect_prosodic.rumble import hops_without_rumble, inner_hops, with_ends
from voxaffect_prosodic.spectrum import HOP, n_frames


class CarriedFrames:
    """Frames are measured when a stretch first asks for them, and kept for the next.

    At its edges, where silence lies beyond, frames are the stretch's own, and measured with it. So is what is
    taken off the samples below every voice.
    """

    def __init__(self) -> None:
        self._samples = SampleBuffer()  # (n, 1) at `RATE_HZ`
        self._hops = CarriedRows()  # (n, HOP) samples without rumble
        self._rows = CarriedRows()

    def feed(self, samples: npt.NDArray[np.float32]) -> None:
        """(n_samples,) at `RATE_HZ`, the next ones."""
        self._samples.append(samples[:, np.newaxis])

    def samples(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """(stop - start,), a view until the next `feed`."""
        return self._samples.read(start, stop)[:, 0]

    def forget(self, before: int) -> None:
        """No stretch to come begins before this sample."""
        self._samples.forget(before)
        self._hops.forget(before // HOP)
        self._rows.forget(before // HOP)

    def without_rumble(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """As `without_rumble` gives them for these samples alone; `start` must be a multiple of HOP."""
        alone = self.samples(start, stop)
        origin = start // HOP
        first, last = (origin + hop for hop in inner_hops(len(alone)))
        begin, end = self._hops.there(first, last)
        before = hops_without_rumble(alone, first - origin, begin - first)
        after = hops_without_rumble(alone, end - origin, last - end)
        kept = self._hops.read(begin, end) if begin < end else before[:0]
        inside = np.concatenate([before, kept, after])
        self._hops.keep(first, inside)
        return with_ends(alone, inside)

    def stretch(self, start: int, samples: npt.NDArray[np.float32]) -> FrameTracks:
        """As `track_frames` gives them for these samples alone.

        Args:
            start: of the stretch, a multiple of HOP.
            samples: `without_rumble`, of the stretch.
        """
        frames = n_frames(len(samples))
        if frames <= 2 * EDGE:
            return track_frames(samples)
        origin = start // HOP
        first, last = origin + EDGE, origin + frames - EDGE  # those that lie inside
        begin, end = self._rows.there(first, last)
        wanted = ((0, EDGE), (EDGE, begin - first), (end - origin, last - end), (frames - EDGE, EDGE))
        fresh = measure_frames(
            np.concatenate([framed(samples, at, count) for at, count in wanted if count]),
            np.concatenate([slow_frames(samples, at, count, LENGTH) for at, count in wanted if count]),
        )
        head, before, after, tail = np.split(fresh, np.cumsum([count for _, count in wanted[:-1]]))
        kept = self._rows.read(begin, end) if begin < end else fresh[:0]
        table = np.concatenate([head, before, kept, after, tail])
        self._rows.keep(first, table[EDGE:-EDGE])
        return FrameTracks.of(table)
