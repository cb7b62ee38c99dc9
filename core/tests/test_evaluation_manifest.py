"""Manifests: what they may hold, and that whatever is wrong is named by its row, with what to do."""

from __future__ import annotations

import pytest
from voxaffect import ConfigurationError, EmotionCategory
from voxaffect.evaluation.labels import join_labels, read_classes
from voxaffect.evaluation.manifest import ManifestError, keep_classes, read_manifest
from voxaffect.evaluation.times import parse_time

GOOD = "file\tlabel\tspeaker\na.wav\tanger\t1\nb.wav\tsadness\t2\n"


@pytest.fixture
def write(tmp_path):
    """Write a manifest beside four empty files."""
    for name in "abcd":
        (tmp_path / f"{name}.wav").touch()

    def _write(text, name="manifest.tsv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return _write


def test_files_are_relative_to_the_manifest(write, tmp_path):
    first, _ = read_manifest(write(GOOD))
    assert (first.row, first.file, first.label, first.speaker) == (2, tmp_path / "a.wav", "anger", "1")
    assert first.valence is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_manifest_may_be_written_by_whatever_program(write, encoding):
    path = write("")
    path.write_bytes(GOOD.replace("\n", "\r\n").encode(encoding))
    assert [(clip.row, clip.label) for clip in read_manifest(path)] == [(2, "anger"), (3, "sadness")]


def test_a_folder_is_no_manifest(tmp_path):
    with pytest.raises(ManifestError, match="is a folder: a manifest is a table"):
        read_manifest(tmp_path)


def test_files_may_be_relative_to_another_folder(write, tmp_path):
    (tmp_path / "lists").mkdir()
    path = write(GOOD, "lists/manifest.tsv")
    assert read_manifest(path, root=tmp_path)[1].file == tmp_path / "b.wav"


def test_a_corpus_may_call_its_columns_otherwise(write):
    table = "file\temotion\twho\tgender\textra\nb.wav\tx\t1\tF\t{}\n"
    table += 'a.wav\ty\t2\tM\t"{""heard"": ""z""}"\n'
    clips = read_manifest(write(table), columns={"speaker": "who"})
    assert [(clip.label, clip.speaker, clip.sex) for clip in clips] == [("x", "1", "F"), ("y", "2", "M")]


def test_a_label_may_be_a_key_of_json_in_a_column(write):
    table = 'file\tspeaker\textra\na.wav\t1\t{"vote": "N"}\nb.wav\t2\t{"vote": "S"}\n'
    clips = read_manifest(write(table), columns={"label": "extra.vote"})
    assert [clip.label for clip in clips] == ["N", "S"]


def test_speakers_of_two_corpora_are_two_though_their_names_are_one(write):
    table = "file\tlabel\tspeaker\tcorpus\na.wav\tx\t1\tred\nb.wav\ty\t1\tblue\n"
    assert [clip.speaker for clip in read_manifest(write(table))] == ["red/1", "blue/1"]


def test_rows_of_another_value_are_left_out(write):
    table = "file\tlabel\tspeaker\tset\na.wav\tx\t1\tin\nmissing.wav\tx\t1\tout\nb.wav\ty\t2\tin\n"
    assert [clip.row for clip in read_manifest(write(table), where={"set": "in"})] == [2, 4]


def test_ratings_are_stretched_from_their_scale(write):
    table = "file\tspeaker\tvalence\tarousal\na.wav\t1\t1\t5\nb.wav\t2\t3\t2\n"
    first, second = read_manifest(write(table), scale=(1, 5))
    assert (first.label, first.valence, first.arousal, first.dominance) == ("", -1, 1, None)
    assert (second.valence, second.arousal) == (0, 0.25)


@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_csv_has_commas_unless_its_header_has_tabs(write, tmp_path, separator):
    rows = (("file", "label", "speaker"), ("a.wav", "x", "1"), ("b.wav", "y", "2"))
    write("\n".join("\t".join(row) for row in rows) + "\n")
    table = tmp_path / "clips.csv"
    table.write_text("\n".join(separator.join(row) for row in rows) + "\n")
    assert [(clip.label, clip.speaker) for clip in read_manifest(table)] == [("x", "1"), ("y", "2")]


def test_a_csv_with_a_short_row_says_what_separates_its_cells(tmp_path):
    table = tmp_path / "clips.csv"
    table.write_text("file,label,speaker\na.wav,x\n")
    with pytest.raises(
        ManifestError, match="row 2: 2 cells, the header has 3: separate cells with one comma"
    ):
        read_manifest(table)


HEADER = "file\tlabel\tspeaker\tvalence\n"
BAD = {
    "wrong columns": ("path\tlabel\tspeaker\n", "row 1: no column 'file'; it has path, label, speaker"),
    "commas": ("file,label,speaker\n", "tab-separated?"),
    "nothing": ("", "no column 'file'"),
    "no rows": (HEADER, "no rows: add some"),
    "a column twice": ("file\tlabel\tspeaker\tlabel\n", "row 1: the column 'label' is there twice: rename"),
    "a short row": (HEADER + "a.wav\tx\t1\n", "row 2: 3 cells, the header has 4: separate"),
    "missing files": (
        HEADER + "not/here.wav\tx\t1\t\nnot/there.wav\ty\t2\t\n",
        "none of the files is there: .*row 3: .*not/there.wav.*name another root",
    ),
    "a row twice": (
        HEADER + "a.wav\tx\t1\t\nb.wav\ty\t2\t\n./a.wav\tx\t1\t\n",
        "row 4: .*is in row 2 already: keep one",
    ),
    "one speaker": (HEADER + "a.wav\tx\t1\t\nb.wav\ty\t1\t\n", "one speaker only .*rows 2 to 3.*add clips"),
    "one class": (HEADER + "a.wav\tx\t1\t\nb.wav\tx\t2\t\n", "one class only .*rows 2 to 3.*add clips"),
    "an open quote": (HEADER + 'a.wav\tx\t1\t\nb.wav\t"y\t2\t\n', "row 3: .*quotes"),
    "no speaker": (HEADER + "a.wav\tx\t\t\n", "row 2: the speaker is empty: fill it in"),
    "no label": (HEADER + "a.wav\t\t1\t\n", "row 2: neither a label nor a rating: fill it in"),
    "a rating off the scale": (HEADER + "a.wav\tx\t1\t4\n", r"row 2: valence .*-1\.\.1, got '4'.*scale"),
    "a rating that is no number": (HEADER + "a.wav\tx\t1\tnan\n", "row 2: valence .*got 'nan'"),
}


@pytest.mark.parametrize(("table", "message"), BAD.values(), ids=BAD)
def test_a_bad_manifest_is_refused_with_the_row_and_what_to_do(write, table, message):
    with pytest.raises(ManifestError, match=message):
        read_manifest(write(table))


def test_a_manifest_that_is_not_there_or_no_text_is_refused(tmp_path):
    with pytest.raises(ManifestError, match="cannot read the manifest"):
        read_manifest(tmp_path / "none.tsv")
    (tmp_path / "sound.wav").write_bytes(b"RIFF\xff\xfe\x00")
    with pytest.raises(ManifestError, match="cannot read the manifest"):
        read_manifest(tmp_path / "sound.wav")


def test_a_json_column_without_json_names_its_row(write):
    table = "file\tspeaker\textra\na.wav\t1\tplain\n"
    with pytest.raises(ManifestError, match="row 2: the column 'extra' must hold a JSON object"):
        read_manifest(write(table), columns={"label": "extra.vote"})


def test_classes_left_out_are_counted(write):
    clips = read_manifest(write(GOOD + "c.wav\ttie\t1\nd.wav\ttie\t2\n"))
    kept, left_out = keep_classes(clips, ["anger", "sadness"])
    assert [clip.row for clip in kept] == [2, 3]
    assert left_out == {"tie": 2}


def test_a_class_that_no_clip_has_is_refused(write):
    with pytest.raises(ManifestError, match="no clip is labelled 'angre'; the labels are anger, sadness"):
        keep_classes(read_manifest(write(GOOD)), ["angre", "sadness"])


# labels


def labelled(write, *labels):
    rows = (f"{name}.wav\t{label}\t{name}\n" for name, label in zip("abcd", labels, strict=False))
    return read_manifest(write("file\tlabel\tspeaker\n" + "".join(rows)))


def test_emotions_of_one_class_are_summed_and_what_belongs_to_none_is_lost(write):
    joining = join_labels(labelled(write, "anger", "sadness"))
    scores, lost = joining.join({"angry": 0.3, "frustrated": 0.1, "sad": 0.1, "happy": 0.5})
    assert scores == pytest.approx({"anger": 0.8, "sadness": 0.2})
    assert lost == {"happy": 0.5}


def test_classes_are_equal_where_nothing_belongs_to_any(write):
    scores, _ = join_labels(labelled(write, "anger", "sadness")).join({"happy": 1.0})
    assert scores == {"anger": 0.5, "sadness": 0.5}


def test_spellings_of_one_class_are_one(write):
    joining = join_labels(labelled(write, "Anger", "angry", "happiness", "joy"))
    assert [each.name for each in joining.classes] == ["anger", "happiness"]


def test_each_of_the_26_is_a_label_of_its_own(write):
    joining = join_labels(labelled(write, "confused", "impatient", "anger"))
    assert joining.class_of_answer["confused"] == "confused"
    assert joining.class_of_answer["impatient"] == "impatient"
    assert joining.class_of_answer["frustrated"] == "anger"


def test_calm_is_neutral_only_where_the_corpus_has_no_calm(write):
    assert join_labels(labelled(write, "neutral", "sad")).class_of_answer["calm"] == "neutral"
    assert join_labels(labelled(write, "neutral", "calm")).class_of_answer["calm"] == "calm"


def test_a_classifiers_own_words_join_too(write):
    scores, lost = join_labels(labelled(write, "disgust", "anger")).join(
        {"disgusted": 0.6, "Angry": 0.2, "<unk>": 0.2}
    )
    assert scores == pytest.approx({"disgust": 0.75, "anger": 0.25})
    assert lost == {"<unk>": 0.2}


def test_a_label_that_no_class_has_names_its_rows(write):
    with pytest.raises(ManifestError, match=r"'tie' \(2 clips\), first in the rows 3, 4"):
        join_labels(labelled(write, "anger", "tie", "tie"))


def test_a_map_adds_labels_and_replaces_emotions(write):
    path = write(
        '[classes]\nanger = { labels = ["W"] }\ndisgust = { emotions = ["frustrated"] }\n', "map.toml"
    )
    joining = join_labels(labelled(write, "W", "anger", "disgust"), read_classes(path))
    assert joining.class_of_label == {"W": "anger", "anger": "anger", "disgust": "disgust"}
    assert joining.class_of_answer["frustrated"] == "disgust"
    assert joining.class_of_answer["angry"] == "anger"


def test_every_default_emotion_is_counted_once_or_resolved(write):
    joining = join_labels(labelled(write, "neutral", "calm", "happiness", "fear"))
    counted = [emotion for each in joining.classes for emotion in each.emotions]
    assert len(counted) == len(set(counted))
    assert set(counted) <= set(EmotionCategory)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must declare classes"),
        ("[classes]\nanger = 3", "takes labels and emotions, got 3"),
        ('[classes.anger]\nwords = ["a"]', "takes labels and emotions"),
        ('[classes.anger]\nlabels = "W"', "must be a list of words"),
        ('[classes.anger]\nemotions = ["angri"]', "did you mean 'angry'"),
        ('[classes]\na = { labels = ["x"] }\nb = { labels = ["x"] }', "'x' is in the labels of 2 classes"),
    ],
)
def test_a_bad_map_is_refused(write, text, message):
    with pytest.raises(ConfigurationError, match=message):
        read_classes(write(text, "map.toml"))


