"""Along a stream the front end is computed once, and every result is that of its stretch alone."""

from __future__ import annotations

import functools
from pathlib import Path

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voxaffect import Audio, EmotionResult, Features, Pipeline, create_backend, load_audio
from voxaffect.engines import Array, Tensor, TensorEngine
from voxaffect.examples import clips
from voxaffect.streaming import EmotionStream, UtteranceResult, WindowResult
from voxaffect.synthetic import noise, silence
from voxaffect.testing import assert_heard_alike, assert_measured_alike
from voxaffect_whisper_mlx import carried_front_end
from voxaffect_whisper_mlx.extractor import WhisperExtractor
from voxaffect_whisper_mlx.mel import LogMel, log_mel_of

RATE_HZ = 16_000
SMALL = Path(__file__).parent / "data" / "small"


@functools.cache
def recording() -> Array:
    """(n_samples,) two utterances with silence between them, of which the second is louder."""
    first, second = (load_audio(clips(acted)[0].path).samples for acted in ("sadness", "anger"))
    return np.concatenate([first[:28_000], silence(duration_s=1.3), second[:34_000]]).astype(np.float32)


@functools.cache
def pipeline() -> Pipeline:
    return create_backend("whisper_mlx")


@functools.cache
def alone(start: int, stop: int) -> EmotionResult:
    return attrs.evolve(pipeline(), activity="off").hear(recording()[start:stop], rate_hz=RATE_HZ)


@functools.cache
def small(engine: str = "numpy", pooled_over: str = "speech") -> WhisperExtractor:
    return WhisperExtractor(model=SMALL, levels=[0, 4], engine=engine, pooled_over=pooled_over)  # type: ignore[arg-type]


@settings(max_examples=4, deadline=None)
@given(cuts=st.lists(st.floats(0, 1), max_size=12), activity=st.sampled_from(["builtin", "off"]))
def test_every_result_is_that_of_its_stretch_alone_however_it_is_cut(
    cuts: list[float], activity: str
) -> None:
    stream = EmotionStream(pipeline(), rate_hz=RATE_HZ, activity=activity)  # type: ignore[arg-type]
    events = []
    for chunk in np.split(recording(), sorted(round(cut * len(recording())) for cut in cuts)):
        events += stream.feed(chunk)
    events += stream.finish()
    results = [event for event in events if isinstance(event, (WindowResult, UtteranceResult))]
    assert len([event for event in results if isinstance(event, WindowResult)]) == 9
    if activity == "builtin":
        assert len([event for event in results if isinstance(event, UtteranceResult) and event.final]) == 2
    for event in results:
        if not event.result.speech:
            continue
        expected = alone(round(event.start_s * RATE_HZ), round(event.end_s * RATE_HZ))
        assert_heard_alike(event.result, expected)


@settings(max_examples=25, deadline=None)
@given(
    stretches=st.lists(st.tuples(st.integers(0, 480), st.integers(1, 40_000)), min_size=1, max_size=6),
    pooled_over=st.sampled_from(["all", "speech"]),
)
def test_any_stretch_in_any_order_reads_the_same(stretches: list[tuple[int, int]], pooled_over: str) -> None:
    extractor, audio = small(pooled_over=pooled_over), recording()
    stream = extractor.stream(RATE_HZ)
    assert stream is not None
    stream.feed(audio)
    for hop, length in stretches:
        start = hop * 160
        stop = min(start + length, len(audio))
        expected = extractor.extract(Audio(audio[start:stop], RATE_HZ))
        assert_measured_alike(stream.features(start, stop), expected)


