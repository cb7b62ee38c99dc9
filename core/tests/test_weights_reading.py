"""Sound checkpoints, read without PyTorch, and mapped to a network's parameters by name."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from voxaffect.weights import (
    Catalogue,
    CheckpointError,
    Source,
    Variant,
    Weights,
    WeightsMissingError,
    read_checkpoint,
    read_folder,
    read_tensors,
    write_folder,
)
from voxaffect.weights.mapping import check_finite, map_parameters

STORAGES = {"f4": "Float", "f8": "Double", "f2": "Half", "i8": "Long", "u1": "Byte", "b1": "Bool"}


def pickled(value: Any, storages: list[bytes]) -> bytes:
    """Instructions as `torch.save` writes them, for dicts, texts, whole numbers and arrays."""
    if isinstance(value, dict):
        items = b"".join(pickled(k, storages) + pickled(v, storages) for k, v in value.items())
        return b"ccollections\nOrderedDict\n)R(" + items + b"u}" + pickled("_metadata", storages) + b"}sb"
    if isinstance(value, str):
        return b"X" + len(value.encode()).to_bytes(4, "little") + value.encode()
    if isinstance(value, int):
        return b"J" + value.to_bytes(4, "little", signed=True)
    if isinstance(value, tuple):
        return b"(" + b"".join(pickled(each, storages) for each in value) + b"t"
    kind = STORAGES[value.dtype.str[1:]]
    base = value if value.base is None else value.base
    offset = (value.ctypes.data - base.ctypes.data) // value.itemsize
    storages.append(base.tobytes())
    storage = pickled("storage", storages) + f"ctorch\n{kind}Storage\n".encode()
    storage += (
        pickled(str(len(storages) - 1), storages) + pickled("cpu", storages) + pickled(base.size, storages)
    )
    strides = tuple(stride // value.itemsize for stride in value.strides)
    where = pickled(offset, storages) + pickled(value.shape, storages) + pickled(strides, storages)
    hooks = b"\x89ccollections\nOrderedDict\n)R"
    return b"ctorch._utils\n_rebuild_tensor_v2\n((" + storage + b"tQ" + where + hooks + b"tR"


def save_torch(path: Path, top: Mapping[str, Any]) -> Path:
    storages: list[bytes] = []
    program = b"\x80\x02" + pickled(dict(top), storages) + b"."
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("saved/data.pkl", program)
        archive.writestr("saved/byteorder", "little")
        for number, content in enumerate(storages):
            archive.writestr(f"saved/data/{number}", content)
    return path


def test_tensors_of_a_torch_file_are_those_that_were_saved(tmp_path: Path) -> None:
    whole = np.arange(24, dtype="<f4").reshape(4, 6)
    saved = {
        "whole": whole,
        "transposed": whole.T,
        "slice": whole[1:3, 2:5],
        "double": np.array([1.5, 2.5]),
        "half": np.array([0.5, -2.0], "<f2"),
        "count": np.array(7, "<i8"),
        "mask": np.array([True, False]),
        "none of it": np.zeros((0, 3), "<f4"),
    }
    path = save_torch(tmp_path / "model.pt", {"model": saved, "optimizer": {"step": np.array(3, "<i8")}})
    read = read_tensors(path)
    assert set(read) == set(saved)
    for name, array in saved.items():
        assert read[name].dtype == array.dtype
        assert np.array_equal(read[name], array), name


@pytest.mark.parametrize("top", [{"state_dict": {"w": np.ones(2)}, "epoch": 3}, {"w": np.ones(2)}])
def test_tensors_are_found_under_state_dict_and_at_the_top(top: Mapping[str, Any], tmp_path: Path) -> None:
    assert list(read_tensors(save_torch(tmp_path / "model.pt", top))) == ["w"]


def test_the_optimisers_tensors_are_never_looked_at(tmp_path: Path) -> None:
    path = save_torch(tmp_path / "model.pt", {"model": {"w": np.ones(2)}, "optimizer": {"v": np.ones(3)}})
    content = path.read_bytes().replace(b"saved/data/1", b"saved/lost/1")
    path.write_bytes(content)
    assert np.array_equal(read_tensors(path)["w"], np.ones(2))


def test_bfloat16_becomes_float32(tmp_path: Path) -> None:
    exact = np.array([1.0, -2.5, 0.15625], "<f4")  # eight bits of mantissa are enough for these
    path = save_torch(tmp_path / "model.pt", {"model": {"w": exact}})
    upper = exact.view("<u2")[1::2].tobytes()
    renamed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(renamed, "w") as new:
        new.writestr(
            "saved/data.pkl", old.read("saved/data.pkl").replace(b"FloatStorage", b"BFloat16Storage")
        )
        new.writestr("saved/data/0", upper)
    path.write_bytes(renamed.getvalue())
    assert np.array_equal(read_tensors(path)["w"], exact)


def test_what_is_read_cannot_be_changed_and_is_no_copy(tmp_path: Path) -> None:
    tensor = read_tensors(save_torch(tmp_path / "model.pt", {"model": {"w": np.ones((2, 2), "<f4")}}))["w"]
    assert not tensor.flags.writeable
    assert not tensor.flags.owndata


def test_an_npz_is_read(tmp_path: Path) -> None:
    arrays = {"a.b": np.arange(6.0).reshape(2, 3), "f": np.asfortranarray(np.arange(6.0).reshape(2, 3))}
    np.savez(tmp_path / "model.npz", **arrays, scalar=np.float32(3))
    read = read_tensors(tmp_path / "model.npz")
    assert np.array_equal(read["a.b"], arrays["a.b"])
    assert np.array_equal(read["f"], arrays["f"])
    assert read["scalar"] == 3


def test_an_npz_as_mlx_writes_it_is_read(tmp_path: Path) -> None:
    """Its headers have no comma after the shape."""
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, )}"
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    array = np.arange(6, dtype="<f4").reshape(2, 3)
    with zipfile.ZipFile(tmp_path / "weights.npz", "w") as archive:
        start = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little")
        archive.writestr("a.b.npy", start + header + array.tobytes())
    assert np.array_equal(read_tensors(tmp_path / "weights.npz")["a.b"], array)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissingError, match=r"no such file: .*model\.pt"):
        read_tensors(tmp_path / "model.pt")


TENSORS = {"in.weight": np.arange(6, dtype="<f4").reshape(2, 3), "in.bias": np.zeros(2, "<f4")}
VARIANT = Variant(
    name="toy_small",
    summary="a toy",
    licence="CC0-1.0",
    terms="Do as you like.",
    config={"width": 3},
    checkpoint="model.pt",
    download_bytes=1000,
    labels="tokens.txt",
    sources=(Source(hub="huggingface", repository="toys/toy_small", revision="0" * 40),),
)
CATALOGUE = Catalogue(
    model="toy",
    variants=(VARIANT,),
    shapes=lambda config: {"in.weight": (2, config["width"]), "in.bias": (2,)},
    rename=lambda key: None if key.startswith("decoder.") else key.removeprefix("module."),
    read_labels=lambda text: tuple(text.split()),
)


def published(folder: Path, tensors: Mapping[str, Any], labels: str | None = "yes no") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if labels is not None:
        (folder / "tokens.txt").write_text(labels)
    return save_torch(folder / "model.pt", {"model": dict(tensors)})


def test_a_checkpoint_is_mapped_by_name(tmp_path: Path) -> None:
    tensors = {f"module.{name}": tensor.astype("<f8") for name, tensor in TENSORS.items()}
    weights = read_checkpoint(CATALOGUE, VARIANT, published(tmp_path, {**tensors, "decoder.w": np.ones(9)}))
    assert weights.labels == ("yes", "no")
    assert set(weights.tensors) == set(TENSORS)
    for name, tensor in weights.tensors.items():
        assert tensor.dtype == np.float32
        assert np.array_equal(tensor, TENSORS[name])


@pytest.mark.parametrize(
    ("tensors", "offenders"),
    [
        ({"in.weight": TENSORS["in.weight"]}, "missing: in.bias"),
        ({**TENSORS, "out.weight": np.ones(2)}, "unmapped: out.weight"),
        ({**TENSORS, "in.bias": np.ones(3)}, r"misshapen: in.bias \[3\] instead of \[2\]"),
        (
            {**TENSORS, "in.weight": TENSORS["in.weight"].T},
            r"misshapen: in.weight \[3, 2\] instead of \[2, 3\]",
        ),
        ({**TENSORS, "module.in.bias": np.ones(2)}, r"mapped twice: module.in.bias -> in.bias"),
        ({**TENSORS, "in.bias": np.ones(2, "<i8")}, "no numbers: in.bias of int64"),
        ({}, "missing: in.weight, in.bias"),
    ],
)
def test_every_tensor_that_does_not_fit_is_listed(
    tensors: Mapping[str, Any], offenders: str, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError, match=offenders):
        read_checkpoint(CATALOGUE, VARIANT, published(tmp_path, tensors))


def test_many_offenders_are_counted() -> None:
    shapes = {f"layer{i}": (1,) for i in range(100)}
    with pytest.raises(CheckpointError, match="layer9 and 90 more"):
        map_parameters({}, shapes)


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_numbers_that_are_not_finite_are_refused(bad: float) -> None:
    with pytest.raises(CheckpointError, match=r"infinite or NaN: b$"):
        check_finite({"a": np.full(3, 1e30, "<f4"), "b": np.array([1, bad], "<f4")})


def test_a_head_without_names_of_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"put tokens\.txt of the same repository beside it"):
        read_checkpoint(CATALOGUE, VARIANT, published(tmp_path, TENSORS, labels=None))


def test_a_written_folder_is_read_back(tmp_path: Path) -> None:
    weights = read_checkpoint(CATALOGUE, VARIANT, published(tmp_path / "in", TENSORS))
    back = read_folder(write_folder(tmp_path / "out" / "toy_small", weights), CATALOGUE)
    assert (back.variant, back.config, back.labels) == ("toy_small", {"width": 3}, ("yes", "no"))
    assert back.terms.strip() == "Do as you like."
    assert back.source == {"file": "model.pt"}
    for name, tensor in TENSORS.items():
        assert np.array_equal(back.tensors[name], tensor)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["toy_small"]


def test_a_folder_of_another_network_is_refused(tmp_path: Path) -> None:
    weights = Weights(model="other", variant="x", config={}, labels=(), tensors=TENSORS)
    write_folder(tmp_path / "x", weights)
    with pytest.raises(CheckpointError, match="holds weights of 'other', not of toy"):
        read_folder(tmp_path / "x", CATALOGUE)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", "{"),
        ("config.json", "[]"),
        ("config.json", '{"model_type": "toy"}'),
        ("config.json", '{"model_type": "toy", "width": 4}'),
        ("config.json", '{"model_type": "toy", "width": "x"}'),
        ("source.json", "{}"),
        ("source.json", '{"format": 2}'),
        ("source.json", '{"format": 1, "variant": 3, "sha256": "", "from": {}}'),
        ("labels.txt", b"\xff\xff"),
        ("model.safetensors", b"half"),
    ],
)
def test_a_folder_that_was_changed_is_refused(file: str, content: str | bytes, tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path / "toy", read_checkpoint(CATALOGUE, VARIANT, published(tmp_path / "in", TENSORS))
    )
    (folder / file).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(CheckpointError):
        read_folder(folder, CATALOGUE)


def test_a_variant_may_be_of_another_size(tmp_path: Path) -> None:
    wide = attrs.evolve(VARIANT, config={"width": 5})
    tensors = {**TENSORS, "in.weight": np.ones((2, 5), "<f4")}
    assert read_checkpoint(CATALOGUE, wide, published(tmp_path, tensors)).config == {"width": 5}
