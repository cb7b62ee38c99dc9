"""With `carry_front_end` windows share the front end's frames, and are nearly those of the clip."""

from __future__ import annotations

from pathlib import Path

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from voxaffect import Audio, EmotionResult, Features, Pipeline, load_audio
from voxaffect.engines import Array, Tensor, TensorEngine
from voxaffect.examples import clips
from voxaffect.streaming import EmotionStream, UtteranceResult, WindowResult
from voxaffect.synthetic import noise, silence
from voxaffect_emotion2vec.extractor import Emotion2vecExtractor
from voxaffect_emotion2vec.model import Emotion2vecModel
from voxaffect_emotion2vec.stream import Emotion2vecStream

RATE_HZ = 16_000

CLOSE, CLOSE_IN_STEADY_SOUND = 0.05, 0.005
"""Of an embedding and of its frames, with the random weights of these tests. Frames that are one place off
are 0.2 apart and more."""


@pytest.fixture(scope="module")
def recording() -> Array:
    """(n_samples,) two utterances with silence between them, of which the second is louder."""
    first, second = (load_audio(clips(acted)[0].path).samples for acted in ("sadness", "anger"))
    return np.concatenate([first[:28_000], silence(duration_s=1.3), second[:34_000]]).astype(np.float32)


@pytest.fixture
def extractor(installed: Path) -> Emotion2vecExtractor:
    return Emotion2vecExtractor(carry_front_end=True)


def stream_of(extractor: Emotion2vecExtractor, samples: Array) -> Emotion2vecStream:
    stream = extractor.stream(RATE_HZ)
    assert isinstance(stream, Emotion2vecStream)
    stream.feed(samples)
    return stream


def pipeline(folder: Path, *, carry_front_end: bool) -> Pipeline:
    toml = folder / "pipeline.toml"
    toml.write_text(
        'classifier = "emotion2vec"\n\n[extractors.emotion2vec]\n'
        f"carry_front_end = {str(carry_front_end).lower()}\n",
        encoding="utf-8",
    )
    return Pipeline.from_toml(toml)


def heard(
    pipeline: Pipeline, recording: Array, cuts: list[float]
) -> list[tuple[str, float, float, EmotionResult]]:
    stream = EmotionStream(pipeline, rate_hz=RATE_HZ, adapt=False, activity="builtin", started=0.0)
    events = []
    for chunk in np.split(recording, sorted(round(cut * len(recording)) for cut in cuts)):
        events += stream.feed(chunk)
    return [
        (type(event).__name__, event.start_s, event.end_s, event.result)
        for event in [*events, *stream.finish()]
        if isinstance(event, (WindowResult, UtteranceResult))
    ]


def apart(one: Array | None, other: Array | None) -> float:
    """Over the size of the second."""
    assert one is not None
    assert other is not None
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


def assert_same(one: Features, other: Features) -> None:
    assert one.speech_s == other.speech_s
    assert one.frame_s == other.frame_s
    np.testing.assert_array_equal(one.embedding, other.embedding)
    np.testing.assert_array_equal(one.frames, other.frames)


def test_it_carries_nothing_unless_asked_to_and_at_16_khz(installed: Path) -> None:
    assert Emotion2vecExtractor().stream(RATE_HZ) is None
    carrying = Emotion2vecExtractor(carry_front_end=True)
    assert carrying.stream(RATE_HZ) is not None
    assert carrying.stream(48_000) is None


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.floats(0, 1), max_size=12))
@pytest.mark.parametrize("carry_front_end", [False, True])
def test_events_do_not_depend_on_how_the_stream_is_cut(
    installed: Path, tmp_path: Path, recording: Array, carry_front_end: bool, cuts: list[float]
) -> None:
    hearing = pipeline(tmp_path, carry_front_end=carry_front_end)
    whole, cut = heard(hearing, recording, []), heard(hearing, recording, cuts)
    assert len([event for event in whole if event[0] == "WindowResult"]) == 9
    assert [event[:3] for event in whole] == [event[:3] for event in cut]
    for (*_, one), (*_, other) in zip(whole, cut, strict=True):
        assert one.primary == other.primary
        assert one.categorical == other.categorical


