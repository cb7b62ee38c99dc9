"""What comes from outside is shown as text, and what plugins print spoils no result."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from voxaffect.examples import clips
from voxaffect.hidden_characters import is_hidden

pytestmark = pytest.mark.usefixtures("only_the_toy_plugin")

DECODABLE = "a\x1b]0;owned\x07\n[red]\x9b2J\u202e"
"""Sets the terminal's title, begins a line, is markup, clears the screen, turns the writing's direction."""

EVIL = DECODABLE + ("\udcff" if sys.platform == "linux" else "")
"""On Linux a name may also hold bytes that are no text."""

MOUTHY = f"""
import voxaffect as vox
from voxaffect_toy import LoudIsAngry

class Mouthy(LoudIsAngry):
    def classify(self, features):
        if features["toy_level"].functionals["rms"] > 0.2:
            raise ValueError({EVIL!r})
        return vox.Classification({{"sad": 1.0}}, explanation=({EVIL!r},), fallback_reason={EVIL!r})

@vox.hookimpl
def voxaffect_classifiers():
    yield vox.Component(name="mouthy", target="mouthy:Mouthy", summary={EVIL!r}, speed={EVIL!r})
"""
BROKEN = f"raise ImportError({EVIL!r})"


@pytest.fixture
def evil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with recordings, a table of some and a configuration, all of that name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (tmp_path / EVIL).mkdir()
    rows = ["file,speaker,label", f'"missing{DECODABLE}.wav",s9,anger']
    for number, clip in enumerate(clips()[:4]):
        shutil.copy(clip.path, tmp_path / EVIL / f"{number}{EVIL}.flac")
        shutil.copy(clip.path, tmp_path / f"{number}{DECODABLE}.flac")
        rows.append(f'"{number}{DECODABLE}.flac","s{number}{DECODABLE}",{clip.acted}')
    (tmp_path / f"{EVIL}.csv").write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / f"{EVIL}.toml").write_text("[classifier]\nuse = 'nobody'", encoding="utf-8")
    return tmp_path


def program(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "import sys, voxaffect.cli as c; sys.exit(c.main())", *arguments]


def hidden(shown: str) -> list[str]:
    return [character for character in shown if is_hidden(character) and character != "\n"]


ONE, MISSING = f"{EVIL}/0{EVIL}.flac", f"missing{EVIL}.wav"
COMMANDS = [
    ["analyze", ONE, "--backend", "toy"],
    ["analyze", ONE, MISSING, "--backend", "toy", "--format", "table"],
    ["analyze", EVIL, MISSING, "--backend", "toy", "--format", "context"],
    ["analyze", EVIL, "--backend", "toy", "--format", "context", "--timeline"],
    ["analyze", ONE, "--backend", "toy", "--format", "text", "--timeline"],
    ["analyze", ONE, "--backend", "toy", "--format", "json", "--output", f"{EVIL}.json"],
    ["analyze", EVIL, "--backend", "mouthy", "--format", "text"],
    ["analyze", EVIL, "--config", f"{EVIL}.toml"],
    ["analyze", "--files-from", f"missing{EVIL}"],
    ["analyze", ONE, "--backend", EVIL],
    ["features", EVIL, MISSING, "--extractor", "toy_level", "--output", f"{EVIL}1.csv"],
    ["respond", ONE, "--backend", "mouthy", "--text", "I see.", "--to", "toy_ssml"],
    ["express", "--emotion", "sad", "--to", "toy_audio", "--audio", ONE, "--output", f"{EVIL}.wav"],
    ["express", "Hello", "--emotion", EVIL],
    ["say", "Hello", "--emotion", "sad", "--voice", EVIL],
    ["listen", ONE, "--fast", "--backend", "toy", "--format", "live", "--activity", "builtin"],
    ["roundtrip", ONE, "--backend", "toy", "--to", "toy_audio", "--emotion", "sad"],
    ["roundtrip", MISSING, "--backend", "toy", "--to", "toy_audio"],
    ["evaluate", f"{EVIL}.csv", "--backend", "toy"],
    ["compare", f"{EVIL}.csv", "--backends", "toy,toy_fallback"],
    ["train", f"{EVIL}.csv", "--extractor", "toy_level", "--output", f"{EVIL}.model"],
    ["speakers", "calibrate", "ada", ONE, ONE, MISSING, "--backend", "toy"],
    ["speakers", "check", EVIL, ONE],
    ["speakers", "delete", EVIL],
    ["weights", "extract", f"{EVIL}.pt", f"{EVIL}.npz"],
    ["weights", "verify", EVIL],
    ["demo", "--backend", "toy", "--output-dir", EVIL],
    ["demo", "--backend", "toy", "--output-dir", f"{EVIL}.csv"],
    ["serve", "--certificate", MISSING, "--port", "0"],
    ["serve", "--api-key-file", MISSING],
    ["backends"],
    ["plugins"],
    [EVIL],
    ["analyze", f"--{EVIL}"],
]


@pytest.mark.usefixtures("evil")
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: " ".join(arguments).replace(EVIL, "X"))
def test_names_and_explanations_are_shown_as_text(
    run: Callable[..., tuple[int, str, str]], install: Callable[..., None], arguments: list[str]
) -> None:
    install("mouthy", MOUTHY)
    install("broken", BROKEN)
    _, out, err = run(*arguments)
    assert out + err
    assert hidden(out + err) == []
    assert "UnicodeEncodeError" not in err


def test_a_warning_in_the_log_is_one_line_of_text(
    install: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    install("broken", BROKEN)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*sys.path, os.environ["PYTHONPATH"]]))
    done = subprocess.run(program("backends"), capture_output=True, text=True)
    (warning,) = done.stderr.splitlines()
    assert warning.startswith(r"warning: plugin 'broken' was left out: ImportError: a\x1b]0;owned")
    assert hidden(warning) == []


@pytest.mark.usefixtures("evil")
def test_json_and_csv_hold_the_name_itself(run: Callable[..., tuple[int, str, str]]) -> None:
    _, out, _ = run("analyze", ONE, "--backend", "toy", "--format", "json")
    assert json.loads(out)[0]["file"] == ONE
    decodable = f"0{DECODABLE}.flac"
    _, out, _ = run("analyze", decodable, "--backend", "toy", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(out, newline=""))
    assert row["file"] == decodable


def on_a_terminal(*arguments: str) -> str:
    """What a person sees of a command: its results, its errors and its progress."""
    reading, writing = pty.openpty()
    with subprocess.Popen(program(*arguments), stdout=writing, stderr=writing) as process:
        os.close(writing)
        shown = b""
        with contextlib.suppress(OSError):  # how Linux says that the other end has gone
            while part := os.read(reading, 65_536):
                shown += part
    os.close(reading)
    assert process.returncode == 0
    return shown.decode()


@pytest.mark.slow
@pytest.mark.usefixtures("evil")
@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze", EVIL, "--backend", "toy"],
        ["analyze", ONE, "--backend", "toy", "--format", "csv"],
        ["express", DECODABLE, "--emotion", "sad", "--to", "toy_ssml"],
        ["listen", ONE, "--fast", "--backend", "toy", "--activity", "builtin"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_nothing_acts_on_a_terminal(arguments: list[str]) -> None:
    shown = on_a_terminal(*arguments)
    assert r"\x1b]0;owned" in shown
    assert not {"\x1b]", "\x07", "\x9b", "\u202e"} & {*re.findall("\x1b\\]|[^ -~]", shown)}


# What plugins print

CHATTY = """
import atexit, ctypes, os, subprocess, sys
import voxaffect as vox
{at_import}