def test_votes_are_a_json_object_or_a_key_of_one(write):
    table = 'file\tlabel\tspeaker\textra\na.wav\tA\t1\t{"votes": {"A": "4", "N": 1}}\nb.wav\tN\t2\t{}\n'
    clips = read_manifest(write(table), columns={"votes": "extra.votes"})
    assert [clip.votes for clip in clips] == [{"A": 4.0, "N": 1.0}, None]


@pytest.mark.parametrize("votes", ["4", "[1]", '{"x": -1}', '{"x": "many"}', '{"x": 0}', "{}", '{"x": NaN}'])
def test_votes_that_are_none_name_their_row(write, votes):
    table = f"file\tlabel\tspeaker\tvotes\na.wav\tx\t1\t\nb.wav\ty\t2\t{votes}\n"
    with pytest.raises(ManifestError, match=r"row 3: votes must be a JSON object.*leave it empty"):
        read_manifest(write(table))


def test_ages_in_years_are_taken_in_bands(write):
    rows = "".join(
        f"{name}.wav\t{label}\t{label}\t{age}\n"
        for name, label, age in zip("abcd", "xyxy", ("17", "30", "77", "child"), strict=True)
    )
    clips = read_manifest(write(f"file\tlabel\tspeaker\tage\n{rows}"))
    assert [clip.age for clip in clips] == ["0-17", "30-44", "60+", "child"]


