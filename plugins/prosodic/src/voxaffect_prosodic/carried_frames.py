"""The frames of a stream, each measured once, and with them those of any stretch of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from voxaffect.stream_audio import SampleBuffer

from voxaffect_prosodic.decimation import framed_as_it_is
from voxaffect_prosodic.frame_tracks import (
    EDGE,
    LENGTH,
    FrameTracks,
    Table,
    framed,
    measure_frames,
    track_frames,
)
from voxaffect_prosodic.spectrum import HOP, n_frames

CONTEXT = (EDGE + 1) * HOP
"""Samples that a frame may reach to either side."""

_LARGEST_GAP = 50
"""Frames that were not asked for and are measured all the same, so that what is kept has no hole."""


class CarriedFrames:
    """Frames are measured when a stretch first asks for them, and kept for the next.

    At its edges, where silence lies beyond, frames are the stretch's own, and measured with it.
    """

    def __init__(self) -> None:
        self._samples = SampleBuffer()  # (n, 1) at `RATE_HZ`
        self._rows = SampleBuffer(least_capacity=256)
        self._origin = 0  # frame of the first row ever kept

    def feed(self, samples: npt.NDArray[np.float32]) -> None:
        """(n_samples,) at `RATE_HZ`, the next ones."""
        self._samples.append(samples[:, np.newaxis])

    def samples(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """(stop - start,), a view until the next `feed`."""
        return self._samples.read(start, stop)[:, 0]

    def forget(self, before: int) -> None:
        """No stretch to come begins before this sample."""
        self._samples.forget(max(0, before - CONTEXT))
        self._rows.forget(before // HOP - self._origin)

    def stretch(self, start: int, stop: int) -> FrameTracks:
        """As `track_frames` gives them for these samples alone; `start` must be a multiple of HOP."""
        alone = self.samples(start, stop)
        frames = n_frames(len(alone))
        if frames <= 2 * EDGE:
            return track_frames(alone)
        first, last = start // HOP + EDGE, start // HOP + frames - EDGE  # those that lie inside
        missing = self._missing(first, last)
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
        self._keep(fresh, missing)
        inner = self._rows.read(first - self._origin, last - self._origin)
        return FrameTracks.of(np.concatenate([fresh[-2 * EDGE : -EDGE], inner, fresh[-EDGE:]]))

    def _around(self, first: int, stop: int) -> tuple[npt.NDArray[np.float32], int, int]:
        """Samples from some way before a frame on, the frame's number in them, and how many frames."""
        begin = max(0, first * HOP - CONTEXT)
        end = min(self._samples.end, (stop - 1) * HOP + CONTEXT)
        return self.samples(begin, end), first - begin // HOP, stop - first

    def _missing(self, first: int, last: int) -> Sequence[tuple[int, int]]:
        """Ranges of frames to measure, so that all from `first` to `last` are kept."""
        kept_from, kept_to = self._origin + self._rows.begin, self._origin + self._rows.end
        if kept_from == kept_to or first > kept_to + _LARGEST_GAP or last < kept_from:
            self._rows, self._origin = SampleBuffer(least_capacity=256), first
            kept_from = kept_to = first
        return [(a, b) for a, b in ((first, kept_from), (kept_to, last)) if a < b]

    def _keep(self, fresh: Table, missing: Sequence[tuple[int, int]]) -> None:
        for first, stop in missing:
            rows, fresh = fresh[: stop - first], fresh[stop - first :]
            if first < self._origin + self._rows.begin:
                later = self._rows.read(self._rows.begin, self._rows.end)
                rows = np.concatenate([rows, later])
                self._rows, self._origin = SampleBuffer(least_capacity=256), first
            self._rows.append(rows)
