"""How high a voice is, how far and how fast it moves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.f0 import USUAL_OCTAVES
from voxaffect_prosodic.order_statistics import at_rank, mean, mean_and_std
from voxaffect_prosodic.spectrum import HOP, RATE_HZ

_FRAME_S = HOP / RATE_HZ

LARGEST_SLOPE_ST_PER_S = 300.0
"""Faster is no glide but an octave error."""

FEWEST_FRAMES = 10

END_SHARE = 0.2
"""Of the voiced frames at either end, whose mean says how an utterance begins and ends."""


def pitch_functionals(f0_hz: npt.NDArray[np.float32]) -> dict[str, float]:
    """(n_frames,), 0 where unvoiced -> height in Hz and semitones, range, slopes; {} without voicing.

    Frames further than `USUAL_OCTAVES` from the median are creak, or tracked an octave off: they say nothing
    of how high the voice is, and count for the slopes alone.
    """
    voiced = f0_hz > 0
    if not voiced.any():
        return {}
    octaves = np.log2(f0_hz[voiced].astype(np.float64))
    middle = np.sort(octaves)[len(octaves) // 2]
    octaves = octaves[np.abs(octaves - middle) <= USUAL_OCTAVES]
    heard_hz, heard_st = 2**octaves, 12 * octaves
    ordered_st = np.sort(heard_st)
    p5, p20, p50, p80, p95 = (at_rank(ordered_st, rank) for rank in (0.05, 0.2, 0.5, 0.8, 0.95))
    end = max(1, round(END_SHARE * len(heard_st)))
    mean_hz, std_hz = mean_and_std(heard_hz)
    mean_st, std_st = mean_and_std(heard_st)
    return {
        "f0_mean_hz": mean_hz,
        "f0_std_hz": std_hz,
        "f0_mean_st": mean_st,
        "f0_std_st": std_st,
        "f0_p20_st": float(p20),
        "f0_p50_st": float(p50),
        "f0_p80_st": float(p80),
        "f0_range_st": float(p95 - p5),
        "f0_iqr_st": float(p80 - p20),
        "f0_start_st": mean(heard_st[:end]) - mean_st,
        "f0_end_st": mean(heard_st[-end:]) - mean_st,
        **_slopes(f0_hz, voiced),
    }


def _slopes(f0_hz: npt.NDArray[np.float32], voiced: npt.NDArray[np.bool_]) -> dict[str, float]:
    """Of F0 over 20 ms, in semitones per second, within voiced stretches."""
    middle = np.flatnonzero(voiced[2:] & voiced[1:-1] & voiced[:-2])
    if len(middle) < FEWEST_FRAMES:
        return {}
    slope = 12 * np.log2(f0_hz[middle + 2] / f0_hz[middle].astype(np.float64)) / (2 * _FRAME_S)
    slope = slope[np.abs(slope) < LARGEST_SLOPE_ST_PER_S]
    if len(slope) < FEWEST_FRAMES:
        return {}
    slope_mean, slope_std = mean_and_std(slope)
    return {
        "f0_slope_mean": slope_mean,
        "f0_slope_std": slope_std,
        "f0_rising": mean(np.maximum(slope, 0)),
        "f0_falling": mean(np.maximum(-slope, 0)),
    }
