"""The command line with the plugin in `cli_plugin` alone; with the real ones: tests/test_command_line.py."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from voxaffect.audio import load_audio, save_audio
from voxaffect.examples import clips
from voxaffect.expression import emotion_to_prosody
from voxaffect.testing.machine import PATIENCE_S
from voxaffect.types import Audio

SOFT = str(clips("sadness")[0].path)
LOUD = str(clips("anger")[1].path)
HEAVY = ("librosa", "numba", "scipy", "mlx", "torch")

pytestmark = pytest.mark.usefixtures("only_the_toy_plugin")


def program(*arguments):
    return [sys.executable, "-c", "import sys, voxaffect.cli as c; sys.exit(c.main())", *arguments]


def is_one_line(text):
    return text.count("\n") == 1 and text.endswith("\n") and "Traceback" not in text


# analyze


def test_json_is_an_array_with_an_object_a_file(run):
    code, out, _ = run("analyze", SOFT, LOUD, "--format", "json")
    documents = json.loads(out)
    assert code == 0
    assert [document["file"] for document in documents] == [SOFT, LOUD]
    assert [document["categorical"][0]["emotion"] for document in documents] == ["sad", "angry"]
    assert {document["backend"] for document in documents} == {"toy"}


def test_jsonl_is_an_object_a_line(run):
    _, out, _ = run("analyze", SOFT, LOUD, "--format", "jsonl")
    assert [json.loads(line)["file"] for line in out.splitlines()] == [SOFT, LOUD]


def test_csv_is_a_row_a_file_below_one_header(run):
    _, out, _ = run("analyze", SOFT, LOUD, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["top1.emotion"] for row in rows] == ["sad", "angry"]


def test_context_of_one_file_is_the_bare_line(run):
    _, out, _ = run("analyze", LOUD, "--format", "context")
    assert out.startswith("[Voice sounds ")
    assert is_one_line(out)


def test_context_of_several_files_names_each(run):
    _, out, _ = run("analyze", SOFT, LOUD, "--format", "context")
    assert [line.partition(": [")[0] for line in out.splitlines()] == [SOFT, LOUD]


def test_a_timeline_says_when_what_was_heard(run):
    _, out, _ = run("analyze", LOUD, "--timeline", "--format", "json")
    (document,) = json.loads(out)
    (utterance,) = (each for each in document["events"] if each["type"] == "utterance" and each["final"])
    windows = [each for each in document["events"] if each["type"] == "window"]
    assert document["file"] == LOUD
    assert (utterance["number"], utterance["result"]["categorical"][0]["emotion"]) == (1, "angry")
    assert utterance["start_s"] < 0.3
    assert utterance["end_s"] == pytest.approx(load_audio(LOUD).duration_s, abs=0.3)
    assert [window["start_s"] for window in windows] == [n / 2 for n in range(len(windows))]
    assert {round(window["end_s"] - window["start_s"], 9) for window in windows} == {1.0}


def test_a_timelines_lines_are_the_objects_of_its_array(run):
    _, out, _ = run("analyze", SOFT, LOUD, "--timeline", "--format", "jsonl")
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["file"] for line in lines] == [SOFT, LOUD]
    assert {"speech_start", "window", "speech_end", "utterance"} >= {
        each["type"] for each in lines[1]["events"]
    }


def test_a_timeline_to_read_has_a_row_for_every_utterance_and_window(run):
    _, out, _ = run("analyze", LOUD, "--timeline")
    rows = [line.split() for line in out.splitlines() if "valence" in line]
    assert rows[0][0] == "1"
    assert rows[0][3:5] == ["angry", "80%"]
    assert [row[:2] for row in rows[1:3]] == [["0.00", "1.00"], ["0.50", "1.50"]]


def test_a_timeline_as_a_table_or_as_context_lines(run):
    _, out, _ = run("analyze", LOUD, "--timeline", "--format", "csv")
    kinds = [row["type"] for row in csv.DictReader(io.StringIO(out))]
    assert kinds[0] == "utterance"
    assert set(kinds[1:]) == {"window"}
    _, out, _ = run("analyze", LOUD, "--timeline", "--format", "context")
    assert " s: [Voice sounds " in out
    assert is_one_line(out)


def test_text_names_the_backend_the_emotion_and_the_context_line(run):
    _, out, _ = run("analyze", LOUD)
    assert "backend: toy (the best that can run here)" in out
    assert "angry 80%, stressed 20%" in out
    assert "[Voice sounds strongly angry" in out


def test_the_backend_that_auto_took_is_named_on_standard_error_in_a_pipe(run):
    _, _, err = run("analyze", LOUD, "--format", "json")
    assert err == "backend: toy (the best that can run here)\n"


def test_a_backend_that_was_asked_for_is_not_announced(run):
    assert run("analyze", LOUD, "--backend", "toy", "--format", "json")[2] == ""


def test_a_file_that_fails_is_named_and_the_others_go_on(run):
    code, out, err = run("analyze", "missing.wav", LOUD, "--format", "jsonl", "--backend", "toy")
    assert code == 1
    assert [json.loads(line)["file"] for line in out.splitlines()] == [LOUD]
    assert err == "error: missing.wav does not exist\n"


def test_standard_input_is_read_for_a_dash():
    with Path(LOUD).open("rb") as recording:
        done = subprocess.run(
            program("analyze", "-", "--format", "json"), stdin=recording, capture_output=True, check=True
        )
    assert json.loads(done.stdout)[0]["file"] == "-"


def test_a_crash_in_a_plugin_is_one_line_that_names_the_file_and_the_culprit(run):
    code, out, err = run("analyze", LOUD, "--backend", "toy_crash", "--format", "json")
    assert (code, json.loads(out)) == (1, [])
    said = "the classifier toy/toy_crash failed: ZeroDivisionError: a bug in two lines"
    assert err == f"error: {LOUD}: {said}\n"


def test_silence_is_said_to_be_no_speech(run, tmp_path):
    save_audio(tmp_path / "silence.wav", Audio(np.zeros(16_000, np.float32), 16_000))
    code, out, _ = run("analyze", tmp_path / "silence.wav")
    assert code == 0
    assert "[No speech heard]" in out
    assert "valence" not in out


def test_a_configuration_chooses_the_backend_and_the_option_overrides_it(run, tmp_path):
    config = tmp_path / "pipeline.toml"
    config.write_text('classifier = "toy_crash"\n')
    assert run("analyze", LOUD, "--config", config)[0] == 1
    assert run("analyze", LOUD, "--config", config, "--backend", "toy")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["analyze", SOFT, "--backend", "toi"], "did you mean 'toy'?"),
        (["analyze", SOFT, "--config", "missing.toml"], "missing.toml"),
        (["analyze", SOFT, "--format", "yaml"], "yaml"),
        (["analyze"], "FILE"),
        (["analyse", SOFT], "analyze"),
        (["express", "Hello", "--emotion", "clam", "--to", "toy_ssml"], "did you mean 'calm'?"),
        (["express", "Hello", "--emotion", "calm", "--intensity", "2", "--to", "toy_ssml"], "0..1"),
        (["express", "Hello", "--emotion", "calm", "--to", "toy_smml"], "did you mean 'toy_ssml'?"),
        (["express", "Hello", "--emotion", "calm", "--to", "toy_ssml", "--option", "volum=1"], "volume"),
        (["express", "Hello", "--emotion", "calm", "--to", "toy_ssml", "--option", "volume"], "KEY=VALUE"),
        (["express", "--emotion", "calm", "--to", "toy_ssml"], 'voxaffect express "'),
        (["express", "--emotion", "calm", "--to", "toy_audio"], "--audio IN.wav"),
        (["express", "--emotion", "calm", "--to", "toy_audio", "--audio", SOFT], "--output OUT.wav"),
        (["respond", SOFT, "--text", "Hello", "--to", "toy_ssml", "--strategy", "mach"], "'match'"),
        (["respond", SOFT, "--to", "toy_ssml"], "--text"),
    ],
)
def test_a_usage_error_is_one_line_that_says_what_to_do_and_code_2(run, arguments, said):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert said in err
    assert is_one_line(err)


@pytest.mark.parametrize(
    ("text", "meant"), [('clasifier = "toy"\n', "'classifier'"), ('classifier = "toyy"\n', "'toy")]
)
def test_a_misspelt_key_or_name_in_a_pipeline_is_a_usage_error_naming_the_file(run, tmp_path, text, meant):
    config = tmp_path / "pipeline.toml"
    config.write_text(text)
    code, _, err = run("analyze", SOFT, "--config", config)
    assert code == 2
    assert "pipeline.toml" in err
    assert f"did you mean {meant}" in err


def test_a_backend_that_cannot_run_here_says_why_with_code_1(run):
    code, _, err = run("analyze", SOFT, "--backend", "toy_absent")
    assert code == 1
    assert "a_module_that_is_not_there: pip install it" in err


# express and respond


def test_express_prints_the_ssml_alone_and_what_it_lacks_on_standard_error(run):
    code, out, err = run("express", "Hello", "--emotion", "sad", "--to", "toy_ssml")
    assert (code, out) == (0, "<speak>Hello</speak>\n")
    assert "approximated: volume_db: rounded" in err
    assert "not expressed: breathiness: no such tag" in err


def test_express_hands_on_options_with_their_types(run):
    _, _, err = run("express", "Hello", "--emotion", "sad", "--to", "toy_ssml", "--option", "volume=false")
    assert "volume_db" not in err


def test_express_changes_a_recording(run, tmp_path):
    written = tmp_path / "out.wav"
    code, out, err = run(
        "express", "--emotion", "sad", "--to", "toy_audio", "--audio", SOFT, "--output", written
    )
    assert (code, out) == (0, "")
    assert str(written) in err
    assert load_audio(written).duration_s == load_audio(SOFT).duration_s


def test_express_prints_parameters_as_json(run):
    _, out, _ = run("express", "--emotion", "sad", "--intensity", "strong", "--to", "toy_numbers")
    assert json.loads(out) == {"shift": emotion_to_prosody("sad", 0.75).pitch_shift_semitones}


def test_express_writes_to_a_file(run, tmp_path):
    arguments = ["express", "Hello", "--emotion", "calm", "--to", "toy_ssml", "--output"]
    assert run(*arguments, tmp_path / "out.xml")[1] == ""
    assert (tmp_path / "out.xml").read_text() == "<speak>Hello</speak>\n"
    code, _, err = run(*arguments, tmp_path / "no folder" / "out.xml")
    assert code == 1
    assert "there is no folder" in err


def test_a_renderer_that_crashes_is_one_line_and_code_1(run):
    code, out, err = run("express", "--emotion", "calm", "--to", "toy_crash")
    assert (code, out) == (1, "")
    assert err == "error: the renderer 'toy_crash' failed: ZeroDivisionError: a bug in two lines\n"


def test_respond_answers_anger_with_calm(run):
    code, out, err = run("respond", LOUD, "--text", "I see.", "--to", "toy_ssml")
    assert (code, out) == (0, "<speak>I see.</speak>\n")
    assert "heard: [Voice sounds strongly angry" in err
    assert "answer: calm at intensity 1.00" in err


def test_respond_gives_all_of_it_as_json(run):
    _, out, _ = run(
        "respond", LOUD, "--text", "I see.", "--to", "toy_ssml", "--strategy", "match", "--format", "json"
    )
    document = json.loads(out)
    assert document["heard"]["file"] == LOUD
    assert document["answer"]["emotion"] == "angry"
    assert document["answer"]["output"] == "<speak>I see.</speak>"


def test_respond_takes_strategy_and_renderer_from_the_configuration(run, tmp_path):
    config = tmp_path / "pipeline.toml"
    config.write_text('strategy = "match"\n[renderer]\nuse = "toy_ssml"\nvolume = false\n')
    _, out, err = run("respond", LOUD, "--text", "I see.", "--config", config)
    assert out == "<speak>I see.</speak>\n"
    assert "answer: angry" in err
    assert "volume_db" not in err


# backends and plugins


def test_backends_says_which_can_run_and_why_another_cannot(run):
    _, out, _ = run("backends", "--format", "json")
    listed = {backend["name"]: backend for backend in json.loads(out)}
    assert listed["toy"]["available"] is True
    assert "pip install it" in listed["toy_absent"]["reason"]
    assert listed["toy_absent"]["weights_licence"] == "CC-BY-4.0"
    text = run("backends")[1]
    assert "--backend auto, the default, takes toy." in text
    assert "cannot run here: needs a_module_that_is_not_there: pip install it" in text


SECOND = """
import voxaffect as vox
from voxaffect_toy import LoudIsAngry

