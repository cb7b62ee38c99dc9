"""Where the glottal cycles of a voice lie, counted on the energy envelope."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from voxaffect_prosodic.f0 import F0Track
from voxaffect_prosodic.one_thread import matrix_product
from voxaffect_prosodic.spectrum import HOP, RATE_HZ

DECIMATION = 4
"""The envelope is followed at 4 kHz."""

WINDOW_HOPS = 4
"""Frames under one demodulation window: 40 ms, so that it holds a cycle of the lowest voice twice."""

MULTIPLES = 4
"""An F0 tracked 2, 3 or 4 times too low, as happens in a hoarse voice, is put right."""

LOWEST_LINE = 0.5
"""A line of the envelope this strong, relative to the strongest of the multiples, is the fundamental's."""

LONGEST_GAP_FRAMES = 5
"""Unvoiced frames inside a voice that are bridged; cycles there still have to resemble each other."""

_HOP = HOP // DECIMATION


@attrs.frozen(eq=False)
class CycleMarks:
    """One mark a cycle, (n_marks,) each.

    Attributes:
        at: sample position of the centre of the cycle's energy, between samples; good to about a tenth of the
            period.
        period: tracked period in samples.
        stretch: number of the voiced stretch that the mark lies in.
    """

    at: npt.NDArray[np.float64]
    period: npt.NDArray[np.float64]
    stretch: npt.NDArray[np.intp]


def mark_cycles(
    samples: npt.NDArray[np.float32], track: F0Track, *, multiples: int = MULTIPLES
) -> CycleMarks:
    """(n_samples,) float32 at 16 kHz and its F0 -> a mark for every glottal cycle.

    The tracked F0 is integrated to a phase; what the envelope's own phase adds to it is read off a
    demodulation round every frame; a mark stands wherever the sum completes a cycle. The energy envelope has
    the voice's period even where the fundamental is missing, as on a telephone, whatever the polarity.

    Args:
        multiples: an F0 tracked 2, 3 .. this many times too low is put right; with 1 it is trusted.
    """
    voiced = track.f0_hz > 0
    if np.count_nonzero(voiced) < 2 or len(samples) < 2:
        return CycleMarks(np.zeros(0), np.zeros(0), np.zeros(0, np.intp))
    envelope = _energy_envelope(samples, len(voiced))
    frames = np.arange(len(voiced))
    f0_hz = np.interp(frames, frames[voiced], track.f0_hz[voiced])  # held across unvoiced frames
    step, cycles, lines = _demodulate(envelope, f0_hz, multiples)
    level = np.abs(lines)
    multiple = 1 + np.argmax(level >= LOWEST_LINE * level.max(axis=0), axis=0)
    if np.any(multiple[voiced] > 1):
        step, cycles, lines = _demodulate(envelope, f0_hz * multiple, 1)
    ahead = np.unwrap(np.angle(lines[0]) / (2 * np.pi), period=1.0)
    total = cycles + _between_frames(ahead)

    voiced = ndimage.binary_closing(voiced, np.ones(LONGEST_GAP_FRAMES + 1, np.bool_))
    inside = np.repeat(voiced, _HOP)  # a frame is taken to reach from its centre to the next
    whole = np.floor(total)
    crossing = np.flatnonzero((whole[1:] > whole[:-1]) & inside[1:] & inside[:-1])
    fraction = (whole[crossing + 1] - total[crossing]) / (total[crossing + 1] - total[crossing])
    return CycleMarks(
        at=(crossing + fraction + 0.5) * DECIMATION,
        period=DECIMATION / step[crossing],
        stretch=np.cumsum(np.diff(voiced, prepend=False))[crossing // _HOP],
    )


def phasor(cycles: npt.NDArray[np.floating]) -> npt.NDArray[np.complex64]:
    """exp(2j pi cycles), in single precision because it is most of the work."""
    angle = np.float32(2 * np.pi) * cycles.astype(np.float32)
    turned = np.empty(angle.shape, np.complex64)
    np.cos(angle, out=turned.real)
    np.sin(angle, out=turned.imag)
    return turned


def _energy_envelope(samples: npt.NDArray[np.float32], n_frames: int) -> npt.NDArray[np.float32]:
    """(n_frames * hop,) energy of the slope at 4 kHz; zeros after the end."""
    slope = np.zeros(n_frames * HOP, np.float32)
    kept = min(len(samples) - 1, len(slope))
    np.subtract(samples[1 : kept + 1], samples[:kept], out=slope[:kept])
    envelope: npt.NDArray[np.float32] = np.square(slope).reshape(-1, DECIMATION).sum(axis=1)
    return envelope


def _demodulate(
    envelope: npt.NDArray[np.float32], f0_hz: npt.NDArray[np.float64], multiples: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.complex64]]:
    """Cycles a step and cycles so far, (length,) each; lines at 1.. times F0, (multiples, n_frames)."""
    step = _between_frames(f0_hz) * (DECIMATION / RATE_HZ)
    cycles = np.cumsum(step) - step
    turn = phasor(-(cycles % 1))
    window = np.hanning(WINDOW_HOPS * _HOP + 1)[:-1].reshape(WINDOW_HOPS, _HOP).T.astype(np.complex64)
    beat = envelope.astype(np.complex64)
    lines = np.zeros((multiples, len(f0_hz)), np.complex64)
    for line in lines:
        beat *= turn
        parts = np.zeros((len(f0_hz) + WINDOW_HOPS - 1, WINDOW_HOPS), np.complex64)
        own = slice(WINDOW_HOPS // 2, WINDOW_HOPS // 2 + len(f0_hz))
        parts[own] = matrix_product(beat.reshape(-1, _HOP), window)
        for part in range(WINDOW_HOPS):
            line += parts[part : part + len(f0_hz), part]
    return step, cycles, lines


def _between_frames(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n_frames,) -> (n_frames * hop,) straight lines from each frame to the next; the last one is held."""
    rise = np.diff(values, append=values[-1:])
    line: npt.NDArray[np.float64] = (values[:, None] + rise[:, None] * (np.arange(_HOP) / _HOP)).ravel()
    return line
