"""Manifests: tables of recordings with the label, the speaker and perhaps the ratings of each."""

from __future__ import annotations

import collections
import csv
import io
import itertools
import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import attrs

from voxaffect.errors import InvalidValueError, reason_of
from voxaffect.evaluation.times import parse_time, time_columns
from voxaffect.text_file import read_text

REQUIRED = ("file", "label", "speaker")
DIMENSIONS = ("valence", "arousal", "dominance")
OPTIONAL = (*DIMENSIONS, "sex", "age", "language", "corpus", "votes")
TIMES = ("start", "end", "duration")
ALSO_KNOWN_AS = {"label": "emotion", "sex": "gender", "language": "lang"}
"""What corpora call a column, looked for where neither the caller nor the header has our name for it."""

RANGES = {"valence": (-1.0, 1.0), "arousal": (0.0, 1.0), "dominance": (0.0, 1.0)}
"""As in `PrimaryDimensions`."""

AGES = (18, 30, 45, 60)
"""Years at which a band of ages begins; the first begins at 0."""

SHOWN = 5
"""Rows that an error names; the rest are counted."""


class ManifestError(InvalidValueError):
    """A manifest that cannot be used: which row, and what to do."""


@attrs.frozen
class Clip:
    """One row of a manifest.

    Attributes:
        row: its line in the file, the header being line 1.
        file: the recording; where it is not there, that shows when it is to be heard.
        label: as the corpus names it; "" where the row only has ratings.
        speaker: unique over corpora: "corpus/speaker" where the manifest names the corpus.
        valence, arousal, dominance: rated, in the ranges of `PrimaryDimensions`; None where not rated.
        sex, language, corpus: None where the manifest does not say.
        age: a band such as "30-44" for a number of years, anything else as it stands; None as above.
        votes: {label: listeners who chose it}, none below 0, some above; None where the manifest has none.
        start_s, end_s: of the part of the recording that is meant; None from its start, and to its end.
    """

    row: int
    file: Path
    label: str
    speaker: str
    valence: float | None = None
    arousal: float | None = None
    dominance: float | None = None
    sex: str | None = None
    age: str | None = None
    language: str | None = None
    corpus: str | None = None
    votes: Mapping[str, float] | None = None
    start_s: float | None = None
    end_s: float | None = None


def read_manifest(
    path: str | os.PathLike[str],
    *,
    root: str | os.PathLike[str] | None = None,
    columns: Mapping[str, str] | None = None,
    where: Mapping[str, str] | None = None,
    scale: tuple[float, float] | None = None,
) -> list[Clip]:
    """The clips of a table of values separated by tabs, or in a .csv by commas.

    Columns: file, label, speaker; optional valence, arousal, dominance, sex, age, language, corpus,
    and votes, a JSON object of the listeners who chose each label; start, and end or duration, where rows are
    parts of recordings, see `voxaffect.evaluation.times`; others are ignored.

    A file that is not there is its row's own fault, which shows when it is heard, unless none is there.

    Args:
        path: the table, UTF-8 or UTF-16 with its byte order mark, with a header.
        root: the folder that files are relative to; the manifest's own if None.
        columns: {our name: the header's name}; "column.key" is a key of the JSON in that column.
        where: {header's name: value}; rows with another value are left out.
        scale: lowest and highest possible rating of the manifest's dimensions; stretched to the ranges of
            `PrimaryDimensions`, which the ratings have already where it is None.

    Raises:
        ManifestError: wrong columns, no file there, duplicates, ratings or times that cannot be, one speaker
            only, one label only; the message names the rows and says what to do.
    """
    path = Path(path)
    rows, header = _rows(path)
    chosen = _columns(path, header, columns or {})
    for column in where or {}:
        if column.partition(".")[0] not in header:
            raise ManifestError(f"{path} has no column {column!r}; it has {', '.join(header)}")
    rows = [
        (number, row)
        for number, row in rows
        if all(_cell(path, number, row, column) == value for column, value in (where or {}).items())
    ]
    if not rows:
        raise ManifestError(f"{path} has no rows{f' where {_said(where)}' if where else ''}: add some")
    folder = path.parent if root is None else Path(root)
    if scale is not None and not (all(map(math.isfinite, scale)) and scale[0] < scale[1]):
        raise ManifestError(f"the scale must be two numbers, the lower first, got {scale!r}")
    clips = [_clip(path, number, row, chosen, folder, scale) for number, row in rows]
    _check_files(path, clips, folder)
    check_variety(clips, str(path))
    return clips


