"""Embeddings of clips of any length and rate, in windows where they are long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import voxaffect_whisper_mlx.extractor
from voxaffect import Audio, synthetic
from voxaffect.audio import resample
from voxaffect.engines import Array
from voxaffect.errors import InvalidValueError
from voxaffect.weights import CheckpointError
from voxaffect_whisper_mlx.extractor import WhisperExtractor
from voxaffect_whisper_mlx.pooling import MeanAndDeviation, encode
from voxaffect_whisper_mlx.voice_band import voice_band

Sound = Callable[[float], Array]
SMALL = Path(__file__).parent / "data" / "small"


@pytest.fixture(scope="module")
def extractor() -> WhisperExtractor:
    return WhisperExtractor(model=SMALL, levels=[1, 4], engine="numpy")


def test_frames_are_those_of_openai_and_the_embedding_their_mean_and_deviation(
    extractor: WhisperExtractor,
    expected: dict[str, Array],
    reference_audio: Sound,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(voxaffect_whisper_mlx.extractor, "voice_band", lambda samples: samples)
    features = extractor.extract(Audio(reference_audio(1.21), 16_000))
    wanted = np.concatenate([expected["1.21/level/1"], expected["1.21/level/4"]], axis=1)
    assert features.frames == pytest.approx(wanted, abs=1e-4)
    assert features.embedding == pytest.approx(np.concatenate([wanted.mean(0), wanted.std(0)]), abs=1e-4)
    assert features.frame_s == 0.02


@pytest.mark.parametrize("gain_db", [-40, -20, 12])
def test_the_level_of_a_recording_has_no_influence(extractor: WhisperExtractor, gain_db: float) -> None:
    speech = synthetic.speech_like(syllables=6)
    scaled = (speech * 10 ** (gain_db / 20)).astype(np.float32)
    one, other = (extractor.extract(Audio(each, 16_000)).embedding for each in (speech, scaled))
    assert one == pytest.approx(other, abs=1e-3)


def test_an_offset_and_mains_hum_hardly_move_the_embedding(extractor: WhisperExtractor) -> None:
    speech = synthetic.speech_like(syllables=6)
    wave = np.sin(2 * np.pi * 50 * np.arange(len(speech)) / 16_000)
    plain = extractor.extract(Audio(speech, 16_000)).embedding
    assert plain is not None
    for sound in (speech + 0.1, speech + 0.4 * np.std(speech) * wave):
        embedding = extractor.extract(Audio(sound.astype(np.float32), 16_000)).embedding
        assert embedding is not None
        assert np.linalg.norm(embedding - plain) < 0.03 * np.linalg.norm(plain)


def test_a_voice_of_100_hz_is_left_as_it_is() -> None:
    tone = np.sin(2 * np.pi * 100 * np.arange(16_000) / 16_000).astype(np.float32)
    low = np.sin(2 * np.pi * 50 * np.arange(16_000) / 16_000).astype(np.float32)
    inside = slice(1_600, -1_600)
    alone, mixed = voice_band(tone), voice_band(tone + low)
    assert np.corrcoef(alone[inside], tone[inside])[0, 1] > 0.999
    assert mixed[inside] == pytest.approx(alone[inside], abs=0.02)


def test_a_model_that_names_no_levels_gives_the_one_after_its_middle_block() -> None:
    assert WhisperExtractor(model=SMALL).levels == (2,)


def test_another_sampling_rate_gives_nearly_the_same_embedding() -> None:
    bundled, speech = WhisperExtractor(), synthetic.speech_like(syllables=6)
    at_16 = bundled.extract(Audio(speech, 16_000)).embedding
    at_48 = bundled.extract(Audio(resample(speech, 16_000, 48_000), 48_000)).embedding
    assert at_16 is not None
    assert at_48 is not None
    assert np.linalg.norm(at_48 - at_16) < 0.1 * np.linalg.norm(at_16)


def test_400_samples_are_one_frame_and_399_are_none(extractor: WhisperExtractor) -> None:
    sound = synthetic.noise(duration_s=0.025)
    shortest = extractor.extract(Audio(sound, 16_000))
    assert shortest.frames is not None
    assert len(shortest.frames) == 1
    too_short = extractor.extract(Audio(sound[:399], 16_000))
    assert too_short.speech_s == 0
    assert too_short.embedding is None


@pytest.mark.parametrize("level", [0.0, 0.25])
def test_silence_and_a_constant_hold_no_speech(extractor: WhisperExtractor, level: float) -> None:
    features = extractor.extract(Audio(np.full(16_000, level, np.float32), 16_000))
    assert features.speech_s == 0
    assert features.embedding is None


def test_a_louder_clip_has_the_same_embedding_but_for_its_level() -> None:
    """The spectrogram moves as a whole; nothing clips and nothing is relative to full scale."""
    bundled, speech = WhisperExtractor(), synthetic.speech_like(syllables=6)
    soft, loud = (bundled.extract(Audio(speech * np.float32(gain), 16_000)).frames for gain in (0.1, 0.4))
    assert soft is not None
    assert loud is not None
    assert np.corrcoef(soft.ravel(), loud.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("seconds", [29.99, 30.0, 30.01, 61.3])
def test_windows_of_at_most_30_s_give_every_frame_once(
    extractor: WhisperExtractor, reference_audio: Sound, seconds: float
) -> None:
    sound = reference_audio(seconds)
    pieces = list(encode(extractor.encoder, sound, (0,)))
    lengths = [len(piece.frames) for piece in pieces]
    assert [piece.first for piece in pieces] == [0, *np.cumsum(lengths)[:-1]]
    assert sum(lengths) == -(-(len(sound) // 160) // 2)
    assert len(pieces) == -(-sum(lengths) // 1500)
    assert max(lengths) - min(lengths) <= 1


def test_a_window_differs_from_the_whole_only_where_it_is_cut(
    extractor: WhisperExtractor, reference_audio: Sound
) -> None:
    """Without attention, and but for places in time, a window's frames are those of the clip."""
    sound = reference_audio(40.0)
    first, second = encode(extractor.encoder, sound, (0,))
    start = second.first * 320 - 16_000  # a second earlier, within 30 s
    (shifted,) = encode(extractor.encoder, sound[start:], (0,))
    places = extractor.encoder._places
    left = first.frames[-20:-1] - places[len(first.frames) - 20 : len(first.frames) - 1]
    right = second.frames[5:15] - places[5:15]
    assert shifted.frames[30:49] - places[30:49] == pytest.approx(left, abs=0.01)
    assert shifted.frames[55:65] - places[55:65] == pytest.approx(right, abs=0.01)


