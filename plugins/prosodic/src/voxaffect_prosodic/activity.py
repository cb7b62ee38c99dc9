"""Where speech is: every frame's level over the recording's own noise floor, then whole stretches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.moving import moving_mean
from voxaffect_prosodic.order_statistics import quantile
from voxaffect_prosodic.spectrum import MEL_BANDS, mel_power

Mask = npt.NDArray[np.bool_]
Runs = npt.NDArray[np.intp]

# The numbers below were chosen on half of the recordings that tests/benchmarks/voice_activity.py reads; the
# other half reads 0.8 points less clean and 0.5 more in white noise at 10 dB.
_DYNAMIC_RANGE_DB = 40.0
"""What lies further below the loudest frames is silence, however silent the recording's floor is."""

_FLOOR_RANK, _FLOOR_SPREAD_DB = 0.15, 1.0
"""The floor is the mean of all frames up to 1 dB above the level that 15 % stay below.

A stationary floor has many such frames; speech without a pause has only its few weakest, and is not mistaken
for its own floor.
"""

_BAND_OFFSET_DB, _BAND_CEILING_DB = 1.0, 30.0
"""A band's excess over the floor counts between these: no band alone makes speech."""

_SMOOTHING_FRAMES = 5

_LEAST_EXCESS_DB = 1.0
"""Mean over bands and frames; stationary noise stays below."""

_RELATIVE_EXCESS = 0.2
"""The adaptive part of the threshold: the share of the clip's 95th percentile that speech reaches."""

_SHORTEST_SPEECH = 6
"""Frames: a click fills fewer."""

_SHORTEST_GAP = 20
"""Frames. With the 50 ms that window and smoothing take off its ends a pause lasts 250 ms or more: the usual
limit below which silence belongs to a stop or a word boundary (Goldman-Eisler, Psycholinguistics, 1968)."""

_TINY = np.float32(1e-30)
_LEAST_SHARE = np.float32(10 ** (-_DYNAMIC_RANGE_DB / 10) / MEL_BANDS)


def detect_activity(power: npt.NDArray[np.float32], *, mel: npt.NDArray[np.float32] | None = None) -> Mask:
    """Mark the frames that stand out from the noise floor; it tells sound from floor, not speech from music.

    Args:
        power: (n_frames, 257) from `power_spectrogram`, at most about half a minute: one floor for all of it.
        mel: its `mel_power`, where that is known already.

    Returns:
        (n_frames,) bool. Silences of less than 250 ms are part of the speech around them. The gain of
        the recording has no influence; digital silence and stationary noise give no active frame.
    """
    n_frames = len(power)
    bands = mel_power(power) if mel is None else mel  # (n_frames, n_bands)
    loud = quantile(bands.sum(1), 0.98) if n_frames else 0.0
    if loud <= _TINY:
        return np.zeros(n_frames, np.bool_)
    level_db = np.float32(10) * np.log10(bands / np.float32(loud) + _LEAST_SHARE)
    mean_db = _smoothed_mean(level_db)
    quiet = mean_db <= quantile(mean_db, _FLOOR_RANK) + _FLOOR_SPREAD_DB
    excess_db = level_db - (level_db[quiet].mean(0) + np.float32(_BAND_OFFSET_DB))
    np.maximum(excess_db, 0, out=excess_db)
    np.minimum(excess_db, np.float32(_BAND_CEILING_DB), out=excess_db)
    score = _smoothed_mean(excess_db)
    return _whole_stretches(score > max(_LEAST_EXCESS_DB, _RELATIVE_EXCESS * quantile(score, 0.95)))


def _smoothed_mean(bands: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(n_frames, n_bands) -> (n_frames,)."""
    mean = np.add.reduce(bands, axis=1) / np.float32(bands.shape[1])
    return moving_mean(mean, _SMOOTHING_FRAMES).astype(np.float32)


def _whole_stretches(active: Mask) -> Mask:
    """Drop clicks, then close short gaps."""
    stretches = speech_segments(active)
    stretches = stretches[stretches[:, 1] - stretches[:, 0] >= _SHORTEST_SPEECH]
    if not len(stretches):
        return np.zeros_like(active)
    apart = stretches[1:, 0] - stretches[:-1, 1] >= _SHORTEST_GAP
    starts = np.concatenate([stretches[:1, 0], stretches[1:, 0][apart]])
    stops = np.concatenate([stretches[:-1, 1][apart], stretches[-1:, 1]])
    steps = np.zeros(len(active) + 1, np.int8)
    steps[starts] = 1
    steps[stops] -= 1
    return steps[:-1].cumsum(dtype=np.int8).astype(np.bool_)


def speech_segments(active: Mask) -> Runs:
    """(n_segments, 2): first frame and the frame after the last one, of each active stretch."""
    framed = np.zeros(len(active) + 2, np.bool_)
    framed[1:-1] = active
    return np.flatnonzero(framed[1:] != framed[:-1]).reshape(-1, 2)


def extent(active: Mask) -> int:
    """Frames from the first to the last active one, both included; 0 without one."""
    frames = np.flatnonzero(active)
    return int(frames[-1]) + 1 - int(frames[0]) if len(frames) else 0


def pauses(active: Mask) -> Runs:
    """(n_pauses, 2): the silences between two stretches of speech; the ends of the clip are not pauses."""
    return speech_segments(active).reshape(-1)[1:-1].reshape(-1, 2)


def pause_ratio(active: Mask) -> float:
    """Share of pauses in the time from the first to the last active frame, 0..1; 0.0 without speech."""
    spoken = np.count_nonzero(active)
    return 1.0 - spoken / extent(active) if spoken else 0.0