def test_utterances_are_those_of_the_clip_to_the_last_bit_and_windows_nearly(
    installed: Path, tmp_path: Path, recording: Array
) -> None:
    hearing = pipeline(tmp_path, carry_front_end=True)
    distances: dict[str, list[float]] = {"WindowResult": [], "UtteranceResult": []}
    for kind, start_s, end_s, result in heard(hearing, recording, []):
        if result.embedding is not None:
            stretch = recording[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
            expected = attrs.evolve(hearing, activity="off").hear(stretch, rate_hz=RATE_HZ)
            distances[kind].append(apart(result.embedding, expected.embedding))
    assert len(distances["UtteranceResult"]) >= 2
    assert max(distances["UtteranceResult"]) == 0
    assert 0 < max(distances["WindowResult"]) < CLOSE


def test_windows_are_those_of_the_clip_exactly_where_nothing_is_carried_and_nearly_elsewhere(
    engine: TensorEngine, installed: Path
) -> None:
    extractor, audio = Emotion2vecExtractor(carry_front_end=True, engine=engine.name), noise(duration_s=5.0)
    stream = stream_of(extractor, audio)
    for start in (0, 8_000, 16_000, 56_000, 64_000):
        window = extractor.extract(Audio(audio[start : start + RATE_HZ], RATE_HZ))
        carried = stream.features(start, start + RATE_HZ)
        if start in (0, 56_000):  # nothing before it, and behind a gap
            assert_same(carried, window)
        assert apart(carried.frames, window.frames) < CLOSE_IN_STEADY_SOUND


def test_a_louder_stream_is_heard_alike(extractor: Emotion2vecExtractor, recording: Array) -> None:
    soft, loud = stream_of(extractor, recording), stream_of(extractor, 8 * recording)
    for start in (0, 8_000):
        one, other = (stream.features(start, start + RATE_HZ) for stream in (soft, loud))
        assert apart(one.frames, other.frames) < CLOSE_IN_STEADY_SOUND


def test_frames_of_the_overlap_are_computed_once(
    extractor: Emotion2vecExtractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed, front_end = [], Emotion2vecModel.front_end

    def counting(model: Emotion2vecModel, clip: Array) -> Tensor:
        found = front_end(model, clip)
        computed.append(len(found))
        return found

    monkeypatch.setattr(Emotion2vecModel, "front_end", counting)
    stream = stream_of(extractor, noise(duration_s=3.0))
    for start in range(0, 2 * RATE_HZ + 1, RATE_HZ // 2):
        stream.features(start, start + RATE_HZ)
    assert computed == [49, 25, 25, 25, 25]


def test_what_is_no_window_on_the_grid_reads_as_the_clip(
    extractor: Emotion2vecExtractor, recording: Array
) -> None:
    stream = stream_of(extractor, recording)
    stream.features(0, RATE_HZ)
    for start, stop in ((160, 16_160), (8_000, 20_000), (8_000, 40_000), (7, 2_000), (8_000, 8_300)):
        assert_same(stream.features(start, stop), extractor.extract(Audio(recording[start:stop], RATE_HZ)))


def test_a_silent_window_holds_no_speech_and_carries_nothing(extractor: Emotion2vecExtractor) -> None:
    sound = noise(duration_s=1.0)
    audio = np.concatenate([sound, silence(duration_s=2.0), sound])
    stream = stream_of(extractor, audio)
    read = [stream.features(start, start + RATE_HZ) for start in range(0, 48_001, 8_000)]
    assert [each.speech_s for each in read] == [None, None, 0.0, 0.0, 0.0, None, None]
    assert_same(read[5], extractor.extract(Audio(audio[40_000:56_000], RATE_HZ)))


def test_a_baseline_is_handed_on(extractor: Emotion2vecExtractor, recording: Array) -> None:
    own = Features()
    assert stream_of(extractor, recording).features(0, RATE_HZ, baseline=own).baseline is own


def test_what_is_kept_does_not_grow_with_the_stream(extractor: Emotion2vecExtractor) -> None:
    second, kept = noise(duration_s=1.0), []
    stream = stream_of(extractor, second)
    for start in range(0, 60 * RATE_HZ, RATE_HZ // 2):
        stream.feed(second[: RATE_HZ // 2])
        stream.features(start, start + RATE_HZ)
        stream.forget(start + RATE_HZ // 2)
        buffers = (stream._samples._held, stream._frames._rows._held)
        kept.append(sum(each.nbytes for each in buffers if each is not None))
    assert max(kept[10:]) <= max(kept[:10])
