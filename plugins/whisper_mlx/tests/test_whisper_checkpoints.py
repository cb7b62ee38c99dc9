"""Every file that holds a Whisper is read the same, and what is none is refused with the reason."""

from __future__ import annotations

import io
import json
import pickle
import re
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voxaffect.engines import Array
from voxaffect.errors import UnknownNameError
from voxaffect.weights import CheckpointError, WeightsMissingError
from voxaffect.weights.safetensors_file import read_safetensors, write_safetensors
from voxaffect_whisper_mlx.checkpoint import Checkpoint, read_checkpoint
from voxaffect_whisper_mlx.extractor import WhisperExtractor
from voxaffect_whisper_mlx.folder import in_eight_bits, write_folder
from voxaffect_whisper_mlx.weights import CATALOGUE, find_whisper

SMALL = Path(__file__).parent / "data" / "small"


def mlx_tensors(parameters: dict[str, Array]) -> dict[str, Array]:
    """As mlx-whisper names and lays them out, with a decoder's beside them."""
    named = {
        "encoder." + name.replace("mlp.0", "mlp1").replace("mlp.2", "mlp2"): np.ascontiguousarray(
            tensor.transpose(0, 2, 1) if tensor.ndim == 3 else tensor
        )
        for name, tensor in parameters.items()
    }
    return named | {"decoder.ln.bias": np.zeros(4, np.float32), "alignment_heads": np.zeros((1, 2), np.int64)}


def mlx_folder(folder: Path, parameters: dict[str, Array], file: str, **more: object) -> Path:
    """Such as those of mlx-community."""
    folder.mkdir(exist_ok=True)
    config = json.loads((SMALL / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "n_vocab": 51865, **more}), encoding="utf-8")
    if file.endswith(".npz"):
        np.savez(folder / file, **mlx_tensors(parameters))
    else:
        with (folder / file).open("wb") as stream:
            write_safetensors(stream, mlx_tensors(parameters))
    return folder


def holds(checkpoint: Checkpoint, parameters: dict[str, Array]) -> bool:
    read = checkpoint.parameters(checkpoint.config)
    return set(read) == set(parameters) and all(
        np.array_equal(read[name], parameters[name]) for name in parameters
    )


@pytest.mark.parametrize("file", ["weights.npz", "weights.safetensors", "model.safetensors"])
def test_the_folders_of_mlx_whisper_are_read(file: str, parameters: dict[str, Array], tmp_path: Path) -> None:
    assert holds(read_checkpoint(mlx_folder(tmp_path, parameters, file)), parameters)


def test_an_npz_that_mlx_wrote_is_read(parameters: dict[str, Array], tmp_path: Path) -> None:
    mx = pytest.importorskip("mlx.core")
    folder = mlx_folder(tmp_path, parameters, "weights.npz")
    mx.savez(str(folder / "weights.npz"), **{k: mx.array(v) for k, v in mlx_tensors(parameters).items()})
    assert holds(read_checkpoint(folder), parameters)


def test_openais_own_file_is_read_without_pytorch(parameters: dict[str, Array], tmp_path: Path) -> None:
    """Heads are of 64 columns there; this small one would have a single head."""
    path = tmp_path / "tiny.pt"
    path.write_bytes(torch_file({f"encoder.{name}": tensor for name, tensor in parameters.items()}))
    checkpoint = read_checkpoint(path)
    assert holds(checkpoint, parameters)
    assert checkpoint.config.n_audio_head == 1


def test_half_precision_is_widened(parameters: dict[str, Array], tmp_path: Path) -> None:
    halves = {name: tensor.astype(np.float16) for name, tensor in parameters.items()}
    read = read_checkpoint(mlx_folder(tmp_path, halves, "weights.npz"))
    got = read.parameters(read.config)
    assert got["conv1.weight"].dtype == np.float32
    assert got["conv1.weight"] == pytest.approx(parameters["conv1.weight"], abs=1e-3)


@pytest.mark.parametrize("numbers", ["float32", "float16", "int8"])
def test_a_written_folder_is_cut_and_gives_nearly_the_same(
    numbers: str, parameters: dict[str, Array], expected: dict[str, Array], tmp_path: Path
) -> None:
    folder = write_folder(
        tmp_path / "cut", parameters, n_heads=2, levels=[0, 2], pooled_over="speech", numbers=numbers
    )
    extractor = WhisperExtractor(model=folder)
    assert extractor.levels == (0, 2)
    assert extractor.pooled_over == "speech"
    assert extractor.encoder.config.n_audio_layer == 2
    found = extractor.encoder.levels(expected["1.21/mel/80"], [0, 2])
    for level in (0, 2):
        wanted = expected[f"1.21/level/{level}"]
        bar = {"float32": 1e-5, "float16": 5e-3, "int8": 0.05}[numbers]
        assert np.abs(found[level] - wanted).max() <= bar * np.abs(wanted).max()


