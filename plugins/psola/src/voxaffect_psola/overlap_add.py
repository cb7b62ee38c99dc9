"""Grains of the original laid over each other, their centres between samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import fft

from voxaffect_psola.grains import Grains
from voxaffect_psola.sound import Sound, blocks

FINE_RATE_HZ = 64_000
"""At least this rate is what the original is read at: a grain is at most 8 us off its place."""

REACH = 1.08
"""Of a voiced grain, in periods. With it F1 moves least (tests/benchmarks/audio_prosody.py): shorter ones
blur formants, longer ones take in the next cycle."""

CONTEXT = 256
"""Samples read beyond what is needed, so that the ends of a piece do not disturb its interpolation."""

BLOCK = 1 << 13
"""Samples made at a time, so that the transforms stay in the processor's cache."""

Floats = npt.NDArray[np.float64]


def overlap_add(samples: Sound, rate_hz: int, grains: Grains, length: int) -> Sound:
    """(length,) samples made of the grains.

    Between two voiced grains each fades over the shorter of its reach and the way to the other: raised
    pitch keeps its level, lowered pitch gets no echo of the next cycle. To and from what is unvoiced, and
    between unvoiced grains, the weights add up to 1.
    """
    factor = max(1, -(-FINE_RATE_HZ // rate_hz))
    at = grains.at * rate_hz
    before, after = grains.before * (REACH * rate_hz), grains.after * (REACH * rate_hz)
    shift = np.round((grains.source - grains.at) * (rate_hz * factor)).astype(np.intp)  # fine samples
    gain = grains.gain.astype(np.float32)
    changed = np.empty(length, np.float32)
    for block in blocks(length, BLOCK):
        n = np.arange(block.start, block.stop)
        left = np.clip(np.searchsorted(at, n, side="right") - 1, 0, len(at) - 2)
        right = left + 1
        since, until = n - at[left], at[right] - n
        fade_out, fade_in = _weights(since, until, after[left], before[right])
        fade_out *= gain[left]
        fade_in *= gain[right]
        used = shift[left[0] : right[-1] + 1]
        start = block.start + int(used.min()) // factor - 1
        stop = block.stop + int(used.max()) // factor + 2
        fine = _upsampled(samples, start, stop, factor)
        n = (n - start) * factor
        changed[block] = fine[n + shift[left]] * fade_out + fine[n + shift[right]] * fade_in
    return changed


def _weights(
    since: Floats, until: Floats, after: Floats, before: Floats
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """(n,) weights of the last grain and of the next one, for samples so far behind and ahead of them."""
    way = np.maximum(since + until, 1e-9)
    fade_out, fade_in = _fade(since / np.minimum(after, way)), _fade(until / np.minimum(before, way))
    fade_out = np.where(np.isinf(after) & np.isfinite(before), 1 - fade_in, fade_out)
    return fade_out, np.where(np.isinf(before), 1 - fade_out, fade_in)


def _fade(distance: Floats) -> npt.NDArray[np.float32]:
    """The falling half of a Hann window: 1 at 0, 0 from 1 on."""
    angle = np.float32(np.pi / 2) * np.clip(distance, 0, 1).astype(np.float32)
    fade: npt.NDArray[np.float32] = np.cos(angle) ** 2
    return fade


def _upsampled(samples: Sound, start: int, stop: int, factor: int) -> Sound:
    """((stop - start) * factor,) samples, zeros outside the sound; every factor-th is as it was."""
    low, high = max(0, start - CONTEXT), min(len(samples), stop + CONTEXT)
    size = fft.next_fast_len(stop - start + 2 * CONTEXT, real=True)
    piece = np.zeros(size, np.float32)
    offset = low - (start - CONTEXT)
    piece[offset : offset + high - low] = samples[low:high]
    # Faded at both ends, because to the transform they are neighbours.
    ramp = np.linspace(0, 1, CONTEXT // 2, dtype=np.float32)
    piece[: len(ramp)] *= ramp
    piece[stop - start + 2 * CONTEXT - len(ramp) : stop - start + 2 * CONTEXT] *= ramp[::-1]
    spectrum = fft.rfft(piece)
    if size % 2 == 0 and factor > 1:
        spectrum[-1] /= 2  # half of what stood at the Nyquist frequency now has a mirror image
    fine: Sound = fft.irfft(spectrum, size * factor) * np.float32(factor)
    return fine[CONTEXT * factor : (CONTEXT + stop - start) * factor]
