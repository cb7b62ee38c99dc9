"""What a backend answered to each clip, as a table that other programs read."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from voxaffect.errors import InvalidValueError, reason_of
from voxaffect.evaluation.manifest import DIMENSIONS
from voxaffect.evaluation.runner import Outcome
from voxaffect.whole_file import whole_file


def check_predictions(path: Path) -> None:
    """Fail before any work where no table could be written.

    Raises:
        InvalidValueError: another kind of file, or a folder that is not there.
    """
    if path.suffix.lower() != ".csv":
        raise InvalidValueError(f"predictions are a .csv, got {str(path)!r}")
    if not path.parent.is_dir():
        raise InvalidValueError(f"there is no folder {path.parent}: make it first")


def write_predictions(outcomes: Sequence[Outcome], classes: Sequence[str], path: Path) -> None:
    """A row a clip, in the manifest's order; what is not known is an empty cell.

    Args:
        classes: of the evaluation; each has a column of its probability.

    Raises:
        InvalidValueError: the file cannot be written.
    """
    rows = [_row(outcome, classes) for outcome in outcomes]
    try:
        with whole_file(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
    except OSError as error:
        raise InvalidValueError(f"cannot write {path}: {reason_of(error)}") from error


def _row(outcome: Outcome, classes: Sequence[str]) -> dict[str, Any]:
    clip = outcome.clip
    return {
        "row": clip.row,
        "file": str(clip.file),
        "start_s": clip.start_s,
        "end_s": clip.end_s,
        "speaker": clip.speaker,
        "label": clip.label,
        "class": outcome.true,
        "heard": outcome.predicted,
        "confidence": outcome.confidence,
        "speech": outcome.speech,
        "clear": outcome.clear,
        **{f"p.{name}": outcome.scores.get(name) for name in classes},
        **{name: getattr(outcome.dimensions, name) for name in DIMENSIONS},
        **{f"rated.{name}": getattr(clip, name) for name in DIMENSIONS},
        "duration_s": outcome.duration_s,
        "hearing_s": outcome.hearing_s,
        "fallback_reason": outcome.fallback_reason,
        "adapted_to": outcome.adapted_to,
    }
