"""Everything about a frame that takes no knowledge of the recording around it, in one table.

A frame reaches less than 80 ms into its neighbourhood. So a frame that lies wholly inside a recording reads
the same in any longer one: what is measured here once serves every window of a stream that the frame is in.
"""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.decimation import edge_frames, slow_frames
from voxaffect_prosodic.framing import hopped
from voxaffect_prosodic.mel_cepstrum import N_BANDS, band_power
from voxaffect_prosodic.periodicity import (
    BLOCK_FRAMES,
    N_CANDIDATES,
    Periodicity,
    frame_periodicity,
    window_length,
)
from voxaffect_prosodic.rumble import inner_hops
from voxaffect_prosodic.spectrum import (
    FREQUENCIES_HZ,
    HOP,
    MEL_BANDS,
    WINDOW,
    frame_power,
    mel_power,
    n_frames,
)
from voxaffect_prosodic.voice_quality import FRAME_MEASURES, frame_measures

LENGTH = window_length()
"""Samples of a frame at the F0 tracker's rate."""

EDGE = inner_hops(0)[0] + edge_frames(LENGTH)
"""Frames at either end of a recording that reach beyond it, and so are its own: through the hops that they
read, and what those depend on."""

_WIDTHS = (len(FREQUENCIES_HZ), MEL_BANDS, N_BANDS, len(FRAME_MEASURES), N_CANDIDATES, N_CANDIDATES, 1)
_STOPS = np.cumsum(_WIDTHS).tolist()
COLUMNS: int = _STOPS[-1]

Table = npt.NDArray[np.float32]
"""(n_frames, COLUMNS)."""


@attrs.frozen(eq=False)
class FrameTracks:
    """Of consecutive frames, 10 ms apart; see `power_spectrogram` for where they lie.

    Attributes:
        power: (n_frames, 257).
        mel: (n_frames, MEL_BANDS) power in each band of `mel_power`.
        bands: (n_frames, N_BANDS) of `band_power`.
        measures: (n_frames, 6), `FRAME_MEASURES`; NaN where silent.
        periodicity: the F0 candidates.
    """

    power: Table
    mel: Table
    bands: Table
    measures: Table
    periodicity: Periodicity

    @classmethod
    def of(cls, table: Table) -> FrameTracks:
        """Views of a table's columns."""
        power, mel, bands, measures, f0_hz, strength, low_band_rms = (
            table[:, stop - width : stop] for width, stop in zip(_WIDTHS, _STOPS, strict=True)
        )
        return cls(power, mel, bands, measures, Periodicity(f0_hz, strength, low_band_rms[:, 0]))


def track_frames(samples: npt.NDArray[np.float32]) -> FrameTracks:
    """(n_samples,) float32 at `RATE_HZ`, `without_rumble` -> all its frames; silence beyond both ends."""
    frames = n_frames(len(samples))
    table = np.empty((frames, COLUMNS), np.float32)
    for start in range(0, frames, BLOCK_FRAMES):
        count = min(BLOCK_FRAMES, frames - start)
        table[start : start + count] = measure_frames(
            framed(samples, start, count), slow_frames(samples, start, count, LENGTH)
        )
    return FrameTracks.of(table)


def measure_frames(framed: Table, slow: Table) -> Table:
    """(n_frames, WINDOW) samples and (n_frames, LENGTH) at half the rate -> (n_frames, COLUMNS)."""
    power = frame_power(framed)
    found = frame_periodicity(slow)
    return np.concatenate(
        [
            power,
            mel_power(power),
            band_power(power),
            frame_measures(power),
            found.f0_hz,
            found.strength,
            found.low_band_rms[:, np.newaxis],
        ],
        axis=1,
    )


def framed(samples: npt.NDArray[np.float32], first: int, count: int) -> Table:
    """(count, WINDOW) from frame `first` on, a view; frame i is centred on sample i * HOP."""
    start = first * HOP - WINDOW // 2
    length = (count - 1) * HOP + WINDOW
    if start < 0 or start + length > len(samples):
        piece = np.zeros(length, np.float32)
        skipped = max(0, -start)
        inside = samples[start + skipped : start + length]
        piece[skipped : skipped + len(inside)] = inside
    else:
        piece = samples[start : start + length]
    return hopped(piece, WINDOW, HOP)