class Overconfident(LoudIsAngry):
    def classify(self, features):
        return vox.Classification({"angry": 0.9, "sad": 0.9})

@vox.hookimpl
def voxaffect_classifiers():
    yield vox.Component(name="toy", target="voxaffect_second:Overconfident", summary="Sure of everything.")
"""


@pytest.fixture
def _second_plugin(only_the_toy_plugin, tmp_path, monkeypatch):
    """Another plugin with a backend `toy`."""
    info = tmp_path / "voxaffect_second-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: voxaffect-second\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[voxaffect]\nsecond = voxaffect_second\n")
    (tmp_path / "voxaffect_second.py").write_text(SECOND)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("voxaffect_second", None)


@pytest.mark.usefixtures("_second_plugin")
def test_backends_of_one_name_are_listed_as_they_are_to_be_written(run):
    rows = [line.split()[:1] for line in run("backends")[1].splitlines()]
    assert (rows.count(["toy/toy"]), rows.count(["second/toy"]), rows.count(["toy"])) == (2, 2, 0)
    assert rows.count(["toy_crash"]) == 2


@pytest.mark.usefixtures("_second_plugin")
def test_a_value_that_a_plugin_made_wrongly_names_the_plugin(run):
    code, _, error = run("analyze", LOUD, "--backend", "second/toy")
    assert code == 1
    said = "Classification.probabilities must be 0 or more and sum to 1, got sum 1.8"
    assert error == f"error: {LOUD}: the classifier second/toy failed: {said}\n"


def test_plugins_shows_what_each_offers_and_what_was_left_out_and_why(run, monkeypatch):
    monkeypatch.setenv("VOXAFFECT_DISABLED_PLUGINS", "builtin")
    _, out, _ = run("plugins", "--format", "json")
    listed = {plugin["name"]: plugin for plugin in json.loads(out)}
    assert (listed["toy"]["distribution"], listed["toy"]["version"]) == ("voxaffect-toy", "1.2")
    assert {
        "stage": "classifier",
        "name": "toy",
        "full_name": "toy/toy",
        "summary": "Loud is angry.",
        "card": None,
    } in (listed["toy"]["offers"])
    assert listed["toy_broken"]["status"] == "failed"
    assert "ModuleNotFoundError" in listed["toy_broken"]["error"]
    assert listed["builtin"]["status"] == "disabled"
    text = run("plugins")[1]
    assert "toy_broken left out: ModuleNotFoundError" in text
    assert "'voxaffect_toy_that_is_not_there': update or uninstall voxaffect-toy" in text
    assert "VOXAFFECT_STRICT_PLUGINS=1 VOXAFFECT_TRACEBACK=1 voxaffect plugins shows where" in text
    assert "disabled by VOXAFFECT_DISABLED_PLUGINS" in text


# demo


def test_the_demo_runs_without_renderers_and_says_so(run, tmp_path):
    code, out, _ = run("demo", "--output-dir", tmp_path / "made")
    assert code == 0
    assert "The renderer ssml is not installed: pip install voxaffect-ssml" in out
    for clip in clips():
        assert clip.path.stem in out
        assert clip.text in out


def test_the_examples_are_small_and_say_where_they_come_from():
    listed = clips()
    assert {clip.acted for clip in listed} == {"anger", "happiness", "fear", "sadness", "boredom", "neutral"}
    assert {clip.sex for clip in listed} == {"female", "male"}
    assert sum(clip.path.stat().st_size for clip in listed) < 400_000
    for clip in listed:
        assert clip.licence == "CC0-1.0"
        assert "Burkhardt" in clip.source
        assert load_audio(clip.path).duration_s == pytest.approx(clip.duration_s, abs=0.001)


# the program as a whole


def test_the_version_is_that_of_the_distribution(run):
    assert run("--version") == (0, f"voxaffect {version('voxaffect')}\n", "")


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_help_names_every_command(run, arguments):
    code, out, _ = run(*arguments)
    assert code == 0
    for command in ("demo", "analyze", "express", "respond", "backends", "plugins"):
        assert command in out


def test_an_error_shows_its_traceback_only_when_asked(run, monkeypatch):
    monkeypatch.setenv("VOXAFFECT_TRACEBACK", "1")
    with pytest.raises(Exception, match="a bug"):
        run("express", "--emotion", "calm", "--to", "toy_crash")


@pytest.mark.parametrize("command", ["--help", "plugins"])
def test_help_and_plugins_import_nothing_heavy(command):
    listing = f"print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
    code = f"import sys, voxaffect.cli as c; c.main([{command!r}]); {listing}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


def test_ctrl_c_ends_quietly():
    process = subprocess.Popen(
        program("analyze", "-", "--format", "json"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    process.stderr.readline()  # the backend: now it waits for audio
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_a_reader_that_goes_away_ends_it_quietly():
    command = program("analyze", "--backend", "toy", "--format", "jsonl", *[LOUD] * 50)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    _, err = process.communicate(timeout=PATIENCE_S)
    assert err == b""


def test_a_progress_bar_is_drawn_on_a_terminal_only(run):
    assert run("analyze", LOUD, "--backend", "toy", "--format", "context")[2] == ""
    leader, follower = pty.openpty()
    subprocess.run(
        program("analyze", LOUD, "--format", "context"),
        stdout=subprocess.PIPE,
        stderr=follower,
        check=True,
        env={**os.environ, "TERM": "xterm"},
    )
    drawn = os.read(leader, 100_000).decode()
    os.close(follower)
    os.close(leader)
    assert "0/1" in drawn


def test_features_of_many_recordings_become_one_table(run, tmp_path):
    from voxaffect.weights.safetensors_file import read_safetensors

    files = [str(clip.path) for clip in clips()[:3]]
    table = tmp_path / "table.safetensors"
    code, _, said = run("features", *files, "--extractor", "toy_level", "--output", table)
    assert code == 0, said
    rms = [float(np.sqrt(np.mean(np.square(load_audio(file).samples)))) for file in files]
    assert read_safetensors(table)["functionals"][:, 0] == pytest.approx(rms, rel=1e-4)
    header = table.read_bytes()
    metadata = json.loads(header[8 : 8 + int.from_bytes(header[:8], "little")])["__metadata__"]
    assert json.loads(metadata["files"]) == files
    assert json.loads(metadata["functionals"]) == ["rms"]
    assert metadata["extractor"] == "toy_level"


def test_features_become_a_table_that_any_program_reads(run, tmp_path):
    files = [str(clip.path) for clip in clips()[:2]]
    code, _, said = run("features", *files, "--extractor", "toy_level", "--output", tmp_path / "table.csv")
    assert code == 0, said
    with (tmp_path / "table.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert [row["file"] for row in rows] == files
    rms = [float(np.sqrt(np.mean(np.square(load_audio(file).samples)))) for file in files]
    assert [float(row["rms"]) for row in rows] == pytest.approx(rms, rel=1e-6)


def test_features_of_a_recording_that_cannot_be_read_are_left_out_and_it_is_named(run, tmp_path):
    table = tmp_path / "table.safetensors"
    good = str(clips()[0].path)
    code, _, said = run("features", "missing.wav", good, "--extractor", "toy_level", "-o", table)
    assert code == 1
    assert "missing.wav does not exist" in said
    assert table.exists()


def test_a_recording_that_is_given_twice_has_one_row_and_it_is_said(run, tmp_path):
    table = tmp_path / "table.csv"
    code, _, said = run("features", SOFT, LOUD, SOFT, "--extractor", "toy_level", "-o", table)
    assert code == 0
    assert f"note: {SOFT} is given 2 times and measured once" in said
    assert "2 of 2 recordings in" in said
    with table.open(encoding="utf-8", newline="") as file:
        assert [row["file"] for row in csv.DictReader(file)] == [SOFT, LOUD]


def test_a_missing_folder_for_features_is_found_before_the_work(run, tmp_path):
    code, _, said = run(
        "features", "missing.wav", "--extractor", "toy_level", "-o", tmp_path / "no" / "table.csv"
    )
    assert code == 1
    assert "there is no folder" in said
    assert "missing.wav" not in said


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["-o", "table.parquet"], 2, "must end in .csv or .safetensors"),
        (
            ["-o", "no/such/folder.safetensors"],
            1,
            "cannot write no/such/folder.safetensors: there is no folder",
        ),
        (["-o", "t.safetensors", "--extractor", "toy_leve"], 2, "did you mean 'toy_level'"),
    ],
)
def test_features_that_cannot_be_written_are_one_clear_line(run, arguments, code, said):
    code_found, _, printed = run("features", clips()[0].path, "--extractor", "toy_level", *arguments)
    assert code_found == code
    assert said in printed
    assert is_one_line(printed)
