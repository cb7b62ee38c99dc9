from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from voxaffect import (
    EMOTION_QUADRANTS,
    AudioQuality,
    EmotionCategory,
    EmotionResult,
    Intensity,
    ProsodicMarkers,
    SpeechRateCategory,
)
from voxaffect.context import Certainty, statement_of
from voxaffect.families import FAMILIES, GROUPS

MakeResult = Callable[..., EmotionResult]
MakeMarkers = Callable[..., ProsodicMarkers]


def test_the_example_of_the_specification(make_result: MakeResult, make_markers: MakeMarkers) -> None:
    markers = make_markers(pitch_elevated=True, speech_rate_category=SpeechRateCategory.FAST)
    line = make_result({"anxious": 0.5, "stressed": 0.35}, prosodic=markers).to_context_string()
    assert line == (
        "[Voice sounds moderately anxious (elevated pitch, speaking quickly), possibly also stressed]"
    )


@pytest.mark.parametrize(
    ("confidence", "line"),
    [
        (1.0, "[Voice sounds moderately sad]"),
        (0.5, "[Voice sounds moderately sad]"),
        (0.49, "[Voice may sound moderately sad]"),
        (0.25, "[Voice may sound moderately sad]"),
        (0.24, "[No clear emotion in the voice]"),
    ],
)
def test_it_hedges_by_confidence(make_result: MakeResult, confidence: float, line: str) -> None:
    assert make_result({"sad": confidence}).to_context_string() == line


@pytest.mark.parametrize(
    ("groups", "family"),
    [
        ([("negative", "high")], "tense or upset"),
        ([("positive", "high")], "lively and pleased"),
        ([("positive", "low")], "at ease"),
        ([("negative", "high"), ("positive", "high")], "agitated, pleasantly or not"),
        ([("negative", "low"), ("positive", "low")], "subdued, pleasantly or not"),
    ],
)
def test_a_family_is_named_where_no_single_emotion_is_clear(
    make_result: MakeResult, groups: list[tuple[str, str]], family: str
) -> None:
    members = [emotion for group in groups for emotion in EMOTION_QUADRANTS[group]]  # type: ignore[index]
    result = make_result({str(emotion): 0.8 / len(members) for emotion in members})
    if result.top.confidence < 0.25:
        assert result.to_context_string() == f"[Voice sounds {family}, no single emotion clear]"
    else:
        assert family not in result.to_context_string()


@pytest.mark.parametrize(
    ("posterior", "line"),
    [
        ({"anxious": 0.3, "nervous": 0.3, "panicked": 0.1}, "[Voice sounds moderately tense or anxious]"),
        ({"sad": 0.2, "lonely": 0.2, "hopeless": 0.2}, "[Voice sounds moderately sad or dejected]"),
        ({"tired": 0.25, "bored": 0.25}, "[Voice sounds moderately tired or bored]"),
        (
            {"angry": 0.22, "frustrated": 0.21, "sad": 0.2, "calm": 0.2},
            "[Voice may sound moderately angry or frustrated]",
        ),
        (
            {"anxious": 0.2, "nervous": 0.2, "angry": 0.15, "frustrated": 0.15},
            "[Voice sounds tense or upset, no single emotion clear]",
        ),
        (
            {"anxious": 0.26, "nervous": 0.26, "angry": 0.18, "frustrated": 0.16},
            "[Voice sounds moderately tense or anxious, possibly also angry or frustrated]",
        ),
    ],
)
def test_neighbours_that_nothing_tells_apart_are_named_as_a_family(
    make_result: MakeResult, posterior: dict[str, float], line: str
) -> None:
    assert make_result(posterior).to_context_string() == line


def test_one_that_is_likelier_than_its_neighbours_together_is_named(make_result: MakeResult) -> None:
    line = make_result({"angry": 0.4, "frustrated": 0.2, "impatient": 0.1}).to_context_string()
    assert line == "[Voice may sound moderately angry]"


@pytest.mark.parametrize("confidence", [0.2, 0.45, 0.9])
def test_of_an_unclear_voice_no_single_emotion_and_no_family_is_named(
    make_result: MakeResult, make_markers: MakeMarkers, confidence: float
) -> None:
    markers = make_markers(voice_tremor=True)
    line = make_result({"neutral": confidence}, unclear=True, prosodic=markers).to_context_string()
    assert line == "[No clear emotion in the voice (unsteady voice)]"


def test_of_an_unclear_voice_a_wide_group_may_be_named(make_result: MakeResult) -> None:
    line = make_result({"angry": 0.4, "happy": 0.4}, unclear=True).to_context_string()
    assert line == "[Voice sounds agitated, pleasantly or not, no single emotion clear]"


def test_every_emotion_is_in_one_family() -> None:
    members = [emotion for family in FAMILIES.values() for emotion in family]
    assert sorted(members) == sorted(EmotionCategory)


@pytest.mark.parametrize(
    ("intensity", "adverb"),
    list(zip(Intensity, ["slightly", "moderately", "strongly", "intensely"], strict=True)),
)
def test_intensity_becomes_an_adverb(make_result: MakeResult, intensity: Intensity, adverb: str) -> None:
    line = make_result({"angry": 0.7}, intensity=intensity).to_context_string()
    assert line == f"[Voice sounds {adverb} angry]"


def test_neutral_has_no_strength(make_result: MakeResult) -> None:
    assert make_result({"neutral": 0.7}).to_context_string() == "[Voice sounds neutral]"


