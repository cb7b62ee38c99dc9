"""A speaker's baseline from the command line to a stream, on real recordings."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from voxaffect import load_audio
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

    how = ("--backend", "prosodic")
    plain, own = (
        json.loads(voxaffect("analyze", EXAMPLES[1], *how, "--format", "json", *speaker).stdout)[0]
        for speaker in ((), ("--speaker", "ada"))
    )
    assert plain["posterior"] != own["posterior"]
    assert (plain["adapted_to"], own["adapted_to"]) == (0, 3)
    shown = voxaffect("analyze", EXAMPLES[1], *how, "--speaker", "ada").stdout
    assert "judged against 3 utterances of theirs" in shown

    noisy = in_noise(tmp_path, [NEUTRAL, *EXAMPLES, *EXAMPLES[:3]])
    checked = voxaffect("speakers", "check", "ada", *noisy, *how, "--format", "json", code=1)
    assert json.loads(checked.stdout)["fits"] is False
    (tmp_path / "no_sound.wav").write_bytes(b"no sound")
    told = voxaffect("speakers", "check", "ada", str(tmp_path / "no_sound.wav"), *noisy, *how, code=1)
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


def talk(folder: Path, count: int) -> Path:
    """A recording of so many utterances of one speaker."""
    pause = np.zeros(16_000, np.float32)
    samples = load_audio(NEUTRAL).samples
    soundfile.write(folder / "talk.wav", np.concatenate([samples, pause] * count), 16_000)
    return folder / "talk.wav"


@pytest.mark.parametrize(
    "command",
    [("listen", "--fast", "--format", "jsonl"), ("analyze", "--timeline", "--format", "jsonl")],
    ids=["listen", "analyze --timeline"],
)
def test_what_is_heard_over_time_is_judged_against_what_was_unless_forbidden(
    voxaffect: Command, tmp_path: Path, command: tuple[str, ...]
) -> None:
    sound, forbidding = talk(tmp_path, 3), tmp_path / "forbidding.toml"
    forbidding.write_text('classifier = "prosodic_rules"\nadapt = false\n')
    name, *options = command

    def adapted_to(*how: str) -> list[float]:
        out = voxaffect(name, str(sound), *options, *how).stdout
        messages = [json.loads(line) for line in out.splitlines()]
        events = messages if name == "listen" else messages[0]["events"]
        return [e["result"]["adapted_to"] for e in events if e["type"] == "utterance" and e["final"]]

    first, second, third = adapted_to("--backend", "prosodic_rules")
    assert first == 0 < second < third
    assert adapted_to("--backend", "prosodic_rules", "--no-adapt") == [0, 0, 0]
    assert adapted_to("--config", str(forbidding)) == [0, 0, 0]


def test_a_timeline_to_read_says_what_the_speaker_was_judged_against(
    voxaffect: Command, tmp_path: Path
) -> None:
    out = voxaffect("analyze", str(talk(tmp_path, 2)), "--timeline", "--backend", "prosodic_rules").stdout
    assert re.search(r"the last one judged against 0\.\d utterances of theirs", out)


def test_an_evaluation_hears_each_clip_against_those_of_its_speaker_before_it(
    voxaffect: Command, tmp_path: Path
) -> None:
    speakers = ["ada", "ada", "bob", "ada", "bob"]
    labels = ["neutral", "anger", "neutral", "anger", "anger"]
    rows = []
    for number, (who, label) in enumerate(zip(speakers, labels, strict=True)):
        shutil.copy(NEUTRAL, tmp_path / f"{number}.flac")
        rows.append(f"{number}.flac\t{label}\t{who}")
    (tmp_path / "clips.tsv").write_text("\n".join(["file\tlabel\tspeaker", *rows]) + "\n")
    evaluate = ("evaluate", str(tmp_path / "clips.tsv"), "--backend", "prosodic_rules", "--resamples", "5")
    table = tmp_path / "out.csv"
    report = voxaffect(
        *evaluate, "--adapt", "speaker", "--predictions", str(table), "--format", "json"
    ).stdout
    with table.open(newline="") as written:
        adapted_to = [float(row["adapted_to"]) for row in csv.DictReader(written)]
    weight = adapted_to[1]
    assert adapted_to == pytest.approx([0, weight, 0, 2 * weight, weight], rel=0.1)
    assert json.loads(report)["adapt"] == "speaker"
    assert json.loads(report)["adapted_to"] == pytest.approx(np.mean(adapted_to))
    assert "of its speaker in the mean" in voxaffect(*evaluate, "--adapt", "speaker").stdout
    plain = json.loads(voxaffect(*evaluate, "--format", "json").stdout)
    assert (plain["adapt"], plain["adapted_to"]) == (None, 0)
    assert "in the mean" not in voxaffect(*evaluate).stdout