PARTS = {
    "seconds": ("start\tend", "0.5\t1.25"),
    "with their unit": ("start_s\tend_s", "0.5\t1.25"),
    "as subtitles": ("Begin Time\tEnd Time", "0:00.5\t00:00:01.25"),
    "as audformat and nkululeko write them": ("start\tend", "0 days 00:00:00.500000\t0 days 00:00:01.250000"),
    "onset and offset": ("onset\toffset", "0.5\t1.25"),
    "start and duration": ("start\tduration", "0.5\t0.75"),
}


@pytest.mark.parametrize(("header", "cells"), PARTS.values(), ids=PARTS)
def test_a_row_may_be_a_part_of_a_recording(write, header, cells):
    table = f"file\tlabel\tspeaker\t{header}\na.wav\tx\t1\t{cells}\na.wav\ty\t2\t0\tNaT\n"
    first, second = read_manifest(write(table))
    assert (first.start_s, first.end_s) == (0.5, 1.25)
    assert (second.start_s, second.end_s) == (0, None)


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [("2", 2), ("0 days", 0), ("1 days 01:00:00", 90_000), ("75:30", 4530), ("NaT", None), ("", None)],
)
def test_times_have_many_forms(cell, seconds):
    assert parse_time(cell) == seconds


def test_a_duration_alone_or_beside_an_end_is_no_time_of_a_part(write):
    table = "file\tlabel\tspeaker\tduration\na.wav\tx\t1\t9\nb.wav\ty\t2\t9\n"
    assert {clip.end_s for clip in read_manifest(write(table))} == {None}
    table = "file\tlabel\tspeaker\tstart\tend\tduration\na.wav\tx\t1\t1\t2\t9\nb.wav\ty\t2\t\t\t9\n"
    assert [(clip.start_s, clip.end_s) for clip in read_manifest(write(table))] == [(1, 2), (None, None)]


