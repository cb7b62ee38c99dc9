"""Windows and utterances of a stream, with a small plugin that hears loudness; prosodic has its own tests."""

from __future__ import annotations

import itertools
import sys
from typing import ClassVar

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from voxaffect import (
    Audio,
    AudioError,
    EmotionResult,
    Features,
    InvalidValueError,
    Pipeline,
    PluginError,
    PluginHost,
    VoiceEmotionDetector,
    load_audio,
)
from voxaffect.examples import clips
from voxaffect.pipeline import Measured
from voxaffect.report import to_dict
from voxaffect.streaming import (
    EmotionStream,
    Event,
    SpeechEnd,
    SpeechStart,
    UtteranceResult,
    WindowResult,
    hear_timeline,
)
from voxaffect.synthetic import noise, silence, speech_like
from voxaffect.utterances import END_SILENCE_S, LONGEST_S, Boundary, SpeechSegmenter
from voxaffect.voice_activity import BuiltinActivity

RATE_HZ = 16_000
FRAME_S = 0.02


@pytest.fixture
def pipeline(host: PluginHost) -> Pipeline:
    return Pipeline.from_config({"classifier": "ear"}, host=host)


def heard(pipeline: Pipeline, audio: np.ndarray, cuts: list[int], **options: object) -> list[Event]:
    options = {"rate_hz": RATE_HZ, "activity": "builtin", **options}
    stream = EmotionStream(pipeline, started=0.0, **options)  # type: ignore[arg-type]
    return [
        event for chunk in np.split(audio, sorted(cuts)) for event in stream.feed(chunk)
    ] + stream.finish()


def plain(events: list[Event]) -> list[object]:
    """What can be compared."""
    return [
        (
            type(e),
            e.start_s,
            e.end_s,
            to_dict(e.result),
            getattr(e, "final", None),
            getattr(e, "revision", None),
        )
        if isinstance(e, (WindowResult, UtteranceResult))
        else e
        for e in events
    ]


def with_pauses(*parts: tuple[np.ndarray, float]) -> np.ndarray:
    """Each sound with a pause of so many seconds after it, in faint noise."""
    pieces = [piece for sound, pause_s in parts for piece in (sound, silence(duration_s=pause_s))]
    whole = np.concatenate(pieces)
    return whole + noise(duration_s=len(whole) / RATE_HZ, rms=1e-3)


def sentence(syllables: int = 8) -> np.ndarray:
    return speech_like(syllables=syllables, rate_sps=4.0, f0_hz=140.0, rate_hz=RATE_HZ)


@pytest.fixture(scope="module")
def conversation() -> np.ndarray:
    """2 s of speech from 1 s on, 3 s from 4.5 s on."""
    return with_pauses((silence(duration_s=1), 0), (sentence(), 1.5), (sentence(12), 1.2))


# Utterances


def test_speech_and_its_utterances_are_found_where_they_are(
    pipeline: Pipeline, conversation: np.ndarray
) -> None:
    events = heard(pipeline, conversation, [])
    starts = [event.start_s for event in events if isinstance(event, SpeechStart)]
    ends = [event.end_s for event in events if isinstance(event, SpeechEnd)]
    assert starts == pytest.approx([1.0, 4.5], abs=0.2)
    assert ends == pytest.approx([3.0, 7.5], abs=0.2)
    utterances = [event for event in events if isinstance(event, UtteranceResult) and event.final]
    assert [(u.number, u.start_s, u.end_s) for u in utterances] == [
        (number, start_s, end_s) for number, (start_s, end_s) in enumerate(zip(starts, ends, strict=True), 1)
    ]


def test_there_is_nothing_to_tell_before_the_missing_samples_have_come(
    pipeline: Pipeline, conversation: np.ndarray
) -> None:
    stream = EmotionStream(pipeline, rate_hz=RATE_HZ, activity="builtin")
    longest = 0
    for chunk in np.split(conversation, range(400, len(conversation), 400)):
        missing = stream.missing
        longest = max(longest, missing)
        told = stream.feed(chunk)
        assert not told or len(chunk) >= missing
    assert longest >= 0.3 * RATE_HZ  # in the midst of speech, where nothing begins or ends


