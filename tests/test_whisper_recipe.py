"""The recipe of whisper_mlx's bundled model: reading what it starts from, and the copies it is trained on."""

from __future__ import annotations

import importlib
import struct
import zipfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from voxaffect import Audio

BENCHMARKS = Path(__file__).parent / "benchmarks"
RATE_HZ = 16_000
WIDTH = 4


@pytest.fixture
def ctranslate2_model(monkeypatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("whisper_recipe.ctranslate2_model")


@pytest.fixture
def copies(monkeypatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("whisper_recipe.copies")


@pytest.fixture
def levels(monkeypatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("whisper_recipe.levels")


def tone(frequency_hz: float, *, duration_s: float) -> Audio:
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    return Audio((0.3 * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32), RATE_HZ)


def model_bin(variables: dict[str, np.ndarray]) -> bytes:
    """As CTranslate2 writes it: float16 is its type 4."""

    def text(name: str) -> bytes:
        return struct.pack("<H", len(name) + 1) + name.encode() + b"\0"

    content = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, len(variables))
    for name, value in variables.items():
        content += text(name) + struct.pack(f"<B{value.ndim}I", value.ndim, *value.shape)
        content += struct.pack("<BI", 4, 2 * value.size) + value.astype(np.float16).tobytes()
    return content + struct.pack("<I", 0)


FUSED = np.arange(3 * WIDTH * WIDTH).reshape(3 * WIDTH, WIDTH)
VARIABLES = {
    "encoder/conv1/weight": np.ones((WIDTH, 2, 3)),
    "encoder/layer_norm/gamma": np.full(WIDTH, 2.0),
    "encoder/layer_1/self_attention/linear_0/weight": FUSED,
    "encoder/layer_1/self_attention/linear_0/bias": np.arange(3 * WIDTH),
    "encoder/layer_1/ffn/linear_1/bias": np.full(WIDTH, 5.0),
    "decoder/scale_embeddings": np.ones(1),
}


def test_the_encoder_is_read_under_openais_names_with_queries_keys_and_values_apart(
    ctranslate2_model, tmp_path
):
    (tmp_path / "model.bin").write_bytes(model_bin(VARIABLES))
    tensors = ctranslate2_model.whisper_encoder(tmp_path / "model.bin")
    assert sorted(tensors) == [
        "blocks.1.attn.key.weight",
        "blocks.1.attn.query.bias",
        "blocks.1.attn.query.weight",
        "blocks.1.attn.value.bias",
        "blocks.1.attn.value.weight",
        "blocks.1.mlp.2.bias",
        "conv1.weight",
        "ln_post.weight",
    ]
    np.testing.assert_array_equal(tensors["blocks.1.attn.key.weight"], FUSED[WIDTH : 2 * WIDTH])
    np.testing.assert_array_equal(tensors["blocks.1.attn.value.bias"], np.arange(2 * WIDTH, 3 * WIDTH))
    assert all(tensor.dtype == np.float32 for tensor in tensors.values())


def test_the_encoder_is_found_in_a_wheel(ctranslate2_model, tmp_path):
    with zipfile.ZipFile(tmp_path / "some.whl", "w") as wheel:
        wheel.writestr("some_package/model/model.bin", model_bin(VARIABLES))
    assert "conv1.weight" in ctranslate2_model.whisper_encoder(tmp_path / "some.whl")


def test_a_file_that_was_cut_off_is_refused(ctranslate2_model, tmp_path):
    (tmp_path / "model.bin").write_bytes(model_bin(VARIABLES)[:-20])
    with pytest.raises(ValueError, match="cut off"):
        ctranslate2_model.whisper_encoder(tmp_path / "model.bin")


def test_the_same_draw_gives_the_same_copy_and_another_draw_another(copies):
    voice = tone(220.0, duration_s=1.0)
    one, same, other = (copies.random_copy(voice, [voice], np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.samples, same.samples)
    assert len(one.samples) != len(other.samples) or not np.allclose(one.samples, other.samples)


def test_voices_in_the_background_lie_as_far_below_as_asked(copies):
    voice, other = tone(220.0, duration_s=2.0), tone(150.0, duration_s=0.7)
    mixed = copies.with_babble(voice, [other], 10.0, np.random.default_rng(0))
    babble = mixed.samples - voice.samples
    assert 10 * np.log10(np.mean(voice.samples**2) / np.mean(babble**2)) == pytest.approx(10, abs=0.01)


def test_played_faster_a_voice_is_shorter_and_higher(copies):
    fast = copies.at_speed(tone(200.0, duration_s=2.0), 1.1)
    assert fast.duration_s == pytest.approx(2 / 1.1, abs=0.01)
    spectrum = np.abs(np.fft.rfft(fast.samples))
    assert spectrum.argmax() / fast.duration_s == pytest.approx(220, abs=2)


def test_a_codec_leaves_the_voice_in_place(copies):
    voice = tone(300.0, duration_s=1.0)
    for codec in copies.CODECS:
        heard = copies.through_codec(voice, *codec)
        spectrum = np.abs(np.fft.rfft(heard.samples[: len(voice.samples)]))
        assert heard.rate_hz == RATE_HZ
        assert spectrum.argmax() == pytest.approx(300, abs=2)


def test_silence_is_copied_as_it_is(copies):
    silence = Audio(np.zeros(RATE_HZ, np.float32), RATE_HZ)
    assert copies.random_copy(silence, [silence], np.random.default_rng(0)) is silence


def test_each_levels_means_and_deviations_go_together(levels):
    embedding = np.array(["mean 1", "mean 1", "mean 2", "mean 2", "sd 1", "sd 1", "sd 2", "sd 2"])
    first, second = (set(embedding[columns].tolist()) for columns in levels.by_level(8, 2))
    assert first == {"mean 1", "sd 1"}
    assert second == {"mean 2", "sd 2"}
