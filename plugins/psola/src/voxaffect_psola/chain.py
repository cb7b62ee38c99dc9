"""The steps that turn one recording into another, in their order; only pitch and tempo differ by renderer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import attrs
import numpy as np
from voxaffect.errors import InvalidValueError
from voxaffect.long_audio import LongRendering
from voxaffect.types import ProsodyParameters, Rendering, Utterance

from voxaffect_psola.level import MAX_LEVEL_CHANGE_DB, amplify, scale_dynamics
from voxaffect_psola.pauses import plan_pauses, resize_pauses
from voxaffect_psola.sound import Scratch, Sound, Source, in_memory, on_disk, rms
from voxaffect_psola.voice_quality import add_breath, add_tremolo

AUDIBLE_DB = 0.1
"""Less of a shortfall in level is not worth a report."""

PITCH_AND_TEMPO = ("pitch_shift_semitones", "pitch_variance", "speech_rate")


class PitchAndTempo(Protocol):
    """Changes F0, its spread and the tempo, and says what of them it could not: {parameter: why}."""

    def __call__(
        self, samples: Source, rate_hz: int, prosody: ProsodyParameters
    ) -> tuple[Iterator[Sound] | None, Mapping[str, str]]:
        """(n_samples,) -> blocks of (n_samples / speech_rate,) to the nearest sample, one at least.

        None in place of the blocks if there is nothing to change.
        """
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
    audio = utterance.audio
    made = _render(prosody, audio.samples, audio.rate_hz, pitch_and_tempo, in_memory)
    assert isinstance(made.samples, np.ndarray)
    return Rendering(
        kind="audio",
        output=attrs.evolve(audio, samples=made.samples),
        approximated=made.approximated,
        unexpressed=made.unexpressed,
        residual=made.residual,
    )


def render_long(
    prosody: ProsodyParameters, samples: Source, rate_hz: int, pitch_and_tempo: PitchAndTempo
) -> LongRendering:
    """What `render_audio` makes, to the sample, with little in memory: each step's result is on disk."""
    return _render(prosody, samples, rate_hz, pitch_and_tempo, on_disk)


def _render(
    prosody: ProsodyParameters, samples: Source, rate_hz: int, pitch_and_tempo: PitchAndTempo, keep: Scratch
) -> LongRendering:
    changed = prosody.changed()
    approximated: dict[str, str] = {}
    unexpressed: dict[str, str] = {}
    residual: dict[str, float] = {}

    if "pause_multiplier" in changed:
        pauses = plan_pauses(samples, rate_hz, prosody.pause_multiplier)
        if not pauses:
            unexpressed["pause_multiplier"] = "no pause was found between two stretches of speech"
        else:
            length = len(samples) + sum(pause.length - (pause.stop - pause.start) for pause in pauses)
            samples = keep(resize_pauses(samples, rate_hz, pauses), length)
    asked_db = _level_db(samples) + prosody.volume_db if changed else 0.0
    if set(PITCH_AND_TEMPO) & set(changed):
        made, missing = pitch_and_tempo(samples, rate_hz, prosody)
        unexpressed |= missing
        if made is not None:
            samples = keep(made, max(1, round(len(samples) / prosody.speech_rate)))
    if "dynamic_range" in changed:
        made = scale_dynamics(samples, rate_hz, prosody.dynamic_range)
        if made is None:
            unexpressed["dynamic_range"] = "no speech was found whose level could be scaled"
        else:
            samples = keep(made, len(samples))
    if "breathiness" in changed:
        made = add_breath(samples, rate_hz, prosody.breathiness, keep)
        if made is None:
            unexpressed["breathiness"] = "no voice was found to which breath could be added"
        else:
            samples = keep(made, len(samples))
    if "tremolo_amount" in changed:
        samples = keep(add_tremolo(samples, rate_hz, prosody.tremolo_amount), len(samples))

    if changed:
        # The steps above move the level a little; what was asked for is what is to come out.
        gain_db = np.clip(asked_db - _level_db(samples), -MAX_LEVEL_CHANGE_DB, MAX_LEVEL_CHANGE_DB)
        samples = keep(amplify(samples, rate_hz, float(gain_db)), len(samples))
        lost_db = asked_db - _level_db(samples)
        if "volume_db" in changed and lost_db > AUDIBLE_DB:
            reached_db = prosody.volume_db - lost_db
            approximated["volume_db"] = (
                f"{prosody.volume_db:+.1f} dB would clip; the limiter left {reached_db:+.1f} dB"
            )
            residual["volume_db"] = min(lost_db, 6.0)
    residual |= {name: getattr(prosody, name) for name in unexpressed}
    return LongRendering(samples, approximated, unexpressed, ProsodyParameters(**residual))


def _level_db(samples: Source) -> float:
    return float(20 * np.log10(rms(samples) + 1e-10))
