"""`voxaffect evaluate` and `compare` on a plugin that hears loud as angry, soft as sad, zeros as silence."""

from __future__ import annotations

import csv
import json
import os
import sys

import attrs
import numpy as np
import pytest
from voxaffect import Pipeline, PluginHost
from voxaffect.audio import save_audio
from voxaffect.cli.evaluate import write_training
from voxaffect.evaluation.clip_sound import load_clip
from voxaffect.evaluation.manifest import Clip
from voxaffect.synthetic import speech_like
from voxaffect.types import Audio

VOICE = speech_like(syllables=4, amplitude=1.0)
"""1 s."""

LEVELS = {"loud": 0.9, "soft": 0.02, "silent": 0.0}
CLIPS = [
    # level, label, speaker, sex, valence, arousal
    ("loud", "anger", "1", "F", -0.5, 0.8),
    ("soft", "sadness", "1", "F", -0.6, 0.3),
    ("soft", "neutral", "1", "F", 0.0, 0.4),
    ("loud", "anger", "2", "M", -0.5, 0.8),
    ("soft", "sadness", "2", "M", -0.6, 0.3),
    ("silent", "sadness", "2", "M", -0.6, 0.3),
]
"""anger 2 of 2, sadness 2 of 3, neutral 0 of 1."""

pytestmark = pytest.mark.usefixtures("only_the_toy_plugin")


@pytest.fixture
def manifest(tmp_path):
    return write_manifest(tmp_path, CLIPS)


def write_manifest(folder, clips):
    lines = ["file\tlabel\tspeaker\tsex\tvalence\tarousal"]
    for number, (level, *rest) in enumerate(clips):
        save_audio(folder / f"{number}.wav", Audio(VOICE * np.float32(LEVELS[level]), 16_000))
        lines.append("\t".join([f"{number}.wav", *map(str, rest)]))
    path = folder / "manifest.tsv"
    path.write_text("\n".join(lines) + "\n")
    return path


def evaluated(run, *arguments):
    code, out, error = run("evaluate", *arguments, "--backend", "toy", "--resamples", 50, "--format", "json")
    assert code == 0, error
    return json.loads(out)


def value(document, figure, group="all"):
    return document["groups"][group]["figures"][figure]["value"]


def test_labels_are_judged(run, manifest):
    document = evaluated(run, manifest)
    assert value(document, "recall.anger") == 1
    assert value(document, "recall.sadness") == pytest.approx(2 / 3)
    assert value(document, "uar") == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert value(document, "weighted_accuracy") == pytest.approx(4 / 6)


def test_no_speech_is_an_abstention_and_never_right(run, manifest):
    document = evaluated(run, manifest)
    assert document["confusion"]["sadness"] == {"anger": 0, "neutral": 0, "sadness": 2, "no speech": 1}
    assert value(document, "answered") == pytest.approx(5 / 6)


def test_confidence_is_that_of_the_classes_and_the_rest_is_reported_as_lost(run, manifest):
    document = evaluated(run, manifest)
    # angry 0.8 and stressed 0.2, or sad 0.8 and tired 0.2: all of the classes' share is on one of them.
    assert value(document, "ece") == pytest.approx(1 / 5)
    assert document["lost"] == pytest.approx({"tired": 0.2 * 3 / 5, "stressed": 0.2 * 2 / 5})


def test_abstention_comes_by_threshold(run, manifest):
    lowest, *_, highest = evaluated(run, manifest)["abstention"]
    assert lowest["threshold"] == 0
    # Of six clips one has no speech, and neutral is taken for sad.
    assert lowest["coverage"]["value"] == pytest.approx(5 / 6)
    assert lowest["accuracy"]["value"] == pytest.approx(4 / 5)
    assert highest["threshold"] == 0.9
    assert lowest["coverage"]["low"] <= 5 / 6 <= lowest["coverage"]["high"]


def test_what_the_backend_finds_clear_is_judged_by_itself(run, manifest):
    document = evaluated(run, manifest)
    assert value(document, "clear.coverage") == pytest.approx(5 / 6)
    assert value(document, "clear.accuracy") == pytest.approx(4 / 5)
    assert value(document, "clear.uar") == pytest.approx(2 / 3)
    assert value(document, "aurc") == pytest.approx((5 * 0.2 + 1 / 3) / 6)


def test_the_text_has_the_table_of_abstention(run, manifest):
    code, out, _ = run("evaluate", manifest, "--backend", "toy", "--resamples", 20)
    assert code == 0
    assert "clear answers" in out
    assert "no answer below" in out


def test_a_class_that_the_backend_never_answers_is_reported_with_its_own_classes(run, manifest):
    document = evaluated(run, manifest, "--own-classes")
    assert document["unanswerable"] == {"neutral": 1}
    assert document["judged_by"] == "own classes"


