"""Eight recordings that the package carries, for the demo, the documentation and tests.

Source: Berlin Database of Emotional Speech (EMO-DB), F. Burkhardt, A. Paeschke, M. Rolfes, W. Sendlmeier,
B. Weiss: "A database of German emotional speech", Interspeech 2005. Licence: CC0-1.0. Actors speak everyday
German sentences; here eight speakers, one clip each, whose emotion all listeners recognised.
"""

from __future__ import annotations

import csv
from pathlib import Path

import attrs

FOLDER = Path(__file__).parent


@attrs.frozen
class Clip:
    """One recording, and what is known of it.

    Attributes:
        path: FLAC, 16 kHz, one channel.
        speaker: number of the speaker in the database.
        sex, age: of the speaker; "female" or "male", years.
        acted: anger, boredom, fear, happiness, neutral or sadness: what the speaker was asked for.
        text, translation: the sentence in German, and in English.
        recognised_pct: share of 20 listeners who named the acted emotion.
        natural_pct: share of them who found it natural.
        duration_s: length.
        licence, source: of the recording.
    """

    path: Path
    speaker: str
    sex: str
    age: int
    acted: str
    text: str
    translation: str
    recognised_pct: float
    natural_pct: float
    duration_s: float
    licence: str
    source: str


def clips(acted: str | None = None) -> list[Clip]:
    """The recordings, all of them or those of one acted emotion.

    >>> [clip.path.name for clip in clips("fear")]
    ['12a07Ac.flac']
    """
    with (FOLDER / "index.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    listed = [
        Clip(
            path=FOLDER / row["file"],
            speaker=row["speaker"],
            sex=row["sex"],
            age=int(row["age"]),
            acted=row["acted"],
            text=row["text"],
            translation=row["translation"],
            recognised_pct=float(row["recognised_pct"]),
            natural_pct=float(row["natural_pct"]),
            duration_s=float(row["duration_s"]),
            licence=row["licence"],
            source=row["source"],
        )
        for row in rows
    ]
    return [clip for clip in listed if acted in (None, clip.acted)]
