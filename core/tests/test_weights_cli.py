"""`voxaffect weights`, with a stranger's plugin that describes its weights in a catalogue."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voxaffect.cli import main

PLUGIN = """
from voxaffect import Component, hookimpl
from voxaffect.weights import Catalogue, Source, Variant

@hookimpl
def voxaffect_classifiers():
    yield Component(name="net", target="net:Net", weights="net:CATALOGUE")
    yield Component(name="broken", target="net:Net", weights="net:NOTHING")

SMALL = Variant(
    name="net_small", summary="a small one", licence="CC0-1.0", terms="Do as you like.", config={"width": 3},
    checkpoint="model.pt", download_bytes=12_000_000, labels="tokens.txt",
    sources=(Source(hub="modelscope", repository="play/net_small", revision="v1"),),
)
CATALOGUE = Catalogue(
    model="net", variants=(SMALL,), shapes=lambda config: {"w": (config["width"],)},
    rename=lambda key: key.removeprefix("module."), read_labels=lambda text: tuple(text.split()),
)
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    install: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """run(arguments): exit code, standard output, standard error."""
    install("net", PLUGIN)
    monkeypatch.setenv("VOXAFFECT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("VOXAFFECT_WEIGHTS", raising=False)

    def run_it(*arguments: object) -> tuple[int, str, str]:
        code = main(["weights", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_it


def published(folder: Path, tensors: Mapping[str, Any] | None = None) -> Path:
    np.savez(folder / "model.npz", **({"module.w": np.ones(3)} if tensors is None else tensors))
    (folder / "tokens.txt").write_text("yes no")
    return folder / "model.npz"


def test_the_list_has_every_plugins_weights_and_names_a_broken_plugin(run: Run) -> None:
    code, out, err = run("list")
    assert code == 0
    assert "net_small" in out
    assert "0.01 GB" in out
    assert "CC0-1.0" in out
    assert "error: net/broken: cannot import net:NOTHING" in err


def test_the_list_as_json_has_sources_and_places(run: Run, tmp_path: Path) -> None:
    run("convert", "net_small", published(tmp_path))
    listed = {each["name"]: each for each in json.loads(run("list", "--format", "json")[1])}
    assert listed["net_small"]["place"] == "cache"
    assert listed["net_small"]["sources"][0]["revision"] == "v1"
    assert listed["net_small"]["terms"] == "Do as you like."


def test_converted_weights_are_found_and_sound(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "weights" / "net_small"
    assert run("path", "net_small")[0] == 1
    assert run("convert", "net_small", published(tmp_path))[:2] == (0, f"{folder}\n")
    assert run("path", "net_small")[:2] == (0, f"{folder}\n")
    code, out, _ = run("verify", "net_small")
    assert (code, out) == (0, f"{folder}: 1 tensors of net_small, sound\n")
    assert run("convert", "net_small", tmp_path / "model.npz")[0] == 1
    assert run("convert", "net_small", tmp_path / "model.npz", "--force")[0] == 0


def test_weights_go_where_they_are_told(run: Run, tmp_path: Path) -> None:
    run("convert", "net_small", published(tmp_path), "--to", tmp_path / "here")
    assert run("path", "net_small")[0] == 1
    assert run("verify", "net_small", tmp_path / "here")[0] == 0


def test_labels_may_lie_elsewhere(run: Run, tmp_path: Path) -> None:
    checkpoint = published(tmp_path)
    (tmp_path / "tokens.txt").rename(tmp_path / "elsewhere.txt")
    code, _, err = run("convert", "net_small", checkpoint)
    assert code == 1
    assert "--labels" in err
    assert run("convert", "net_small", checkpoint, "--labels", tmp_path / "elsewhere.txt")[0] == 0


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({"w": np.ones(4)}, "misshapen: w [4] instead of [3]"),
        ({"v": np.ones(3)}, "unmapped: v; missing: w"),
        ({"w": np.array([1, np.nan, 3])}, "infinite or NaN: w"),
    ],
)
def test_what_does_not_fit_is_named_in_one_line(
    tensors: Mapping[str, Any], said: str, run: Run, tmp_path: Path
) -> None:
    code, out, err = run("convert", "net_small", published(tmp_path, tensors))
    assert (code, out) == (1, "")
    assert said in err.splitlines()[-1]


def test_a_changed_bit_is_noticed(run: Run, tmp_path: Path) -> None:
    run("convert", "net_small", published(tmp_path))
    path = tmp_path / "cache/weights/net_small/model.safetensors"
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(content)
    code, _, err = run("verify", "net_small")
    assert code == 1
    assert "it was changed" in err


def test_an_unknown_name_is_a_usage_error(run: Run) -> None:
    code, _, err = run("fetch", "net_smal")
    assert code == 2
    assert "did you mean 'net_small'" in err


def test_a_hub_that_does_not_have_it_is_a_usage_error(run: Run) -> None:
    code, _, err = run("fetch", "net_small", "--from", "huggingface")
    assert code == 2
    assert "net_small is at modelscope" in err


def test_the_licence_is_shown_and_must_be_accepted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", open("/dev/null"))  # noqa: SIM115
    code, _, err = run("fetch", "net_small")
    sys.stdin.close()
    assert code == 2
    assert "Do as you like." in err
    assert "--yes" in err


def test_offline_without_a_download_is_one_line(run: Run) -> None:
    code, out, err = run("fetch", "net_small", "--yes", "--offline")
    assert (code, out) == (1, "")
    assert "--offline: model.pt of play/net_small at v1 is not in" in err.splitlines()[-1]


def test_a_download_that_is_interrupted_says_how_to_go_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("voxaffect.weights.fetch.fetch_weights", interrupted)
    code, out, err = run("fetch", "net_small", "--yes")
    assert (code, out) == (130, "")
    assert "what came is kept, and the same command goes on from there" in err


def test_extract_says_what_it_needs(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.pt").write_bytes(b"")
    code, _, err = run("extract", tmp_path / "x.pt", tmp_path / "x.txt")
    assert code == 1
    assert "must end in .safetensors or .npz" in err
    assert run("extract", tmp_path / "nothing.pt", tmp_path / "x.npz")[0] == 1


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    code, out, err = run()
    assert (code, err) == (0, "")
    assert "fetch" in out
