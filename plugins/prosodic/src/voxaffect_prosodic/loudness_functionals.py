"""How loudness moves within a clip; nothing here depends on the gain."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.activity import Mask, speech_segments
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
    mean = heard.mean()
    p20, p50, p80 = np.percentile(heard, (20, 50, 80)) / mean
    change = np.diff(loudness)[active[1:]] / mean
    measured = {
        **_of_energy(rms[active].astype(np.float64)),
        "loudness_p20": float(p20),
        "loudness_p50": float(p50),
        "loudness_p80": float(p80),
        "loudness_std": float(heard.std() / mean),
        "loudness_peaks_per_s": _peaks_per_s(loudness, active, mean),
    }
    if len(change):
        measured["loudness_rising"] = float(np.maximum(change, 0).mean())
        measured["loudness_falling"] = float(np.maximum(-change, 0).mean())
        measured["loudness_change_std"] = float(change.std())
    at_nuclei = loudness[np.minimum(np.rint(nuclei_s / _FRAME_S).astype(np.intp), len(loudness) - 1)]
    if len(at_nuclei) >= FEWEST:
        measured["syllable_loudness_std"] = float(at_nuclei.std() / at_nuclei.mean())
    if np.count_nonzero(voiced) >= FEWEST:
        of_voice, pitch = loudness[voiced].astype(np.float64), np.log(f0_hz[voiced].astype(np.float64))
        measured["loudness_voiced"] = float(of_voice.mean() / mean)
        spread = of_voice.std() * pitch.std()
        if spread > 0:
            together = np.mean((of_voice - of_voice.mean()) * (pitch - pitch.mean()))
            measured["loudness_follows_f0"] = float(together / spread)
    return measured


def _of_energy(rms: npt.NDArray[np.float64]) -> dict[str, float]:
    """(n_active,), of which at least one is not silent."""
    audible_db = 20 * np.log10(rms[rms > AUDIBLE * rms.max()])
    return {
        "energy_variance": float(rms.var() / rms.mean() ** 2),
        "energy_std_db": float(audible_db.std()),
    }


def _peaks_per_s(loudness: npt.NDArray[np.float32], active: Mask, mean: float) -> float:
    middle = loudness[1:-1]
    peaks = (middle > loudness[:-2]) & (middle >= loudness[2:]) & active[1:-1] & (middle > mean)
    speech = speech_segments(active)
    return float(np.count_nonzero(peaks) / (_FRAME_S * float(speech[-1, 1] - speech[0, 0])))
