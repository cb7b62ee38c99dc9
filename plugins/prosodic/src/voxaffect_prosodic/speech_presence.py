"""Is it speech at all? A voice moves in ways that tones, notes, sirens and noise do not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.activity import Mask
from voxaffect_prosodic.f0 import F0Track
from voxaffect_prosodic.order_statistics import column_quantiles, mean_and_std, quantile
from voxaffect_prosodic.spectrum import mel_power

_SPAN = 2
"""Movement is measured between 20 ms before and 20 ms after a frame, voiced throughout."""

_FEWEST_FRAMES = 3

_RANGE_DB, _LOWEST_FLOOR_DB, _CLEAR_DB = 60.0, -45.0, 3.0
"""Levels are relative to the loud frames. A band's movement counts while the band is clear of its floor."""

_PEAK_BINS = 3
"""Bins to either side of a spectral peak that its window's main lobe covers."""

_LEAST_SHARE = np.float32(10 ** (-_RANGE_DB / 10))
_AROUND_PEAK = np.arange(-_PEAK_BINS, _PEAK_BINS + 1)

_FULL_EVIDENCE = np.array([3.0, 0.5, 0.05, 0.1])
"""From here on more of a measure is no better evidence; `_evidence` says what the four are. Most of EMO-DB's
clips reach all of them."""

_ENOUGH = 0.77
"""Mean of the four, as shares of their full evidence: three cannot make up for a fourth that is missing."""

_LEAST_VOICED = 0.05
"""Share of the active frames; noise has a few frames that pass for voiced."""


def is_speech(
    power: npt.NDArray[np.float32],
    active: Mask,
    f0: F0Track,
    *,
    mel: npt.NDArray[np.float32] | None = None,
) -> bool:
    """Whether voiced speech is heard.

    The gain of the recording has no influence. A whisper has no voiced frames and is not recognised; nor is
    a vowel synthesised without movement.

    Args:
        power: (n_frames, 257) from `power_spectrogram`.
        active: (n_frames,) from `detect_activity`.
        f0: the track of the same frames.
        mel: `mel_power` of the power, where that is known already.
    """
    evidence = _evidence(power, mel_power(power) if mel is None else mel, active, f0)
    return float(np.minimum(evidence / _FULL_EVIDENCE, 1).mean()) > _ENOUGH


def speech_seconds(power: npt.NDArray[np.float32], active: Mask, f0: F0Track) -> float:
    """Active time in s if `is_speech`, else 0.0."""
    return 0.01 * float(np.sum(active)) if is_speech(power, active, f0) else 0.0


def _evidence(
    power: npt.NDArray[np.float32], bands: npt.NDArray[np.float32], active: Mask, f0: F0Track
) -> npt.NDArray[np.float64]:
    """(4,), each larger the more it is like speech; zeros where too little is voiced to measure.

    1. Movement of the spectral envelope in dB: a note's changes at its onset only, so the 30th percentile.
    2. Curvature of F0 in semitones: none in a tone or a chirp.
    3. Share of power away from the strongest partial: none in a pure tone, whatever its movement.
    4. Spread of the voicing strength: a voice is never equally periodic throughout.
    """
    voiced = (f0.f0_hz > 0) & active
    inner = max(0, len(voiced) - 2 * _SPAN)
    throughout = np.logical_and.reduce([voiced[shift : shift + inner] for shift in range(2 * _SPAN + 1)])
    frames = _SPAN + np.flatnonzero(throughout)
    n_voiced = np.count_nonzero(voiced)
    if len(frames) < _FEWEST_FRAMES or n_voiced < _LEAST_VOICED * np.count_nonzero(active):
        return np.zeros(4)
    before, after = frames - _SPAN, frames + _SPAN

    loud = np.float32(quantile(bands.sum(1)[active], 0.95))
    level_db = np.float32(10) * np.log10(bands / loud + _LEAST_SHARE)
    floor_db = np.maximum(column_quantiles(level_db, 0.1), np.float32(_LOWEST_FLOOR_DB))
    level_before_db, level_after_db = level_db[before], level_db[after]
    clear = np.minimum(level_before_db, level_after_db) > floor_db + np.float32(_CLEAR_DB)
    n_clear = np.maximum(np.count_nonzero(clear, axis=1), 1)
    rise_db = (level_after_db - level_before_db) * clear
    rise_db -= clear * (rise_db.sum(1) / n_clear)[:, None]  # loudness alone is no movement
    movement_db = quantile(np.abs(rise_db).sum(1) / n_clear, 0.3)

    semitones = 12 * np.log2(np.maximum(f0.f0_hz, np.float32(1)))
    curvature = quantile(np.abs(semitones[after] - 2 * semitones[frames] + semitones[before]), 0.7)

    spectra = power[frames]
    peak = spectra.argmax(axis=1)[:, None] + _AROUND_PEAK
    inside = (peak >= 0) & (peak < spectra.shape[1])
    at_peak = spectra[np.arange(len(spectra))[:, None], peak * inside]
    other_power = 1 - quantile((at_peak * inside).sum(1) / spectra.sum(1), 0.5)

    return np.array([movement_db, curvature, other_power, mean_and_std(f0.strength[voiced])[1]])
