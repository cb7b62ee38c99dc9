from __future__ import annotations

import pytest
from voxaffect import Carried, EmotionCategory, ProsodyParameters, Utterance, emotion_to_prosody
from voxaffect.emotion_account import emotion_account, expressed_by, intended_direction
from voxaffect.types import NEUTRAL_PROSODY, PROSODY_RANGES

E = EmotionCategory
VOICE = {"pitch_shift_semitones", "pitch_variance", "breathiness", "tremolo_amount"}


def carried(emotion: E, expressed: set[str], intensity: float = 1.0) -> Carried | None:
    """By a target that can express these parameters and nothing else."""
    asked = emotion_to_prosody(emotion, intensity)
    missing = set(asked.changed()) - expressed
    rest = ProsodyParameters(**{name: getattr(asked, name) for name in missing})
    utterance = Utterance(emotion=emotion, intensity=intensity)
    account = emotion_account(utterance, asked, missing, rest, expresses=expressed)
    return None if account is None else account.carried


def test_nothing_expressed_is_lost_and_everything_carries_most_by_prosody() -> None:
    assert {carried(emotion, set()) for emotion in set(E) - {E.NEUTRAL}} == {Carried.LOST}
    by_all = [carried(emotion, set(PROSODY_RANGES)) for emotion in set(E) - {E.NEUTRAL}]
    assert set(by_all) == {Carried.PROSODY, Carried.AROUSAL}
    assert by_all.count(Carried.PROSODY) > len(by_all) / 2


def test_tempo_pauses_and_level_carry_arousal_and_no_valence() -> None:
    for emotion in set(E) - {E.NEUTRAL}:
        assert carried(emotion, set(PROSODY_RANGES) - VOICE) is not Carried.PROSODY


def test_a_voice_that_does_not_tremble_tells_something_only_where_it_could() -> None:
    assert carried(E.EXCITED, set(PROSODY_RANGES)) is Carried.PROSODY
    assert carried(E.EXCITED, set(PROSODY_RANGES) - {"tremolo_amount", "breathiness"}) is Carried.AROUSAL


def test_what_sounds_like_an_emotion_opposite_in_all_is_lost() -> None:
    assert carried(E.CALM, {"pitch_shift_semitones"}) is Carried.LOST
    assert intended_direction(E.CALM, "arousal") == -1


def test_what_is_left_in_the_residual_is_not_heard() -> None:
    asked = ProsodyParameters(breathiness=0.3)
    account = emotion_account(Utterance(emotion=E.SAD), asked, {}, asked)
    assert account is not None
    assert account.carried is Carried.LOST


def test_a_slight_emotion_is_carried_less_than_an_intense_one() -> None:
    everything = set(PROSODY_RANGES)
    assert carried(E.ANGRY, everything) is Carried.PROSODY
    assert carried(E.ANGRY, everything, intensity=0.05) is Carried.LOST


@pytest.mark.parametrize(
    "utterance", [Utterance(), Utterance(emotion=E.NEUTRAL), Utterance(emotion=E.SAD, intensity=0.0)]
)
def test_without_an_emotion_there_is_nothing_to_account_for(utterance: Utterance) -> None:
    assert emotion_account(utterance, NEUTRAL_PROSODY, {}, NEUTRAL_PROSODY) is None


@pytest.mark.parametrize("expresses", [None, 3, "volume_db", ("loudness", "volume_db")])
def test_of_what_a_renderer_says_to_express_parameters_alone_are_taken(expresses: object) -> None:
    renderer = type("Says", (), {} if expresses is None else {"expresses": expresses})()
    assert expressed_by([renderer]) == ({"volume_db"} if isinstance(expresses, tuple) else set())
