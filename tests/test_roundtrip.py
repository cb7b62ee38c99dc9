"""What is expressed is heard: the command, and the bar that it must reach."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest
from voxaffect import EmotionCategory, Pipeline, PluginHost, Stage, load_audio
from voxaffect.cli import main
from voxaffect.examples import clips
from voxaffect.roundtrip import round_trips, tally

pytest.importorskip("voxaffect_prosodic")

RENDERERS = ("librosa_audio", "psola")
LEAST_RIGHT = 0.90
"""Heard by the trained model, to which also that counts which a renderer does to a voice unasked."""

RECORDINGS_A_SPEAKER = 3

NEUTRAL = str(clips("neutral")[0].path)
TWO = ["roundtrip", NEUTRAL, "--emotion", "panicked", "--emotion", "sad", "--backend", "prosodic"]


def share_right(renderer_name: str, recordings: list[Path]) -> float:
    pytest.importorskip(f"voxaffect_{renderer_name}")
    pipeline = Pipeline.from_config({"classifier": "prosodic"})
    renderer = PluginHost().build(Stage.RENDERER, renderer_name)
    trips = list(round_trips(pipeline, renderer, {path.name: load_audio(path) for path in recordings}))
    counted = tally(trips, "arousal")
    assert counted.counted >= 10 * len(recordings), "too few emotions count to say anything"
    assert counted.share is not None
    return counted.share


@pytest.mark.slow
@pytest.mark.parametrize("renderer", RENDERERS)
def test_arousal_moves_the_intended_way_on_the_examples(renderer: str) -> None:
    assert share_right(renderer, [clip.path for clip in clips("neutral")]) >= LEAST_RIGHT


@pytest.mark.parametrize("renderer", RENDERERS)
def test_arousal_moves_the_intended_way_on_ten_speakers(renderer: str, corpora: Path) -> None:
    with (corpora / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["corpus"] == "emodb"]
    by_speaker: dict[str, list[Path]] = {}
    for row in rows:
        if row["emotion"] == "neutral":
            by_speaker.setdefault(row["speaker"], []).append(corpora / row["file"])
    chosen = [path for paths in by_speaker.values() for path in paths[:RECORDINGS_A_SPEAKER]]
    assert len(by_speaker) == 10
    assert share_right(renderer, chosen) >= LEAST_RIGHT


def test_the_command_prints_a_row_an_emotion_and_the_shares(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(TWO) == 0
    printed = capsys.readouterr().out
    rows = {line.split()[0]: line for line in printed.splitlines() if line.strip()}
    assert "1/1*" in rows["panicked"]
    assert "1/1*" in rows["sad"]
    assert "2 of 2 (100.0%)" in rows["arousal:"]
    assert "valence:" in rows


def test_as_json_each_trip_says_where_it_went(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TWO, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    panicked, sad = document["trips"]
    assert (panicked["emotion"], sad["emotion"]) == ("panicked", "sad")
    assert panicked["arousal"]["after"] > panicked["arousal"]["before"] == sad["arousal"]["before"]
    assert sad["arousal"]["after"] < sad["arousal"]["before"]
    assert document["arousal"] == {
        "right": 2, "counted": 2, "share": 1.0, "of_all": {"right": 2, "counted": 2},
    }  # fmt: skip
    assert document["renderer"] in RENDERERS
    assert document["backend"] == "prosodic"


def test_a_renderer_that_changes_no_audio_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TWO, "--to", "rvc"]) == 2
    assert "changes audio" in capsys.readouterr().err


def test_the_plot_is_written(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert main([*TWO, "--plot", str(tmp_path / "trips.png")]) == 0
    assert (tmp_path / "trips.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_the_plot_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main([*TWO, "--plot", str(tmp_path / "trips.png")]) == 1
    assert 'pip install "voxaffect[plot]"' in capsys.readouterr().err


def test_every_emotion_is_rendered_unless_some_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["roundtrip", NEUTRAL, "--backend", "prosodic", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [trip["emotion"] for trip in document["trips"]] == list(EmotionCategory)


@pytest.mark.parametrize("chosen", [[], ["--to", "psola"]], ids=["best", "psola"])
def test_an_option_that_the_renderer_does_not_know_names_it_as_one_would_write_it(
    capsys: pytest.CaptureFixture[str], chosen: list[str]
) -> None:
    pytest.importorskip("voxaffect_psola")
    assert main([*TWO, *chosen, "--option", "foo=1"]) == 2
    assert "unknown option of the renderer 'psola': 'foo'" in capsys.readouterr().err
