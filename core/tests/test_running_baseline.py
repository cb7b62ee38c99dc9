"""What is learned of a speaker while they are heard, and where it is made use of."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs
import numpy as np
import pytest
from voxaffect import (
    BaselineStore,
    ConfigurationError,
    EmotionStream,
    Features,
    Pipeline,
    PluginHost,
    SpeakerBaseline,
    VoiceEmotionDetector,
    VoicePipeline,
    hear_timeline,
)
from voxaffect.pipeline import Measured
from voxaffect.running_baseline import HALF_LIFE, RunningBaseline
from voxaffect.streaming import UtteranceResult
from voxaffect.synthetic import noise, silence, speech_like
from voxaffect.testing import assert_heard_alike
from voxaffect.types import Audio

RATE_HZ = 16_000
CALM, ANGRY = 0.1, 0.4
"""Levels: what is 0.1 above the usual, or more, is angry."""

MOOD = """
import numpy as np
from voxaffect import *
from voxaffect.baseline import usual_value

@hookimpl
def voxaffect_feature_extractors():
    yield Component(name="level", target="mood:Level")

@hookimpl
def voxaffect_classifiers():
    yield Component(name="mood", target="mood:Mood")

class Level:
    def extract(self, audio, *, baseline=None):
        rms = float(np.sqrt(np.mean(np.square(audio.samples, dtype=np.float64))))
        return Features(functionals={"rms": rms}, embedding=np.array([rms, 1], np.float32),
                        speech_s=audio.duration_s if rms > 1e-3 else 0.0, baseline=baseline)

class Mood:
    requires = ("level",)

    def classify(self, features):
        level = features["level"]
        if not level.speech_s:
            return Classification(speech=False)
        known = level.baseline
        usual = usual_value(known, "rms", 0.1)
        neutral = 0.8 if level.functionals["rms"] < usual + 0.1 else 0.01
        return Classification(probabilities={"neutral": neutral, "angry": 1 - neutral},
                              adapted_to=0 if known is None else known.n_samples)
