"""The 26 emotions, intensities, and the values that flow."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voxaffect import (
    EMOTION_QUADRANTS,
    NEUTRAL_PROSODY,
    AudioError,
    Classification,
    Component,
    ComponentUnavailableError,
    ConfigurationError,
    EmotionCategory,
    EmotionPrediction,
    EmotionResult,
    Intensity,
    InvalidValueError,
    PluginError,
    PrimaryDimensions,
    ProsodicMarkers,
    ProsodyParameters,
    SpeechRateCategory,
    UnknownNameError,
    Utterance,
    VoxaffectError,
)
from voxaffect.types import PROSODY_RANGES

GROUPS = {
    ("negative", "high"): "anxious, nervous, frustrated, angry, stressed, panicked, impatient",
    ("negative", "low"): "sad, tired, bored, disappointed, lonely, hopeless",
    ("positive", "high"): "excited, happy, playful, flirty, curious, confident, amused",
    ("positive", "low"): "calm, content, thoughtful, affectionate",
    ("neutral", "medium"): "neutral, confused",
}

# Emotions


def test_the_quadrants_hold_the_five_groups() -> None:
    assert {key: ", ".join(members) for key, members in EMOTION_QUADRANTS.items()} == GROUPS


def test_each_of_the_26_is_in_exactly_one_group() -> None:
    grouped = [emotion for members in EMOTION_QUADRANTS.values() for emotion in members]
    assert len(grouped) == 26
    assert set(grouped) == set(EmotionCategory)


@pytest.mark.parametrize("name", ["angry", "ANGRY", " Angry ", EmotionCategory.ANGRY])
def test_an_emotion_is_found_by_name_in_any_case(name: str) -> None:
    assert EmotionCategory.parse(name) is EmotionCategory.ANGRY


def test_an_unknown_emotion_suggests_the_nearest_and_lists_all() -> None:
    with pytest.raises(
        UnknownNameError, match=r"unknown emotion 'agnry'; did you mean 'angry'\? Known:"
    ) as e:
        EmotionCategory.parse("agnry")
    assert all(str(emotion) in str(e.value) for emotion in EmotionCategory)
    assert e.value.known == tuple(sorted(EmotionCategory))


@pytest.mark.parametrize("name", ["", "xyzzy", None, 3])
def test_a_name_like_none_of_them_has_no_suggestion(name: Any) -> None:
    with pytest.raises(UnknownNameError, match=rf"unknown emotion {name!r}\. Known: affectionate,"):
        EmotionCategory.parse(name)


# Intensity


@pytest.mark.parametrize(
    ("score", "intensity"),
    [
        (0, "slight"),
        (0.2499, "slight"),
        (0.25, "moderate"),
        (0.4999, "moderate"),
        (0.5, "strong"),
        (0.7499, "strong"),
        (0.75, "intense"),
        (1, "intense"),
    ],
)
def test_intensity_has_four_equal_bands(score: float, intensity: str) -> None:
    assert Intensity.from_score(score) == intensity


@pytest.mark.parametrize("score", [-0.001, 1.001, math.nan, math.inf, "0.5", None])
def test_an_intensity_score_outside_0_to_1_is_refused(score: Any) -> None:
    with pytest.raises(InvalidValueError, match=r"within 0\.\.1, got"):
        Intensity.from_score(score)


@pytest.mark.parametrize(
    ("given_value", "score"),
    [
        ("slight", 0.25),
        ("Moderate ", 0.5),
        (Intensity.STRONG, 0.75),
        ("INTENSE", 1),
        (0.3, 0.3),
        ("0.3", 0.3),
    ],
)
def test_intensity_is_parsed_from_a_name_or_a_number(given_value: Any, score: float) -> None:
    assert Intensity.parse(given_value) == score


def test_an_unknown_intensity_suggests_the_nearest() -> None:
    with pytest.raises(
        UnknownNameError, match=r"'mild'\. Known: intense, moderate, slight, strong\. A number"
    ):
        Intensity.parse("mild")
    with pytest.raises(UnknownNameError, match="did you mean 'strong'"):
        Intensity.parse("stronk")


@pytest.mark.parametrize("value", ["1.5", -1, "nan", 2])
def test_a_number_outside_0_to_1_is_no_intensity(value: Any) -> None:
    with pytest.raises(InvalidValueError, match=r"within 0\.\.1"):
        Intensity.parse(value)


@pytest.mark.parametrize(
    ("rate_sps", "category"), [(0, "slow"), (3.49, "slow"), (3.5, "normal"), (5.5, "normal"), (5.51, "fast")]
)
def test_speech_is_slow_below_3_5_and_fast_above_5_5_syllables_a_second(
    rate_sps: float, category: str
) -> None:
    assert SpeechRateCategory.from_rate(rate_sps) == category


# Values


@pytest.mark.parametrize(
    ("name", "low", "high"), [("valence", -1, 1), ("arousal", 0, 1), ("dominance", 0, 1)]
)
@pytest.mark.parametrize("wrong", [-0.01, 0.01, math.nan, math.inf, "high", None, 10**400, 1j])
def test_a_dimension_outside_its_range_is_named_with_value_and_range(
    name: str, low: float, high: float, wrong: Any
) -> None:
    value = (
        wrong
        if not isinstance(wrong, float) or not math.isfinite(wrong)
        else (low if wrong < 0 else high) + wrong
    )
    with pytest.raises(InvalidValueError) as error:
        PrimaryDimensions(**{"valence": 0, "arousal": 0.5, "dominance": 0.5, name: value})
    assert str(error.value) == f"PrimaryDimensions.{name} must be within {low}..{high}, got {value!r}"


@pytest.mark.parametrize("name", PROSODY_RANGES)
def test_a_prosody_parameter_takes_its_range_and_nothing_beyond(name: str) -> None:
    low, high = PROSODY_RANGES[name]
    assert getattr(ProsodyParameters(**{name: low}), name) == low
    assert getattr(ProsodyParameters(**{name: high}), name) == high
    for value in (low - 0.01, high + 0.01, math.nan, math.inf, "1", None):
        with pytest.raises(
            InvalidValueError, match=rf"ProsodyParameters\.{name} must be within {low:g}\.\.{high:g}"
        ):
            ProsodyParameters(**{name: value})


def test_the_ranges_are_those_of_the_specification() -> None:
    assert PROSODY_RANGES == {
        "pitch_shift_semitones": (-6, 6),
        "pitch_variance": (0.5, 2),
        "speech_rate": (0.7, 1.5),
        "pause_multiplier": (0.5, 2),
        "volume_db": (-6, 6),
        "dynamic_range": (0.5, 1.5),
        "breathiness": (0, 1),
        "tremolo_amount": (0, 1),
    }


def test_only_what_differs_from_neutral_counts_as_changed() -> None:
    assert NEUTRAL_PROSODY.changed() == ()
    assert ProsodyParameters(volume_db=1, tremolo_amount=0.1).changed() == ("volume_db", "tremolo_amount")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pitch_mean_hz", -1),
        ("pitch_std_hz", math.nan),
        ("speech_rate_sps", math.inf),
        ("pause_ratio", 1.1),
        ("breathiness", -0.1),
        ("hesitation_count", -1),
        ("energy_variance", -0.1),
    ],
)
def test_a_marker_outside_its_range_is_named(
    make_markers: Callable[..., ProsodicMarkers], name: str, value: float
) -> None:
    with pytest.raises(InvalidValueError, match=rf"ProsodicMarkers\.{name} must be .*, got {value!r}"):
        make_markers(**{name: value})


def test_a_prediction_is_checked() -> None:
    assert EmotionPrediction("angry", 0.5, Intensity.SLIGHT).emotion is EmotionCategory.ANGRY
    with pytest.raises(UnknownNameError, match="did you mean 'angry'"):
        EmotionPrediction("angri", 0.5, Intensity.SLIGHT)
    with pytest.raises(
        InvalidValueError, match=r"EmotionPrediction\.confidence must be within 0\.\.1, got 1\.2"
    ):
        EmotionPrediction("angry", 1.2, Intensity.SLIGHT)
    with pytest.raises(
        InvalidValueError, match=r"EmotionPrediction\.intensity must be of Intensity, got 0\.5"
    ):
        EmotionPrediction("angry", 0.5, 0.5)  # type: ignore[arg-type]


def test_a_posterior_lacks_nothing_and_sums_to_1(make_result: Callable[..., EmotionResult]) -> None:
    even = dict.fromkeys(map(str, EmotionCategory), 1 / 26)
    assert make_result(posterior=even).posterior[EmotionCategory.ANGRY] == 1 / 26
    lacking = {name: 1 / 25 for name in even if name != "angry"}
    with pytest.raises(InvalidValueError, match=r"EmotionResult\.posterior must .*missing: angry"):
        make_result(posterior=lacking)
    with pytest.raises(InvalidValueError, match=r"got sum 1\.5"):
        make_result(posterior={**even, "angry": 1 / 26 + 0.5})
    with pytest.raises(InvalidValueError, match="0 or more"):
        make_result(posterior={**even, "angry": 3 / 26, "sad": -1 / 26})
    with pytest.raises(InvalidValueError, match="got sum nan"):
        make_result(posterior={**even, "angry": math.nan})
    with pytest.raises(UnknownNameError, match="did you mean 'angry'"):
        make_result(posterior={**even, "angri": 0.0})


def test_a_result_without_an_emotion_or_of_negative_length_is_refused(
    make_result: Callable[..., EmotionResult],
) -> None:
    with pytest.raises(InvalidValueError, match=r"EmotionResult\.categorical"):
        make_result(categorical=())
    with pytest.raises(InvalidValueError, match=r"EmotionResult\.duration_s must be 0 or more, got -1"):
        make_result(duration_s=-1)


def test_values_are_frozen() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        NEUTRAL_PROSODY.volume_db = 1.0  # type: ignore[misc]


def test_an_utterance_checks_its_intensity() -> None:
    with pytest.raises(InvalidValueError, match=r"Utterance\.intensity must be within 0\.\.1, got 2"):
        Utterance(intensity=2)


MIDDLE = PrimaryDimensions(0, 0.5, 0.5)


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({}, "needs probabilities, dimensions, or speech=False"),
        ({"probabilities": {"angry": 0.5}}, "sum to 1, got sum 0.5"),
        ({"probabilities": {"angry": 1.5, "sad": -0.5}}, "must be 0 or more"),
        ({"probabilities": {"angry": math.nan}}, "got angry = nan"),
        ({"dimensions": MIDDLE, "dimension_errors": (0.1, 0.0, 0.1)}, "above 0, got"),
        ({"dimensions": MIDDLE, "dimension_errors": (0.1, 0.1)}, "must be three"),
        ({"dimensions": MIDDLE, "max_confidence": 1.1}, r"max_confidence must be within .*\.\.1, got 1.1"),
        ({"dimensions": MIDDLE, "max_confidence": 0}, "max_confidence must be within"),
    ],
)
def test_a_classification_is_checked(values: dict[str, Any], what: str) -> None:
    with pytest.raises(InvalidValueError, match=what):
        Classification(**values)


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"name": "Two Words"}, "lower_snake_case, got 'Two Words'"),
        ({"name": "two-words"}, "lower_snake_case"),
        ({"name": 3}, "lower_snake_case"),
        ({"target": "module.Class"}, 'must be written "package.module:Name"'),
        ({"obstacle": "module"}, r"Component\.obstacle must be written"),
        ({"quality": 6}, r"Component\.quality must be within 1\.\.5, got 6"),
        ({"modules": "mlx"}, "tuple of names"),
    ],
)
def test_a_component_is_checked(values: dict[str, Any], what: str) -> None:
    with pytest.raises(InvalidValueError, match=what):
        Component(**{"name": "shout", "target": "a.b:C", **values})


# Errors


@pytest.mark.parametrize(
    "kind",
    [
        InvalidValueError,
        AudioError,
        ConfigurationError,
        PluginError,
        ComponentUnavailableError,
        UnknownNameError,
    ],
)
def test_every_error_is_a_voxaffect_error(kind: type[Exception]) -> None:
    assert issubclass(kind, VoxaffectError)


def test_a_wrong_value_is_a_value_error_too() -> None:
    assert issubclass(InvalidValueError, ValueError)
    assert issubclass(UnknownNameError, InvalidValueError)


def test_an_unknown_name_among_none_says_there_is_none() -> None:
    assert str(UnknownNameError("renderer", "ssml", [])) == "unknown renderer 'ssml'. There is none."


def test_an_unknown_name_says_what_to_do_last() -> None:
    error = UnknownNameError("renderer", "sml", ["rvc", "ssml"], hint="Install one.")
    assert str(error) == "unknown renderer 'sml'; did you mean 'ssml'? Known: rvc, ssml. Install one."


def test_an_unknown_name_survives_the_way_from_another_process() -> None:
    error = UnknownNameError("renderer", "sml", ["rvc", "ssml"])
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is UnknownNameError
    assert str(back) == str(error)
    assert back.known == ("rvc", "ssml")


@given(st.text())
def test_no_text_breaks_the_search_for_the_nearest_name(name: str) -> None:
    if name.strip().lower() not in list(EmotionCategory):
        with pytest.raises(UnknownNameError) as error:
            EmotionCategory.parse(name)
        assert repr(name) in str(error.value)
