"""Carried frames: a stream hears what the same stretch of the whole recording gives."""

from __future__ import annotations

import functools

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voxaffect import Audio, EmotionResult, Pipeline, create_backend, load_audio
from voxaffect.audio import resample
from voxaffect.examples import clips
from voxaffect.one_thread import matrix_product
from voxaffect.streaming import EmotionStream, UtteranceResult, WindowResult
from voxaffect.synthetic import noise, silence, speech_like
from voxaffect.testing import assert_heard_alike, assert_measured_alike
from voxaffect_prosodic.extractor import ProsodicExtractor
from voxaffect_prosodic.frame_tracks import FrameTracks, measure_frames, track_frames

RATE_HZ = 16_000


@functools.cache
def pipeline() -> Pipeline:
    return create_backend("prosodic")


@functools.cache
def recording(name: str) -> np.ndarray:
    """(n_samples,) about 4 s of it."""
    if name == "synthetic":
        parts = [
            silence(duration_s=0.6),
            speech_like(syllables=9, rate_sps=4.5, f0_hz=180.0, rate_hz=RATE_HZ),
        ]
        clean = np.concatenate([*parts, silence(duration_s=0.9), 0.3 * parts[1]])
        return clean + noise(duration_s=len(clean) / RATE_HZ, rms=2e-3)
    first, second = (load_audio(clips(acted)[0].path).samples for acted in ("anger", "sadness"))
    return np.concatenate([first, silence(duration_s=0.8), second])[: 4 * RATE_HZ]


