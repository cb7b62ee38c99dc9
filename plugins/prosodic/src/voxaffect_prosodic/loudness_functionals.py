"""How loudness moves within a clip; nothing here depends on the gain."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.activity import Mask, extent
from voxaffect_prosodic.order_statistics import at_rank, mean_and_std
from voxaffect_prosodic.spectrum import HOP, RATE_HZ

_FRAME_S = HOP / RATE_HZ

AUDIBLE = 1e-4
"""Of the strongest frame's RMS; below is a dropout, which has no level."""

FEWEST = 3


def loudness_functionals(
    loudness: npt.NDArray[np.float32],
    rms: npt.NDArray[np.float32],
    active: Mask,
    f0_hz: npt.NDArray[np.float32],
    nuclei_s: npt.NDArray[np.float64],
) -> dict[str, float]:
    """All but the energy's are relative to the mean loudness of speech. (n_frames,) each, some active."""
    heard, voiced = loudness[active].astype(np.float64), f0_hz > 0
    mean, std = mean_and_std(heard)
    ordered = np.sort(heard)
    p20, p50, p80 = (at_rank(ordered, rank) / mean for rank in (0.2, 0.5, 0.8))
    change = (loudness[1:] - loudness[:-1])[active[1:]] / mean
    measured = {
        **_of_energy(rms[active].astype(np.float64)),
        "loudness_p20": p20,
        "loudness_p50": p50,
        "loudness_p80": p80,
        "loudness_std": std / mean,
        "loudness_peaks_per_s": _peaks_per_s(loudness, active, mean),
    }
    if len(change):
        measured["loudness_rising"] = float(np.maximum(change, 0).mean())
        measured["loudness_falling"] = float(np.maximum(-change, 0).mean())
        measured["loudness_change_std"] = mean_and_std(change)[1]
    at_nuclei = loudness[np.minimum(np.rint(nuclei_s / _FRAME_S).astype(np.intp), len(loudness) - 1)]
    if len(at_nuclei) >= FEWEST:
        mean_of_nuclei, std_of_nuclei = mean_and_std(at_nuclei)
        measured["syllable_loudness_std"] = std_of_nuclei / mean_of_nuclei
    if np.count_nonzero(voiced) >= FEWEST:
        of_voice, pitch = loudness[voiced].astype(np.float64), np.log(f0_hz[voiced].astype(np.float64))
        mean_of_voice, std_of_voice = mean_and_std(of_voice)
        mean_pitch, std_pitch = mean_and_std(pitch)
        measured["loudness_voiced"] = mean_of_voice / mean
        if std_of_voice * std_pitch > 0:
            together = np.dot(of_voice - mean_of_voice, pitch - mean_pitch) / len(pitch)
            measured["loudness_follows_f0"] = float(together / (std_of_voice * std_pitch))
    return measured


def _of_energy(rms: npt.NDArray[np.float64]) -> dict[str, float]:
    """(n_active,), of which at least one is not silent."""
    audible_db = 20 * np.log10(rms[rms > AUDIBLE * rms.max()])
    mean, std = mean_and_std(rms)
    return {"energy_variance": (std / mean) ** 2, "energy_std_db": mean_and_std(audible_db)[1]}


def _peaks_per_s(loudness: npt.NDArray[np.float32], active: Mask, mean: float) -> float:
    middle = loudness[1:-1]
    peaks = (middle > loudness[:-2]) & (middle >= loudness[2:]) & active[1:-1] & (middle > mean)
    return np.count_nonzero(peaks) / (_FRAME_S * extent(active))
