"""Where the cycles of a voice are: the pitch marks that grains are cut at."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt
from voxaffect.audio import resample
from voxaffect_prosodic.cycle_marks import mark_cycles
from voxaffect_prosodic.f0 import track_f0
from voxaffect_prosodic.spectrum import HOP
from voxaffect_prosodic.spectrum import RATE_HZ as TRACKING_RATE_HZ

from voxaffect_psola.sound import Source

BLOCK_S = 30
"""Tracked at a time."""

CONTEXT_S = 1
"""Of the neighbouring blocks, so that a word at the border is tracked whole."""

INTERVAL_RANGE = (0.5, 1.5)
"""Times the period: marks nearer together or further apart are of two stretches of voice."""

FEWEST_MARKS = 3
"""A shorter stretch gives no contour to change."""


@attrs.frozen(eq=False)
class PitchMarks:
    """One mark a glottal cycle, in order of time, (n_marks,) each.

    Attributes:
        at_s: seconds of the centre of the cycle's energy, between samples.
        f0_hz: tracked there.
        stretch: number of the stretch of voice that it lies in, from 0 up without gaps.
    """

    at_s: npt.NDArray[np.float64]
    f0_hz: npt.NDArray[np.float64]
    stretch: npt.NDArray[np.intp]


def find_marks(samples: Source, rate_hz: int) -> PitchMarks:
    """The pitch marks of a recording of any length; none where nothing is voiced."""
    parts = [np.zeros((0, 2))]
    duration_s = len(samples) / rate_hz
    for start_s in range(0, int(np.ceil(duration_s)), BLOCK_S):
        first_s = max(0, start_s - CONTEXT_S)
        piece = samples[first_s * rate_hz : (start_s + BLOCK_S + CONTEXT_S) * rate_hz]
        found = _marks_of_block(resample(piece, rate_hz, TRACKING_RATE_HZ))
        found[:, 0] += first_s
        own = (found[:, 0] >= start_s) & (found[:, 0] < min(start_s + BLOCK_S, duration_s))
        parts.append(found[own])
    at_s, f0_hz = np.concatenate(parts).T
    interval = np.diff(at_s) * f0_hz[:-1]  # in periods
    apart = (interval < INTERVAL_RANGE[0]) | (interval > INTERVAL_RANGE[1])
    stretch = np.cumsum(apart, dtype=np.intp)
    stretch = np.concatenate([np.zeros(min(1, len(at_s)), np.intp), stretch])
    kept = np.bincount(stretch)[stretch] >= FEWEST_MARKS
    return PitchMarks(at_s[kept], f0_hz[kept], np.unique(stretch[kept], return_inverse=True)[1])


def _marks_of_block(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """(n_samples,) at `TRACKING_RATE_HZ` -> (n_marks, 2): seconds, F0 in Hz."""
    track = track_f0(samples)
    voiced = track.f0_hz > 0
    if not voiced.any():
        return np.zeros((0, 2))
    # The tracked period is trusted: a formant at twice F0 gives the envelope two humps a cycle, which would
    # pass for a voice an octave higher.
    at_s = mark_cycles(samples, track, multiples=1).at / TRACKING_RATE_HZ
    frames_s = np.arange(len(voiced)) * (HOP / TRACKING_RATE_HZ)
    f0_hz = np.exp(np.interp(at_s, frames_s[voiced], np.log(track.f0_hz[voiced])))
    return np.stack([at_s, f0_hz], axis=1)
