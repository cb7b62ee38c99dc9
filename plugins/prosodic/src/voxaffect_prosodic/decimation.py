"""Half the sampling rate for the F0 tracker, frame by frame, the same wherever a frame stands."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from voxaffect.one_thread import matrix_product

from voxaffect_prosodic.framing import hopped
from voxaffect_prosodic.spectrum import HOP, RATE_HZ

TRACKING_RATE_HZ = 8_000
"""Harmonics above 4 kHz say more about noise than about F0, and half the rate is half the work."""

SLOW_HOP = HOP * TRACKING_RATE_HZ // RATE_HZ

REACH = 127
"""Samples at `RATE_HZ` on either side that the filter needs: flat to 3.6 kHz, 100 dB down from 4 kHz on."""

_CUTOFF_HZ, _KAISER_BETA = 3830.0, 10.0


def _filter_bank() -> npt.NDArray[np.float32]:
    """(2 * REACH + HOP - 1, SLOW_HOP): the samples round a hop -> the hop at half the rate."""
    time = np.arange(-REACH, REACH + 1)
    taps = np.sinc(2 * _CUTOFF_HZ / RATE_HZ * time) * np.kaiser(len(time), _KAISER_BETA)
    taps /= taps.sum()
    bank = np.zeros((2 * REACH + HOP - 1, SLOW_HOP), np.float32)
    for column in range(SLOW_HOP):
        bank[2 * column : 2 * column + len(taps), column] = taps
    return bank


_FILTER_BANK = _filter_bank()


def edge_frames(length: int) -> int:
    """How many frames at either end of a recording reach beyond it."""
    return -(-(length * RATE_HZ // TRACKING_RATE_HZ // 2 + REACH) // HOP)


def slow_frames(
    samples: npt.NDArray[np.float32], first: int, count: int, length: int
) -> npt.NDArray[np.float32]:
    """Frames of a recording at `TRACKING_RATE_HZ`; silence lies beyond both its ends.

    Args:
        samples: (n_samples,) float32 at `RATE_HZ`.
        first, count: the frames wanted; frame i is centred on sample i * HOP.
        length: of a frame, even.

    Returns:
        (count, length), a view.
    """
    hops = -(-length // 2 // SLOW_HOP)  # that a frame reaches to either side
    rows = count + 2 * hops - 1
    start = (first - hops) * HOP - REACH
    piece = np.zeros((rows - 1) * HOP + len(_FILTER_BANK), np.float32)
    skipped = max(0, -start)
    inside = samples[start + skipped : start + len(piece)]
    piece[skipped : skipped + len(inside)] = inside
    slow = matrix_product(hopped(piece, len(_FILTER_BANK), HOP), _FILTER_BANK).ravel()
    return hopped(slow[hops * SLOW_HOP - length // 2 :], length, SLOW_HOP)[:count]