class Chatty:
    needs = ("text",)

    def render(self, prosody, utterance):
        {at_work}
        return vox.Rendering("text", utterance.text)

@vox.hookimpl
def voxaffect_prosody_renderers():
    {while_listing}
    yield vox.Component(name="chatty", target="chatty:Chatty")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("when", "chat"),
    [
        ("at_import", "print('PSST')"),
        ("while_listing", "print('PSST')"),
        ("at_work", "print('PSST')"),
        ("at_work", "sys.__stdout__.write('PSST')"),
        ("at_work", "sys.stdout.buffer.write(b'PSST')"),
        ("at_work", "os.write(1, b'PSST')"),
        ("at_work", "ctypes.CDLL(None).printf(b'PSST')"),
        ("at_work", "subprocess.run([sys.executable, '-c', 'print(\"PSST\")'])"),
        ("at_import", "atexit.register(print, 'PSST')"),
        ("at_import", "atexit.register(os.write, 1, b'PSST')"),
    ],
)
def test_what_a_plugin_prints_goes_to_standard_error(
    install: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, when: str, chat: str
) -> None:
    nothing = dict.fromkeys(("at_import", "while_listing", "at_work"), "pass")
    install("chatty", CHATTY.format(**nothing | {when: chat}))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*sys.path, os.environ["PYTHONPATH"]]))
    arguments = ["express", "Hello", "--emotion", "calm", "--to", "chatty", "--format", "json"]
    done = subprocess.run(program(*arguments), capture_output=True, text=True)
    assert json.loads(done.stdout)["output"] == "Hello"
    assert "PSST" in done.stderr


@pytest.mark.parametrize("chat", ["print('PSST')", "sys.stderr.write('PSST')"])
def test_a_program_that_calls_the_command_line_has_its_standard_output_back(
    run: Callable[..., tuple[int, str, str]], install: Callable[..., None], chat: str
) -> None:
    install("chatty", CHATTY.format(at_import="pass", while_listing="pass", at_work=chat))
    _, out, err = run("express", "Hello", "--emotion", "calm", "--to", "chatty")
    assert (out, "PSST" in err) == ("Hello\n", True)
    print("mine")
    assert run("--version")[1].startswith("mine\n")
