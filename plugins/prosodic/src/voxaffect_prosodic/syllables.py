"""Syllable nuclei, for the speech rate, and the dips of energy that sound like hesitation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.activity import Mask, extent, speech_segments
from voxaffect_prosodic.f0 import F0Track
from voxaffect_prosodic.moving import moving_maximum, weighted_sum
from voxaffect_prosodic.order_statistics import quantile
from voxaffect_prosodic.prominence import prominent_peaks
from voxaffect_prosodic.spectrum import FREQUENCIES_HZ, mel_power

_FRAME_S = 0.01
_TINY = np.float32(1e-30)

# The numbers for nuclei were chosen on five of EMO-DB's ten speakers, clean and in noise, and on half of the
# utterances of FDA; tests/benchmarks/speech_rate.py reads all of both.
_BANDS_HZ = ((250.0, 900.0, 0.8), (900.0, 1800.0, 0.4))
"""Edges and weight. Vowels stand out here; above are fricatives, below the voicing of consonants."""

_BANDS = tuple((*np.searchsorted(FREQUENCIES_HZ, (low, high)).tolist(), w) for low, high, w in _BANDS_HZ)

_COMPRESSION, _FLOOR = np.float32(0.2), np.float32(1e-4)
"""Exponent of power: about the loudness of a soft syllable against a strong one."""

_FINE_FRAMES, _COARSE_FRAMES, _COARSE_SHARE = 1.5, 7.0, 0.8
"""Standard deviations of the Gaussians whose difference passes modulation at the pace of syllables."""


def _gaussian(deviation_frames: float) -> npt.NDArray[np.float64]:
    """Four standard deviations to either side, of sum 1."""
    reach = int(4 * deviation_frames + 0.5)
    weights: npt.NDArray[np.float64] = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation_frames) ** 2)
    weights /= weights.sum()
    return weights


_FINE, _COARSE = _gaussian(_FINE_FRAMES), _gaussian(_COARSE_FRAMES)

_PROMINENCE = 0.015
_LEAST_SHARE_OF_COARSE = 0.95
"""A hump in a long murmur between two vowels stays below."""

_NEAREST_FRAMES = 5
_VOICING_FRAMES = 7
"""A peak counts with a voiced frame in a window of so many around it."""

_SHORTEST_DIP, _LONGEST_DIP = 10, 40
"""Frames: 100 to 400 ms. A shorter dip is a consonant, a longer one a pause."""

_DIP_DEPTH_DB = 25.0
"""Below the loud frames. On EMO-DB four of five labelled silences of 100-400 ms are found, and one other dip
in three clips."""

_DIP_OVER_FLOOR = 0.25
"""Where noise leaves less room: this share of the way from the floor to the loud frames."""


def syllable_nuclei(power: npt.NDArray[np.float32], active: Mask, f0: F0Track) -> npt.NDArray[np.float64]:
    """Times of the vowels: voiced peaks of the compressed envelope of the bands where vowels are strong.

    The envelope is band-passed to the pace of syllables, so that neither loudness nor gain has influence.

    Args:
        power: (n_frames, 257) from `power_spectrogram`.
        active: (n_frames,) from `detect_activity`.
        f0: the track of the same frames.

    Returns:
        (n_nuclei,) s, increasing.

    Source: after de Jong and Wempe, Behavior Research Methods 41 (2009), with band envelopes for intensity.
    """
    if not active.any():
        return np.zeros(0)
    envelope: npt.NDArray[np.float32] = np.zeros(len(power), np.float32)
    for first, last, weight in _BANDS:
        band = power[:, first:last].sum(1)
        loud = max(np.float32(quantile(band[active], 0.95)), _TINY)
        envelope += np.float32(weight) * np.power(band / loud + _FLOOR, _COMPRESSION)
    fine = weighted_sum(envelope, _FINE)
    coarse = weighted_sum(envelope, _COARSE)
    hills = fine - _COARSE_SHARE * coarse
    peaks = prominent_peaks(hills, prominence=_PROMINENCE, distance=_NEAREST_FRAMES)
    voiced = moving_maximum(f0.f0_hz, _VOICING_FRAMES) > 0
    loud_enough = fine > _LEAST_SHARE_OF_COARSE * coarse
    nuclei: npt.NDArray[np.intp] = peaks[(voiced & active & loud_enough)[peaks]]
    return _FRAME_S * nuclei.astype(np.float64)


def speech_rate_sps(nuclei_s: npt.NDArray[np.float64], active: Mask) -> float:
    """Syllables per second from the first to the last active frame, pauses included; 0.0 without speech."""
    frames = extent(active)
    return len(nuclei_s) / (_FRAME_S * frames) if frames else 0.0


def count_hesitations(
    power: npt.NDArray[np.float32], active: Mask, *, mel: npt.NDArray[np.float32] | None = None
) -> int:
    """How often the energy dips for 100-400 ms inside speech, by an adaptive threshold.

    Args:
        power: (n_frames, 257) from `power_spectrogram`.
        active: (n_frames,) from `detect_activity`.
        mel: `mel_power` of the power, where that is known already.
    """
    segments = speech_segments(active)
    if not len(segments):
        return 0
    level_db = 10 * np.log10(np.maximum((mel_power(power) if mel is None else mel).sum(1), _TINY))
    loud_db, floor_db = quantile(level_db[active], 0.9), quantile(level_db, 0.05)
    threshold_db = max(loud_db - _DIP_DEPTH_DB, floor_db + _DIP_OVER_FLOOR * (loud_db - floor_db))
    low = level_db < threshold_db
    low[: segments[0, 0]] = low[segments[-1, 1] :] = False
    dips = speech_segments(low)
    inside = (dips[:, 0] > segments[0, 0]) & (dips[:, 1] < segments[-1, 1])
    length = dips[:, 1] - dips[:, 0]
    return int(np.count_nonzero(inside & (length >= _SHORTEST_DIP) & (length <= _LONGEST_DIP)))
