"""Every target says of each emotion whether it is carried by name, by prosody, by arousal only, or lost."""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from voxaffect import Carried, EmotionAccount, EmotionCategory, ProsodyApplicator, Rendering, Utterance
from voxaffect import emotion_to_prosody as prosody_of
from voxaffect.emotion_account import opposite_in
from voxaffect_instruct import TARGETS
from voxaffect_instruct.indextts2 import AXES
from voxaffect_rvc import FLAVOURS
from voxaffect_ssml import DIALECTS

E = EmotionCategory
TEXT = "It is late, I know. Shall we go?"

RENDERERS: dict[str, dict[str, Any]] = {
    **{f"ssml {name}": {"use": "ssml", "dialect": name} for name in DIALECTS},
    **{f"instruct {name}": {"use": "instruct", "target": name} for name in TARGETS},
    **{f"rvc {name}": {"use": "rvc", "flavour": name} for name in FLAVOURS},
}
RENDERERS["ssml azure"]["voice"] = "en-US-AriaNeural"
RENDERERS["ssml azure with styles"] = {
    **RENDERERS["ssml azure"],
    "styles": ["angry", "cheerful", "excited", "fearful", "friendly", "gentle", "sad", "terrified"],
}


@functools.cache
def renderings(target: str) -> Mapping[E, Rendering]:
    applicator = ProsodyApplicator()
    return {
        emotion: applicator.render(
            RENDERERS[target], prosody_of(emotion), Utterance(text=TEXT, emotion=emotion)
        )
        for emotion in E
    }


def account(target: str, emotion: E) -> EmotionAccount:
    said = renderings(target)[emotion].emotion_account
    assert said is not None
    return said


@pytest.mark.parametrize("target", RENDERERS)
def test_every_emotion_but_neutral_has_an_account(target: str) -> None:
    for emotion, made in renderings(target).items():
        assert (made.emotion_account is None) == (emotion is E.NEUTRAL)


@pytest.mark.parametrize("target", RENDERERS)
def test_what_is_carried_by_name_reaches_the_engine_by_that_name(target: str) -> None:
    for emotion, made in renderings(target).items():
        if emotion is E.NEUTRAL or account(target, emotion).carried is not Carried.NAME:
            continue
        named = re.search('told "(.+)"', account(target, emotion).reason)
        assert named
        if target == "instruct indextts2":  # a place in its vector is the name
            assert isinstance(made.output, Mapping)
            reached = dict(zip(AXES, made.output["emo_vector"], strict=True))
            told = {word: float(weight) for weight, word in re.findall(r"([\d.]+) (\w+)", named[1])}
            assert {axis: weight for axis, weight in reached.items() if weight} == told
        else:
            assert named[1] in str(made.output)


@pytest.mark.parametrize("target", RENDERERS)
def test_opposite_emotions_with_one_output_are_carried_by_arousal_only_or_lost(
    target: str,
) -> None:
    made = renderings(target)
    for one, other in itertools.combinations(E, 2):
        if opposite_in("valence", one, other) and made[one].output == made[other].output:
            for emotion in (one, other):
                assert account(target, emotion).carried in (Carried.AROUSAL, Carried.LOST)


@pytest.mark.parametrize(
    ("target", "ways"),
    [("instruct chatterbox-turbo", 3), ("instruct orpheus", 8), ("rvc webui", 15), ("ssml google-chirp3", 1)],
)
def test_where_26_emotions_become_few_outputs_most_are_said_to_be_lost_or_to_share_theirs(
    target: str, ways: int
) -> None:
    outputs = Counter(repr(made.output) for made in renderings(target).values())
    assert len(outputs) == ways
    plain = repr(renderings(target)[E.NEUTRAL].output)
    for emotion in set(E) - {E.NEUTRAL}:
        if repr(renderings(target)[emotion].output) == plain:
            assert account(target, emotion).carried is Carried.LOST


def test_without_pitch_joy_and_anger_differ_in_nothing_that_tells_valence() -> None:
    happy, angry = (account("ssml polly-neural", emotion) for emotion in (E.HAPPY, E.ANGRY))
    assert {happy.carried, angry.carried} == {Carried.AROUSAL}
    assert "angry" in happy.reason
    assert "happy" in angry.reason
    assert account("ssml azure", E.ANGRY).carried is Carried.PROSODY


def test_a_sound_that_stands_for_joy_and_fear_carries_arousal_only() -> None:
    assert account("instruct orpheus", E.EXCITED) == EmotionAccount(
        Carried.AROUSAL, "by a gasp before the words, the same as for panicked"
    )


def test_exaggeration_is_arousal_and_a_style_is_a_name() -> None:
    assert account("instruct chatterbox", E.HAPPY).carried is Carried.AROUSAL
    assert account("ssml azure with styles", E.HAPPY).reason == 'Azure was told "cheerful"'