def test_real_sentences_with_silence_between_are_as_many_utterances(pipeline: Pipeline) -> None:
    recorded = [load_audio(clip.path).samples for clip in clips()]
    audio = with_pauses(*((samples, 1.0) for samples in recorded))
    found = [e for e in heard(pipeline, audio, []) if isinstance(e, UtteranceResult) and e.final]
    begins = np.cumsum([0.0, *(len(samples) / RATE_HZ + 1.0 for samples in recorded)])[:-1]
    starts = np.array([u.start_s for u in found])
    assert [starts[np.abs(starts - begin).argmin()] for begin in begins] == pytest.approx(begins, abs=0.2)
    assert len(found) == len(recorded) + 1, "one of them has a pause of more than half a second"


def test_an_utterance_is_heard_whole_and_has_its_windows(
    pipeline: Pipeline, conversation: np.ndarray
) -> None:
    events = heard(pipeline, conversation, [], adapt=False)
    last = [event for event in events if isinstance(event, UtteranceResult)][-1]
    own = conversation[round(last.start_s * RATE_HZ) : round(last.end_s * RATE_HZ)]
    expected = to_dict(attrs.evolve(pipeline, activity="off").hear(own, rate_hz=RATE_HZ))
    assert {**to_dict(last.result), "timestamp": 0} == {**expected, "timestamp": 0}
    assert len(last.windows) > 3
    assert all(last.start_s <= (w.start_s + w.end_s) / 2 < last.end_s for w in last.windows)


def test_what_is_heard_while_speech_goes_on_is_marked_and_revised(
    pipeline: Pipeline, conversation: np.ndarray
) -> None:
    results = [
        e for e in heard(pipeline, conversation, []) if isinstance(e, UtteranceResult) and e.number == 2
    ]
    assert [result.final for result in results] == [False] * (len(results) - 1) + [True]
    assert [result.revision for result in results] == list(range(len(results)))
    assert len(results) > 1


def test_a_pause_within_a_turn_does_not_end_it(pipeline: Pipeline) -> None:
    audio = with_pauses((sentence(), END_SILENCE_S - 0.3), (sentence(), 1.0))
    assert sum(isinstance(event, SpeechEnd) for event in heard(pipeline, audio, [])) == 1


def test_a_long_utterance_is_split_and_no_speech_is_lost(pipeline: Pipeline) -> None:
    audio = with_pauses((silence(duration_s=1), 0), (sentence(40), 1.0))
    events = heard(pipeline, audio, [], longest_utterance_s=4.0)
    parts = [event for event in events if isinstance(event, UtteranceResult) and event.final]
    assert len(parts) >= 3
    assert all(before.end_s == after.start_s for before, after in itertools.pairwise(parts))
    assert all(part.end_s - part.start_s <= 4.1 for part in parts)
    assert sum(isinstance(event, SpeechStart) for event in events) == 1


def test_finishing_closes_the_utterance_that_is_open(pipeline: Pipeline) -> None:
    stream = EmotionStream(pipeline, rate_hz=RATE_HZ, activity="builtin")
    before = stream.feed(with_pauses((silence(duration_s=1), 0), (sentence(), 0)))
    assert not any(isinstance(event, SpeechEnd) for event in before)
    end, utterance = stream.finish()
    assert isinstance(end, SpeechEnd)
    assert isinstance(utterance, UtteranceResult)
    assert utterance.final
    assert utterance.end_s == pytest.approx(3.0, abs=0.1)
    assert stream.finish() == []
    with pytest.raises(AudioError, match="finished"):
        stream.feed(sentence())


@pytest.mark.parametrize(
    "sound",
    [
        noise(duration_s=4, rms=0.1),
        silence(duration_s=4),
        0.3 * np.sin(np.arange(20 * RATE_HZ) / 10).astype(np.float32)[-4 * RATE_HZ :],
        np.where(np.arange(4 * RATE_HZ) % RATE_HZ < 300, 0.5, 0).astype(np.float32),
    ],
    ids=["noise", "silence", "hum", "clicks"],
)
def test_what_is_no_speech_is_no_utterance(pipeline: Pipeline, sound: np.ndarray) -> None:
    if sound.max() == pytest.approx(0.3, abs=1e-3):  # a hum is its own floor once it has gone on
        sound = np.tile(sound, 3)
    events = heard(pipeline, sound + noise(duration_s=len(sound) / RATE_HZ, rms=1e-4), [])
    assert not any(isinstance(event, UtteranceResult) and event.start_s > 0.5 for event in events)