def test_the_runner_up_is_named_only_when_it_is_close(make_result: MakeResult) -> None:
    assert "possibly also happy" in make_result({"excited": 0.5, "happy": 0.31}).to_context_string()
    assert "possibly" not in make_result({"excited": 0.5, "happy": 0.29}).to_context_string()


def test_neutral_is_no_second_emotion(make_result: MakeResult) -> None:
    assert "also" not in make_result({"excited": 0.5, "neutral": 0.45}).to_context_string()


def test_no_speech_is_said_plainly(make_result: MakeResult, make_markers: MakeMarkers) -> None:
    result = make_result({"angry": 0.9}, speech=False, prosodic=make_markers(pitch_elevated=True))
    assert result.to_context_string() == "[No speech heard]"


def test_nothing_is_said_that_was_not_measured(make_result: MakeResult, make_markers: MakeMarkers) -> None:
    plain = "[Voice sounds moderately sad]"
    assert make_result({"sad": 0.8}, prosodic=None).to_context_string() == plain
    assert make_result({"sad": 0.8}, prosodic=make_markers()).to_context_string() == plain


def test_unremarkable_markers_are_not_mentioned(make_result: MakeResult, make_markers: MakeMarkers) -> None:
    markers = make_markers(
        pitch_elevated=False,
        speech_rate_category=SpeechRateCategory.NORMAL,
        voice_tremor=False,
        breathiness=0.2,
        pause_ratio=0.1,
        hesitation_count=1,
    )
    assert make_result({"sad": 0.8}, prosodic=markers).to_context_string() == "[Voice sounds moderately sad]"


@pytest.mark.parametrize(
    ("marker", "cue"),
    [
        ({"pitch_elevated": True}, "elevated pitch"),
        ({"speech_rate_category": SpeechRateCategory.FAST}, "speaking quickly"),
        ({"speech_rate_category": SpeechRateCategory.SLOW}, "speaking slowly"),
        ({"voice_tremor": True}, "unsteady voice"),
        ({"breathiness": 0.6}, "breathy voice"),
        ({"pause_ratio": 0.4}, "long pauses"),
        ({"hesitation_count": 3}, "hesitant"),
    ],
)
def test_each_marker_has_its_words(
    make_result: MakeResult, make_markers: MakeMarkers, marker: dict[str, object], cue: str
) -> None:
    line = make_result({"sad": 0.8}, prosodic=make_markers(**marker)).to_context_string()
    assert line == f"[Voice sounds moderately sad ({cue})]"


def test_cues_are_given_even_where_no_emotion_is_clear(
    make_result: MakeResult, make_markers: MakeMarkers
) -> None:
    line = make_result({"sad": 0.1}, prosodic=make_markers(voice_tremor=True)).to_context_string()
    assert line == "[No clear emotion in the voice (unsteady voice)]"


@pytest.mark.parametrize(
    ("quality", "words"),
    [
        (AudioQuality(0.01, -20.0, 10.0, 40.0), "clipped recording"),
        (AudioQuality(0.0, -20.0, 10.0, 5.0), "noisy recording"),
        (AudioQuality(0.0, -70.0, 10.0, None), "very quiet recording"),
        (AudioQuality(0.0, -math.inf, 0.0, None), "very quiet recording"),
        (AudioQuality(0.01, -20.0, 10.0, 5.0), "clipped and noisy recording"),
    ],
)
def test_a_poor_recording_is_said_to_be_one(
    make_result: MakeResult, quality: AudioQuality, words: str
) -> None:
    line = make_result({"sad": 0.8}, quality=quality).to_context_string()
    assert line == f"[Voice sounds moderately sad; {words}, take with care]"


@pytest.mark.parametrize("emotion", list(EmotionCategory))
def test_it_is_always_one_bracketed_line(make_result: MakeResult, emotion: str) -> None:
    line = make_result({emotion: 0.6}).to_context_string()
    assert line.startswith("[")
    assert line.endswith("]")
    assert "\n" not in line
    assert emotion in line


@pytest.mark.parametrize(
    ("posterior", "certainty", "emotions"),
    [
        ({"sad": 0.6}, Certainty.SOUNDS, {"sad"}),
        ({"sad": 0.4}, Certainty.MAY, {"sad"}),
        ({"tired": 0.25, "bored": 0.25}, Certainty.SOUNDS, set(FAMILIES["tired or bored"])),
        (
            {"angry": 0.22, "frustrated": 0.21, "sad": 0.2, "calm": 0.2},
            Certainty.MAY,
            set(FAMILIES["angry or frustrated"]),
        ),
        (
            {"anxious": 0.2, "nervous": 0.2, "angry": 0.15, "frustrated": 0.15},
            Certainty.GROUP,
            set(GROUPS["tense or upset"]),
        ),
        ({"sad": 0.2}, Certainty.NOTHING, set()),
    ],
)
def test_a_statement_tells_what_the_line_names_and_how_firmly(
    make_result: MakeResult, posterior: dict[str, float], certainty: Certainty, emotions: set[str]
) -> None:
    result = make_result(posterior)
    statement = statement_of(result)
    assert (statement.certainty, set(statement.emotions)) == (certainty, emotions)
    assert f"[{statement.words}]" == result.to_context_string()
    assert statement_of(make_result(posterior, speech=False)).certainty is Certainty.NOTHING
