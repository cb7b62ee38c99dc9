"""The `prosodic` feature extractor: a recording to named functionals and prosodic markers."""

from __future__ import annotations

import math

import numpy as np
from voxaffect import Audio, Features, ProsodicMarkers, SpeechRateCategory
from voxaffect.errors import InvalidValueError

from voxaffect_prosodic.activity import pause_ratio
from voxaffect_prosodic.glottal_cycles import jitter_local, shimmer_local
from voxaffect_prosodic.measurement import FRAME_S, Measurement, measure
from voxaffect_prosodic.syllables import speech_rate_sps
from voxaffect_prosodic.voice_quality import breathiness, voiced_median

POPULATION_F0_HZ = 150.0
"""Between the means of men (about 120) and women (about 200) in conversation."""

ELEVATED_ST = 2.0
"""Semitones above the baseline from which pitch counts as elevated."""

TREMOR_JITTER = 0.02
"""Local jitter from which a voice counts as trembling."""

LEAST_SPEECH_S = 0.2
"""A shorter stretch, hardly a syllable, is not judged."""


class ProsodicExtractor:
    """Measures F0, tempo, pauses, energy, voice quality and vocal effort of the voice in a clip.

    Functionals (absent where the clip does not allow them): f0_mean_hz, f0_std_hz, f0_mean_st and f0_std_st
    (semitones above 1 Hz), f0_p20_st, f0_p80_st, voiced_ratio, speech_rate_sps, pause_ratio,
    hesitation_count, energy_variance, energy_std_db, jitter, shimmer, breathiness, and the medians over
    voiced frames of hnr_db, alpha_ratio_db, hammarberg_index_db, slope_0_500_db_per_khz,
    slope_500_1500_db_per_khz and spectral_flatness. All but the level are the same at every gain.

    Args:
        baseline_f0_hz: mean F0 that pitch is elevated against, for speakers without a baseline.

    Raises:
        InvalidValueError: `baseline_f0_hz` outside 60..500.
    """

    def __init__(self, *, baseline_f0_hz: float = POPULATION_F0_HZ) -> None:
        if not 60 <= baseline_f0_hz <= 500:
            raise InvalidValueError(f"baseline_f0_hz must be within 60..500, got {baseline_f0_hz!r}")
        self._baseline_f0_hz = baseline_f0_hz

    def extract(self, audio: Audio, *, baseline: Features | None = None) -> Features:
        """Measure one clip of any length; in one without speech there is nothing to measure."""
        measured = measure(audio)
        speech_s = float(np.count_nonzero(measured.active)) * FRAME_S
        if speech_s < LEAST_SPEECH_S:
            return Features(speech_s=0.0, baseline=baseline)
        functionals = {name: value for name, value in _functionals(measured).items() if math.isfinite(value)}
        return Features(
            functionals=functionals,
            markers=self._markers(functionals, baseline),
            speech_s=speech_s,
            baseline=baseline,
        )

    def _markers(self, functionals: dict[str, float], baseline: Features | None) -> ProsodicMarkers:
        rate_sps, f0_mean_st = functionals["speech_rate_sps"], functionals.get("f0_mean_st")
        own = None if baseline is None else baseline.functionals.get("f0_mean_st")
        usual_st = semitones(self._baseline_f0_hz) if own is None else own
        jitter = functionals.get("jitter")
        return ProsodicMarkers(
            pitch_mean_hz=functionals.get("f0_mean_hz"),
            pitch_std_hz=functionals.get("f0_std_hz"),
            pitch_elevated=None if f0_mean_st is None else f0_mean_st - usual_st >= ELEVATED_ST,
            speech_rate_sps=rate_sps,
            speech_rate_category=SpeechRateCategory.from_rate(rate_sps),
            pause_ratio=functionals["pause_ratio"],
            voice_tremor=None if jitter is None else jitter > TREMOR_JITTER,
            breathiness=functionals.get("breathiness"),
            hesitation_count=int(functionals["hesitation_count"]),
            energy_variance=functionals["energy_variance"],
        )


def semitones(frequency_hz: float) -> float:
    """Above 1 Hz."""
    return 12 * math.log2(frequency_hz)


def _functionals(measured: Measurement) -> dict[str, float]:
    """NaN where the clip does not allow a measure."""
    voiced = measured.f0_hz > 0
    quality = {name: voiced_median(values, voiced) for name, values in measured.voice_quality.items()}
    return {
        **_of_f0(measured.f0_hz[voiced].astype(np.float64)),
        "voiced_ratio": float(np.count_nonzero(voiced) / np.count_nonzero(measured.active)),
        "speech_rate_sps": speech_rate_sps(measured.nuclei_s, measured.active),
        "pause_ratio": pause_ratio(measured.active),
        "hesitation_count": float(measured.hesitation_count),
        **_of_energy(measured.rms[measured.active].astype(np.float64)),
        **quality,
        "breathiness": float(breathiness(quality["hnr_db"], quality["spectral_flatness"])),
        "jitter": jitter_local(measured.cycles),
        "shimmer": shimmer_local(measured.cycles),
    }


def _of_f0(f0_hz: np.ndarray[tuple[int], np.dtype[np.float64]]) -> dict[str, float]:
    """(n_voiced,)."""
    if not len(f0_hz):
        return {}
    f0_st = 12 * np.log2(f0_hz)
    p20, p80 = np.percentile(f0_st, (20, 80))
    return {
        "f0_mean_hz": float(f0_hz.mean()),
        "f0_std_hz": float(f0_hz.std()),
        "f0_mean_st": float(f0_st.mean()),
        "f0_std_st": float(f0_st.std()),
        "f0_p20_st": float(p20),
        "f0_p80_st": float(p80),
    }


def _of_energy(rms: np.ndarray[tuple[int], np.dtype[np.float64]]) -> dict[str, float]:
    """(n_active,), of which at least one is not silent."""
    audible_db = 20 * np.log10(rms[rms > 1e-4 * rms.max()])  # a dropout has no level
    return {
        "energy_variance": float(rms.var() / rms.mean() ** 2),
        "energy_std_db": float(audible_db.std()),
    }
