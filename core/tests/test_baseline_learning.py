from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from voxaffect import EmotionResult, Features, InvalidValueError, SpeakerBaseline
from voxaffect.baseline_drift import FITS_BELOW, RECENT, measure_drift
from voxaffect.baseline_learning import BaselineLearner

MakeResult = Callable[..., EmotionResult]


def utterance(f0_st: float, *, speech_s: float | None = 4.0) -> Mapping[str, Features]:
    features = Features(
        functionals={"f0_st": f0_st}, speech_s=speech_s, embedding=np.array([f0_st, 1], np.float32)
    )
    return {"voice": features}


@pytest.fixture
def neutral(make_result: MakeResult) -> EmotionResult:
    return make_result({"neutral": 0.8}, duration_s=5.0)


def test_a_minute_of_speech_makes_a_baseline(neutral: EmotionResult) -> None:
    learner = BaselineLearner()
    made = [learner.add(utterance(f0), neutral) for f0 in range(15)]
    assert made[:14] == [None] * 14
    baseline = made[14]
    assert baseline is not None
    assert baseline.n_samples == pytest.approx(12)  # of each, four fifths
    assert baseline.features["voice"].functionals["f0_st"] == pytest.approx(7)
    embedding = baseline.features["voice"].embedding
    assert embedding is not None
    assert embedding.tolist() == pytest.approx([7, 1])


def test_an_utterance_counts_as_much_as_it_was_neutral(
    neutral: EmotionResult, make_result: MakeResult
) -> None:
    learner = BaselineLearner(12)
    learner.add(utterance(10), make_result({"neutral": 0.1}, duration_s=5.0))
    learner.add(utterance(10), make_result({"neutral": 0.1}, duration_s=5.0))
    baseline = learner.add(utterance(0), neutral)
    assert baseline is not None
    assert baseline.features["voice"].functionals["f0_st"] == pytest.approx(2)


def test_a_minute_without_a_neutral_moment_makes_one_too(make_result: MakeResult) -> None:
    learner = BaselineLearner(12)
    angry = make_result({"angry": 1.0, "neutral": 0.0}, duration_s=5.0)
    learner.add(utterance(1), angry)
    learner.add(utterance(2), angry)
    baseline = learner.add(utterance(3), angry)
    assert baseline is not None
    assert baseline.features["voice"].functionals["f0_st"] == pytest.approx(2)


def test_silence_is_not_learned(neutral: EmotionResult, make_result: MakeResult) -> None:
    learner = BaselineLearner(8)
    for _ in range(100):
        assert learner.add(utterance(99, speech_s=0.0), make_result(speech=False)) is None
    assert learner.heard_s == 0


def test_seconds_are_those_of_speech_where_the_extractor_says_so(neutral: EmotionResult) -> None:
    learner = BaselineLearner()
    learner.add(utterance(0, speech_s=1.5), neutral)
    assert learner.heard_s == 1.5
    learner.add(utterance(0, speech_s=None), neutral)
    assert learner.heard_s == 6.5


def test_one_long_utterance_is_not_enough(make_result: MakeResult) -> None:
    learner = BaselineLearner(10)
    long = make_result({"neutral": 0.8}, duration_s=100.0)
    made = [learner.add(utterance(f0, speech_s=None), long) for f0 in range(3)]
    assert [baseline is not None for baseline in made] == [False, False, True]


@pytest.mark.parametrize("speech_s", [0.0, -1.0, float("nan"), float("inf")])
def test_an_impossible_length_is_refused(speech_s: float) -> None:
    with pytest.raises(InvalidValueError, match="speech_s must be a number above 0"):
        BaselineLearner(speech_s)


# Drift


def voices(mean: float, count: int = RECENT) -> list[Mapping[str, Features]]:
    rng = np.random.default_rng(0)
    return [
        {"voice": Features(functionals={f"m{i}": float(rng.normal(mean, 1)) for i in range(40)})}
        for _ in range(count)
    ]


BASELINE = SpeakerBaseline({"voice": Features(functionals={f"m{i}": 0.0 for i in range(40)})})


def test_a_baseline_fits_the_voice_that_it_was_made_of() -> None:
    drift = measure_drift(BASELINE, voices(0.0))
    assert drift is not None
    assert drift.fits
    assert drift.distance < 0.5
    assert drift.explain().startswith("the baseline fits: distance 0.")


def test_a_voice_that_lies_apart_is_noticed_and_what_moved_is_named() -> None:
    other = [
        {"voice": Features(functionals={**each["voice"].functionals, "m7": 9.0 + 0.1 * i})}
        for i, each in enumerate(voices(2.0))
    ]
    drift = measure_drift(BASELINE, other)
    assert drift is not None
    assert not drift.fits
    assert drift.distance > FITS_BELOW
    assert drift.farthest[0] == "voice/m7"
    assert "calibrate again" in drift.explain()


def test_only_the_last_utterances_count() -> None:
    drift = measure_drift(BASELINE, [*voices(9.0, 50), *voices(0.0)])
    assert drift is not None
    assert drift.fits


def test_too_few_utterances_say_nothing() -> None:
    assert measure_drift(BASELINE, voices(9.0, RECENT - 1)) is None


def test_nothing_in_common_says_nothing() -> None:
    other = SpeakerBaseline({"net": Features(embedding=np.ones(4, np.float32))})
    assert measure_drift(other, voices(0.0)) is None


def test_embeddings_drift_too() -> None:
    rng = np.random.default_rng(1)
    usual = SpeakerBaseline({"net": Features(embedding=np.zeros(64, np.float32))})
    near, far = (
        measure_drift(
            usual,
            [{"net": Features(embedding=rng.normal(m, 1, 64).astype(np.float32))} for _ in range(RECENT)],
        )
        for m in (0.0, 2.0)
    )
    assert near is not None
    assert far is not None
    assert (near.fits, far.fits, far.farthest) == (True, False, ("net/embedding",))


def test_a_measurement_that_never_moves_and_equals_the_baseline_is_no_drift() -> None:
    still = [{"voice": Features(functionals={"m0": 0.0})} for _ in range(RECENT)]
    drift = measure_drift(BASELINE, still)
    assert drift is not None
    assert drift.distance == 0