def test_dimensions_are_judged_where_the_manifest_has_them(run, manifest):
    document = evaluated(run, manifest)
    assert value(document, "correlation.arousal") > 0.5
    assert "ccc.valence" in document["groups"]["all"]["figures"]
    assert "ccc.dominance" not in document["groups"]["all"]["figures"]


def test_figures_come_by_sex(run, manifest):
    document = evaluated(run, manifest)
    assert {name: group["clips"] for name, group in document["groups"].items()} == {
        "all": 6,
        "sex F": 3,
        "sex M": 3,
    }
    assert value(document, "weighted_accuracy", "sex M") == pytest.approx(2 / 3)


def test_a_division_that_is_another_one_s_again_is_given_once(run, tmp_path):
    path = write_manifest(tmp_path, CLIPS)
    header, *rows = path.read_text().splitlines()
    of_speaker = {"1": "red\tde", "2": "blue\ten"}
    rows = [f"{row}\t{of_speaker[row.split(chr(9))[2]]}" for row in rows]
    path.write_text("\n".join([f"{header}\tcorpus\tlang", *rows]) + "\n")
    # Here every speaker has a sex, a corpus and a language of their own.
    assert list(evaluated(run, path)["groups"]) == ["all", "sex F", "sex M"]


def test_every_interval_holds_its_figure_or_is_undefined(run, manifest):
    for figure in evaluated(run, manifest)["groups"]["all"]["figures"].values():
        assert figure["low"] is None or figure["low"] <= figure["value"] + 1e-9
        assert figure["high"] is None or figure["value"] <= figure["high"] + 1e-9


def test_ratings_alone_can_be_evaluated(run, tmp_path):
    path = write_manifest(tmp_path, [(level, "", *rest) for level, _, *rest in CLIPS])
    document = evaluated(run, path)
    assert document["classes"] == {}
    assert value(document, "ccc.arousal") > 0


def test_clips_that_calibrate_a_speaker_leave_the_evaluation(run, tmp_path):
    neutral = [("soft", "neutral", "1", "F", 0.0, 0.4)] * 3
    document = evaluated(run, write_manifest(tmp_path, [*CLIPS, *neutral]), "--baseline", 3)
    assert document["groups"]["all"]["clips"] == len(CLIPS) + 3 - 3
    assert document["baseline"] == {"clips": 3, "speakers": 1, "without": {"2": "0 neutral clips"}}


def test_calibration_without_neutral_clips_is_refused(run, manifest):
    code, _, error = run("evaluate", manifest, "--backend", "toy", "--baseline", 3)
    assert code == 1
    assert "no speaker could be calibrated" in error


def test_the_text_names_what_is_lost(run, manifest):
    code, out, _ = run(
        "evaluate", manifest, "--backend", "toy", "--classes", "anger,sadness", "--resamples", 20
    )
    assert code == 0
    assert "toy: 5 clips of 2 speakers, 2 classes" in out
    assert "belongs to no class" in out
    assert "1 clips with other labels: neutral 1" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--label-column", "mood"], "no column 'mood'"),
        (["--column", "mood=label"], "no such column of a manifest: 'mood'"),
        (["--column", "label"], "--column takes NAME=VALUE"),
        (["--scale", "1"], "--scale takes LOW,HIGH"),
        (["--where", "colour=red"], "has no column 'colour'"),
        (["--where", "label=anger", "--where", "label=sadness"], "--where says label twice"),
        (["--classes", "anger,joy"], "no clip is labelled 'joy'"),
        (["--map", "none.toml"], "cannot read the map none.toml"),
        (["--baseline", "2"], "--baseline takes 3 to 5"),
        (["--root", "elsewhere"], "none of the files is there: row 2"),
        (["--backend", "toyy"], "did you mean 'toy'"),
    ],
)
def test_a_bad_option_is_a_usage_error(run, manifest, arguments, message):
    backend = [] if "--backend" in arguments else ["--backend", "toy"]
    code, out, error = run("evaluate", manifest, *backend, *arguments)
    assert (code, out) == (2, "")
    assert message in error


@pytest.fixture
def damaged(manifest):
    """The manifest with no sound in row 5 and no file in row 7."""
    (manifest.parent / "3.wav").write_bytes(b"no sound")
    (manifest.parent / "5.wav").unlink()
    return manifest


def test_damaged_recordings_are_named_by_their_rows_and_the_others_are_measured(run, damaged, tmp_path):
    arguments = (damaged, "--backend", "toy", "--resamples", 5, "--predictions", tmp_path / "out.csv")
    code, out, error = run("evaluate", *arguments, "--format", "json")
    assert code == 1
    first, second, _ = error.splitlines()
    assert first.startswith("error: row 5: ")
    assert second.startswith("error: row 7: ")
    document = json.loads(out)
    assert document["failed_rows"] == [5, 7]
    assert document["groups"]["all"]["clips"] == 4
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").count("\n") == 1 + 4
    assert "2 of 6 clips that could not be heard: rows 5, 7" in run("evaluate", *arguments)[1]


