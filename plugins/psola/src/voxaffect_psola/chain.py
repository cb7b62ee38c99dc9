"""The steps that turn one recording into another, in their order; only pitch and tempo differ by renderer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import attrs
import numpy as np
from voxaffect.errors import InvalidValueError
from voxaffect.types import ProsodyParameters, Rendering, Utterance

from voxaffect_psola.level import limit, scale_dynamics
from voxaffect_psola.pauses import scale_pauses
from voxaffect_psola.sound import Sound, rms
from voxaffect_psola.voice_quality import add_breath, add_tremolo

AUDIBLE_DB = 0.1
"""Less of a shortfall in level is not worth a report."""

PITCH_AND_TEMPO = ("pitch_shift_semitones", "pitch_variance", "speech_rate")


class PitchAndTempo(Protocol):
    """Changes F0, its spread and the tempo, and says what of them it could not: {parameter: why}."""

    def __call__(
        self, samples: Sound, rate_hz: int, prosody: ProsodyParameters
    ) -> tuple[Sound, Mapping[str, str]]:
        """(n_samples,) -> (n_samples / speech_rate,) to the nearest sample, one at least."""
        ...


def render_audio(
    prosody: ProsodyParameters, utterance: Utterance, pitch_and_tempo: PitchAndTempo
) -> Rendering:
    """Audio at the rate of the utterance's; its samples are left as they were.

    Pauses, pitch and tempo, spread of the level, breath, tremolo, level, and a limiter so that nothing clips.
    Nothing to change gives back the very samples.

    Raises:
        InvalidValueError: the utterance has no audio.
    """
    if utterance.audio is None:
        raise InvalidValueError("rendering audio needs an utterance with audio, got none")
    audio, changed = utterance.audio, prosody.changed()
    samples, rate_hz = audio.samples, audio.rate_hz
    approximated: dict[str, str] = {}
    unexpressed: dict[str, str] = {}
    residual: dict[str, float] = {}

    if "pause_multiplier" in changed:
        scaled = scale_pauses(samples, rate_hz, prosody.pause_multiplier)
        if scaled is None:
            unexpressed["pause_multiplier"] = "no pause was found between two stretches of speech"
        samples = samples if scaled is None else scaled
    if set(PITCH_AND_TEMPO) & set(changed):
        samples, missing = pitch_and_tempo(samples, rate_hz, prosody)
        unexpressed |= missing
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
        wanted = samples * np.float32(10 ** (prosody.volume_db / 20))
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


def _level_db(samples: Sound) -> float:
    return float(20 * np.log10(rms(samples) + 1e-10))