def test_windows_without_speech_are_not_classified(pipeline: Pipeline, conversation: np.ndarray) -> None:
    asked: list[float] = []

    class Counting:
        def extract(self, audio: Audio, *, baseline: Features | None = None) -> Features:
            asked.append(audio.duration_s)
            return pipeline.extractors["level"].extract(audio, baseline=baseline)

    counting = attrs.evolve(pipeline, extractors={"level": Counting()})
    windows = [e for e in heard(counting, conversation, []) if isinstance(e, WindowResult)]
    left_out = [w for w in windows if w.result.explanation == ("no speech, by builtin voice activity",)]
    assert [window.start_s for window in left_out] == [0.0, 3.0, 3.5, 7.5]
    assert not any(window.result.speech for window in left_out)
    assert asked.count(1.0) == len(windows) - len(left_out)


def test_an_extractors_stream_is_fed_every_sample_once_in_silence_too(
    pipeline: Pipeline, conversation: np.ndarray
) -> None:
    fed: list[np.ndarray] = []

    class Carrying:
        def extract(self, audio: Audio, *, baseline: Features | None = None) -> Features:
            return pipeline.extractors["level"].extract(audio, baseline=baseline)

        def stream(self, rate_hz: int) -> Carrying:
            return self

        def feed(self, samples: np.ndarray) -> None:
            fed.append(samples.copy())

        def features(self, start: int, stop: int, *, baseline: Features | None = None) -> Features:
            return self.extract(Audio(np.concatenate(fed)[start:stop], RATE_HZ), baseline=baseline)

        def forget(self, before: int) -> None:
            assert before <= sum(map(len, fed))

    carrying = attrs.evolve(pipeline, extractors={"level": Carrying()})
    cuts = list(range(0, len(conversation), 777))
    assert plain(heard(carrying, conversation, cuts)) == plain(heard(pipeline, conversation, []))
    came = np.concatenate(fed)
    np.testing.assert_array_equal(came, conversation[: len(came)].astype(np.float32))


# The segmenter alone: probabilities with a known answer


def boundaries(*runs: tuple[float, float]) -> list[Boundary]:
    """Of runs of (seconds, probability)."""
    segmenter = SpeechSegmenter(FRAME_S)
    frames = [probability for seconds, probability in runs for _ in range(round(seconds / FRAME_S))]
    return [*segmenter.feed(frames), *segmenter.finish()]


def test_speech_has_a_margin_before_it() -> None:
    assert boundaries((1, 0), (1, 1), (1, 0)) == [Boundary("start", 45), Boundary("end", 100)]


def test_a_cough_is_forgotten_and_two_do_not_add_up() -> None:
    assert boundaries((1, 0), (0.1, 1), (0.5, 0), (0.14, 1), (1, 0)) == []


def test_speech_goes_on_at_probabilities_at_which_it_would_not_begin() -> None:
    assert boundaries((1, 0), (2, 0.35), (1, 0)) == []
    assert boundaries((1, 0), (0.4, 0.9), (1, 0.35), (1, 0))[-1] == Boundary("end", 120)


def test_utterances_never_overlap() -> None:
    found = boundaries((0.5, 0), (0.5, 1), (0.56, 0), (0.5, 1), (0.56, 0), (0.5, 1), (1, 0))
    assert [boundary.kind for boundary in found] == ["start", "end"] * 3
    assert [boundary.at for boundary in found] == sorted(boundary.at for boundary in found)


def test_a_long_utterance_is_split_where_speech_is_least_likely() -> None:
    found = boundaries((1, 0), (LONGEST_S - 2, 1), (0.1, 0.5), (5, 1), (1, 0))
    split = next(boundary for boundary in found if boundary.kind == "split")
    assert split.at * FRAME_S == pytest.approx(1 + LONGEST_S - 2, abs=0.1)


@given(
    probabilities=st.lists(st.sampled_from([0.0, 0.1, 0.4, 0.9, 1.0]), min_size=50, max_size=400),
    longest_s=st.floats(0.5, 3.0),
)
def test_what_is_undecided_holds_no_boundary(probabilities: list[float], longest_s: float) -> None:
    segmenter = SpeechSegmenter(FRAME_S, longest_s=longest_s)
    undecided = 0
    for probability in probabilities:
        found = list(segmenter.feed([probability]))
        assert not (found and undecided)
        assert segmenter.undecided >= undecided - 1
        undecided = segmenter.undecided


def test_in_unbroken_speech_a_boundary_is_known_to_be_half_a_second_away() -> None:
    segmenter = SpeechSegmenter(FRAME_S)
    list(segmenter.feed([1.0] * 50))
    assert segmenter.undecided * FRAME_S == pytest.approx(END_SILENCE_S, abs=2 * FRAME_S)


