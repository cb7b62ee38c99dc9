"""By how much F0 is to change at each moment, and where in the original each moment then lies."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation
from voxaffect.audio import resample
from voxaffect_prosodic.f0 import track_f0
from voxaffect_prosodic.spectrum import HOP
from voxaffect_prosodic.spectrum import RATE_HZ as TRACKING_RATE_HZ
from voxaffect_psola.sound import Source

FRAME_S = HOP / TRACKING_RATE_HZ

BLOCK_S = 30
"""Tracked at a time."""

CONTEXT_S = 1
"""Of the neighbouring blocks, so that a word at the border is tracked whole."""

ONSET_FRAMES = 1
"""A voice sets in before, and dies away after, what a tracker is sure of."""

MAX_DEVIATION_ST = 12.0
"""From the mean; F0 further away is more likely tracked an octave off than spoken."""

Floats = npt.NDArray[np.float64]


def track_in_blocks(samples: Source, rate_hz: int) -> npt.NDArray[np.float32]:
    """(n_frames,) F0 in Hz every `FRAME_S` of a recording of any length; 0 where it is unvoiced."""
    parts, duration_s = [], len(samples) / rate_hz
    n_frames, block = round(BLOCK_S / FRAME_S), CONTEXT_S + BLOCK_S
    for start_s in range(0, int(np.ceil(duration_s)), BLOCK_S):
        first_s = max(0, start_s - CONTEXT_S)
        piece = samples[first_s * rate_hz : (start_s + block) * rate_hz]
        found = track_f0(resample(piece, rate_hz, TRACKING_RATE_HZ)).f0_hz
        parts.append(found[round((start_s - first_s) / FRAME_S) :][:n_frames])
    return np.concatenate(parts)


def pitch_ratios(f0_hz: npt.NDArray[np.float32], *, semitones: float, variance: float) -> Floats:
    """(n_frames,) factor on F0: a shift, and a contour `variance` times as far from its mean in semitones.

    1 where nothing is voiced: what has no pitch stays as it is.
    """
    voiced = f0_hz > 0
    ratios = np.ones(len(f0_hz))
    if not voiced.any():
        return ratios
    frames = np.arange(len(f0_hz))
    contour_st = 12 * np.log2(f0_hz[voiced].astype(np.float64))
    deviation_st = np.clip(contour_st - contour_st.mean(), -MAX_DEVIATION_ST, MAX_DEVIATION_ST)
    shift_st = semitones + (variance - 1) * np.interp(frames, frames[voiced], deviation_st)
    moved = _with_onsets(voiced)
    ratios[moved] = 2 ** (shift_st[moved] / 12)
    return ratios


def _with_onsets(voiced: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return np.asarray(binary_dilation(voiced, iterations=ONSET_FRAMES))


@attrs.frozen(eq=False)
class TimeMap:
    """The original beside the same speech at its own pitch, but stretched by the ratio of the pitches.

    Read at `ratio` times its speed, the stretched speech has the pitch and the tempo asked for.

    Attributes:
        original, stretched: (n_points,) samples that belong together, increasing.
        f0_hz: (n_points,) of the original there, its neighbours' where it is unvoiced.
        ratios: (n_points,) factor on F0 there.
        voicing: (n_points,) 1 where there is voice, 0 where there is none.
    """

    original: Floats
    stretched: Floats
    f0_hz: Floats
    ratios: Floats
    voicing: Floats

    @classmethod
    def of(
        cls, f0_hz: npt.NDArray[np.float32], ratios: Floats, *, tempo: float, length: int, rate_hz: int
    ) -> TimeMap:
        """For `length` samples whose F0 is to change by `ratios`, one every `FRAME_S`."""
        original = np.append(np.arange(len(ratios)) * (FRAME_S * rate_hz), float(length))
        original = np.minimum(original, length)
        ratios, voiced = np.append(ratios, ratios[-1]), np.flatnonzero(f0_hz)
        everywhere_hz, voicing = np.zeros(len(ratios)), np.pad(_with_onsets(f0_hz > 0), (0, 1), mode="edge")
        if len(voiced):
            everywhere_hz = np.interp(np.arange(len(ratios)), voiced, f0_hz[voiced])
        steps = np.diff(original) * (ratios[1:] + ratios[:-1]) / (2 * tempo)
        stretched = np.concatenate([[0.0], np.cumsum(steps)])
        return cls(original, stretched, everywhere_hz, ratios, voicing.astype(np.float64))

    def to_original(self, stretched: Floats) -> Floats:
        """Samples of the original; beyond its ends time passes as it did."""
        inside = np.interp(stretched, self.stretched, self.original)
        outside = np.minimum(stretched, 0) + np.maximum(stretched - self.stretched[-1], 0)
        return np.asarray(inside + outside)

    def to_stretched(self, original: Floats) -> Floats:
        """Samples of the stretched speech."""
        return np.interp(original, self.original, self.stretched)

    def f0_at(self, original: Floats) -> Floats:
        """F0 in Hz."""
        return np.interp(original, self.original, self.f0_hz)

    def voicing_at(self, stretched: Floats) -> Floats:
        """1 in voice, 0 elsewhere, a ramp between."""
        return np.interp(stretched, self.stretched, self.voicing)

    def ratio_at(self, original: Floats) -> Floats:
        """Factor on F0."""
        return np.interp(original, self.original, self.ratios)
