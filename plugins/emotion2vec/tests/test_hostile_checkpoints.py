"""Hostile checkpoints through the plugin's own ways in: the command, the extractor's loader, the hub's cache.

Every trick that a file can play on its reader is in the core's tests of its weights.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voxaffect.cli import main
from voxaffect.weights import CheckpointError, load_weights
from voxaffect_emotion2vec.weights import CATALOGUE, DEFAULT_VARIANT


class Attack:
    """Makes a file when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.canary,)


def torch_file(value: object) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps(value, protocol=2))
    return file.getvalue()


PLACES = {
    "beside the tensors": lambda attack: {"model": {}, "optimizer": attack},
    "among the tensors": lambda attack: {"model": {"d2v_model.blocks.0.norm1.weight": attack}},
    "instead of everything": lambda attack: attack,
    "as a name": lambda attack: {attack: {}},
}


@pytest.fixture(params=PLACES)
def hostile(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A checkpoint that would make the file `canary` beside it."""
    path = tmp_path / "published" / "model.pt"
    path.parent.mkdir()
    path.write_bytes(torch_file(PLACES[request.param](Attack(path.with_name("canary")))))
    path.with_name("tokens.txt").write_text("angry")
    return path


def by_command(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXAFFECT_CACHE", str(path.parent / "cache"))
    assert main(["weights", "convert", DEFAULT_VARIANT, str(path)]) == 1
    assert not (path.parent / "cache").exists()


def as_given(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CheckpointError, match="nothing was executed"):
        load_weights(CATALOGUE, DEFAULT_VARIANT, path)


def from_the_environment(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXAFFECT_WEIGHTS", str(path.parent))
    with pytest.raises(CheckpointError, match="nothing was executed"):
        load_weights(CATALOGUE, DEFAULT_VARIANT)


def from_the_hubs_cache(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = CATALOGUE.find(DEFAULT_VARIANT).sources[0]
    snapshot = (
        path.parent / "hub" / f"models--{source.repository.replace('/', '--')}/snapshots/{source.revision}"
    )
    snapshot.mkdir(parents=True)
    (snapshot / "model.pt").symlink_to(path)
    monkeypatch.delenv("VOXAFFECT_WEIGHTS", raising=False)
    monkeypatch.setenv("VOXAFFECT_CACHE", str(path.parent / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(path.parent / "hub"))
    with pytest.raises(CheckpointError, match="nothing was executed"):
        load_weights(CATALOGUE, DEFAULT_VARIANT)


@pytest.mark.parametrize("way", [by_command, as_given, from_the_environment, from_the_hubs_cache])
def test_a_hostile_checkpoint_is_refused_and_nothing_runs(
    way: Callable[[Path, pytest.MonkeyPatch], None], hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    way(hostile, monkeypatch)
    assert not hostile.with_name("canary").exists()


def test_the_attack_is_real(hostile: Path) -> None:
    with zipfile.ZipFile(hostile) as archive:
        pickle.loads(archive.read("model/data.pkl"))
    assert hostile.with_name("canary").exists()