def test_compare_leaves_out_for_all_what_one_backend_cannot_hear(run, damaged):
    arguments = ("--backends", "toy,toy_fallback", "--resamples", 5, "--format", "json")
    code, out, error = run("compare", damaged, *arguments)
    assert code == 1
    assert error.count("row 5:") == 1
    document = json.loads(out)
    assert document["failed_rows"] == [5, 7]
    assert {each["groups"]["all"]["clips"] for each in document["backends"].values()} == {4}


@pytest.mark.parametrize(
    "command", [("evaluate", "--backend", "toy"), ("compare", "--backends", "toy,toy_fallback")]
)
def test_strict_stops_before_anything_is_heard(run, damaged, command):
    name, *backend = command
    code, out, error = run(name, damaged, *backend, "--strict")
    assert (code, out) == (1, "")
    assert "row 5:" in error
    assert "row 7:" in error
    assert "2 of 6 rows cannot be read" in error.splitlines()[-1]


def test_what_is_left_must_still_tell_something_apart(run, manifest):
    for number in (0, 3):
        (manifest.parent / f"{number}.wav").write_bytes(b"no sound")
    arguments = ("--classes", "anger,neutral", "--predictions", manifest.parent / "out.csv")
    code, out, error = run("evaluate", manifest, "--backend", "toy", *arguments)
    assert (code, out) == (1, "")
    assert "what could be heard has one speaker only" in error
    assert (manifest.parent / "out.csv").exists()


def test_calibration_takes_the_next_clip_for_a_damaged_one_which_is_then_named(run, tmp_path):
    neutral = [("soft", "neutral", "1", "F", 0.0, 0.4)] * 3
    path = write_manifest(tmp_path, [*CLIPS, *neutral])
    (tmp_path / "6.wav").write_bytes(b"no sound")
    code, out, error = run(
        *("evaluate", path, "--backend", "toy", "--resamples", 5, "--baseline", 3), "--format", "json"
    )
    assert code == 1
    assert "row 8" in error
    document = json.loads(out)
    assert document["failed_rows"] == [8]
    assert document["baseline"]["speakers"] == 1
    assert document["groups"]["all"]["clips"] == len(CLIPS) - 1


def test_what_was_answered_before_ctrl_c_is_kept(run, manifest, tmp_path):
    for number in range(6):
        save_audio(tmp_path / f"{number}.wav", Audio(VOICE * np.float32(0.1 * (number + 1)), 16_000))
    arguments = ("--backend", "toy_interrupted", "--predictions", tmp_path / "out.csv")
    code, out, error = run("evaluate", manifest, *arguments)
    assert (code, out) == (130, "")
    assert "interrupted after 2 of 6 recordings" in error
    with (tmp_path / "out.csv").open(newline="") as table:
        assert [row["row"] for row in csv.DictReader(table)] == ["2", "3"]


def test_a_backend_that_fails_is_named_with_every_row(run, tmp_path):
    manifest = write_manifest(tmp_path, [clip for clip in CLIPS if clip[0] != "silent"])
    code, _, error = run("evaluate", manifest, "--backend", "toy_crash")
    assert code == 1
    assert error.count("toy_crash") == 5
    assert "row 2, 0.wav" in error
    assert "error: no clip could be heard" in error


def test_an_answer_that_is_anothers_is_counted_with_its_reason(run, manifest):
    document = evaluated(run, manifest)
    assert document["fallbacks"] == {}
    arguments = (manifest, "--backend", "toy_fallback", "--resamples", 5)
    code, out, error = run("evaluate", *arguments, "--format", "json")
    assert code == 0, error
    assert json.loads(out)["fallbacks"] == {"no weights": 5}
    assert "5 clips were not heard as asked: no weights" in run("evaluate", *arguments)[1]
    compared = run("compare", manifest, "--backends", "toy,toy_fallback", "--resamples", 5)[1]
    assert "toy_fallback: 5 clips were not heard as asked" in compared


