"""What lies below every voice and is no part of it: an offset, mains hum, the rumble of a street.

A low-pass filter finds it, and what is left is measured. The filter works at a sixteenth of the sampling
rate: what it lets through needs no more.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from voxaffect.one_thread import matrix_product

from voxaffect_prosodic.framing import hopped
from voxaffect_prosodic.spectrum import HOP, RATE_HZ

HUM_HZ, LOWEST_HZ = 60.0, 85.0
"""What lies below the first, mains hum included, is left 34 dB weaker or more; from the second on all is
kept. A lower voice keeps its harmonics, and they its F0."""

_SLOWNESS = 16
_SHARP_REACH, _SHARP_BETA = 660, 3.4
_COARSE_REACH, _COARSE_BETA = 34, 5.65
"""Samples to either side, and Kaiser's beta: for the step between the two frequencies above; and 60 dB for
what the slow rate would fold onto them."""

REACH = _SHARP_REACH + _COARSE_REACH
"""Samples to either side that one depends on."""


def _bank(
    given: npt.NDArray[np.intp], wanted: npt.NDArray[np.intp], *, reach: int, cutoff_hz: float, beta: float
) -> npt.NDArray[np.float32]:
    """(n_given, n_wanted) weights of a low-pass from samples at these places to samples at those."""
    apart = given[:, np.newaxis] - wanted
    taper = np.i0(beta * np.sqrt(np.maximum(1 - (apart / reach) ** 2, 0))) * (np.abs(apart) <= reach)
    weights = taper * np.sinc(2 * cutoff_hz / RATE_HZ * apart)
    bank: npt.NDArray[np.float32] = (weights / weights.sum(axis=0)).astype(np.float32)
    return bank  # each column of sum 1, so that an offset is found whole


_SLOW = np.arange(0, HOP, _SLOWNESS)  # of a hop
_DOWN = _bank(
    np.arange(-_COARSE_REACH, _SLOW[-1] + _COARSE_REACH + 1),
    _SLOW,
    reach=_COARSE_REACH,
    cutoff_hz=RATE_HZ / _SLOWNESS / 2,
    beta=_COARSE_BETA,
)
_BEFORE, _AFTER = _SHARP_REACH // _SLOWNESS, (HOP - 1 + _SHARP_REACH) // _SLOWNESS
_UP = _bank(
    np.arange(-_BEFORE, _AFTER + 1) * _SLOWNESS,
    np.arange(HOP),
    reach=_SHARP_REACH,
    cutoff_hz=(HUM_HZ + LOWEST_HZ) / 2,
    beta=_SHARP_BETA,
)


def without_rumble(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(n_samples,) float32 at `RATE_HZ` -> the same without it; silence lies beyond both ends."""
    first, stop = inner_hops(len(samples))
    inside = hops_without_rumble(samples, first, stop - first)
    return with_ends(samples, inside)


def inner_hops(n_samples: int) -> tuple[int, int]:
    """The first of the hops that depend on nothing beyond the ends, and the one after the last."""
    first = -(-REACH // HOP)
    return first, max(first, (n_samples - REACH) // HOP)


def with_ends(samples: npt.NDArray[np.float32], inside: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(n_samples,) and its inner hops without rumble, (n, HOP) -> (n_samples,) without rumble.

    A constant offset would end in a step at either end: there the mean is taken off first.
    """
    first, stop = inner_hops(len(samples))
    offset = float(samples.mean(dtype=np.float64)) if len(samples) else 0.0
    head = hops_without_rumble(samples, 0, first, offset=offset)
    tail = hops_without_rumble(samples, stop, max(0, -(-len(samples) // HOP) - stop), offset=offset)
    return np.concatenate([head, inside, tail]).ravel()[: len(samples)]


def hops_without_rumble(
    samples: npt.NDArray[np.float32], first: int, count: int, *, offset: float = 0.0
) -> npt.NDArray[np.float32]:
    """(count, HOP); `offset` is taken off the samples, not off the silence beyond them."""
    around = -(-_BEFORE // len(_SLOW))  # hops
    lead = around * HOP + _COARSE_REACH
    piece = np.zeros((count + 2 * around - 1) * HOP + len(_DOWN), np.float32)
    start = first * HOP - lead
    skipped = max(0, -start)
    inside = samples[start + skipped : max(0, start + len(piece))]
    np.subtract(inside, np.float32(offset), out=piece[skipped : skipped + len(inside)])
    slow = matrix_product(hopped(piece, len(_DOWN), HOP), _DOWN).ravel()
    low = matrix_product(hopped(slow[around * len(_SLOW) - _BEFORE :], len(_UP), len(_SLOW)), _UP)
    return piece[lead : lead + count * HOP].reshape(count, HOP) - low
