"""Where weights are looked for, and what becomes of a place that cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import attrs
import numpy as np
import pytest
from voxaffect.errors import UnknownNameError
from voxaffect.weights import (
    Catalogue,
    CheckpointError,
    Source,
    Variant,
    Weights,
    WeightsError,
    WeightsMissingError,
    cache_folder,
    find_weights,
    load_weights,
    locate_weights,
    write_folder,
)

VARIANT = Variant(
    name="toy_small",
    summary="a toy",
    licence="CC0-1.0",
    terms="Do as you like.",
    config={},
    checkpoint="model.npz",
    download_bytes=1000,
    labels=None,
    sources=(
        Source(hub="huggingface", repository="toys/toy_small", revision="c0ffee"),
        Source(hub="modelscope", repository="play/toy_small", revision="master"),
    ),
)
CATALOGUE = Catalogue(
    model="toy",
    variants=(VARIANT,),
    shapes=lambda config: {"w": (2,)},
    rename=lambda key: key,
    read_labels=lambda text: (),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home without any of the variables that say where weights are."""
    for name in ("VOXAFFECT_WEIGHTS", "HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "MODELSCOPE_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("VOXAFFECT_CACHE", str(tmp_path / "cache"))
    return tmp_path


def converted(folder: Path, value: float = 0.0, *, variant: str = "toy_small") -> Path:
    tensors = {"w": np.full(2, value, np.float32)}
    return write_folder(folder, Weights(model="toy", variant=variant, config={}, labels=(), tensors=tensors))


def checkpoint(folder: Path, value: float = 0.0) -> Path:
    folder.mkdir(parents=True)
    np.savez(folder / "model.npz", w=np.full(2, value, np.float32))
    return folder / "model.npz"


def test_each_place_comes_before_the_next(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = "models--toys--toy_small/snapshots/c0ffee"
    given = converted(home / "given", 0)
    converted(home / "named" / "toy_small", 1)
    converted(cache_folder() / "toy_small", 2)
    checkpoint(home / ".cache/huggingface/hub" / snapshot, 3)
    checkpoint(home / ".cache/modelscope/hub/models/play/toy_small", 4)
    monkeypatch.setenv("VOXAFFECT_WEIGHTS", str(home / "named"))

    def found() -> float:
        return float(load_weights(CATALOGUE, "toy_small").tensors["w"][0])

    assert load_weights(CATALOGUE, "toy_small", given).tensors["w"][0] == 0
    assert found() == 1
    monkeypatch.delenv("VOXAFFECT_WEIGHTS")
    assert found() == 2
    monkeypatch.setenv("VOXAFFECT_CACHE", str(home / "empty"))
    assert found() == 3
    monkeypatch.setenv("HF_HOME", str(home / "empty"))
    assert found() == 4


def test_hf_home_and_hf_hub_cache_are_honoured(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = checkpoint(home / "hf/hub/models--toys--toy_small/snapshots/c0ffee")
    monkeypatch.setenv("HF_HOME", str(home / "hf"))
    found = find_weights(VARIANT)
    assert found is not None
    assert (found.path, found.place, found.converted) == (path, "huggingface", False)
    monkeypatch.setenv("HF_HUB_CACHE", str(home / "elsewhere"))
    assert find_weights(VARIANT) is None


def test_another_revision_in_the_hubs_cache_is_not_taken(home: Path) -> None:
    checkpoint(home / ".cache/huggingface/hub/models--toys--toy_small/snapshots/decade")
    assert find_weights(VARIANT) is None


def test_the_variable_may_name_the_weights_themselves(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXAFFECT_WEIGHTS", str(converted(home / "mine")))
    assert locate_weights(CATALOGUE, VARIANT).place == "environment"
    monkeypatch.setenv("VOXAFFECT_WEIGHTS", str(converted(home / "others", variant="toy_large")))
    assert find_weights(VARIANT) is None


def test_a_variable_that_names_no_folder_is_an_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXAFFECT_WEIGHTS", str(home / "nowhere"))
    with pytest.raises(WeightsMissingError, match=r"VOXAFFECT_WEIGHTS names .*nowhere"):
        find_weights(VARIANT)


def test_without_weights_the_command_to_get_them_is_named() -> None:
    with pytest.raises(WeightsMissingError, match="voxaffect weights fetch toy_small") as error:
        load_weights(CATALOGUE, "toy_small")
    assert "\n" not in str(error.value)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'toy_small'"):
        load_weights(CATALOGUE, "toy_smal")


@pytest.mark.parametrize("kind", ["folder of a checkpoint", "checkpoint", "converted under another name"])
def test_a_given_path_may_be(kind: str, home: Path) -> None:
    if kind == "converted under another name":
        given = converted(home / "mine", variant="tuned_by_me")
    else:
        path = checkpoint(home / "published")
        given = path if kind == "checkpoint" else path.parent
    assert set(load_weights(CATALOGUE, VARIANT, given).tensors) == {"w"}


@pytest.mark.parametrize("path", ["nothing", "."])
def test_a_given_path_without_weights_is_an_error(path: str, home: Path) -> None:
    with pytest.raises(WeightsMissingError, match="no weights of toy at"):
        load_weights(CATALOGUE, VARIANT, home / path)


def test_a_half_written_folder_is_never_found(home: Path) -> None:
    converted(cache_folder() / ".toy_small.abcd.partial")
    assert find_weights(VARIANT) is None


def test_weights_are_replaced_only_when_told(home: Path) -> None:
    folder = converted(home / "w", 1)
    with pytest.raises(WeightsError, match="--force"):
        converted(folder, 2)
    weights = load_weights(CATALOGUE, VARIANT, folder)
    write_folder(folder, attrs.evolve(weights, tensors={"w": np.full(2, 3, np.float32)}), replace=True)
    assert load_weights(CATALOGUE, VARIANT, folder).tensors["w"][0] == 3
    assert [path.name for path in home.iterdir()] == ["w"]


def test_a_folder_of_something_else_is_never_replaced(home: Path) -> None:
    (home / "thesis").mkdir()
    (home / "thesis" / "final.doc").write_text("years of work")
    weights = Weights(model="toy", variant="toy_small", config={}, labels=(), tensors={})
    with pytest.raises(WeightsError, match="something else"):
        write_folder(home / "thesis", weights, replace=True)
    assert (home / "thesis" / "final.doc").exists()


def unwritable(home: Path) -> Path:
    (home / "file").write_text("")
    return home / "file" / "toy_small"


def read_only(home: Path) -> Path:
    if os.geteuid() == 0:
        pytest.skip("nothing is read-only for root")
    (home / "locked").mkdir(mode=0o500)
    return home / "locked" / "toy_small"


@pytest.mark.parametrize("place", [unwritable, read_only])
def test_a_place_that_cannot_be_written_is_a_clear_error(place: Callable[[Path], Path], home: Path) -> None:
    with pytest.raises(WeightsError, match=r"cannot write .*toy_small: \w+"):
        converted(place(home))


def test_a_disk_that_fills_up_leaves_nothing_behind(home: Path) -> None:
    program = (
        "import resource, sys, numpy as np; from pathlib import Path\n"
        "from voxaffect.weights import Weights, WeightsError, write_folder\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "weights = Weights(model='toy', variant='x', config={}, labels=(), tensors={'w': np.ones(99_999)})\n"
        "try: write_folder(Path(sys.argv[1]), weights)\n"
        "except WeightsError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(home / "disk" / "x")], capture_output=True, text=True, check=True
    )
    assert "cannot write" in done.stdout
    assert "too large" in done.stdout.lower()
    assert list((home / "disk").iterdir()) == []


def test_a_checksum_is_written_that_the_file_has(home: Path) -> None:
    from voxaffect.weights.folder import read_source, sha256_of

    folder = converted(home / "w")
    assert read_source(folder)["sha256"] == sha256_of(folder / "model.safetensors")


def test_a_damaged_folder_that_was_given_is_an_error_not_a_miss(home: Path) -> None:
    folder = converted(home / "w")
    (folder / "source.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"source\.json"):
        load_weights(CATALOGUE, VARIANT, folder)