def test_the_detector_tells_the_same_a_step_or_many_at_a_time() -> None:
    sound = with_pauses((silence(duration_s=1), 0), (sentence(), 1.0))[: 3 * RATE_HZ]
    told = []
    for steps in (30, 6, 1):
        detector = BuiltinActivity()
        told.append(np.concatenate([detector.feed(piece) for piece in np.split(sound, steps)]))
    assert told[0].max() > 0.9
    assert told[0].min() < 0.1
    np.testing.assert_allclose(told[1], told[0], atol=1e-6)
    np.testing.assert_allclose(told[2], told[0], atol=1e-6)


def test_the_detector_tells_the_same_in_noise_and_at_any_level() -> None:
    quiet = with_pauses((silence(duration_s=1), 0), (sentence(), 1.5))
    for sound in (quiet, 0.1 * quiet, quiet + noise(duration_s=len(quiet) / RATE_HZ, rms=0.02)):
        told = BuiltinActivity().feed(sound) >= 0.5
        times_s = np.arange(len(told)) * BuiltinActivity.frame / RATE_HZ
        assert told[(times_s > 1.1) & (times_s < 2.9)].mean() > 0.9
        assert not told[(times_s < 1) | (times_s > 3.2)].any()


def test_most_of_what_is_said_in_noise_5_db_below_is_found(pipeline: Pipeline) -> None:
    spoken_s = found_s = 0.0
    for clip in clips():
        speech = load_audio(clip.path).samples
        audio = with_pauses((silence(duration_s=1), 0), (speech, 1.0))
        rms = 10 ** (-5 / 20) * float(np.sqrt(np.mean(speech**2)))
        audio += noise(duration_s=len(audio) / RATE_HZ, rms=rms)
        timeline = hear_timeline(pipeline, audio, rate_hz=RATE_HZ, activity="builtin")
        spoken_s += len(speech) / RATE_HZ
        found_s += sum(utterance.end_s - utterance.start_s for utterance in timeline.utterances)
    assert 0.7 < found_s / spoken_s < 1.05


# However it is cut


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 8 * RATE_HZ), max_size=15))
def test_the_same_audio_gives_the_same_events_however_it_is_cut(
    pipeline: Pipeline, conversation: np.ndarray, cuts: list[int]
) -> None:
    cuts = [min(cut, len(conversation)) for cut in cuts]
    assert plain(heard(pipeline, conversation, cuts)) == plain(heard(pipeline, conversation, []))


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 44_100, 48_000])
def test_other_rates_find_the_same_utterances(pipeline: Pipeline, rate_hz: int) -> None:
    from voxaffect.audio import resample

    audio = with_pauses((silence(duration_s=1), 0), (sentence(), 1.5))
    events = heard(pipeline, resample(audio, RATE_HZ, rate_hz), [5000, 5001, 20_000], rate_hz=rate_hz)
    (utterance,) = [event for event in events if isinstance(event, UtteranceResult) and event.final]
    assert (utterance.start_s, utterance.end_s) == pytest.approx((1.0, 3.0), abs=0.2)


def test_a_recording_gives_what_a_stream_of_it_would(pipeline: Pipeline, conversation: np.ndarray) -> None:
    timeline = hear_timeline(pipeline, conversation, rate_hz=RATE_HZ, activity="builtin")
    streamed = heard(pipeline, conversation, [])
    assert [type(event) for event in timeline] == [type(event) for event in streamed]
    assert timeline.activity == "builtin"
    assert len(timeline.utterances) == 2
    assert [window.start_s for window in timeline.windows] == [n / 2 for n in range(len(timeline.windows))]


def test_integers_and_either_orientation_are_heard_alike(pipeline: Pipeline) -> None:
    audio = np.round(with_pauses((sentence(), 1.0)) * 32_767).astype(np.int16)
    stereo = np.stack([audio, audio], axis=1)
    expected = plain(heard(pipeline, audio, [5000]))
    assert plain(heard(pipeline, (audio / np.float32(32_768)).astype(np.float64), [7000])) == expected
    assert plain(heard(pipeline, stereo, [7000])) == expected