def test_silence_beside_speech_does_not_count_when_only_speech_is_pooled(reference_audio: Sound) -> None:
    speech = 0.1 * synthetic.noise(duration_s=1.0)
    beside = np.concatenate([speech, np.zeros(32_000, np.float32)])
    for pooled_over, count in (("all", 150), ("speech", 51)):
        extractor = WhisperExtractor(model=SMALL, levels=[0], pooled_over=pooled_over)
        features = extractor.extract(Audio(beside, 16_000))
        assert features.frames is not None
        assert features.embedding is not None
        assert features.embedding[:16] == pytest.approx(features.frames[:count].mean(axis=0), abs=1e-3)


def test_mean_and_deviation_do_not_depend_on_how_the_frames_came() -> None:
    frames = (1000 + np.random.default_rng(0).standard_normal((500, 8))).astype(np.float32)
    together, apart = MeanAndDeviation(), MeanAndDeviation()
    together.add(frames)
    for part in np.array_split(frames, 7):
        apart.add(part)
    apart.add(frames[:0])
    for one, other, wanted in zip(
        together.values(), apart.values(), (frames.mean(0), frames.std(0)), strict=True
    ):
        assert one == pytest.approx(wanted, rel=1e-3)
        assert other == pytest.approx(one, rel=1e-4)


def test_frames_of_a_very_long_clip_are_means_over_a_second(
    extractor: WhisperExtractor, reference_audio: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    audio = Audio(reference_audio(7.33), 16_000)
    fine = extractor.extract(audio)
    monkeypatch.setattr(voxaffect_whisper_mlx.extractor, "MAX_FRAMES", 100)
    coarse = extractor.extract(audio)
    assert fine.frames is not None
    assert coarse.frame_s == 1.0
    means = [fine.frames[start : start + 50].mean(axis=0) for start in range(0, len(fine.frames), 50)]
    assert coarse.frames == pytest.approx(np.array(means), abs=1e-4)
    assert coarse.embedding == pytest.approx(fine.embedding, abs=1e-6)


@pytest.mark.parametrize("levels", [[5], [-1], [2, 1], [1, 1], ["2"], [True], [], 2])
def test_levels_that_are_not_there_are_refused(levels: object) -> None:
    with pytest.raises(CheckpointError, match="some of 0 to 4, ascending"):
        WhisperExtractor(model=SMALL, levels=levels)  # type: ignore[arg-type]


def test_frames_to_pool_over_have_two_names() -> None:
    with pytest.raises(InvalidValueError, match='"all" or "speech", got \'loud\''):
        WhisperExtractor(pooled_over="loud")  # type: ignore[arg-type]
