"""The `prosodic` feature extractor: a recording to named functionals and prosodic markers."""

from __future__ import annotations

import math

import numpy as np
from voxaffect import Audio, Features, ProsodicMarkers, SpeechRateCategory
from voxaffect.baseline import usual_value
from voxaffect.errors import InvalidValueError

from voxaffect_prosodic.glottal_cycles import jitter_local, shimmer_local
from voxaffect_prosodic.loudness_functionals import loudness_functionals
from voxaffect_prosodic.measurement import (
    FRAME_S,
    LEAST_SPEECH_S,
    VOICE_QUALITY,
    Measurement,
    measure,
)
from voxaffect_prosodic.periodicity import FMAX_HZ, FMIN_HZ
from voxaffect_prosodic.pitch_functionals import pitch_functionals
from voxaffect_prosodic.rhythm_functionals import rhythm_functionals
from voxaffect_prosodic.spectral_functionals import (
    cepstral_functionals,
    change_functionals,
    voiced_functionals,
)
from voxaffect_prosodic.spectrum import RATE_HZ
from voxaffect_prosodic.stream import ProsodicStream
from voxaffect_prosodic.voice_quality import breathiness

POPULATION_F0_HZ = 150.0
"""Between the means of men (about 120) and women (about 200) in conversation."""

ELEVATED_ST = 2.0
"""Semitones above the baseline from which pitch counts as elevated."""

TREMOR_JITTER = 0.02
"""Local jitter from which a voice counts as trembling."""


class ProsodicExtractor:
    """Measures F0, tempo, pauses, loudness, voice quality, vocal effort and timbre of the voice in a clip.

    Functionals, absent where the clip does not allow them, and the same at every gain:
    of F0 (`pitch_functionals`), of tempo and pauses (`rhythm_functionals`), hesitation_count, of energy and
    loudness (`loudness_functionals`); medians and `_std` over voiced frames of hnr_db, alpha_ratio_db,
    hammarberg_index_db, slope_0_500_db_per_khz, slope_500_1500_db_per_khz, spectral_flatness, h1_h2_db,
    h1_a3_db, centroid_octaves, and formant1_hz .. formant3_hz and their `_bandwidth_hz`; breathiness,
    jitter, shimmer; spectral flux and MFCC (`spectral_functionals`).

    Args:
        baseline_f0_hz: mean F0 that pitch is elevated against, for speakers without a baseline; the fewer
            utterances a baseline is made of, the more it still counts.

    Raises:
        InvalidValueError: `baseline_f0_hz` outside 60..1200.
    """

    def __init__(self, *, baseline_f0_hz: float = POPULATION_F0_HZ) -> None:
        if not FMIN_HZ <= baseline_f0_hz <= FMAX_HZ:
            raise InvalidValueError(
                f"baseline_f0_hz must be within {FMIN_HZ:g}..{FMAX_HZ:g}, got {baseline_f0_hz!r}"
            )
        self._baseline_f0_hz = baseline_f0_hz

    def extract(self, audio: Audio, *, baseline: Features | None = None) -> Features:
        """Measure one clip of any length; in one without speech there is nothing to measure."""
        return self._features(measure(audio), baseline)

    def stream(self, rate_hz: int) -> ProsodicStream | None:
        """See `voxaffect.components.StreamingExtractor`; None at other rates than 16 kHz."""
        return ProsodicStream(self._features) if rate_hz == RATE_HZ else None

    def _features(self, measured: Measurement, baseline: Features | None) -> Features:
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
        usual_st = usual_value(baseline, "f0_mean_st", semitones(self._baseline_f0_hz))
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
    active, voiced = measured.active, measured.f0_hz > 0
    quality = voiced_functionals(VOICE_QUALITY, measured.voice_quality, voiced)
    nothing = float("nan")
    return {
        **pitch_functionals(measured.f0_hz),
        **rhythm_functionals(active, voiced, measured.nuclei_s),
        "hesitation_count": float(measured.hesitation_count),
        **loudness_functionals(measured.loudness, measured.rms, active, measured.f0_hz, measured.nuclei_s),
        **quality,
        "breathiness": float(
            breathiness(quality.get("hnr_db", nothing), quality.get("spectral_flatness", nothing))
        ),
        "jitter": jitter_local(measured.cycles),
        "shimmer": shimmer_local(measured.cycles),
        **change_functionals(measured.flux, active, voiced),
        **cepstral_functionals(measured.cepstrum, measured.cepstrum_slopes),
    }