"""

Install = Callable[..., None]


@pytest.fixture
def mood(install: Install, host_of: Callable[..., PluginHost]) -> PluginHost:
    install("mood", MOOD)
    return host_of("mood")


@pytest.fixture
def pipeline(mood: PluginHost) -> Pipeline:
    return Pipeline.from_config({"classifier": "mood", "activity": "off"}, host=mood)


def level(rms: float) -> Audio:
    return Audio(np.full(RATE_HZ // 2, rms, np.float32), RATE_HZ)


def talk(
    pipeline: Pipeline, levels: Iterable[float], speaker: RunningBaseline | None = None
) -> RunningBaseline:
    """What is known after utterances at these levels."""
    speaker = speaker or RunningBaseline(pipeline)
    for rms in levels:
        speaker.take_in(pipeline.measure(level(rms), speaker.current))
    return speaker


def usual(speaker: RunningBaseline) -> tuple[float, float]:
    """Level, and of how many utterances it is the mean."""
    assert speaker.current is not None
    features = speaker.current.features["level"]
    assert features.embedding == pytest.approx([features.functionals["rms"], 1])
    return features.functionals["rms"], features.n_samples


# What is learned


def test_an_utterance_counts_as_much_as_it_sounds_neutral_and_an_old_one_less(pipeline: Pipeline) -> None:
    rms, n_samples = usual(talk(pipeline, [0.05, ANGRY, 0.15]))
    kept = 0.5 ** (1 / HALF_LIFE)
    weights = [0.8 * kept**2, 0.01 * kept, 0.8]
    assert n_samples == pytest.approx(sum(weights))
    assert rms == pytest.approx(np.average([0.05, ANGRY, 0.15], weights=weights))


def test_ten_minutes_of_anger_are_still_told(pipeline: Pipeline) -> None:
    speaker = talk(pipeline, [*[CALM] * 20, *[ANGRY] * 100])
    assert str(pipeline.hear(level(ANGRY), baseline=speaker.current).top.emotion) == "angry"
    assert usual(speaker)[1] < 1, "hardly anything is known of their voice by then"


def test_who_was_angry_all_along_still_is(pipeline: Pipeline) -> None:
    speaker = talk(pipeline, [ANGRY] * 500)
    assert str(pipeline.hear(level(ANGRY), baseline=speaker.current).top.emotion) == "angry"
    assert usual(speaker)[1] < 1


def test_a_mood_that_rises_slowly_is_not_taken_for_the_voice(pipeline: Pipeline) -> None:
    """Each is like what was heard just before it, and unlike the speaker as they were known."""
    speaker = talk(pipeline, np.linspace(CALM, ANGRY, 60))
    assert usual(speaker)[0] < CALM + 0.1
    assert str(pipeline.hear(level(ANGRY), baseline=speaker.current).top.emotion) == "angry"


def test_another_voice_takes_the_place_of_the_first_and_the_count_stays_bounded(pipeline: Pipeline) -> None:
    speaker = talk(pipeline, [0.05] * 600)
    settled = usual(speaker)[1]
    assert settled == pytest.approx(0.8 / (1 - 0.5 ** (1 / HALF_LIFE)), rel=0.01)
    talk(pipeline, [0.15] * HALF_LIFE, speaker)
    assert usual(speaker) == (pytest.approx(0.1, rel=0.01), pytest.approx(settled, rel=0.01))


def test_silence_is_nobodys_voice(pipeline: Pipeline) -> None:
    assert talk(pipeline, [0.0] * 10).current is None


def test_what_is_known_of_a_speaker_is_gone_on_from_by_its_count(pipeline: Pipeline) -> None:
    known = SpeakerBaseline(
        {
            "level": Features(
                functionals={"rms": 0.2}, embedding=np.array([0.2, 1], np.float32), n_samples=5
            ),
            "other": Features(functionals={"f0": 100.0}, n_samples=3),
        }
    )
    speaker = talk(pipeline, [0.1], RunningBaseline(pipeline, known))
    kept = 5 * 0.5 ** (1 / HALF_LIFE)
    assert usual(speaker) == (
        pytest.approx((kept * 0.2 + 0.8 * 0.1) / (kept + 0.8)),
        pytest.approx(kept + 0.8),
    )
    assert speaker.start is known
    assert speaker.current is not None
    assert speaker.current.features["other"] is known.features["other"], "which nothing was heard of"


def test_what_another_network_knew_is_given_up(pipeline: Pipeline) -> None:
    known = Features(functionals={"rms": 0.2}, embedding=np.ones(7, np.float32), n_samples=5)
    speaker = RunningBaseline(pipeline, SpeakerBaseline({"level": known}))
    assert usual(talk(pipeline, [0.1], speaker)) == (pytest.approx(0.1), pytest.approx(0.8))


# In a stream and a conversation


def utterances(*levels: float) -> np.ndarray:
    """A sentence at each of these levels, with a pause after it."""
    sentence = speech_like(syllables=8, rate_sps=4.0, f0_hz=140.0, rate_hz=RATE_HZ)
    sentence = sentence / np.sqrt(np.mean(np.square(sentence)))
    sound = np.concatenate(
        [piece for rms in levels for piece in (rms * sentence, silence(duration_s=1.2, rate_hz=RATE_HZ))]
    )
    return sound + noise(duration_s=len(sound) / RATE_HZ, rms=1e-3, rate_hz=RATE_HZ)


def final(events: Iterable[object]) -> list[UtteranceResult]:
    return [event for event in events if isinstance(event, UtteranceResult) and event.final]


@pytest.fixture
def talkers(mood: PluginHost) -> Pipeline:
    return Pipeline.from_config({"classifier": "mood"}, host=mood)


def test_an_utterance_is_heard_against_those_before_it_and_never_against_itself(talkers: Pipeline) -> None:
    sound = utterances(0.1, 0.1, 0.1)
    timeline = hear_timeline(talkers, sound, rate_hz=RATE_HZ)
    alone, speaker = attrs.evolve(talkers, activity="off"), RunningBaseline(talkers)
    assert len(timeline.utterances) == 3
    for event in timeline.utterances:
        stretch = sound[round(event.start_s * RATE_HZ) : round(event.end_s * RATE_HZ)]
        expected = alone.hear(stretch, rate_hz=RATE_HZ, baseline=speaker.current)
        assert_heard_alike(event.result, expected)
        assert event.result.adapted_to == pytest.approx(expected.adapted_to)
        speaker.take_in(alone.measure(Audio(stretch.astype(np.float32), RATE_HZ)))
    assert [event.result.adapted_to > 0 for event in timeline.utterances] == [False, True, True]


def test_windows_and_provisional_results_know_what_was_over_by_then(talkers: Pipeline) -> None:
    events = hear_timeline(talkers, utterances(0.1, 0.1), rate_hz=RATE_HZ).events
    over = next(i for i, event in enumerate(events) if isinstance(event, UtteranceResult) and event.final)
    told = [(i > over, event.result) for i, event in enumerate(events) if hasattr(event, "result")]
    assert all((result.adapted_to > 0) is later for later, result in told if result.speech)
    provisional = [event for event in events if isinstance(event, UtteranceResult) and not event.final]
    assert {event.number for event in provisional} == {1, 2}


def test_it_can_be_forbidden_in_every_way(talkers: Pipeline, mood: PluginHost) -> None:
    sound = utterances(0.1, 0.1)
    forbidding = Pipeline.from_config({"classifier": "mood", "adapt": False}, host=mood)
    detectors = [
        VoiceEmotionDetector(pipeline=talkers, adapt=False),
        VoiceEmotionDetector(pipeline=forbidding),
    ]
    heard = [
        hear_timeline(talkers, sound, rate_hz=RATE_HZ, adapt=False).utterances,
        hear_timeline(forbidding, sound, rate_hz=RATE_HZ).utterances,
        *(final([*each.stream_events(sound, RATE_HZ), *each.finish_stream()]) for each in detectors),
    ]
    assert [len(each) for each in heard] == [2] * 4
    assert not any(event.result.adapted_to for each in heard for event in each)
    assert not any(detectors[0].hear_utterance(sound, RATE_HZ).adapted_to for _ in range(2))
    allowed = hear_timeline(forbidding, sound, rate_hz=RATE_HZ, adapt=True).utterances
    assert allowed[-1].result.adapted_to > 0


def test_a_pipeline_adapts_or_does_not(mood: PluginHost) -> None:
    with pytest.raises(ConfigurationError, match="adapt must be true or false, got 'no'"):
        Pipeline.from_config({"classifier": "mood", "adapt": "no"}, host=mood)


def test_a_detector_knows_its_speaker_from_one_stream_to_the_next(talkers: Pipeline) -> None:
    detector = VoiceEmotionDetector(pipeline=talkers)
    detector.stream_events(utterances(0.1), RATE_HZ)
    detector.finish_stream()
    detector.stream_events(utterances(0.1), RATE_HZ)
    detector.reset_stream()
    (third,) = final([*detector.stream_events(utterances(0.1), RATE_HZ), *detector.finish_stream()])
    assert third.result.adapted_to == pytest.approx(1.6, abs=0.1)


def test_another_speaker_begins_without_what_was_learned_of_the_first(talkers: Pipeline) -> None:
    detector = VoiceEmotionDetector(pipeline=talkers)
    detector.stream_events(utterances(0.1), RATE_HZ)
    assert detector.running_baseline is not None
    detector.baseline = None
    assert detector.running_baseline is None
    assert final(detector.stream_events(utterances(0.1), RATE_HZ))[0].result.adapted_to == 0, (
        "in the stream too"
    )


def test_what_was_learned_goes_on_from_what_was_calibrated_and_can_be_kept(
    talkers: Pipeline, tmp_path_factory: pytest.TempPathFactory
) -> None:
    detector = VoiceEmotionDetector(pipeline=talkers)
    calibrated = detector.calibrate_baseline([utterances(0.1)] * 3, RATE_HZ)
    first, second = final(detector.stream_events(utterances(0.1, 0.1), RATE_HZ))
    assert (first.result.adapted_to, second.result.adapted_to) == (3, pytest.approx(3.8, abs=0.2))
    assert detector.baseline is calibrated
    learned = detector.running_baseline
    assert learned is not None
    store = BaselineStore(tmp_path_factory.mktemp("baselines"))
    store.save("ada", learned)
    assert store.load("ada").n_samples == learned.n_samples > second.result.adapted_to


def test_single_files_are_neither_learned_nor_heard_against_what_was(talkers: Pipeline) -> None:
    detector = VoiceEmotionDetector(pipeline=talkers)
    sound = utterances(0.1)
    first = detector.analyze(sound, RATE_HZ)
    assert detector.running_baseline is None
    detector.stream_events(sound, RATE_HZ)
    assert detector.running_baseline is not None
    again = detector.analyze(sound, RATE_HZ)
    assert (again.posterior, again.adapted_to) == (first.posterior, 0)


def test_a_conversation_learns_its_speaker_from_whole_utterances(talkers: Pipeline) -> None:
    assistant = VoicePipeline(
        lambda prompt: "I see.", lambda text, prosody: None, detector=VoiceEmotionDetector(pipeline=talkers)
    )
    heard = [assistant.hear(utterances(rms), RATE_HZ) for rms in (0.1, 0.1, 0.5)]
    assert [each.adapted_to for each in heard] == [0, 0.8, pytest.approx(1.6, abs=0.1)]
    assert str(heard[-1].top.emotion) == "angry"


def test_a_stream_without_utterances_learns_nothing(pipeline: Pipeline) -> None:
    stream = EmotionStream(pipeline, rate_hz=RATE_HZ)
    stream.feed(utterances(0.1, 0.1))
    stream.finish()
    assert stream.speaker.current is None


def test_memory_does_not_grow_with_what_is_heard(pipeline: Pipeline) -> None:
    speaker = talk(pipeline, [0.1])
    measured: Measured = pipeline.measure(level(0.1), speaker.current)
    before = attrs.asdict(speaker.current) if speaker.current else {}
    for _ in range(1000):
        speaker.take_in(measured)
    assert speaker.current is not None
    assert attrs.asdict(speaker.current).keys() == before.keys()
    assert speaker.current.features["level"].baseline is None, "no chain of what was known before"