@functools.cache
def sound(name: str, rate_hz: int, dtype: str, channels: int) -> np.ndarray:
    samples = np.clip(resample(recording(name), RATE_HZ, rate_hz), -1, 1)
    if channels == 2:  # the second half in opposite phase, where only one of them can be heard
        other = np.where(np.arange(len(samples)) < len(samples) // 2, 0.5, -1) * samples
        samples = np.stack([samples, other], axis=1)
    scale = {"int16": 32_767, "uint8": 127}.get(dtype, 1)
    return (
        np.round(samples * scale + (128 if dtype == "uint8" else 0)).astype(dtype)
        if scale > 1
        else samples.astype(dtype)
    )


@functools.cache
def alone(name: str, rate_hz: int, dtype: str, channels: int, start: int, stop: int) -> EmotionResult:
    """That stretch of the whole, as a clip."""
    everything = attrs.evolve(pipeline(), activity="off")
    return everything.hear(sound(name, rate_hz, dtype, channels)[start:stop], rate_hz=rate_hz)


@settings(max_examples=12, deadline=None)
@given(
    name=st.sampled_from(["synthetic", "real"]),
    form=st.sampled_from(
        [
            (16_000, "float32", 1),
            (16_000, "int16", 2),
            (16_000, "float64", 2),
            (16_000, "uint8", 1),
            (8_000, "int16", 1),
            (44_100, "int16", 2),
            (48_000, "float32", 1),
            (11_025, "int16", 1),
        ]
    ),
    cuts=st.lists(st.floats(0, 1), max_size=12),
    activity=st.sampled_from(["builtin", "off"]),
)
def test_every_result_is_that_of_its_stretch_alone(
    name: str, form: tuple[int, str, int], cuts: list[float], activity: str
) -> None:
    rate_hz, dtype, channels = form
    audio = sound(name, rate_hz, dtype, channels)
    stream = EmotionStream(pipeline(), rate_hz=rate_hz, adapt=False, activity=activity)  # type: ignore[arg-type]
    events = []
    for chunk in np.split(audio, sorted(round(cut * len(audio)) for cut in cuts)):
        events += stream.feed(chunk)
    events += stream.finish()
    results = [event for event in events if isinstance(event, (WindowResult, UtteranceResult))]
    assert len([event for event in results if isinstance(event, WindowResult)]) >= 6
    for event in results:
        if not event.result.speech:
            continue
        expected = alone(
            name, rate_hz, dtype, channels, round(event.start_s * rate_hz), round(event.end_s * rate_hz)
        )
        assert_heard_alike(event.result, expected)


@settings(max_examples=20, deadline=None)
@given(
    stretches=st.lists(st.tuples(st.integers(0, 380), st.integers(1, 32_000)), min_size=1, max_size=6),
    name=st.sampled_from(["synthetic", "real"]),
)
def test_any_stretch_in_any_order_reads_the_same(stretches: list[tuple[int, int]], name: str) -> None:
    extractor, audio = ProsodicExtractor(), recording(name)
    stream = extractor.stream(RATE_HZ)
    assert stream is not None
    stream.feed(audio)
    for hop, length in stretches:
        start = hop * 160
        stop = min(start + length, len(audio))
        expected = extractor.extract(Audio(audio[start:stop], RATE_HZ))
        assert_measured_alike(stream.features(start, stop), expected)


def test_a_stretch_off_the_grid_or_longer_than_a_block_reads_the_same() -> None:
    extractor, audio = ProsodicExtractor(), np.tile(recording("real"), 7)
    stream = extractor.stream(RATE_HZ)
    assert stream is not None
    stream.feed(audio)
    for start, stop in ((7, 20_000), (0, len(audio))):
        expected = extractor.extract(Audio(audio[start:stop], RATE_HZ))
        assert_measured_alike(stream.features(start, stop), expected)


def test_a_constant_offset_and_a_baseline_make_no_difference_between_them() -> None:
    extractor, audio = ProsodicExtractor(), recording("real") * np.float32(0.5) + np.float32(0.3)
    own = extractor.extract(Audio(audio, RATE_HZ))
    stream = extractor.stream(RATE_HZ)
    assert stream is not None
    stream.feed(audio)
    streamed = stream.features(8_000, 24_000, baseline=own)
    assert streamed.baseline is own
    assert_measured_alike(streamed, extractor.extract(Audio(audio[8_000:24_000], RATE_HZ), baseline=own))


def test_frames_of_the_overlap_are_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = []

    def counting(framed: np.ndarray, slow: np.ndarray) -> np.ndarray:
        measured.append(len(framed))
        return measure_frames(framed, slow)

    monkeypatch.setattr("voxaffect_prosodic.carried_frames.measure_frames", counting)
    stream = ProsodicExtractor().stream(RATE_HZ)
    assert stream is not None
    stream.feed(recording("real"))
    for start in range(0, 3 * RATE_HZ + 1, RATE_HZ // 2):
        stream.features(start, start + RATE_HZ)
    # 101 frames a window: 85 lie inside, of which 50 are new each time, and 8 at either end are its own.
    assert measured == [101, *[66] * 6]


def test_a_frame_inside_a_recording_does_not_depend_on_what_is_around_it() -> None:
    audio = recording("real")
    whole, part = track_frames(audio), track_frames(audio[16_000:48_000])
    for name in ("power", "mel", "bands", "measures"):
        np.testing.assert_allclose(getattr(part, name)[3:-3], getattr(whole, name)[103:298], rtol=1e-2)
    assert isinstance(whole, FrameTracks)


def test_a_product_of_rows_does_not_depend_on_how_many_there_are() -> None:
    rng = np.random.default_rng(0)
    left = rng.standard_normal((300, 320)).astype(np.float32)
    right = rng.standard_normal((320, 143)).astype(np.float32)
    whole = matrix_product(left, right)
    np.testing.assert_allclose(whole, left @ right, atol=1e-3)
    for start, stop in ((0, 1), (1, 8), (3, 104), (299, 300), (5, 5)):
        np.testing.assert_allclose(matrix_product(left[start:stop], right), whole[start:stop], atol=1e-3)


def test_other_rates_are_not_carried() -> None:
    assert ProsodicExtractor().stream(48_000) is None
