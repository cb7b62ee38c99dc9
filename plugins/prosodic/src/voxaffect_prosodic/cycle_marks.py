"""Where the glottal cycles of a voice lie, counted on the energy envelope."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt
from voxaffect.one_thread import matrix_product

from voxaffect_prosodic.activity import speech_segments
from voxaffect_prosodic.f0 import F0Track
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

_DEMODULATION = (
    np.hanning(WINDOW_HOPS * _HOP + 1)[:-1].reshape(WINDOW_HOPS, _HOP).T.astype(np.complex64)  # (40, 4)
)
_STEPS = np.arange(_HOP)


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
    demodulation round every voiced frame; a mark stands wherever the sum completes a cycle. The energy
    envelope has the voice's period even where the fundamental is missing, as on a telephone, whatever the
    polarity.

    Args:
        multiples: an F0 tracked 2, 3 .. this many times too low is put right; with 1 it is trusted.
    """
    voiced = track.f0_hz > 0
    if np.count_nonzero(voiced) < 2 or len(samples) < 2:
        return CycleMarks(np.zeros(0), np.zeros(0), np.zeros(0, np.intp))
    envelope = _energy_envelope(samples, len(voiced))
    frames = np.arange(len(voiced))
    f0_hz = np.interp(frames, frames[voiced], track.f0_hz[voiced])  # held across unvoiced frames
    bridged = _bridged(voiced)
    wanted = bridged.copy()
    wanted[1:] |= bridged[:-1]  # a frame is taken to reach from its centre to the next
    # What F0 is put right to counts under the wanted frames' whole windows.
    lines = _demodulate(
        envelope, f0_hz, _spread(wanted, WINDOW_HOPS // 2) if multiples > 1 else wanted, multiples
    )
    if multiples > 1:
        level = np.abs(lines)
        multiple = 1 + np.argmax(level >= np.float32(LOWEST_LINE) * level.max(axis=0), axis=0)
        if (multiple[voiced] > 1).any():
            f0_hz = f0_hz * multiple
            lines = _demodulate(envelope, f0_hz, wanted, 1)
    inside = np.flatnonzero(bridged)
    own_phase = _unwrapped(np.angle(lines[0]) / (2 * np.pi))
    total = (_tracked_cycles(f0_hz, inside) + _between_frames(own_phase, inside)).ravel()

    begins = inside[1:] > inside[:-1] + 1
    whole = np.floor(total)
    ends = whole[1:] > whole[:-1]
    ends[_HOP - 1 :: _HOP] &= ~begins  # where a stretch begins no cycle of the one before ends
    crossing = np.flatnonzero(ends)
    row, step = np.divmod(crossing, _HOP)
    fraction = (whole[crossing + 1] - total[crossing]) / (total[crossing + 1] - total[crossing])
    return CycleMarks(
        at=(inside[row] * _HOP + step + fraction + 0.5) * DECIMATION,
        period=RATE_HZ / _between_frames(f0_hz, inside).ravel()[crossing],
        stretch=np.cumsum(np.concatenate([[True], begins]), dtype=np.intp)[row],
    )


def _bridged(voiced: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Gaps of up to `LONGEST_GAP_FRAMES` filled."""
    stretches = speech_segments(voiced)
    bridged = voiced.copy()
    for stop, start in zip(stretches[:-1, 1].tolist(), stretches[1:, 0].tolist(), strict=True):
        if start - stop <= LONGEST_GAP_FRAMES:
            bridged[stop:start] = True
    return bridged


def _unwrapped(cycles: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Whole cycles added so that no step is longer than half a cycle."""
    rise = cycles[1:] - cycles[:-1]
    unwrapped = cycles.astype(np.float64)
    unwrapped[1:] -= np.cumsum(np.rint(rise))
    return unwrapped


def _phasor(cycles: npt.NDArray[np.floating]) -> npt.NDArray[np.complex64]:
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
    np.square(slope, out=slope)
    envelope: npt.NDArray[np.float32] = slope[0::DECIMATION] + slope[1::DECIMATION]
    for part in range(2, DECIMATION):
        envelope += slope[part::DECIMATION]
    return envelope


def _demodulate(
    envelope: npt.NDArray[np.float32],
    f0_hz: npt.NDArray[np.float64],
    wanted: npt.NDArray[np.bool_],
    multiples: int,
) -> npt.NDArray[np.complex64]:
    """(multiples, n_frames) lines of the envelope at 1.. times F0.

    They are right in the wanted frames, (n_frames,) bool; elsewhere nothing, or too little.
    """
    n = len(f0_hz)
    hops = np.flatnonzero(_spread(wanted, WINDOW_HOPS // 2))  # those under their windows
    cycles = _tracked_cycles(f0_hz, hops)
    turn = _phasor(np.floor(cycles) - cycles)  # (n_hops, hop)
    beats = np.empty((multiples, *turn.shape), np.complex64)
    np.multiply(envelope.reshape(n, _HOP)[hops], turn, out=beats[0])
    for multiple in range(1, multiples):
        np.multiply(beats[multiple - 1], turn, out=beats[multiple])
    parts = np.zeros((multiples, n + WINDOW_HOPS - 1, WINDOW_HOPS), np.complex64)
    products = matrix_product(beats.reshape(-1, _HOP), _DEMODULATION)
    parts[:, WINDOW_HOPS // 2 + hops] = products.reshape(multiples, len(hops), WINDOW_HOPS)
    lines: npt.NDArray[np.complex64] = parts[:, :n, 0].copy()
    for part in range(1, WINDOW_HOPS):
        lines += parts[:, part : part + n, part]
    return lines


def _tracked_cycles(f0_hz: npt.NDArray[np.float64], frames: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """(len(frames), hop) cycles since the beginning, at each step of these frames: F0 integrated."""
    steps_a_second = RATE_HZ / DECIMATION
    rise = _rise(f0_hz)
    each = f0_hz + rise * ((_HOP - 1) / (2 * _HOP))  # mean F0 of each frame's steps
    before = (each.cumsum() - each) * (_HOP / steps_a_second)
    cycles = rise[frames, np.newaxis] * (_STEPS * (_STEPS - 1) / (2 * _HOP * steps_a_second))
    cycles += f0_hz[frames, np.newaxis] * (_STEPS / steps_a_second)
    cycles += before[frames, np.newaxis]
    return cycles


def _spread(mask: npt.NDArray[np.bool_], frames: int) -> npt.NDArray[np.bool_]:
    """True up to so many frames to either side, too."""
    spread = mask.copy()
    for shift in range(1, frames + 1):
        spread[shift:] |= mask[:-shift]
        spread[:-shift] |= mask[shift:]
    return spread


def _between_frames(values: npt.NDArray[np.float64], frames: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """(len(frames), hop) straight lines from each of these frames' value to the next; the last is held."""
    line = _rise(values)[frames, np.newaxis] * (_STEPS / _HOP)
    line += values[frames, np.newaxis]
    return line


def _rise(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n_frames,) to the next frame's; 0 in the last."""
    rise = np.zeros_like(values)
    np.subtract(values[1:], values[:-1], out=rise[:-1])
    return rise