def test_a_corpus_may_call_the_times_otherwise(write):
    table = "file\tlabel\tspeaker\toffset\tduration\na.wav\tx\t1\t1\t2\nb.wav\ty\t2\t0\t1\n"
    clips = read_manifest(write(table), columns={"start": "offset"})
    assert [(clip.start_s, clip.end_s) for clip in clips] == [(1, 3), (0, 1)]


@pytest.mark.parametrize("column", ["offset", "start_ms", "end_sample"])
def test_a_column_that_may_say_which_part_is_meant_is_never_passed_over(write, column):
    table = f"file\tlabel\tspeaker\t{column}\na.wav\tx\t1\t1\nb.wav\ty\t2\t2\n"
    with pytest.raises(ManifestError, match=f"'{column}' seems to say which part"):
        read_manifest(write(table))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("-1\t2", "row 2: the start must be in seconds"),
        ("soon\t2", "got 'soon'"),
        ("inf\t", "got 'inf'"),
        ("2\t1", "ends at 1 s and begins at 2 s"),
        ("0\t0", "ends at 0 s"),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_its_row(write, cells, said):
    table = f"file\tlabel\tspeaker\tstart\tend\na.wav\tx\t1\t{cells}\nb.wav\ty\t2\t\t\n"
    with pytest.raises(ManifestError, match=said):
        read_manifest(write(table))
