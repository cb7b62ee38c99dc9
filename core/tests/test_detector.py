from __future__ import annotations

import io

import attrs
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from voxaffect import (
    Audio,
    AudioError,
    Direction,
    Features,
    InvalidValueError,
    PluginError,
    PluginHost,
    UnknownNameError,
    VoiceEmotionDetector,
)
from voxaffect.audio import load_audio
from voxaffect.report import to_dict

RATE_HZ = 8_000


def level(rms: float, seconds: float = 1.0) -> np.ndarray:
    return np.full(round(seconds * RATE_HZ), rms, np.float32)


class Clock:
    """Stands still unless told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def detector(host: PluginHost, clock: Clock) -> VoiceEmotionDetector:
    return VoiceEmotionDetector("ear", host=host, clock=clock, activity="off")


# One clip


def test_a_clip_is_analysed_from_any_source(detector: VoiceEmotionDetector) -> None:
    file = io.BytesIO()
    soundfile.write(file, level(0.25), RATE_HZ, format="WAV", subtype="FLOAT")
    sources = [(file.getvalue(), None), (level(0.25), RATE_HZ), (load_audio(level(0.25), RATE_HZ), None)]
    valences = {detector.analyze(source, rate_hz).primary.valence for source, rate_hz in sources}
    assert valences == {0.0}


def test_an_unknown_backend_suggests_the_nearest(host: PluginHost) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'ear'"):
        VoiceEmotionDetector("eaar", host=host)


def test_options_reach_the_backend(host: PluginHost) -> None:
    detector = VoiceEmotionDetector("ear", options={"bias": 0.5}, host=host, activity="off")
    assert detector.analyze(level(0.25), RATE_HZ).primary.valence == 0.5


def test_a_clip_that_cannot_be_read_leaves_no_trace(detector: VoiceEmotionDetector) -> None:
    with pytest.raises(AudioError):
        detector.analyze(np.zeros(0), RATE_HZ)
    assert detector.get_history() == []


# History


def test_history_keeps_the_last_100(detector: VoiceEmotionDetector, clock: Clock) -> None:
    for _ in range(105):
        clock.now += 1
        detector.analyze(level(0.1, 0.01), RATE_HZ)
    timestamps = [result.timestamp for result in detector.get_history()]
    assert timestamps == [1000.0 + second for second in range(6, 106)]


def test_a_window_holds_the_last_so_many_seconds(detector: VoiceEmotionDetector, clock: Clock) -> None:
    for _ in range(10):
        clock.now += 1
        detector.analyze(level(0.1, 0.01), RATE_HZ)
    assert [result.timestamp for result in detector.get_history(3)] == [1007, 1008, 1009, 1010]
    clock.now += 100
    assert detector.get_history(3) == []


@pytest.mark.parametrize("window_s", [0, -1, float("nan")])
def test_a_window_must_be_above_0(detector: VoiceEmotionDetector, window_s: float) -> None:
    with pytest.raises(InvalidValueError, match="above 0 s, got"):
        detector.get_history(window_s)


def test_the_history_handed_out_is_a_copy(detector: VoiceEmotionDetector) -> None:
    detector.analyze(level(0.1), RATE_HZ)
    detector.get_history().clear()
    assert len(detector.get_history()) == 1


# Trajectory


def test_a_rising_mood_is_improving(detector: VoiceEmotionDetector, clock: Clock) -> None:
    assert detector.get_trajectory() is None
    for rms in (0.1, 0.2, 0.3, 0.4):
        clock.now += 20
        detector.analyze(level(rms), RATE_HZ)
    trajectory = detector.get_trajectory()
    assert trajectory is not None
    assert trajectory.direction is Direction.IMPROVING
    assert trajectory.change == pytest.approx(1.2)
    assert trajectory.slope_per_minute == pytest.approx(1.2)
    assert (trajectory.n_results, trajectory.span_s) == (4, 60)


def test_what_is_older_than_5_minutes_does_not_count(detector: VoiceEmotionDetector, clock: Clock) -> None:
    for rms in (0.4, 0.4, 0.1, 0.1, 0.1):
        clock.now += 120
        detector.analyze(level(rms), RATE_HZ)
    trajectory = detector.get_trajectory()
    assert trajectory is not None
    assert trajectory.n_results == 3
    assert trajectory.direction is Direction.STABLE


def test_a_trajectory_reaches_further_back_than_the_history(
    detector: VoiceEmotionDetector, clock: Clock
) -> None:
    for _ in range(250):
        clock.now += 1
        detector.analyze(level(0.2), RATE_HZ)
    trajectory = detector.get_trajectory()
    assert trajectory is not None
    assert trajectory.n_results == 250
    assert len(detector.get_history()) == len(detector.get_history(1000)) == 100


# Streaming


def stream(detector: VoiceEmotionDetector, audio: np.ndarray, cuts: list[int]) -> list[dict[str, object]]:
    detector.reset_stream()
    before = len(detector.get_history())
    for chunk in np.split(audio, sorted(cuts)):
        detector.analyze_streaming(chunk, RATE_HZ)
    return [to_dict(result) for result in detector.get_history()[before:]]


def changing(channels: int) -> np.ndarray:
    """3.2 s whose channels agree, cancel each other out, clip and fall silent in turn."""
    parts = [level(0.1, 0.7), level(0.4, 0.9), level(0.0, 0.6), level(1.0, 0.3), level(0.2, 0.7)]
    first = np.concatenate(parts)
    if channels == 1:
        return first
    second = np.concatenate([-parts[0], parts[1], parts[2], -0.9 * parts[3], parts[4] / 2])
    return np.stack([first, second], axis=1)


@pytest.mark.parametrize("channels", [1, 2])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, round(3.2 * RATE_HZ)), max_size=12))
def test_the_same_audio_gives_the_same_results_however_it_is_cut(
    host: PluginHost, clock: Clock, channels: int, cuts: list[int]
) -> None:
    detector = VoiceEmotionDetector("ear", host=host, clock=clock, activity="off")
    audio = changing(channels)
    whole = stream(detector, audio, [])
    assert len(whole) == 5
    assert stream(detector, audio, cuts) == whole


def test_a_window_of_a_stream_hears_what_the_clip_itself_would(detector: VoiceEmotionDetector) -> None:
    audio = changing(2)
    streamed = stream(detector, audio, [5000, 11_000])
    for number, result in enumerate(streamed):
        clip = to_dict(detector.analyze(audio[number * 4000 : number * 4000 + 8000], RATE_HZ))
        assert {**clip, "timestamp": result["timestamp"]} == result


def test_windows_last_1_s_and_begin_every_half_second(detector: VoiceEmotionDetector) -> None:
    returned = [detector.analyze_streaming(level(0.1, 0.25), RATE_HZ) for _ in range(10)]
    assert [result is not None for result in returned] == [False] * 3 + [True, False] * 3 + [True]
    assert [result.timestamp - 1000 for result in detector.get_history()] == [1.0, 1.5, 2.0, 2.5]
    assert {result.duration_s for result in detector.get_history()} == {1.0}


def test_a_chunk_that_completes_several_windows_returns_the_latest(detector: VoiceEmotionDetector) -> None:
    result = detector.analyze_streaming(level(0.1, 3.0), RATE_HZ)
    assert result is detector.get_history()[-1]
    assert len(detector.get_history()) == 5


def test_one_sample_at_a_time_is_enough(detector: VoiceEmotionDetector) -> None:
    results = [detector.analyze_streaming(np.array([0.1]), RATE_HZ) for _ in range(8001)]
    assert [number for number, result in enumerate(results) if result] == [7999]


def test_integers_and_either_orientation_stream_like_floats(detector: VoiceEmotionDetector) -> None:
    stereo = np.stack([level(0.25, 1.5), level(0.25, 1.5)], axis=1)
    expected = stream(detector, stereo, [3000])
    for form in ((stereo * 32768).astype(np.int16), (stereo * 128 + 128).astype(np.uint8)):
        assert stream(detector, form, [3000]) == expected
    detector.reset_stream()
    result = detector.analyze_streaming(stereo.T, RATE_HZ)
    assert result is not None
    assert to_dict(result) == expected[-1]


def test_an_empty_chunk_changes_nothing(detector: VoiceEmotionDetector) -> None:
    for empty in (np.zeros(0), np.zeros(0, np.int16), np.zeros((0, 2))):
        assert detector.analyze_streaming(empty, RATE_HZ) is None
    assert detector.analyze_streaming(level(0.1), RATE_HZ) is not None
    assert detector.analyze_streaming(np.zeros(0)) is None


def test_the_first_chunk_needs_a_rate_and_later_ones_do_not(detector: VoiceEmotionDetector) -> None:
    with pytest.raises(AudioError, match="needs rate_hz"):
        detector.analyze_streaming(level(0.1))
    detector.analyze_streaming(level(0.1, 0.5), RATE_HZ)
    assert detector.analyze_streaming(level(0.1, 0.5)) is not None


@pytest.mark.parametrize("rate_hz", [0, 1, 7999, -8000, 8000.5])
@pytest.mark.parametrize("chunk", [np.zeros(0), np.zeros(100)])
def test_a_stream_of_an_impossible_rate_never_starts(
    detector: VoiceEmotionDetector, chunk: np.ndarray, rate_hz: int
) -> None:
    with pytest.raises(AudioError, match="sampling rate"):
        detector.analyze_streaming(chunk, rate_hz)
    assert detector.analyze_streaming(level(0.1), RATE_HZ) is not None


def test_a_change_of_rate_is_an_error_until_the_stream_is_reset(detector: VoiceEmotionDetector) -> None:
    detector.analyze_streaming(level(0.1, 0.5), RATE_HZ)
    with pytest.raises(AudioError, match=r"runs at 8000 Hz, the chunk at 16000: call reset_stream\(\)"):
        detector.analyze_streaming(level(0.1), 16_000)
    detector.reset_stream()
    assert detector.analyze_streaming(np.full(16_000, 0.1), 16_000) is not None


def test_a_change_of_channels_is_an_error(detector: VoiceEmotionDetector) -> None:
    detector.analyze_streaming(level(0.1, 0.5), RATE_HZ)
    with pytest.raises(AudioError, match="has 1 channels, the chunk 2"):
        detector.analyze_streaming(np.zeros((100, 2)), RATE_HZ)


@pytest.mark.parametrize(
    "bad",
    [
        np.array([0.1, np.nan]),
        np.array([np.inf]),
        np.zeros(10, complex),
        np.zeros((2, 2, 2)),
        np.zeros((100, 9)),
        [0.1, 0.2],
        b"bytes",
        None,
    ],
    ids=repr,
)
def test_a_bad_chunk_is_refused_and_loses_nothing(detector: VoiceEmotionDetector, bad: object) -> None:
    audio = changing(1)
    expected = stream(detector, audio, [5000])
    detector.reset_stream()
    before = len(detector.get_history())
    for chunk in (bad, audio[:5000], bad, audio[5000:], bad):
        if chunk is bad:
            with pytest.raises(AudioError):
                detector.analyze_streaming(bad, RATE_HZ)  # type: ignore[arg-type]
        else:
            detector.analyze_streaming(chunk, RATE_HZ)  # type: ignore[arg-type]
    assert [to_dict(result) for result in detector.get_history()[before:]] == expected


def test_a_component_that_fails_on_one_window_loses_no_other(detector: VoiceEmotionDetector) -> None:
    whole = detector.pipeline.extractors["level"]

    class Fragile:
        def extract(self, audio: Audio, *, baseline: Features | None = None) -> Features:
            if audio.samples[0] == 0.5:
                raise RuntimeError("too loud")
            return whole.extract(audio, baseline=baseline)

    fragile = VoiceEmotionDetector(
        pipeline=attrs.evolve(detector.pipeline, extractors={"level": Fragile()}), clock=Clock()
    )
    audio = np.concatenate([level(0.1, 0.5), level(0.5, 0.5), level(0.1, 1.5)])
    with pytest.raises(PluginError, match="the extractor tiny/level failed: RuntimeError: too loud"):
        fragile.analyze_streaming(audio, RATE_HZ)
    fragile.analyze_streaming(level(0.1, 0.5))
    assert [result.timestamp - 1000 for result in fragile.get_history()] == [1.0, 2.0, 2.5, 3.0]


def test_the_chunk_may_be_overwritten_by_the_caller(detector: VoiceEmotionDetector) -> None:
    buffer = level(0.25, 0.5)
    detector.analyze_streaming(buffer, RATE_HZ)
    buffer[:] = 1.0
    result = detector.analyze_streaming(level(0.25, 0.5), RATE_HZ)
    assert result is not None
    assert result.primary.valence == 0


def test_a_stream_that_runs_ahead_of_the_clock_is_recent(detector: VoiceEmotionDetector) -> None:
    detector.analyze_streaming(level(0.1, 30.0), RATE_HZ)
    assert len(detector.get_history(1.0)) == 3  # those that end 29, 29.5 and 30 s into the stream


# Whether the baseline fits


def test_whether_the_baseline_fits_is_told_from_twelve_clips_on(detector: VoiceEmotionDetector) -> None:
    assert detector.check_baseline() is None
    detector.calibrate_baseline([level(0.20), level(0.21), level(0.22)], RATE_HZ)
    for rms in np.linspace(0.2, 0.22, 11):
        detector.analyze(level(rms), RATE_HZ)
        detector.analyze(level(0.0), RATE_HZ)  # silence is nobody's voice
    assert detector.check_baseline() is None
    detector.analyze(level(0.21), RATE_HZ)
    drift = detector.check_baseline()
    assert drift is not None
    assert drift.fits
    for rms in np.linspace(0.5, 0.52, 12):
        detector.analyze(level(rms), RATE_HZ)
    drift = detector.check_baseline()
    assert drift is not None
    assert (drift.fits, drift.farthest) == (False, ("level/rms",))
