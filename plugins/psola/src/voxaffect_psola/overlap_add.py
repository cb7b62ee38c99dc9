"""Grains of the original laid over each other, their centres between samples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import fft

from voxaffect_psola.grains import Grains
from voxaffect_psola.sound import Sound, Source, blocks, stretch_of

FINE_RATE_HZ = 64_000
"""At least this rate is what the original is read at: a grain is at most 8 us off its place."""

LEAST_WEIGHT = 0.6
"""Cycles of a lowered voice reach each other less than in full; what lies between them is raised to full
weight where it has this much, and by no larger factor elsewhere, or the next cycle would be heard as an echo.
Without it F1 moves by a quarter more (tests/benchmarks/audio_prosody.py)."""

CONTEXT = 256
"""Samples read beyond what is needed, so that the ends of a piece do not disturb its interpolation."""

BLOCK = 1 << 13
"""Samples made at a time, so that the transforms stay in the processor's cache."""

Floats = npt.NDArray[np.float64]


def overlap_add(samples: Source, rate_hz: int, grains: Grains, length: int) -> Iterator[Sound]:
    """(length,) samples made of the grains, in blocks.

    Between two voiced grains each fades over the shorter of its period and the way to the other: raised
    pitch keeps its level, lowered pitch gets no echo of the next cycle. The weights add up to 1, but for
    `LEAST_WEIGHT`.
    """
    factor = max(1, -(-FINE_RATE_HZ // rate_hz))
    at = grains.at * rate_hz
    before, after = grains.before * rate_hz, grains.after * rate_hz
    shift = np.round((grains.source - grains.at) * (rate_hz * factor)).astype(np.intp)  # fine samples
    for block in blocks(length, BLOCK):
        n = np.arange(block.start, block.stop)
        left = np.clip(np.searchsorted(at, n, side="right") - 1, 0, len(at) - 2)
        right = left + 1
        since, until = n - at[left], at[right] - n
        fade_out, fade_in = _weights(since, until, after[left], before[right])
        used = shift[left[0] : right[-1] + 1]
        start = block.start + int(used.min()) // factor - 1
        stop = block.stop + int(used.max()) // factor + 2
        fine = upsampled(samples, start, stop, factor)
        n = (n - start) * factor
        yield fine[n + shift[left]] * fade_out + fine[n + shift[right]] * fade_in


def _weights(
    since: Floats, until: Floats, after: Floats, before: Floats
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """(n,) weights of the last grain and of the next one, for samples so far behind and ahead of them."""
    way = np.maximum(since + until, 1e-9)
    fade_out, fade_in = _fade(since / np.minimum(after, way)), _fade(until / np.minimum(before, way))
    fade_out = np.where(np.isinf(after) & np.isfinite(before), 1 - fade_in, fade_out)
    fade_in = np.where(np.isinf(before), 1 - fade_out, fade_in)
    whole = np.maximum(fade_out + fade_in, np.float32(LEAST_WEIGHT))
    return fade_out / whole, fade_in / whole


def _fade(distance: Floats) -> npt.NDArray[np.float32]:
    """The falling half of a Hann window: 1 at 0, 0 from 1 on."""
    angle = np.float32(np.pi / 2) * np.clip(distance, 0, 1).astype(np.float32)
    fade: npt.NDArray[np.float32] = np.cos(angle) ** 2
    return fade


def upsampled(samples: Source, start: int, stop: int, factor: int) -> Sound:
    """((stop - start) * factor,) samples, zeros outside the sound; every factor-th is as it was."""
    size = fft.next_fast_len(stop - start + 2 * CONTEXT, real=True)
    piece = np.zeros(size, np.float32)
    piece[: stop - start + 2 * CONTEXT] = stretch_of(samples, start - CONTEXT, stop + CONTEXT)
    # Faded at both ends, because to the transform they are neighbours.
    ramp = np.linspace(0, 1, CONTEXT // 2, dtype=np.float32)
    piece[: len(ramp)] *= ramp
    piece[stop - start + 2 * CONTEXT - len(ramp) : stop - start + 2 * CONTEXT] *= ramp[::-1]
    spectrum = fft.rfft(piece)
    if size % 2 == 0 and factor > 1:
        spectrum[-1] /= 2  # half of what stood at the Nyquist frequency now has a mirror image
    fine: Sound = fft.irfft(spectrum, size * factor) * np.float32(factor)
    return fine[CONTEXT * factor : (CONTEXT + stop - start) * factor]