# What goes wrong


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (np.array([0.1, np.nan]), "NaN"),
        (np.full((10, 2), np.inf), "channels"),
        (np.zeros((10, 2)), "has 1 channels, the chunk 2"),
        (np.zeros(10, complex), "complex"),
        ([0.0], "numpy array"),
    ],
)
def test_a_bad_chunk_is_refused_and_the_stream_goes_on(
    pipeline: Pipeline, conversation: np.ndarray, bad: object, said: str
) -> None:
    stream = EmotionStream(pipeline, rate_hz=RATE_HZ, activity="builtin", started=0.0)
    events = stream.feed(conversation[:30_000])
    with pytest.raises(AudioError, match=said):
        stream.feed(bad)  # type: ignore[arg-type]
    events += stream.feed(np.zeros(0)) + stream.feed(conversation[30_000:]) + stream.finish()
    assert plain(events) == plain(heard(pipeline, conversation, []))


def test_silence_is_told_by_the_activity_that_the_stream_has(pipeline: Pipeline) -> None:
    deaf = attrs.evolve(pipeline, activity="off")
    stream = EmotionStream(deaf, rate_hz=RATE_HZ, activity="builtin")
    (window,) = stream.feed(np.zeros(RATE_HZ))
    assert isinstance(window, WindowResult)
    assert window.result.explanation == ("no speech, by builtin voice activity",)


def test_an_unknown_activity_or_rate_is_an_error(pipeline: Pipeline) -> None:
    with pytest.raises(InvalidValueError, match="builtin or off, got 'webrtc'"):
        EmotionStream(pipeline, rate_hz=RATE_HZ, activity="webrtc")  # type: ignore[arg-type]
    with pytest.raises(AudioError, match="sampling rate"):
        EmotionStream(pipeline, rate_hz=4000)


def test_what_was_heard_before_a_component_failed_comes_with_the_next_chunk(pipeline: Pipeline) -> None:
    class Fragile:
        def extract(self, audio: Audio, *, baseline: Features | None = None) -> Features:
            if audio.samples.max() == 1:
                raise RuntimeError("too loud")
            return pipeline.extractors["level"].extract(audio, baseline=baseline)

    audio = np.full(4 * RATE_HZ, 0.1, np.float32)
    audio[20_000] = 1
    stream = EmotionStream(
        attrs.evolve(pipeline, extractors={"level": Fragile()}), rate_hz=RATE_HZ, activity="off"
    )
    for _ in range(2):  # the two windows that it is in
        with pytest.raises(PluginError, match="too loud"):
            stream.feed(audio)
        audio = np.zeros(0, np.float32)
    assert [event.start_s for event in stream.feed(audio)] == [0.0, 1.5, 2.0, 2.5, 3.0]


# Hours


class Deaf(Pipeline):
    """Says the same of everything, at once."""

    result: ClassVar[EmotionResult]

    def conclude(self, measured: Measured, *, timestamp: float | None = None) -> EmotionResult:
        return self.result


def test_an_hour_takes_no_more_memory_than_a_minute(pipeline: Pipeline) -> None:
    Deaf.result = pipeline.hear(np.zeros(8_000), rate_hz=8_000)
    deaf = Deaf(pipeline.backend, pipeline.classifier, {}, pipeline.taxonomy)
    stream = EmotionStream(deaf, rate_hz=8_000, activity="off")
    minute = np.full(60 * 8_000, 0.1, np.float32)
    blocks = []
    for _ in range(60):
        assert len(stream.feed(minute)) >= 119
        assert stream.held_s < 1
        blocks.append(sys.getallocatedblocks())
    assert blocks[-1] - blocks[1] < 1_000


def test_endless_speech_and_endless_silence_are_not_kept(pipeline: Pipeline) -> None:
    endless = sentence(40)
    stream = EmotionStream(pipeline, rate_hz=RATE_HZ, activity="builtin", longest_utterance_s=5.0)
    sizes = []
    for sound in (endless, silence(duration_s=10)):
        for _ in range(12):
            stream.feed(sound)
            sizes.append(stream.held_s)
    assert max(sizes) < 10
    assert sizes[-1] < 3


def test_the_detector_streams_events_and_keeps_windows_in_its_history(
    host: PluginHost, conversation: np.ndarray
) -> None:
    detector = VoiceEmotionDetector("ear", host=host, activity="builtin")
    events = [
        event
        for chunk in np.array_split(conversation, 40)
        for event in detector.stream_events(chunk, RATE_HZ)
    ]
    events += detector.finish_stream()
    windows = [event.result for event in events if isinstance(event, WindowResult)]
    assert detector.get_history() == windows
    assert sum(isinstance(event, UtteranceResult) and event.final for event in events) == 2
    assert detector.finish_stream() == []
