"""Commands over many recordings: what they are given, what they leave out, and what they keep."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from voxaffect.audio import save_audio
from voxaffect.examples import clips
from voxaffect.types import Audio

pytestmark = pytest.mark.usefixtures("only_the_toy_plugin")

Run = Callable[..., tuple[int, str, str]]
LOUD, SOFT = str(clips("anger")[1].path), str(clips("sadness")[0].path)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Three recordings at two depths, beside what is none."""
    folder = tmp_path / "corpus"
    (folder / "b" / "deep").mkdir(parents=True)
    (folder / ".trash").mkdir()
    for name in ("b/deep/2.FLAC", "b/1.flac", "a.flac"):
        shutil.copy(LOUD, folder / name)
    for name in ("notes.txt", "b/._1.flac", ".trash/old.flac"):
        (folder / name).write_bytes(b"no sound")
    return folder


def heard(out: str) -> list[str]:
    return [json.loads(line)["file"] for line in out.splitlines()]


def test_a_folder_is_heard_to_its_depth_in_order_and_what_is_left_out_is_counted(run: Run, corpus: Path):
    code, out, err = run("analyze", corpus, "--backend", "toy", "--format", "jsonl")
    assert code == 0
    assert heard(out) == [str(corpus / name) for name in ("a.flac", "b/1.flac", "b/deep/2.FLAC")]
    assert err == f"note: {corpus}: 3 recordings; 3 other files left out\n"


def test_a_file_is_named_though_its_name_is_part_of_a_word_in_the_error(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copy(LOUD, tmp_path / "class")
    monkeypatch.chdir(tmp_path)
    code, _, err = run("analyze", "class", "--backend", "toy_crash")
    assert code == 1
    assert err.startswith("error: class: the classifier toy/toy_crash failed")


def test_a_folder_that_holds_itself_is_heard_once(run: Run, corpus: Path):
    (corpus / "b" / "again").symlink_to(corpus)
    assert len(heard(run("analyze", corpus, "--backend", "toy", "--format", "jsonl")[1])) == 3


def test_a_folder_without_recordings_is_refused(run: Run, corpus: Path):
    (corpus / ".trash" / "old.flac").rename(corpus / ".trash" / "old.txt")
    code, _, err = run("analyze", corpus / ".trash", "--backend", "toy")
    assert code == 2
    assert "holds no recording (1 other file)" in err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_list_names_recordings_and_folders_whatever_program_wrote_it(run: Run, corpus: Path, encoding: str):
    (corpus.parent / "list.txt").write_text(f"{LOUD}\r\n\r\n{corpus / 'b'}\r\n", encoding=encoding)
    arguments = ("--files-from", corpus.parent / "list.txt", "--backend", "toy", "--format", "jsonl")
    code, out, _ = run("analyze", SOFT, *arguments)
    assert code == 0
    assert heard(out) == [SOFT, LOUD, str(corpus / "b/1.flac"), str(corpus / "b/deep/2.FLAC")]


def test_a_list_comes_from_standard_input_too(corpus: Path):
    done = subprocess.run(
        [sys.executable, "-m", "voxaffect", "analyze", "--files-from", "-", "--format", "jsonl"],
        input=f"{corpus / 'a.flac'}\n".encode(),
        capture_output=True,
        check=True,
    )
    assert heard(done.stdout.decode()) == [str(corpus / "a.flac")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--files-from", "nowhere.txt"], "cannot read the list nowhere.txt: no such file or directory"),
        (["-", "--files-from", "-"], "cannot be a recording too"),
        (["--files-from", "/dev/null"], "/dev/null names none"),
    ],
)
def test_a_list_that_is_none_is_said(run: Run, arguments: list[str], said: str):
    code, out, err = run("analyze", *arguments, "--backend", "toy")
    assert (code > 0, out) == (True, "")
    assert said in err


def test_several_files_are_a_table_of_a_line_each(run: Run, tmp_path: Path):
    save_audio(tmp_path / "silence.wav", Audio(np.zeros(16_000, np.float32), 16_000))
    code, out, _ = run("analyze", LOUD, SOFT, tmp_path / "silence.wav", "--backend", "toy")
    assert code == 0
    heading, *lines = out.splitlines()
    assert heading.split() == ["seconds", "valence", "arousal", "heard", "file"]
    assert [line.split()[-1] for line in lines] == [LOUD, SOFT, str(tmp_path / "silence.wav")]
    assert "angry 80%" in lines[0]
    assert lines[2].split()[:3] == ["1.00", "no", "speech"]


@pytest.mark.parametrize("name", ["heard.csv", "heard.json", "heard.jsonl", "heard.txt"])
def test_an_output_file_has_what_would_be_printed_in_the_format_of_its_name(
    run: Run, tmp_path: Path, name: str
):
    code, out, err = run("analyze", LOUD, SOFT, "--backend", "toy", "--output", tmp_path / name)
    assert (code, out) == (0, "")
    assert err == f"2 of 2 recordings in {tmp_path / name}\n"
    written = (tmp_path / name).read_text(encoding="utf-8")
    readers = {
        ".csv": lambda: [row["file"] for row in csv.DictReader(io.StringIO(written))],
        ".json": lambda: [document["file"] for document in json.loads(written)],
        ".jsonl": lambda: heard(written),
        ".txt": lambda: [line.split()[-1] for line in written.splitlines()[1:]],
    }
    assert readers[Path(name).suffix]() == [LOUD, SOFT]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_output_that_is_named_as_sound_is_refused(run: Run, tmp_path: Path):
    shutil.copy(LOUD, tmp_path / "voice.flac")
    code, _, err = run("analyze", tmp_path / "voice.flac", "--output", tmp_path / "voice.flac")
    assert code == 2
    assert "a name for sound" in err
    assert (tmp_path / "voice.flac").read_bytes() == Path(LOUD).read_bytes()


