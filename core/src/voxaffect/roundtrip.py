"""Whether what is expressed is heard: render emotions from neutral recordings, and hear the result again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import attrs

from voxaffect.components import ProsodyRenderer
from voxaffect.emotion_account import in_steps, intended_direction
from voxaffect.emotions import EmotionCategory
from voxaffect.errors import AudioError, PluginError
from voxaffect.expression import emotion_to_prosody, render_with
from voxaffect.pipeline import Pipeline
from voxaffect.types import Audio, EmotionResult, ProsodyParameters, Utterance

Dimension = Literal["arousal", "valence"]
DIMENSIONS: tuple[Dimension, ...] = ("arousal", "valence")

CLEAR_STEPS = 2.0
"""A profile differs clearly from neutral if its pitch, rate and level together (root of the sum of squares)
lie this many such steps away: one step alone is only just noticed."""


@attrs.frozen
class Trip:
    """One emotion on one recording: what was heard before and after.

    Attributes:
        recording: its name.
        before, after: what was heard in the unchanged and in the rendered recording.
        distance_steps: see `profile_distance_steps`.
    """

    emotion: EmotionCategory
    recording: str
    before: EmotionResult
    after: EmotionResult
    distance_steps: float

    def moved(self, dimension: Dimension) -> float:
        """By how much the dimension moved, signed."""
        return float(getattr(self.after.primary, dimension) - getattr(self.before.primary, dimension))

    def counts(self, dimension: Dimension) -> bool:
        """Whether a direction is meant, and the profile differs clearly enough from neutral to be heard."""
        return bool(intended_direction(self.emotion, dimension)) and self.distance_steps >= CLEAR_STEPS

    def right(self, dimension: Dimension) -> bool:
        """Whether it moved the intended way, however little."""
        return self.moved(dimension) * intended_direction(self.emotion, dimension) > 0


def profile_distance_steps(prosody: ProsodyParameters) -> float:
    """How far a delivery lies from neutral in pitch, rate and level, in just noticeable steps."""
    steps = in_steps(prosody)
    return math.hypot(*(steps[name] for name in ("pitch_shift_semitones", "speech_rate", "volume_db")))


def round_trips(
    pipeline: Pipeline,
    renderer: ProsodyRenderer,
    recordings: Mapping[str, Audio],
    emotions: Iterable[EmotionCategory] = tuple(EmotionCategory),
    *,
    intensity: float = 1.0,
    renderer_name: str = "renderer",
) -> Iterator[Trip]:
    """Render each emotion on each recording, hear it, and compare with the recording unchanged.

    Args:
        pipeline: what hears.
        renderer: one that gives audio.
        recordings: {name: neutral speech}.
        intensity: of the emotions, 0..1.

    Raises:
        AudioError: no speech is heard in a recording.
        PluginError: the renderer or the backend failed, or the renderer gave no audio.
    """
    emotions = tuple(emotions)
    for name, audio in recordings.items():
        unchanged = pipeline.hear(audio)
        if not unchanged.speech:
            raise AudioError(f"no speech is heard in {name}: give recordings of neutral speech")
        for emotion in emotions:
            prosody = emotion_to_prosody(emotion, intensity)
            utterance = Utterance(audio=audio, emotion=emotion, intensity=intensity)
            rendered = render_with(renderer, prosody, utterance, name=renderer_name).output
            if not isinstance(rendered, Audio):
                raise PluginError(f"the renderer {renderer_name!r} gave no audio: choose another")
            heard = pipeline.hear(rendered)
            yield Trip(emotion, name, unchanged, heard, profile_distance_steps(prosody))


@attrs.frozen
class Tally:
    """How many of the round trips that count moved a dimension the intended way."""

    right: int
    counted: int

    @property
    def share(self) -> float | None:
        """0..1; None where none counted."""
        return self.right / self.counted if self.counted else None


def tally(trips: Iterable[Trip], dimension: Dimension, *, clear: bool = True) -> Tally:
    """Count those that moved the intended way.

    Args:
        clear: among those that count, see `Trip.counts`; else among all but neutral.
    """
    verdicts = [
        trip.right(dimension)
        for trip in trips
        if (trip.counts(dimension) if clear else trip.emotion is not EmotionCategory.NEUTRAL)
    ]
    return Tally(sum(verdicts), len(verdicts))