def keep_classes(clips: Sequence[Clip], classes: Iterable[str]) -> tuple[list[Clip], dict[str, int]]:
    """The clips with one of these labels, and {label: number of clips} of what was left out.

    Raises:
        ManifestError: a class that no clip has, or what is left has one speaker or one class only.
    """
    wanted, counts = list(classes), collections.Counter(clip.label for clip in clips)
    for name in wanted:
        if not counts[name]:
            raise ManifestError(f"no clip is labelled {name!r}; the labels are {', '.join(sorted(counts))}")
    kept = [clip for clip in clips if clip.label in wanted]
    check_variety(kept, f"what is left with the classes {', '.join(wanted)}")
    return kept, {label: count for label, count in sorted(counts.items()) if label not in wanted}


def check_variety(clips: Sequence[Clip], what: str) -> None:
    """Refuse clips of one speaker only or, unless all of them are rated instead, of one class only.

    Raises:
        ManifestError: see above; `what` names the clips.
    """
    speakers = {clip.speaker for clip in clips}
    if len(speakers) < 2:
        raise ManifestError(
            f"{what} has one speaker only ({', '.join(speakers)}, rows {clips[0].row} to {clips[-1].row}): "
            "splits and intervals are by speaker, add clips of at least one other"
        )
    labels = {clip.label for clip in clips if clip.label}
    if len(labels) == 1:
        raise ManifestError(
            f"{what} has one class only ({', '.join(labels)}, rows {clips[0].row} to {clips[-1].row}): "
            "nothing can be told apart, add clips with another label"
        )


def _rows(path: Path) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """[(line, {column: cell})], and the header."""
    lines: list[tuple[int, list[str]]] = []
    if os.path.isdir(path):
        raise ManifestError(
            f"{path} is a folder: a manifest is a table of recordings, with the label and the speaker of each"
        )
    try:
        text = io.StringIO(read_text(path), newline="")
    except (OSError, ValueError) as error:  # ValueError: no text, a NUL in the name
        raise ManifestError(f"cannot read the manifest {path}: {reason_of(error)}") from error
    commas = path.suffix.lower() == ".csv" and "\t" not in text.readline()
    text.seek(0)
    reader = csv.reader(text, dialect="excel" if commas else "excel-tab", strict=True)
    try:
        header = next(reader, [])
        lines.extend((reader.line_num, cells) for cells in reader if cells)
    except csv.Error as error:
        raise ManifestError(
            f"{path}, row {reader.line_num}: {error}: put a cell that holds quotes into quotes, doubling them"
        ) from error
    twice = [name for name, count in collections.Counter(header).items() if count > 1]
    if twice:
        raise ManifestError(f"{path}, row 1: the column {twice[0]!r} is there twice: rename one")
    for number, cells in lines:
        if len(cells) != len(header):
            raise ManifestError(
                f"{path}, row {number}: {len(cells)} cells, the header has {len(header)}: "
                f"separate cells with one {'comma' if commas else 'tab'} each"
            )
    return [(number, dict(zip(header, cells, strict=True))) for number, cells in lines], header