@pytest.mark.parametrize("ending", [".csv", ".json", ".jsonl"])
def test_what_was_heard_before_ctrl_c_is_kept_and_it_says_how_far_it_came(
    run: Run, tmp_path: Path, ending: str
):
    files, out = [str(clip.path) for clip in clips()], tmp_path / f"heard{ending}"
    code, _, err = run("analyze", *files, "--backend", "toy_interrupted", "--output", out)
    assert code == 130
    assert err.splitlines() == [
        f"interrupted after 2 of {len(files)} recordings",
        f"2 of {len(files)} recordings in {out}",
    ]
    assert out.read_text(encoding="utf-8").count(".flac") == 2
    if ending == ".json":
        assert len(json.loads(out.read_text(encoding="utf-8"))) == 2


def test_features_measured_before_ctrl_c_are_kept(run: Run, tmp_path: Path):
    files, out = [str(clip.path) for clip in clips()], tmp_path / "table.csv"
    code, _, err = run("features", *files, "--extractor", "toy_interrupted", "--output", out)
    assert code == 130
    assert f"interrupted after 2 of {len(files)}" in err
    with out.open(encoding="utf-8", newline="") as table:
        assert [row["file"] for row in csv.DictReader(table)] == files[:2]


def test_features_and_speakers_take_folders_and_lists_as_analyze_does(
    run: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch
):
    out = corpus.parent / "table.csv"
    code, _, err = run("features", corpus, "--extractor", "toy_level", "--output", out)
    assert code == 0
    assert "3 of 3 recordings in" in err
    monkeypatch.setattr("platformdirs.user_data_path", lambda _: corpus.parent)
    assert run("speakers", "calibrate", "ada", corpus, "--backend", "toy")[0] == 0
    (corpus.parent / "list.txt").write_text(f"{corpus}\n" * 4, encoding="utf-8")
    code, out, err = run(
        "speakers", "check", "ada", "--files-from", corpus.parent / "list.txt", "--backend", "toy"
    )
    assert code == 0, err


@pytest.mark.parametrize("way", ["itself", "dots", "link", "hard link"])
def test_no_command_writes_over_what_it_reads(run: Run, tmp_path: Path, way: str):
    (tmp_path / "folder").mkdir()
    given = tmp_path / "in.wav"
    save_audio(given, Audio(np.full(16_000, 0.1, np.float32), 16_000))
    other = {"itself": given, "dots": tmp_path / "folder" / ".." / "in.wav"}.get(way, tmp_path / "other.wav")
    if way == "link":
        other.symlink_to(given)
    if way == "hard link":
        other.hardlink_to(given)
    before = given.read_bytes()
    code, _, err = run(
        "express", "--emotion", "calm", "--to", "toy_audio", "--audio", given, "--output", other
    )
    assert code == 2
    assert "which is read: write to another file" in err
    assert given.read_bytes() == before


@pytest.mark.parametrize("seconds", [1, 601])
def test_what_became_of_channels_is_said_and_the_bits_are_kept(run: Run, tmp_path: Path, seconds: int):
    given, made = tmp_path / "in.wav", tmp_path / "out.wav"
    soundfile.write(given, np.full((seconds * 8_000, 2), 0.1, np.float32), 8_000, subtype="PCM_24")
    how = ["--emotion", "calm", "--to", "toy_audio", "--audio", given, "--output", made]
    code, _, err = run("express", *how)
    assert code == 0
    assert "the recording's 2 channels became one" in err
    assert (soundfile.info(made).channels, soundfile.info(made).subtype) == (1, "PCM_24")


def test_tables_take_the_place_of_no_list_that_is_read(run: Run, tmp_path: Path):
    names = tmp_path / "names.csv"
    names.write_text(f"{LOUD}\n", encoding="utf-8")
    for command in ("analyze", "features"):
        assert run(command, "--files-from", names, "--output", names)[0] == 2
    assert names.read_text(encoding="utf-8") == f"{LOUD}\n"


def test_a_hostile_file_costs_itself_only(run: Run, tmp_path: Path):
    loud, endless = tmp_path / "loud.wav", tmp_path / "endless.flac"
    soundfile.write(loud, np.full(16_000, 1e19), 16_000, subtype="FLOAT")
    soundfile.write(endless, np.zeros(16_000), 16_000)
    content = bytearray(endless.read_bytes())
    content[21] |= 0x0F
    content[22:26] = b"\xff" * 4  # 2**36 - 1 samples
    endless.write_bytes(content)
    code, out, err = run("analyze", LOUD, loud, endless, SOFT, "--backend", "toy", "--format", "jsonl")
    assert code == 1
    assert heard(out) == [LOUD, SOFT]
    assert f"{loud} has samples of up to 1e+19" in err
    assert f"{endless} lasts" in err
