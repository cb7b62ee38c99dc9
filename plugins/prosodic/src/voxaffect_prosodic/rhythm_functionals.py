"""Tempo, pauses, and how regular syllables and voiced stretches are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.activity import Mask, extent, pause_ratio, speech_segments
from voxaffect_prosodic.order_statistics import mean, mean_and_std, quantile
from voxaffect_prosodic.spectrum import HOP, RATE_HZ
from voxaffect_prosodic.syllables import speech_rate_sps

_FRAME_S = HOP / RATE_HZ

FEWEST_INTERVALS = 3


def rhythm_functionals(active: Mask, voiced: Mask, nuclei_s: npt.NDArray[np.float64]) -> dict[str, float]:
    """Of speech: (n_frames,) masks of which at least one frame is active, and times of the syllables."""
    return {
        "voiced_ratio": float(np.count_nonzero(voiced) / np.count_nonzero(active)),
        "speech_rate_sps": speech_rate_sps(nuclei_s, active),
        "pause_ratio": pause_ratio(active),
        **_of_voiced_stretches(active, voiced),
        **_of_syllables(nuclei_s),
    }


def _of_voiced_stretches(active: Mask, voiced: Mask) -> dict[str, float]:
    stretches = speech_segments(voiced)
    if not len(stretches):
        return {}
    length_s = _FRAME_S * (stretches[:, 1] - stretches[:, 0])
    mean_s, std_s = mean_and_std(length_s)
    measured = {
        "voiced_length_mean_s": mean_s,
        "voiced_length_std_s": std_s,
        "voiced_stretches_per_s": len(stretches) / (_FRAME_S * extent(active)),
    }
    gap_s = _FRAME_S * (stretches[1:, 0] - stretches[:-1, 1])
    if len(gap_s):
        mean_s, std_s = mean_and_std(gap_s)
        measured["unvoiced_length_mean_s"], measured["unvoiced_length_std_s"] = mean_s, std_s
    return measured


def _of_syllables(nuclei_s: npt.NDArray[np.float64]) -> dict[str, float]:
    """nPVI, of successive intervals: E. Grabe & E. L. Low, "Durational variability in speech" (2002)."""
    interval_s = nuclei_s[1:] - nuclei_s[:-1]
    if len(interval_s) < FEWEST_INTERVALS:
        return {}
    before_s, after_s = interval_s[:-1], interval_s[1:]
    return {
        "syllable_median_s": quantile(interval_s, 0.5),
        "syllable_std_s": mean_and_std(interval_s)[1],
        "syllable_npvi": mean(2 * np.abs(after_s - before_s) / (after_s + before_s)),
    }