def _columns(path: Path, header: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """{our name: the header's} of every column that is there."""
    for name in given:
        if name not in (*REQUIRED, *OPTIONAL, *TIMES):
            known = ", ".join(REQUIRED + OPTIONAL + TIMES)
            raise ManifestError(f"no such column of a manifest: {name!r}; {known}")
    times, unsure = time_columns(header, given)
    if unsure is not None:
        raise ManifestError(
            f"{path}, row 1: the column {unsure!r} seems to say which part of a recording is meant: say that "
            f"it is the start or the end, in seconds (--column start={unsure}), or rename it"
        )
    chosen = {}
    told = {**times, **given}
    for name in (*REQUIRED, *OPTIONAL, *times):
        candidates = [told[name]] if name in told else [name, ALSO_KNOWN_AS.get(name, name)]
        found = [each for each in candidates if each in header or each.partition(".")[0] in header]
        if found:
            chosen[name] = found[0]
        elif name in given or (name in REQUIRED and not _only_rated(name, header)):
            hint = " (tab-separated? with commas it is to be a .csv)" if len(header) < 2 else ""
            raise ManifestError(
                f"{path}, row 1: no column {candidates[0]!r}; it has {', '.join(header) or 'none'}{hint}. "
                f"Needed: {', '.join(REQUIRED)}; rename one, or say which column holds the {name}"
            )
    return chosen


def _only_rated(name: str, header: Sequence[str]) -> bool:
    return name == "label" and any(dimension in header for dimension in DIMENSIONS)


def _clip(
    path: Path,
    number: int,
    row: Mapping[str, str],
    columns: Mapping[str, str],
    folder: Path,
    scale: tuple[float, float] | None,
) -> Clip:
    cells = {name: _cell(path, number, row, column) for name, column in columns.items()}
    rated = {name: _rating(path, number, name, cells.get(name, ""), scale) for name in DIMENSIONS}
    label = cells.get("label", "")
    for name, cell in {"file": cells["file"], "speaker": cells["speaker"]}.items():
        if not cell:
            raise ManifestError(f"{path}, row {number}: the {name} is empty: fill it in, or drop the row")
    if not label and all(rating is None for rating in rated.values()):
        raise ManifestError(
            f"{path}, row {number}: neither a label nor a rating: fill it in, or drop the row"
        )
    corpus = cells.get("corpus") or None
    start_s, end_s = _part(path, number, cells)
    return Clip(
        row=number,
        file=folder / cells["file"],
        label=label,
        speaker=f"{corpus}/{cells['speaker']}" if corpus else cells["speaker"],
        sex=cells.get("sex") or None,
        age=_age_band(cells.get("age", "")) or None,
        language=cells.get("language") or None,
        corpus=corpus,
        votes=_votes(path, number, cells.get("votes", "")),
        start_s=start_s,
        end_s=end_s,
        **rated,
    )


def _cell(path: Path, number: int, row: Mapping[str, str], column: str) -> str:
    """A cell, or for "column.key" a key of the JSON object in it; "" where the object lacks the key."""
    if column in row:
        return row[column].strip()
    outer, _, key = column.partition(".")
    try:
        value = json.loads(row[outer]).get(key)
    except (ValueError, AttributeError, RecursionError) as error:
        raise ManifestError(
            f"{path}, row {number}: the column {outer!r} must hold a JSON object to take {key!r} from, "
            f"got {row[outer]!r}"
        ) from error
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return "" if value is None else str(value).strip()


def _rating(path: Path, number: int, name: str, cell: str, scale: tuple[float, float] | None) -> float | None:
    if not cell:
        return None
    low, high = scale or RANGES[name]
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        advice = "correct it" if scale else "correct it, or say which scale the ratings are on"
        raise ManifestError(
            f"{path}, row {number}: {name} must be a number within {low:g}..{high:g}, got {cell!r}: {advice}"
        )
    to_low, to_high = RANGES[name]
    return to_low + (value - low) / (high - low) * (to_high - to_low)


def _part(path: Path, number: int, cells: Mapping[str, str]) -> tuple[float | None, float | None]:
    """Start and end of what the row means."""
    said: dict[str, float | None] = dict.fromkeys(TIMES)
    for name in TIMES:
        try:
            said[name] = parse_time(cells.get(name, ""))
        except ValueError as error:
            raise ManifestError(
                f"{path}, row {number}: the {name} must be in seconds, or a time such as 0 days 00:01:02.5, "
                f"got {cells[name]!r}: correct it"
            ) from error
    start_s, end_s = said["start"], said["end"]
    if said["duration"] is not None:
        end_s = (start_s or 0.0) + said["duration"]
    if end_s is not None and end_s <= (start_s or 0.0):
        raise ManifestError(
            f"{path}, row {number}: the part ends at {end_s:g} s and begins at {start_s or 0:g} s: correct it"
        )
    return start_s, end_s


def _age_band(cell: str) -> str:
    """The band of a number of years, such as "30-44"; anything else, e.g. "child", stays as it is."""
    if not cell.isdecimal():
        return cell
    bands = (*itertools.pairwise((0, *AGES)), (AGES[-1], None))
    low, above = next((low, above) for low, above in bands if above is None or int(cell) < above)
    return f"{low}+" if above is None else f"{low}-{above - 1}"


def _votes(path: Path, number: int, cell: str) -> dict[str, float] | None:
    if not cell:
        return None
    try:
        votes = {str(label): float(count) for label, count in json.loads(cell).items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        votes = {}
    if not votes or not all(0 <= count < math.inf for count in votes.values()) or not any(votes.values()):
        raise ManifestError(
            f"{path}, row {number}: votes must be a JSON object of labels and the listeners who chose them, "
            f'e.g. {{"anger": 4, "neutral": 1}}, got {cell!r}: correct it, or leave it empty'
        )
    return votes


def _check_files(path: Path, clips: Sequence[Clip], folder: Path) -> None:
    seen: dict[object, int] = {}
    for clip in clips:
        first = seen.setdefault((os.path.normpath(clip.file), clip.start_s, clip.end_s), clip.row)
        if first != clip.row:
            raise ManifestError(
                f"{path}, row {clip.row}: {clip.file} is in row {first} already: keep one of the two"
            )
    if not any(clip.file.is_file() for clip in clips):
        named = "; ".join(f"row {clip.row}: {clip.file}" for clip in clips[:SHOWN])
        more = f" and {len(clips) - SHOWN} more" if len(clips) > SHOWN else ""
        raise ManifestError(
            f"{path}: none of the files is there: {named}{more}. Files are looked for in {folder}: "
            "name another root folder"
        )


def _said(where: Mapping[str, str] | None) -> str:
    return " and ".join(f"{column} is {value!r}" for column, value in (where or {}).items())
