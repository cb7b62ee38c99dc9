"""The command line end to end, with every plugin of this repository installed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voxaffect.audio import load_audio, save_audio
from voxaffect.cli import main
from voxaffect.examples import clips
from voxaffect.types import Audio

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


def documented() -> set[str]:
    return set(re.findall(r"`(\w+)`", SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze", ANGRY, "--format", "json"],
        ["analyze", ANGRY, "--timeline", "--format", "json"],
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
    assert set(fields(json.loads(out))) <= documented()


def test_every_field_of_a_course_is_documented(run, tmp_path):
    sound = [load_audio(clip.path) for clip in clips()]
    pause = np.zeros(sound[0].rate_hz, np.float32)
    samples = np.concatenate([part for each in sound for part in (each.samples, pause)])
    save_audio(tmp_path / "turns.wav", Audio(samples, sound[0].rate_hz))
    _, out, _ = run("analyze", tmp_path / "turns.wav", "--format", "json")
    (document,) = json.loads(out)
    assert len(document["course"]["utterances"]) >= len(clips())
    document["course"]["shares"] = {}  # its keys are families
    assert set(fields(document)) <= documented()


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
    code, out, err = run("express", "Hello.", "--emotion", "sad", "--option", "dialect=google")
    assert code == 0
    assert out.startswith("<speak")
    assert "not expressed: breathiness" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "psola", "--audio", ANGRY], "--output OUT.wav"),
        (["--to", "rvc", "--then", "psola", "--audio", ANGRY], "'psola' makes audio"),
        (["--to", "psola", "--audio", ANGRY, "--output", "sad.mp3"], ".wav, .flac or .aiff"),
        (["Hello.", "--output", "sad.wav"], "voxaffect say speaks"),
    ],
)
def test_express_writes_sound_only_where_a_file_of_sound_is_named(
    run, tmp_path, monkeypatch, arguments, said
):
    monkeypatch.chdir(tmp_path)
    code, out, err = run("express", *arguments, "--emotion", "sad")
    assert (code, out) == (2, "")
    assert said in err
    assert not list(tmp_path.iterdir())


def test_say_refuses_an_ending_that_is_no_format_before_it_speaks(run, tmp_path, monkeypatch):
    monkeypatch.setattr("voxaffect.espeak.EspeakSynthesiser.__init__", lambda *_, **__: None)
    code, _, err = run("say", "Hello.", "--emotion", "sad", "--output", tmp_path / "hello.mp3")
    assert code == 2
    assert "ffmpeg" in err


@pytest.mark.parametrize(
    "arguments",
    [["express", "Hello.", "--emotion", "sad"], ["respond", ANGRY, "--text", "Hello."]],
)
def test_a_recording_that_no_renderer_asks_for_is_noted(run, arguments):
    code, out, err = run(*arguments, "--audio", ANGRY)
    assert code == 0
    assert "Hello." in out
    assert "--audio: ssml asked for no recording" in err


def test_standard_input_cannot_be_both_what_is_heard_and_what_is_changed(run):
    code, _, err = run("respond", "-", "--to", "psola", "--audio", "-", "--output", "answer.wav")
    assert code == 2
    assert "one recording" in err


@pytest.mark.parametrize("command", [("respond", ANGRY, "--text", "Hello."), ("serve", "--port", "0")])
@pytest.mark.parametrize("renderer", ['renderer = { dialect = "azure" }', "renderer = 3"])
def test_a_renderer_without_a_name_is_an_error_naming_the_file(run, tmp_path, command, renderer):
    (tmp_path / "pipeline.toml").write_text(renderer)
    code, _, err = run(*command, "--config", tmp_path / "pipeline.toml")
    assert code == 2
    assert 'pipeline.toml: renderer must be a name or a table with `use = "name"`' in err


def test_the_demo_looks_at_its_folder_before_it_works(run, tmp_path):
    (tmp_path / "taken").touch()
    code, out, err = run("demo", "--output-dir", tmp_path / "taken")
    assert (code, out) == (1, "")
    assert "taken: file exists" in err


@pytest.mark.parametrize("arguments", [["analyze", ANGRY], ["demo", "--output-dir", "made"]])
def test_what_is_to_be_read_names_the_backend_once(run, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    _, out, err = run(*arguments)
    assert (out + err).count("backend: whisper_mlx") == 1


def test_a_speakers_baseline_is_said_to_be_used_with_the_backend_that_measured_it(run, tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_data_path", lambda _: tmp_path)
    _, _, err = run("speakers", "calibrate", "ada", *[ANGRY] * 3, "--backend", "prosodic_rules")
    assert "use it: voxaffect analyze FILE --speaker ada --backend prosodic_rules" in err
    assert "ada: 3 utterances measured by prosodic" in run("speakers", "list")[1]


def test_an_unknown_dialect_is_a_usage_error_naming_the_known_ones(run):
    code, out, err = run("express", "Hello.", "--emotion", "sad", "--option", "dialect=azur")
    assert (code, out) == (2, "")
    assert "azure" in err


def test_a_text_too_long_for_one_request_is_printed_in_parts(run):
    text = "It is late. Nobody came. " * 400
    code, out, err = run("express", text, "--emotion", "sad", "--option", "dialect=google")
    assert code == 0
    documents = out.splitlines()
    assert len(documents) > 1
    assert all(document.startswith("<speak>") and len(document) <= 5000 for document in documents)
    assert f"in {len(documents)} parts" in err
    _, out, _ = run("express", text, "--emotion", "sad", "--option", "dialect=google", "--format", "json")
    assert json.loads(out)["parts"] == documents


def test_listings_show_the_cards_and_the_text_the_figure_by_which_auto_chooses(run):
    first, *_ = json.loads(run("backends", "--format", "json")[1])
    assert first["name"] == "whisper_mlx"
    card = first["card"]
    assert set(card) == {"unseen_recall", "enrolled_recall", "how"}
    assert f"{card['unseen_recall']:.2f}".lstrip("0") in run("backends")[1]
    offers = [offer for each in json.loads(run("plugins", "--format", "json")[1]) for offer in each["offers"]]
    assert card in [each["card"] for each in offers if each["full_name"] == "whisper_mlx/whisper_mlx"]
