"""The renderer: one step of processing for each parameter, and an account of what it cannot do."""

from __future__ import annotations

from typing import ClassVar, Literal

import attrs
import numpy as np
from voxaffect.errors import InvalidValueError
from voxaffect.types import ProsodyParameters, Rendering, Utterance

from voxaffect_librosa_audio.level import limit, scale_dynamics
from voxaffect_librosa_audio.pauses import scale_pauses
from voxaffect_librosa_audio.pitch_and_tempo import shift_and_stretch
from voxaffect_librosa_audio.voice_quality import add_breath, add_tremolo

AUDIBLE_DB = 0.1
"""Less of a shortfall in level is not worth a report."""


class LibrosaAudioRenderer:
    """Prosody applied to audio.

    In this order: pauses, pitch and tempo (formants kept), spread of the level, breath, tremolo, level,
    and a limiter so that nothing clips. A phase vocoder moves the whole contour of F0 and cannot widen it:
    `pitch_variance` is reported.
    """

    needs: ClassVar[tuple[Literal["text", "audio"], ...]] = ("audio",)

    def render(self, prosody: ProsodyParameters, utterance: Utterance) -> Rendering:
        """Audio at the rate of the utterance's; its samples are left as they were."""
        if utterance.audio is None:
            raise InvalidValueError("LibrosaAudioRenderer needs an utterance with audio, got none")
        audio, changed = utterance.audio, prosody.changed()
        samples, rate_hz = audio.samples, audio.rate_hz
        approximated: dict[str, str] = {}
        unexpressed: dict[str, str] = {}
        residual: dict[str, float] = {}

        if "pitch_variance" in changed:
            unexpressed["pitch_variance"] = "a phase vocoder moves F0 as a whole and cannot scale its spread"
        if "pause_multiplier" in changed:
            scaled = scale_pauses(samples, rate_hz, prosody.pause_multiplier)
            if scaled is None:
                unexpressed["pause_multiplier"] = "no pause was found between two stretches of speech"
            samples = samples if scaled is None else scaled
        if {"pitch_shift_semitones", "speech_rate"} & set(changed):
            samples = shift_and_stretch(
                samples, rate_hz, semitones=prosody.pitch_shift_semitones, tempo=prosody.speech_rate
            )
        if "dynamic_range" in changed:
            scaled = scale_dynamics(samples, rate_hz, prosody.dynamic_range)
            if scaled is None:
                unexpressed["dynamic_range"] = "no speech was found whose level could be scaled"
            samples = samples if scaled is None else scaled
        if "breathiness" in changed:
            breathy = add_breath(samples, rate_hz, prosody.breathiness)
            if breathy is None:
                unexpressed["breathiness"] = "no voice was found to which breath could be added"
            samples = samples if breathy is None else breathy
        if "tremolo_amount" in changed:
            samples = add_tremolo(samples, rate_hz, prosody.tremolo_amount)

        if changed:
            wanted = (samples * np.float32(10 ** (prosody.volume_db / 20))).astype(np.float32)
            samples = limit(wanted, rate_hz)
            lost_db = _level_db(wanted) - _level_db(samples)
            if "volume_db" in changed and lost_db > AUDIBLE_DB:
                reached_db = prosody.volume_db - lost_db
                approximated["volume_db"] = (
                    f"{prosody.volume_db:+.1f} dB would clip; the limiter left {reached_db:+.1f} dB"
                )
                residual["volume_db"] = min(lost_db, 6.0)
        residual |= {name: getattr(prosody, name) for name in unexpressed}
        return Rendering(
            kind="audio",
            output=attrs.evolve(audio, samples=samples),
            approximated=approximated,
            unexpressed=unexpressed,
            residual=ProsodyParameters(**residual),
        )


def _level_db(samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-20))