def test_eight_bits_are_off_by_half_a_step_at_most() -> None:
    tensor = np.random.default_rng(0).standard_normal((5, 3, 7)).astype(np.float32)
    tensor[2] = 0
    whole, scale = in_eight_bits(tensor)
    assert whole.dtype == np.int8
    assert (np.abs(whole * scale[:, None, None] - tensor) <= scale[:, None, None] / 2 * 1.001).all()


def test_only_what_the_levels_take_is_read(parameters: dict[str, Array], tmp_path: Path) -> None:
    """A block that is not needed may hold anything."""
    broken = {**parameters, "blocks.2.attn.out.weight": np.full((16, 16), np.nan, np.float32)}
    folder = mlx_folder(tmp_path, broken, "weights.npz")
    WhisperExtractor(model=folder, levels=[2])
    with pytest.raises(CheckpointError, match=r"infinite or NaN: blocks\.2\.attn\.out\.weight"):
        WhisperExtractor(model=folder, levels=[3])


def spoil(parameters: dict[str, Array], name: str, tensor: Any) -> dict[str, Any]:
    return {**{key: value for key, value in parameters.items() if key != name}, name: tensor}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda p: spoil(p, "blocks.0.mlp.0.bias", np.zeros(3, np.float32)),
            r"misshapen: blocks\.0\.mlp\.0\.bias",
        ),
        (lambda p: spoil(p, "blocks.0.more", np.zeros(3, np.float32)), r"unmapped: blocks\.0\.more"),
        (
            lambda p: spoil(p, "blocks.x.attn_ln.bias", np.zeros(16, np.float32)),
            "n_audio_layer 3, the tensors have 4",
        ),
        (lambda p: spoil(p, "conv1.weight", np.zeros((16, 64, 3), np.float32)), "80 or 128 bands, not of 64"),
        (lambda p: {k: v for k, v in p.items() if k != "conv2.bias"}, r"missing: conv2\.bias"),
        (lambda p: {k: v for k, v in p.items() if k != "conv1.weight"}, "no encoder.conv1.weight"),
        (lambda p: spoil(p, "conv1.weight", np.zeros((16, 80), np.float32)), "no encoder.conv1.weight"),
        (lambda p: spoil(p, "conv1.bias", np.zeros(16, np.int32)), r"conv1\.bias holds int32"),
        (lambda p: spoil(p, "conv1.bias", np.zeros(16, np.int8)), "eight bits without a scale"),
        (lambda p: {**p, "blocks.0.attn.out.scales": np.zeros(2, np.float16)}, "quantised by MLX"),
        (lambda p: spoil(p, "blocks.0.attn.out.weight", np.zeros((16, 2), np.uint32)), "quantised by MLX"),
    ],
)
def test_other_tensors_are_refused(
    change: Callable[[dict[str, Array]], dict[str, Array]],
    message: str,
    parameters: dict[str, Array],
    tmp_path: Path,
) -> None:
    with pytest.raises(CheckpointError, match=message):
        WhisperExtractor(model=mlx_folder(tmp_path, change(parameters), "weights.npz"), levels=[1])


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            {"quantization": {"group_size": 64, "bits": 4}},
            "quantised by MLX .*take the same model without q4",
        ),
        ({"model_type": "llama"}, "describes a 'llama'"),
        ({"n_mels": 128}, "says n_mels 128, the tensors have 80"),
        ({"n_audio_layer": 4}, "says n_audio_layer 4, the tensors have 3: .*cut off"),
        ({"n_audio_head": 3}, "multiple of its heads"),
        ({"n_audio_head": "2"}, "no number of heads"),
        ({"levels": [9]}, "levels must be some of 0 to 4"),
        ({"pooled_over": "noise"}, "pooled_over is 'noise'"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(
    said: dict[str, Any], message: str, parameters: dict[str, Array], tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError, match=message):
        read_checkpoint(mlx_folder(tmp_path, parameters, "weights.npz", **said))


@pytest.mark.parametrize("file", ["model.safetensors", "weights.npz"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_file_that_was_cut_off_is_refused(
    file: str, share: float, parameters: dict[str, Array], tmp_path: Path
) -> None:
    path = mlx_folder(tmp_path, parameters, file) / file
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(CheckpointError):
        WhisperExtractor(model=tmp_path)


def test_a_folder_without_config_or_tensors_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissingError, match=r"none of model\.safetensors"):
        WhisperExtractor(model=tmp_path)
    shutil.copy(SMALL / "model.safetensors", tmp_path)
    with pytest.raises(CheckpointError, match=r"has no config\.json"):
        WhisperExtractor(model=tmp_path)


class Attack:
    """Makes a file when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.canary,)


def test_a_hostile_checkpoint_is_refused_and_nothing_runs(tmp_path: Path) -> None:
    path, canary = tmp_path / "tiny.pt", tmp_path / "canary"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"model_state_dict": Attack(canary)}, protocol=2))
    with pytest.raises(CheckpointError, match="nothing was executed"):
        WhisperExtractor(model=path)
    assert not canary.exists()


def torch_file(tensors: dict[str, Array]) -> bytes:
    """A checkpoint as OpenAI's: `dims`, and `model_state_dict` of float32 tensors, opcode by opcode."""

    def text(value: str) -> bytes:
        return b"X" + struct.pack("<I", len(value.encode())) + value.encode()

    def number(value: int) -> bytes:
        return b"J" + struct.pack("<i", value)

    def sizes(values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(map(number, values)) + b"t"

    file, pickled = io.BytesIO(), b"\x80\x02}(" + text("dims") + b"}" + text("n_mels") + number(80) + b"s"
    with zipfile.ZipFile(file, "w") as archive:
        pickled += text("model_state_dict") + b"}("
        for key, (name, tensor) in enumerate(tensors.items()):
            archive.writestr(f"archive/data/{key}", tensor.tobytes())
            strides = tuple(stride // 4 for stride in tensor.strides)
            storage = text("storage") + b"ctorch\nFloatStorage\n" + text(str(key)) + text("cpu")
            pickled += text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n("
            pickled += b"(" + storage + number(tensor.size) + b"tQ" + number(0)
            pickled += sizes(tensor.shape) + sizes(strides) + b"\x89ccollections\nOrderedDict\n)RtR"
        archive.writestr("archive/data.pkl", pickled + b"uu.")
    return file.getvalue()


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No weights on this machine; the hub's cache is in that folder."""
    monkeypatch.setenv("VOXAFFECT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("VOXAFFECT_WEIGHTS", raising=False)
    return tmp_path / "hub"


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        ("whisper-base", WeightsMissingError, "voxaffect weights fetch whisper-base"),
        ("mlx-community/whisper-base-mlx", WeightsMissingError, "voxaffect weights fetch whisper-base"),
        ("somebody/whisper-own", WeightsMissingError, "hf download somebody/whisper-own"),
        ("./no/such/folder", WeightsMissingError, "no model of Whisper at ./no/such/folder"),
        ("whisper-tini", UnknownNameError, "whisper-tiny"),
    ],
)
def test_a_model_that_is_not_here_says_what_to_do(
    nowhere: Path, model: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        find_whisper(model)


def test_what_another_program_fetched_is_found(nowhere: Path, parameters: dict[str, Array]) -> None:
    variant = CATALOGUE.find("whisper-tiny")
    snapshots = nowhere / "models--mlx-community--whisper-tiny" / "snapshots"
    snapshots.mkdir(parents=True)
    mlx_folder(snapshots / variant.sources[0].revision, parameters, "weights.npz")
    for name in ("whisper-tiny", "mlx-community/whisper-tiny"):
        assert WhisperExtractor(model=name).levels == (2,)
    own = nowhere / "models--somebody--whisper-own"
    (own / "refs").mkdir(parents=True)
    (own / "refs" / "main").write_text("abc", encoding="utf-8")
    (own / "snapshots").mkdir()
    mlx_folder(own / "snapshots" / "abc", parameters, "weights.safetensors")
    assert WhisperExtractor(model="somebody/whisper-own").levels == (2,)


@pytest.mark.parametrize("name", [variant.name for variant in CATALOGUE.variants])
def test_the_catalogue_has_the_sizes_that_openai_published(name: str) -> None:
    """Parameters of the encoders, in millions, of the six sizes."""
    millions = {"tiny": 7.6, "base": 19.8, "small": 87.0, "medium": 305.7, "large": 635.0}
    shapes = CATALOGUE.shapes(CATALOGUE.find(name).config)
    count = sum(np.prod(shape) for shape in shapes.values())
    assert count / 1e6 == pytest.approx(millions[name.split("-")[1]], rel=0.02)


def test_every_published_file_is_pinned_by_commit_and_checksum() -> None:
    for variant in CATALOGUE.variants:
        assert variant.licence == "MIT"
        for source in variant.sources:
            assert re.fullmatch("[0-9a-f]{40}", source.revision)
            assert re.fullmatch("[0-9a-f]{64}", source.sha256 or "")


def test_a_published_file_is_converted_and_verified_by_the_commands(
    nowhere: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from voxaffect.cli import main

    variant = CATALOGUE.find("whisper-tiny")
    zeros = {name: np.zeros(shape, np.float16) for name, shape in CATALOGUE.shapes(variant.config).items()}
    np.savez(tmp_path / "weights.npz", **zeros, **{"decoder.positional_embedding": np.zeros((448, 384))})
    assert main(["weights", "convert", "whisper-tiny", str(tmp_path / "weights.npz")]) == 0
    assert main(["weights", "verify", "whisper-tiny"]) == 0
    assert "66 tensors of whisper-tiny, sound" in capsys.readouterr().out
    converted = read_safetensors(find_whisper("whisper-tiny") / "model.safetensors")
    assert converted["encoder.conv1.weight"].shape == (384, 3, 80)
    assert WhisperExtractor(model="whisper-tiny", levels=[1]).levels == (1,)
