"""Mistakes of a first hour at the command line: one line that says what to do, and the right code."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from voxaffect.cli import main

FULL = Path("/dev/full")


def one_line(capsys: pytest.CaptureFixture[str], *arguments: str, code: int) -> str:
    assert main(arguments) == code
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


@pytest.mark.parametrize("command", ["plugins", "backends", "analyze"])
def test_a_format_that_is_none_is_refused_in_plain_words(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    said = one_line(capsys, command, "--format", "xml", code=2)
    assert said.startswith("error: Invalid value for '--format': 'xml' is not one of 'text', '")


def test_a_file_that_begins_with_a_dash_is_said_how_to_write(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-dash.flac").touch()
    said = one_line(capsys, "analyze", "-dash.flac", code=2)
    assert "No such option: -d. For the file of that name, write ./-dash.flac. See:" in said


def test_an_option_of_a_component_is_said_how_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["express", "Hello.", "--emotion", "calm", "--dialect", "azure"]
    said = one_line(capsys, *arguments, code=2)
    assert (
        "No such option: --dialect. If it is an option of a component: --option dialect=VALUE. See:" in said
    )
    assert "component" not in one_line(capsys, *arguments[:4], "--tro", "ssml", code=2)  # near to --to


def test_an_option_that_is_no_file_brings_no_word_of_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert "file" not in one_line(capsys, "analyze", "-x", code=2)


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [["--help"], ["plugins"], ["backends", "--format", "json"]])
def test_a_disk_without_room_is_told_without_pythons_words(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "voxaffect", *arguments]
    with FULL.open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1:] == [
        "error: cannot write: no space left on device; make room, or write elsewhere"
    ]
    assert "Errno" not in done.stderr


INTERRUPTED_AT = """
import importlib, sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupt())
raise SystemExit(importlib.import_module({entry!r}).{function}())
"""


@pytest.mark.parametrize(
    "module", ["voxaffect", "lazy_loader", "voxaffect.cli", "voxaffect.cli.app", "typer"]
)
def test_ctrl_c_during_the_imports_is_quiet(module: str) -> None:
    settings = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    entry, _, function = settings["project"]["scripts"]["voxaffect"].partition(":")
    program = INTERRUPTED_AT.format(module=module, entry=entry, function=function)
    done = subprocess.run(
        [sys.executable, "-c", program, "plugins"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 130
    assert not done.stderr
