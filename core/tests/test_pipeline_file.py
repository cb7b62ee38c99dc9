"""Paths in a pipeline's TOML file are taken from the folder of that file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voxaffect import ConfigurationError, PluginHost
from voxaffect.pipeline_file import read_pipeline, read_toml

PATHS = """
from __future__ import annotations
import os
from pathlib import Path
from voxaffect import Component, hookimpl

class Net:
    requires = ("sums",)
    def __init__(self, *, weights: str | os.PathLike[str] | None = None, label: str = "", inner=None): ...
    def classify(self, features): ...

class Sums:
    def __init__(self, table: Path = Path()): ...
    def extract(self, audio, *, baseline=None): ...

@hookimpl
def voxaffect_classifiers():
    return [Component(name="net", target="paths:Net")]

@hookimpl
def voxaffect_feature_extractors():
    return [Component(name="sums", target="paths:Sums")]
"""


@pytest.fixture
def read(
    install: Callable[..., None],
    host_of: Callable[..., PluginHost],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], dict[str, Any]]:
    """What a file in the folder `file`, which holds `model`, comes to; one works in `here`, with `other`."""
    install("paths", PATHS)
    host = host_of("paths")
    for folder in ("file/model", "here/other"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")

    def read_text(text: str) -> dict[str, Any]:
        path = tmp_path / "file" / "pipeline.toml"
        path.write_text(text, encoding="utf-8")
        return read_pipeline(path, host)

    return read_text


def test_a_relative_path_is_taken_from_the_files_folder_wherever_a_component_stands(read, tmp_path: Path):
    config = read(
        """
        [classifier]
        use = "net"
        weights = "model"
        inner = { use = "paths/net", weights = "./new" }
        [extractors.sums]
        table = "model"
        """
    )
    folder = tmp_path / "file"
    assert config["classifier"]["weights"] == str(folder / "model")
    assert config["classifier"]["inner"]["weights"] == str(folder / "new")
    assert config["extractors"]["sums"]["table"] == str(folder / "model")
    listed = read('classifier = { use = "net", inner = [{ use = "net", weights = "model" }] }')
    assert listed["classifier"]["inner"][0]["weights"] == str(folder / "model")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("weights", "mlx-community/whisper-tiny"),
        ("weights", "/model"),
        ("weights", "~/model"),
        ("label", "model"),
    ],
)
def test_a_name_a_whole_path_and_what_is_no_path_stay_as_they_are(read, option: str, value: str):
    assert read(f'[classifier]\nuse = "net"\n{option} = "{value}"\n')["classifier"][option] == value


def test_a_path_that_leads_somewhere_only_from_the_working_folder_is_refused(read, tmp_path: Path):
    with pytest.raises(
        ConfigurationError, match=r"weights = 'other': there is no .*file/other; a relative path"
    ):
        read('classifier = { use = "net", weights = "other" }')


def test_a_table_that_names_no_component_is_left_for_the_pipeline_to_refuse(read):
    assert read('classifier = { use = "nat", weights = "model" }')["classifier"]["weights"] == "model"
    assert read("extractors = 3\nclassifier = 4") == {"extractors": 3, "classifier": 4}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_may_be_written_by_whatever_program(tmp_path: Path, encoding: str):
    text = 'classifier = "ear"\r\nstrategy = "match"\r\n'
    (tmp_path / "pipeline.toml").write_bytes(text.encode(encoding))
    assert read_toml(tmp_path / "pipeline.toml") == {"classifier": "ear", "strategy": "match"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = " + b"[" * 100_000, "it is nested too deeply"),
        (b"a = \xff", "no UTF-8 text, byte 4 is 0xff"),
        (None, "no such file or directory"),
    ],
)
def test_what_cannot_be_read_is_said_in_words_of_ours(tmp_path: Path, content: bytes | None, said: str):
    path = tmp_path / "pipeline.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError) as error:
        read_toml(path)
    assert str(error.value) == f"cannot read the pipeline {path}: {said}"
