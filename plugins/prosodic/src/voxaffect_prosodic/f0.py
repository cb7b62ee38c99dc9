"""Fundamental frequency by autocorrelation and dynamic programming."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.moving import moving_median
from voxaffect_prosodic.order_statistics import quantile
from voxaffect_prosodic.periodicity import FMAX_HZ, FMIN_HZ, OCTAVE_COST, Periodicity, find_periodicity
from voxaffect_prosodic.rumble import without_rumble
from voxaffect_prosodic.viterbi import cheapest_path

# Costs in units of normalised autocorrelation, after Boersma (1993). The values were tuned on the Edinburgh
# FDA recordings (Bagshaw 1993): searched on every second utterance, rounded with the others in view. The
# optimum is flat; tests/benchmarks/f0.py measures both halves.
OCTAVE_JUMP_COST = 0.35
"""Of an octave between neighbouring frames."""

VOICING_COST = 0.28
"""Of starting or ending a voiced stretch."""

VOICING_THRESHOLD = 0.46
"""Strength from which a frame of good level counts as voiced."""

SILENCE_RANGE = (0.03, 0.12)
"""Bounds of the level, relative to the loudest frame, below which voicing grows unlikely.

Between them it follows the background. Without the upper bound a vowel that lasts throughout would be taken
for background.
"""

USUAL_FRAMES = 151
"""Frames that are likely voiced, whose median is the usual height: 1.5 s of voice. Longer would take a second
speaker's voice for the first one's, an octave off."""

USUAL_OCTAVES = 0.6
"""So far above and below it a voice moves without being doubted (with `FAR_COST` chosen with all of the FDA
recordings in view, and EMO-DB through a telephone's band)..."""

FAR_COST = 0.7
"""...and an octave further away costs so much more. Without its fundamental, as on a telephone, a voice
repeats at its first formant nearly as well as at its F0."""

_IMPOSSIBLE = np.float32(1e6)


@attrs.frozen(eq=False)
class F0Track:
    """F0 on a 10 ms grid; frame i is centred on i * 0.01 s, as in `power_spectrogram`.

    Attributes:
        f0_hz: (n_frames,) float32; 0 where unvoiced.
        strength: (n_frames,) float32 in 0..1, the normalised autocorrelation at the chosen period
            (at the best candidate where unvoiced, 0 without one): r / (1 - r) is the harmonics-to-noise ratio
            below 4 kHz, right within 0.5 dB from 5 to 40 dB for a steady vowel.
    """

    f0_hz: npt.NDArray[np.float32]
    strength: npt.NDArray[np.float32]


def track_f0(
    samples: npt.NDArray[np.float32], *, fmin_hz: float = FMIN_HZ, fmax_hz: float = FMAX_HZ
) -> F0Track:
    """(n_samples,) float32 at 16 kHz -> its F0. The same samples at another gain give the same track."""
    found = find_periodicity(without_rumble(samples), fmin_hz=fmin_hz, fmax_hz=fmax_hz)
    return follow_f0(found, fmin_hz=fmin_hz)


def follow_f0(found: Periodicity, *, fmin_hz: float = FMIN_HZ) -> F0Track:
    """Each frame offers up to five periods and being unvoiced; the path that costs least is the track."""
    octaves: npt.NDArray[np.float32] = np.log2(np.maximum(found.f0_hz, np.float32(fmin_hz)))
    octaves -= np.log2(np.float32(fmin_hz))
    voiced_cost = -found.strength - np.float32(OCTAVE_COST) * octaves
    unvoiced_cost = -_unvoiced_strength(found.low_band_rms)
    voiced_cost[found.f0_hz == 0] = _IMPOSSIBLE
    voiced_cost += _doubt(octaves, voiced_cost, unvoiced_cost)
    # To be unvoiced for one frame costs two changes of voicing at most, so no cheapest path takes a candidate
    # dearer than that.
    hopeless = np.greater(voiced_cost, unvoiced_cost[:, None] + 2 * VOICING_COST)
    voiced_cost[hopeless] = _IMPOSSIBLE

    frames, candidates = found.f0_hz.shape
    cost = np.full((frames + 1, candidates + 1, candidates + 1), VOICING_COST, np.float32)
    cost[:, 0, 0] = 0
    cost[1:-1, 1:, 1:] = OCTAVE_JUMP_COST * np.abs(octaves[1:, :, None] - octaves[:-1, None, :])
    cost[:-1, 0, :] += unvoiced_cost[:, None]
    cost[:-1, 1:, :] += voiced_cost[:, :, None]
    path = cheapest_path(cost, is_free=~hopeless.all(axis=1))

    frame, chosen = np.arange(frames), np.maximum(path - 1, 0)
    return F0Track(
        f0_hz=np.where(path > 0, found.f0_hz[frame, chosen], np.float32(0)),
        strength=found.strength[frame, chosen],
    )


def _doubt(
    octaves: npt.NDArray[np.float32],
    voiced_cost: npt.NDArray[np.float32],
    unvoiced_cost: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    """(n_frames, n_candidates) what those far from the voice's usual height, at that time, cost more."""
    frame, best = np.arange(len(octaves)), voiced_cost.argmin(axis=1)
    voiced = np.flatnonzero(voiced_cost[frame, best] < unvoiced_cost)
    if not len(voiced):
        return np.zeros_like(octaves)
    heard = octaves[voiced, best[voiced]]
    usual = moving_median(heard, min(USUAL_FRAMES, len(heard)))
    away = np.abs(octaves - np.interp(frame, voiced, usual).astype(np.float32)[:, None])
    doubt: npt.NDArray[np.float32] = away - np.float32(USUAL_OCTAVES)
    return np.float32(FAR_COST) * np.maximum(doubt, np.float32(0))


def _unvoiced_strength(low_band_rms: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """What a candidate must exceed: `VOICING_THRESHOLD`, and up to 2 more in frames of low level."""
    loudest = float(low_band_rms.max())
    if loudest == 0:
        return np.full_like(low_band_rms, VOICING_THRESHOLD)
    relative = low_band_rms / np.float32(loudest)
    lowest, highest = SILENCE_RANGE
    silence = min(max(2 * quantile(relative, 0.1), lowest), highest)
    shortfall = 2 - relative * np.float32((1 + VOICING_THRESHOLD) / silence)
    result: npt.NDArray[np.float32] = VOICING_THRESHOLD + np.maximum(shortfall, np.float32(0))
    return result
