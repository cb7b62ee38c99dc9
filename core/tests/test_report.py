from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from voxaffect import (
    AudioQuality,
    EmotionCategory,
    EmotionResult,
    PluginHost,
    PrimaryDimensions,
    ProsodicMarkers,
    SpeechRateCategory,
    create_backend,
    load_audio,
    to_dict,
)
from voxaffect.quality import measure_quality
from voxaffect.report import to_row

MakeResult = Callable[..., EmotionResult]
MakeMarkers = Callable[..., ProsodicMarkers]

SOUNDS = {
    "digital silence": np.zeros(16_000),
    "one sample": np.array([0.5]),
    "one silent sample": np.array([0.0]),
    "full scale": np.ones(16_000),
    "hardly anything": np.full(16_000, 1e-30),
    "beyond full scale": np.full(16_000, 99.0),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_any_sound_gives_strict_json(host: PluginHost, name: str) -> None:
    result = create_backend("ear", host=host).hear(SOUNDS[name], rate_hz=16_000)
    assert json.loads(json.dumps(to_dict(result), allow_nan=False)) == to_dict(result)


def test_digital_silence_has_no_level_and_no_speech(host: PluginHost) -> None:
    values = to_dict(create_backend("ear", host=host).hear(np.zeros(16_000), rate_hz=16_000))
    assert values["speech"] is False
    assert values["quality"] == {
        "clipping_ratio": 0.0,
        "level_dbfs": None,
        "crest_factor_db": 0.0,
        "snr_db": None,
    }


def test_every_value_is_there_under_its_own_name(make_result: MakeResult, make_markers: MakeMarkers) -> None:
    markers = make_markers(pitch_mean_hz=150.0, speech_rate_category=SpeechRateCategory.FAST)
    values = to_dict(
        make_result({"sad": 0.5}, prosodic=markers, explanation=("slow", "soft")), file="clip.wav"
    )
    assert list(values)[:2] == ["schema_version", "file"]
    assert values["primary"] == {"valence": 0.0, "arousal": 0.5, "dominance": 0.5}
    assert values["categorical"][0] == {"emotion": "sad", "confidence": 0.5, "intensity": "moderate"}
    assert set(values["posterior"]) == set(map(str, EmotionCategory))
    assert values["prosodic"]["pitch_mean_hz"] == 150.0
    assert values["prosodic"]["speech_rate_category"] == "fast"
    assert values["prosodic"]["breathiness"] is None
    assert values["explanation"] == ["slow", "soft"]
    assert values["context"] == "[Voice sounds moderately sad (speaking quickly)]"


def test_numbers_of_numpy_become_plain_ones(make_result: MakeResult, make_markers: MakeMarkers) -> None:
    markers = make_markers(
        pitch_mean_hz=np.float32(150),
        pitch_elevated=np.bool_(True),
        hesitation_count=np.int64(2),
        energy_variance=np.float64(0.5),
    )
    result = make_result(prosodic=markers, primary=PrimaryDimensions(np.float32(0.5), np.float32(1), 0))
    values = json.loads(json.dumps(to_dict(result), allow_nan=False))
    assert values["prosodic"]["pitch_elevated"] is True
    assert values["prosodic"]["hesitation_count"] == 2
    assert values["primary"]["valence"] == 0.5


def test_rows_have_the_same_columns_whatever_was_heard(
    host: PluginHost, make_result: MakeResult, make_markers: MakeMarkers
) -> None:
    silent = create_backend("ear", host=host).hear(np.zeros(100), rate_hz=16_000)
    spoken = make_result(
        {"sad": 0.5}, prosodic=make_markers(pitch_mean_hz=150.0), explanation=("slow", "soft")
    )
    rows = [to_row(result, file="clip.wav") for result in (silent, spoken)]
    assert list(rows[0]) == list(rows[1])
    assert all(not isinstance(value, dict | list) for row in rows for value in row.values())
    assert rows[1]["prosodic.pitch_mean_hz"] == 150.0
    assert rows[0]["prosodic.pitch_mean_hz"] is None
    assert (rows[1]["top1.emotion"], rows[1]["top1.confidence"]) == ("sad", 0.5)
    assert rows[1]["posterior.sad"] == 0.5
    assert rows[1]["quality.snr_db"] == 40.0
    assert rows[1]["explanation"] == "slow; soft"


# Quality


def quality(samples: np.ndarray) -> AudioQuality:
    return measure_quality(load_audio(samples, 16_000))


def test_the_level_and_crest_factor_of_a_sine_are_those_of_a_sine() -> None:
    measured = quality(0.5 * np.sin(2 * np.pi * 100 * np.arange(16_000) / 16_000))
    assert measured.level_dbfs == pytest.approx(-6.02 - 3.01, abs=0.01)
    assert measured.crest_factor_db == pytest.approx(3.01, abs=0.01)
    assert measured.clipping_ratio == 0


def test_the_snr_is_that_of_speech_over_its_pauses() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.001, 32_000)
    noise[:16_000] += rng.normal(0, 0.1, 16_000)
    assert quality(noise).snr_db == pytest.approx(40, abs=2)


def test_a_clip_too_short_or_silent_has_no_snr() -> None:
    assert quality(np.full(7000, 0.1)).snr_db is None
    assert quality(np.zeros(16_000)).snr_db is None
