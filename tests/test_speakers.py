"""A speaker's baseline from the command line to a stream, on real recordings."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from voxaffect import BaselineStore, VoiceEmotionDetector, load_audio
from voxaffect.cli import main
from voxaffect.examples import clips

Command = Callable[..., subprocess.CompletedProcess[str]]

EXAMPLES = [str(clip.path) for clip in clips()]
NEUTRAL = str(clips("neutral")[0].path)


@pytest.fixture
def voxaffect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """voxaffect(...): the command, in a home of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        returned = main(arguments)
        out, err = capsys.readouterr()
        assert returned == code, err
        assert "Traceback" not in err
        return subprocess.CompletedProcess(arguments, returned, out, err)

    return run


def in_noise(folder: Path, paths: list[str]) -> list[str]:
    """Copies with white noise at 5 dB: another microphone in another room."""
    rng, written = np.random.default_rng(0), []
    for number, path in enumerate(paths):
        samples = load_audio(path).samples
        noise = rng.normal(0, np.sqrt(np.mean(samples**2) * 10 ** (-5 / 10)), len(samples))
        soundfile.write(folder / f"{number}.wav", samples + noise, 16_000)
        written.append(str(folder / f"{number}.wav"))
    return written


def test_a_speaker_without_a_baseline_is_told_how_to_get_one(voxaffect: Command) -> None:
    said = voxaffect("analyze", NEUTRAL, "--backend", "prosodic", "--speaker", "bob", code=2).stderr
    assert "unknown baseline 'bob'" in said
    assert "voxaffect speakers calibrate bob FILE" in said


def test_a_speaker_is_calibrated_listed_used_checked_and_deleted(voxaffect: Command, tmp_path: Path) -> None:
    assert "No speaker has a baseline" in voxaffect("speakers", "list").stdout
    made = voxaffect("speakers", "calibrate", "ada", NEUTRAL, NEUTRAL, NEUTRAL, "--backend", "prosodic")
    assert "--speaker ada" in made.stderr
    assert voxaffect("speakers", "list").stdout == "ada: 3 utterances measured by prosodic\n"
    (listed,) = json.loads(voxaffect("speakers", "list", "--format", "json").stdout)
    assert listed == {"name": "ada", "extractors": {"prosodic": 3}, "error": None}

    plain, own = (
        json.loads(voxaffect("analyze", EXAMPLES[1], "--format", "json", *speaker).stdout)[0]
        for speaker in ((), ("--speaker", "ada"))
    )
    assert plain["posterior"] != own["posterior"]
    assert (plain["adapted_to"], own["adapted_to"]) == (0, 3)
    shown = voxaffect("analyze", EXAMPLES[1], "--speaker", "ada").stdout
    assert "judged against 3 utterances of theirs" in shown

    noisy = in_noise(tmp_path, [NEUTRAL, *EXAMPLES, *EXAMPLES[:3]])
    checked = voxaffect("speakers", "check", "ada", *noisy, "--format", "json", code=1)
    assert json.loads(checked.stdout)["fits"] is False
    (tmp_path / "no_sound.wav").write_bytes(b"no sound")
    told = voxaffect("speakers", "check", "ada", str(tmp_path / "no_sound.wav"), *noisy, code=1)
    assert told.stdout.startswith("the baseline no longer fits, calibrate again: distance")
    assert f"error: {tmp_path / 'no_sound.wav'} is not audio" in told.stderr

    voxaffect("speakers", "delete", "ada")
    assert "No speaker has a baseline" in voxaffect("speakers", "list").stdout
    missing = voxaffect("analyze", NEUTRAL, "--speaker", "ada", code=2)
    assert "unknown baseline 'ada'" in missing.stderr


def test_too_few_recordings_are_refused_before_anything_is_written(
    voxaffect: Command, tmp_path: Path
) -> None:
    refused = voxaffect("speakers", "calibrate", "ada", NEUTRAL, code=2)
    assert "3 to 5 neutral samples, got 1" in refused.stderr
    assert not list(tmp_path.rglob("*.json"))


def test_a_name_that_could_leave_the_folder_is_refused(voxaffect: Command) -> None:
    refused = voxaffect("speakers", "calibrate", "../ada", NEUTRAL, NEUTRAL, NEUTRAL, code=2)
    assert "letters, digits" in refused.stderr


def test_too_few_recordings_to_check_are_a_usage_error(voxaffect: Command) -> None:
    voxaffect("speakers", "calibrate", "ada", NEUTRAL, NEUTRAL, NEUTRAL)
    assert "12 recordings" in voxaffect("speakers", "check", "ada", NEUTRAL, code=2).stderr


def test_a_stream_learns_its_speaker_from_their_utterances(tmp_path: Path) -> None:
    detector = VoiceEmotionDetector("prosodic", activity="builtin")
    detector.learn_baseline(8)
    pause = np.zeros(16_000, np.float32)
    for path in EXAMPLES[:6]:
        detector.stream_events(np.concatenate([load_audio(path).samples, pause]), 16_000)
        if detector.baseline is not None:
            break
    assert detector.baseline is not None
    assert detector.baseline.n_samples > 0
    store = BaselineStore(tmp_path)
    store.save("ada", detector.baseline)
    loaded = store.load("ada")
    assert loaded.n_samples == detector.baseline.n_samples
    assert loaded.features["prosodic"].functionals == detector.baseline.features["prosodic"].functionals