def test_windows_read_the_same_on_every_engine(engine: TensorEngine) -> None:
    extractor, audio = small(engine.name), recording()
    stream = extractor.stream(RATE_HZ)
    assert stream is not None
    stream.feed(audio)
    for start in range(0, len(audio) - RATE_HZ, RATE_HZ // 2):
        expected = extractor.extract(Audio(audio[start : start + RATE_HZ], RATE_HZ))
        assert_measured_alike(stream.features(start, start + RATE_HZ), expected)
        stream.forget(start + RATE_HZ // 2)


def test_off_the_grid_beyond_30_s_and_in_silence_the_same_is_read() -> None:
    extractor, audio = small(), np.tile(recording(), 7)
    stream = extractor.stream(RATE_HZ)
    assert stream is not None
    stream.feed(audio)
    for start, stop in ((7, 20_000), (0, len(audio)), (32_000, 40_000), (32_000, 32_100), (32_000, 52_000)):
        expected = extractor.extract(Audio(audio[start:stop], RATE_HZ))
        assert_measured_alike(stream.features(start, stop), expected)
    assert stream.features(32_000, 40_000).speech_s == 0


def test_a_baseline_is_handed_on() -> None:
    stream, own = small().stream(RATE_HZ), Features()
    assert stream is not None
    stream.feed(recording())
    assert stream.features(0, RATE_HZ, baseline=own).baseline is own


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """Frames of the spectrogram, and mel frames that went through the convolutions, call by call."""
    counts: dict[str, list[int]] = {"log_mel": [], "convolved": []}
    encoder = small().encoder
    convolved = encoder.convolved

    def counting_log_mel(heard: Array, n_mels: int) -> LogMel:
        counts["log_mel"].append(len(heard))
        return log_mel_of(heard, n_mels)

    def counting_convolved(mel: Array) -> Tensor:
        counts["convolved"].append(len(mel))
        return convolved(mel)

    monkeypatch.setattr(carried_front_end, "log_mel_of", counting_log_mel)
    monkeypatch.setattr(encoder, "convolved", counting_convolved)
    return counts


def test_the_front_end_of_the_overlap_is_computed_once(computed: dict[str, list[int]]) -> None:
    audio = noise(duration_s=3.0)
    stream = small().stream(RATE_HZ)
    assert stream is not None
    stream.feed(audio)
    for start in range(0, 2 * RATE_HZ + 1, RATE_HZ // 2):
        stream.features(start, start + RATE_HZ)
    # Of 100 frames 2 at the beginning and 1 at the end are a window's own, and 50 are new each time.
    assert computed["log_mel"] == [100, *[2 + 51] * 4]
    # Of 50 outputs 2 at the beginning and 1 at the end hear a frame of the window's own. Those that are
    # computed, 2 and 26 of them, have one more beside them for context.
    assert computed["convolved"] == [100, *[2 * (3 + 27)] * 4]
    stream.features(0, 3 * RATE_HZ)
    assert computed["log_mel"][-1] == 2 + 1
    assert computed["convolved"][-1] == 2 * (3 + 2)


def test_stretches_that_begin_with_an_odd_frame_share_the_convolutions_of_such(
    computed: dict[str, list[int]],
) -> None:
    stream = small().stream(RATE_HZ)
    assert stream is not None
    stream.feed(noise(duration_s=3.0))
    for start, stop in ((0, 32_000), (160, 16_000), (480, 24_000)):
        stream.features(start, stop)
    assert computed["convolved"][:2] == [200, 99]
    assert computed["convolved"][2] < 75
    assert sum(computed["log_mel"]) < 200 + 2 * 5


def test_what_one_window_raised_to_its_floor_and_the_next_did_not_is_computed_for_each(
    computed: dict[str, list[int]],
) -> None:
    """A tone has bands far below; a louder one in the next window raises them."""
    tone = np.sin(2 * np.pi * 440 * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
    faint = 1e-3 * tone + noise(duration_s=1.0, rms=1e-6)
    audio = np.concatenate([faint, 0.5 * tone, faint]).astype(np.float32)
    stream = small().stream(RATE_HZ)
    assert stream is not None
    stream.feed(audio)
    for start in (0, 8_000, 16_000, 24_000):
        expected = small().extract(Audio(audio[start : start + RATE_HZ], RATE_HZ))
        computed["convolved"].clear()
        assert_measured_alike(stream.features(start, start + RATE_HZ), expected)
        assert computed["convolved"] == [100 if start < 16_000 else 60]


def test_what_is_kept_does_not_grow_with_the_stream() -> None:
    stream, second = small().stream(RATE_HZ), noise(duration_s=1.0)
    assert stream is not None
    kept = []
    stream.feed(second)
    for start in range(0, 60 * RATE_HZ, RATE_HZ // 2):
        stream.feed(second[: RATE_HZ // 2])
        stream.features(start, start + RATE_HZ)
        stream.forget(start + RATE_HZ // 2)
        rows = [stream._front_end._mel, *stream._front_end._convolved]  # type: ignore[attr-defined]
        held = [
            each._held.nbytes
            for each in (stream._samples, *(r._rows for r in rows))
            if each._held is not None
        ]  # type: ignore[attr-defined]
        kept.append(sum(held))
    assert max(kept[10:]) <= max(kept[:10])


def test_other_rates_are_not_carried() -> None:
    assert small().stream(48_000) is None
