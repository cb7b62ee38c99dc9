"""The command line end to end, with every plugin of this repository installed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from voxaffect.audio import load_audio
from voxaffect.cli import main
from voxaffect.examples import clips

SCHEMA = Path(__file__).parents[1] / "docs" / "json.md"
ANGRY = str(clips("anger")[0].path)


@pytest.fixture
def run(capsys):
    """Run a command line in this process: (exit code, standard output, standard error)."""

    def _run(*arguments):
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return _run


def fields(value: Any) -> Iterator[str]:
    """Every key inside, but the 26 emotions, parameters of a renderer and what it lacks."""
    if isinstance(value, list):
        for item in value:
            yield from fields(item)
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key not in ("posterior", "classes", "approximated", "unexpressed", "output"):
                yield from fields(inner)


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze", ANGRY, "--format", "json"],
        ["express", "Hello.", "--emotion", "sad", "--format", "json"],
        ["express", "--emotion", "sad", "--to", "rvc", "--format", "json"],
        ["respond", ANGRY, "--text", "I see.", "--format", "json"],
        ["backends", "--format", "json"],
        ["plugins", "--format", "json"],
    ],
)
def test_every_field_of_the_json_is_documented(run, arguments):
    code, out, _ = run(*arguments)
    assert code == 0
    documented = set(re.findall(r"`(\w+)`", SCHEMA.read_text(encoding="utf-8")))
    assert set(fields(json.loads(out))) <= documented


def test_the_demo_hears_every_clip_and_writes_an_answer_to_each(run, tmp_path):
    code, out, _ = run("demo", "--output-dir", tmp_path / "made")
    assert code == 0
    assert "not installed" not in out
    assert "No speech heard" not in out
    assert len(re.findall(r"<speak ", out)) == len(clips())
    written = sorted((tmp_path / "made").iterdir())
    assert len(written) == len(clips())
    for path in written:
        assert str(path) in out
        assert load_audio(path).duration_s > 1


def test_an_angry_recording_is_heard_as_activated_and_a_sad_one_is_not(run):
    _, out, _ = run("analyze", clips("anger")[1].path, clips("sadness")[0].path, "--format", "json")
    angry, sad = json.loads(out)
    assert angry["primary"]["arousal"] > sad["primary"]["arousal"] + 0.2


def test_a_recording_is_changed_as_the_emotion_asks(run, tmp_path):
    written = tmp_path / "tired.wav"
    code, _, err = run(
        *("express", "--emotion", "tired", "--to", "librosa_audio"), *("--audio", ANGRY, "--output", written)
    )
    assert code == 0
    assert f"wrote {written}" in err
    assert load_audio(written).duration_s > 1.2 * load_audio(ANGRY).duration_s


def test_what_ssml_cannot_express_is_said(run):
    code, out, err = run("express", "Hello.", "--emotion", "sad", "--option", "dialect=azure")
    assert code == 0
    assert out.startswith("<speak")
    assert "not expressed: breathiness" in err


def test_an_unknown_dialect_is_a_usage_error_naming_the_known_ones(run):
    code, out, err = run("express", "Hello.", "--emotion", "sad", "--option", "dialect=azur")
    assert (code, out) == (2, "")
    assert "azure" in err


@pytest.mark.parametrize("command", ["--help", "plugins", "backends"])
def test_listing_imports_nothing_heavy(command):
    heavy = ("librosa", "numba", "scipy", "mlx", "torch")
    code = (
        f"import sys, voxaffect.cli as c; c.main([{command!r}]); "
        f"print([m for m in {heavy} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