def test_what_was_answered_to_each_clip_is_a_table(run, manifest, tmp_path):
    evaluated(run, manifest, "--predictions", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert [row["heard"] for row in rows] == ["anger", "sadness", "sadness", "anger", "sadness", ""]
    assert [row["class"] for row in rows] == [label for _, label, *_ in CLIPS]
    assert float(rows[0]["p.anger"]) == float(rows[0]["confidence"]) == 1
    assert (rows[5]["speech"], rows[5]["p.anger"], rows[5]["rated.arousal"]) == ("False", "", "0.3")
    assert rows[0]["row"] == "2"


@pytest.mark.parametrize(("path", "said"), [("out.xls", "a .csv"), ("no/out.csv", "no folder")])
def test_a_table_that_cannot_be_written_is_refused_before_any_work(run, manifest, tmp_path, path, said):
    code, out, error = run("evaluate", manifest, "--backend", "toy", "--predictions", tmp_path / path)
    assert (code, out) == (2, "")
    assert said in error


def test_weights_are_no_strangers_to_what_they_were_trained_on(run, manifest):
    assert "trained on" not in run("evaluate", manifest, "--backend", "toy", "--resamples", 5)[1]
    warning = "this is no test of toy_fallback (CC0-1.0) on recordings that it was trained on"
    assert warning in run("evaluate", manifest, "--backend", "toy_fallback", "--resamples", 5)[1]
    assert warning in run("compare", manifest, "--backends", "toy,toy_fallback", "--resamples", 5)[1]


def test_what_a_backend_wraps_is_no_stranger_to_them_either(capsys):
    pipeline = attrs.evolve(Pipeline.from_config({"classifier": "toy"}), wrapped=("toy_fallback",))
    write_training(PluginHost(), pipeline)
    assert "this is no test of toy_fallback (CC0-1.0) on recordings" in "".join(capsys.readouterr())


def test_a_difference_is_paired(run, manifest, tmp_path):
    same = tmp_path / "same.toml"
    same.write_text('classifier = "toy"\n')
    code, out, _ = run(
        "compare", manifest, "--backends", f"toy,{same}", "--resamples", 30, "--format", "json"
    )
    assert code == 0
    document = json.loads(out)
    assert list(document["backends"]) == ["toy", str(same)]
    (figures,) = document["differences"].values()
    assert figures["uar"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_one_backend_cannot_be_compared(run, manifest):
    code, _, error = run("compare", manifest, "--backends", "toy")
    assert code == 2
    assert "two or more" in error


def test_a_misspelt_backend_is_named_with_the_option_that_has_it(run, manifest):
    code, _, error = run("compare", manifest, "--backends", "toy,toyy")
    assert code == 2
    assert error.startswith("error: --backends: unknown classifier 'toyy'; did you mean 'toy")


def test_a_plot_is_drawn(run, manifest, tmp_path):
    pytest.importorskip("matplotlib")
    code, _, error = run("evaluate", manifest, "--backend", "toy", "--plot", tmp_path / "out.png")
    assert code == 0, error
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


def test_a_plot_without_matplotlib_says_what_to_install(run, manifest, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, _, error = run("evaluate", manifest, "--backend", "toy", "--plot", tmp_path / "out.png")
    assert code == 1
    assert "voxaffect[plot]" in error


def test_a_row_that_is_a_part_is_heard_alone(run, tmp_path):
    soft_then_loud = np.concatenate([np.float32(0.02) * VOICE, np.float32(0.9) * VOICE])
    save_audio(tmp_path / "talk.wav", Audio(soft_then_loud, 16_000))
    rows = [("sadness", 1, 0, 1), ("anger", 1, 1, 2), ("anger", 2, 1.5, ""), ("sadness", 2, 0, 0.5)]
    # Times are rounded, so that the last part may end a little after the recording; not a second after it.
    rows += [("anger", 2, 1.2, 2.05), ("anger", 2, 1, 3), ("sadness", 1, 2.5, "")]
    lines = ["\t".join(map(str, ("talk.wav", *row))) for row in rows]
    manifest = tmp_path / "talk.tsv"
    manifest.write_text("\n".join(["file\tlabel\tspeaker\tstart\tend", *lines]) + "\n")
    table = tmp_path / "out.csv"
    code, out, error = run(
        "evaluate", manifest, "--backend", "toy", "--predictions", table, "--format", "json"
    )
    assert code == 1
    assert json.loads(out)["failed_rows"] == [7, 8]
    assert "talk.wav lasts 2.000 s, which has no part from 1 to 3 s" in error
    with table.open(newline="") as file:
        heard = list(csv.DictReader(file))
    assert [row["heard"] for row in heard] == [row["label"] for row in heard]
    assert [float(row["duration_s"]) for row in heard] == pytest.approx([1, 1, 0.5, 0.5, 0.8])
    assert [(row["start_s"], row["end_s"]) for row in heard][1:3] == [("1.0", "2.0"), ("1.5", "")]


def test_a_recording_that_was_replaced_is_read_again(tmp_path):
    clip = Clip(2, tmp_path / "talk.wav", "anger", "1", start_s=0.0, end_s=0.5)
    heard = []
    for number, level in enumerate((0.1, 0.5)):
        save_audio(clip.file, Audio(np.full(16_000, level, np.float32), 16_000))
        os.utime(clip.file, (number, number))  # however coarse the clock of the disk is
        heard.append(float(load_clip(clip).samples.mean()))
    assert heard == pytest.approx([0.1, 0.5], abs=1e-3)
