"""Round trips with a renderer that only changes the level, and an ear that hears level alone."""

from __future__ import annotations

import numpy as np
import pytest
from voxaffect import (
    Audio,
    AudioError,
    EmotionCategory,
    Pipeline,
    PluginError,
    PluginHost,
    ProsodyParameters,
    Utterance,
)
from voxaffect.emotion_account import intended_direction
from voxaffect.emotions import EMOTION_QUADRANTS
from voxaffect.roundtrip import Trip, profile_distance_steps, round_trips, tally
from voxaffect.types import NEUTRAL_PROSODY, Rendering

E = EmotionCategory
NOISE = Audio(np.random.default_rng(0).normal(0, 0.2, 16_000).astype(np.float32), 16_000)


class Gain:
    needs = ("audio",)

    def render(self, prosody: ProsodyParameters, utterance: Utterance) -> Rendering:
        assert utterance.audio is not None
        gain = np.float32(10 ** (prosody.volume_db / 20))
        return Rendering("audio", Audio(utterance.audio.samples * gain, utterance.audio.rate_hz))


class Words:
    needs = ()

    def render(self, prosody: ProsodyParameters, utterance: Utterance) -> Rendering:
        return Rendering("text", "no audio")


@pytest.fixture
def ear(host: PluginHost) -> Pipeline:
    return Pipeline.from_config({"classifier": "ear", "activity": "off"}, host=host)


def trips(ear: Pipeline, *emotions: EmotionCategory, intensity: float = 1.0) -> list[Trip]:
    return list(round_trips(ear, Gain(), {"noise": NOISE}, emotions, intensity=intensity))


def test_a_louder_emotion_moves_arousal_up_and_a_softer_one_down(ear: Pipeline) -> None:
    angry, sad = trips(ear, E.ANGRY, E.SAD)
    assert angry.moved("arousal") == pytest.approx(0.2 * (10 ** (3 / 20) - 1), rel=0.05)
    assert sad.moved("arousal") < 0
    assert angry.right("arousal")
    assert sad.right("arousal")
    assert not angry.right("valence"), "this ear takes loud for good"


def test_neutral_goes_nowhere_and_is_never_right_or_counted(ear: Pipeline) -> None:
    (neutral,) = trips(ear, E.NEUTRAL)
    assert neutral.moved("arousal") == 0
    assert not neutral.right("arousal")
    assert not neutral.counts("arousal")
    assert tally([neutral], "arousal", clear=False).counted == 0


def test_a_faint_intensity_does_not_count(ear: Pipeline) -> None:
    faint, full = trips(ear, E.ANGRY, intensity=0.1) + trips(ear, E.ANGRY)
    assert not faint.counts("arousal")
    assert full.counts("arousal")


def test_the_way_meant_is_the_side_of_the_emotions_group() -> None:
    for (valence, arousal), members in EMOTION_QUADRANTS.items():
        for emotion in members if valence != "neutral" else ():
            assert intended_direction(emotion, "valence") == (1 if valence == "positive" else -1)
            assert intended_direction(emotion, "arousal") == (1 if arousal == "high" else -1)


def test_an_emotion_of_the_group_in_the_middle_goes_where_its_centre_lies() -> None:
    assert intended_direction(E.CONFUSED, "arousal") == 1
    assert intended_direction(E.CONFUSED, "valence") == -1
    assert intended_direction(E.NEUTRAL, "arousal") == intended_direction(E.NEUTRAL, "valence") == 0


def test_every_profile_clearly_away_from_neutral_counts_whatever_its_ratings(ear: Pipeline) -> None:
    for trip in trips(ear, *EmotionCategory):
        clear = trip.distance_steps >= 2
        assert trip.counts("arousal") == trip.counts("valence") == clear, trip.emotion


@pytest.mark.parametrize(
    ("prosody", "steps"),
    [
        (NEUTRAL_PROSODY, 0),
        (ProsodyParameters(pitch_shift_semitones=-2), 2),
        (ProsodyParameters(speech_rate=1.05), 1),
        (ProsodyParameters(volume_db=4, pitch_shift_semitones=3), 5),
        (ProsodyParameters(breathiness=1), 0),
    ],
)
def test_the_distance_is_in_audible_steps_of_pitch_rate_and_level(
    prosody: ProsodyParameters, steps: float
) -> None:
    assert profile_distance_steps(prosody) == pytest.approx(steps)


def test_the_share_is_of_those_that_count(ear: Pipeline) -> None:
    counted = tally(trips(ear, E.ANGRY, E.SAD, E.NEUTRAL, E.CONFUSED), "arousal")
    assert (counted.right, counted.counted, counted.share) == (2, 2, 1.0)
    assert tally([], "arousal").share is None


def test_a_recording_without_speech_is_named(ear: Pipeline) -> None:
    silence = Audio(np.zeros(16_000, np.float32), 16_000)
    with pytest.raises(AudioError, match=r"no speech is heard in quiet\.wav"):
        list(round_trips(ear, Gain(), {"quiet.wav": silence}))


def test_a_renderer_that_gives_no_audio_is_named(ear: Pipeline) -> None:
    with pytest.raises(PluginError, match="'words' gave no audio"):
        list(round_trips(ear, Words(), {"noise": NOISE}, renderer_name="words"))
