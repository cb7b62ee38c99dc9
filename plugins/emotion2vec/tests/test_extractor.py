"""Embeddings of clips of any length and rate, one by one, in batches and in windows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import voxaffect_emotion2vec.extractor
from voxaffect import Audio, get_available_backends, synthetic
from voxaffect.audio import resample
from voxaffect.engines import Array, load_engine
from voxaffect.errors import InvalidValueError
from voxaffect.weights import Weights, WeightsMissingError
from voxaffect_emotion2vec.config import Emotion2vecConfig
from voxaffect_emotion2vec.extractor import Emotion2vecExtractor
from voxaffect_emotion2vec.model import Emotion2vecModel
from voxaffect_emotion2vec.windows import encode_in_windows, normalise

Sound = Callable[[float], Array]


def relative(got: Array, wanted: Array) -> float:
    return float(np.abs(got - wanted).max() / np.abs(wanted).max())


@pytest.fixture
def extractor(installed: Path) -> Emotion2vecExtractor:
    return Emotion2vecExtractor()


@pytest.mark.parametrize("seconds", [0.3, 1.2, 3.1])
def test_the_embedding_is_that_of_funasr_and_the_frames_are_20_ms(
    extractor: Emotion2vecExtractor, expected: dict[str, Array], reference_audio: Sound, seconds: float
) -> None:
    features = extractor.extract(Audio(reference_audio(seconds), 16_000))
    assert features.embedding == pytest.approx(expected[f"{seconds:g}/embedding"], abs=1e-4)
    assert features.frames == pytest.approx(expected[f"{seconds:g}/frames"], abs=1e-4)
    assert features.frame_s == 0.02


def test_another_sampling_rate_gives_nearly_the_same_embedding(extractor: Emotion2vecExtractor) -> None:
    speech = synthetic.speech_like(syllables=6)
    at_16 = extractor.extract(Audio(speech, 16_000)).embedding
    at_48 = extractor.extract(Audio(resample(speech, 16_000, 48_000), 48_000)).embedding
    assert at_16 is not None
    assert at_48 is not None
    assert relative(at_48, at_16) < 0.05


def test_400_samples_are_one_frame_and_399_are_none(extractor: Emotion2vecExtractor) -> None:
    sound = synthetic.noise(duration_s=0.025)
    shortest = extractor.extract(Audio(sound, 16_000))
    assert shortest.frames is not None
    assert len(shortest.frames) == 1
    too_short = extractor.extract(Audio(sound[:399], 16_000))
    assert too_short.speech_s == 0
    assert too_short.embedding is None


@pytest.mark.parametrize("level", [0.0, 0.25])
def test_silence_and_a_constant_hold_no_speech(extractor: Emotion2vecExtractor, level: float) -> None:
    features = extractor.extract(Audio(np.full(16_000, level, np.float32), 16_000))
    assert features.speech_s == 0
    assert features.embedding is None


def test_a_batch_gives_what_single_runs_give(installed: Path, reference_audio: Sound) -> None:
    extractor = Emotion2vecExtractor(window_s=3.0)
    sounds = [reference_audio(1.2), np.zeros(8000, np.float32), *map(reference_audio, (3.1, 0.3, 1.7, 0.025))]
    clips = [Audio(sound, 16_000) for sound in sounds]
    for together, alone in zip(extractor.extract_batch(clips), map(extractor.extract, clips), strict=True):
        if alone.embedding is None:
            assert together.embedding is None
            assert together.speech_s == 0
        else:
            assert together.embedding is not None
            assert together.frames is not None
            assert alone.frames is not None
            assert relative(together.embedding, alone.embedding) < 1e-5
            assert relative(together.frames, alone.frames) < 1e-5


@pytest.fixture
def model(small: Weights) -> Emotion2vecModel:
    return Emotion2vecModel(Emotion2vecConfig(**small.config), small.tensors, load_engine("numpy"))


@pytest.mark.parametrize("seconds", [2.4, 2.5, 7.03, 11.0])
def test_windows_give_every_frame_once(
    model: Emotion2vecModel, reference_audio: Sound, seconds: float
) -> None:
    sound = reference_audio(seconds)
    pieces = list(encode_in_windows(model, sound, window_frames=120))
    ends = np.cumsum([len(frames) for _, frames in pieces])
    assert [first for first, _ in pieces] == [0, *ends[:-1]]
    assert ends[-1] == (len(sound) - 400) // 320 + 1


def test_windows_without_far_attention_equal_the_whole(small: Weights, reference_audio: Sound) -> None:
    """With every head looking at its own frame only, a window has all that a frame depends on."""
    scale = np.full_like(small.tensors["modality_encoders.AUDIO.alibi_scale"], 1e6)
    tokens = np.full_like(small.tensors["modality_encoders.AUDIO.extra_tokens"], 0)
    near = {**small.tensors, "modality_encoders.AUDIO.alibi_scale": scale}
    near["modality_encoders.AUDIO.extra_tokens"] = tokens[:, :0]
    config = Emotion2vecConfig(**{**small.config, "n_extra_tokens": 0})
    model = Emotion2vecModel(config, near, load_engine("numpy"))
    sound = reference_audio(7.03)
    (whole,) = model.encode([normalise(sound)])
    windows = np.concatenate([frames for _, frames in encode_in_windows(model, sound, window_frames=120)])
    assert windows == pytest.approx(whole, abs=1e-4)


def test_the_mean_over_windows_is_near_the_whole(model: Emotion2vecModel, reference_audio: Sound) -> None:
    sound = reference_audio(11.0)
    (whole,) = model.encode([normalise(sound)])
    windows = np.concatenate([frames for _, frames in encode_in_windows(model, sound, window_frames=200)])
    assert relative(windows.mean(axis=0), whole.mean(axis=0)) < 0.05


def test_frames_of_a_very_long_clip_are_means_over_a_second(
    installed: Path, reference_audio: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    extractor, audio = Emotion2vecExtractor(window_s=3.0), Audio(reference_audio(7.33), 16_000)
    fine = extractor.extract(audio)
    monkeypatch.setattr(voxaffect_emotion2vec.extractor, "MAX_FRAMES", 100)
    coarse = extractor.extract(audio)
    assert fine.frames is not None
    assert coarse.frame_s == 1.0
    means = [fine.frames[start : start + 50].mean(axis=0) for start in range(0, len(fine.frames), 50)]
    assert coarse.frames == pytest.approx(np.array(means), abs=1e-5)
    assert coarse.embedding == pytest.approx(fine.embedding, abs=1e-6)


def test_a_window_without_room_for_its_overlap_is_refused(installed: Path) -> None:
    with pytest.raises(InvalidValueError, match=r"window_s must be above 2\.1, got 2"):
        Emotion2vecExtractor(window_s=2.0)


def test_without_weights_one_line_says_what_to_type(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("VOXAFFECT_CACHE", "HF_HOME", "MODELSCOPE_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path))
    for variable in ("VOXAFFECT_WEIGHTS", "HF_HUB_CACHE"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(WeightsMissingError, match="voxaffect weights fetch emotion2vec_plus_base") as caught:
        Emotion2vecExtractor()
    assert "\n" not in str(caught.value)
    (backend,) = (each for each in get_available_backends() if each.name == "emotion2vec")
    assert backend.reason == "needs weights: voxaffect weights fetch emotion2vec_plus_base"
