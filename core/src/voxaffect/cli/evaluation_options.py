"""What `evaluate` and `compare` share: their options, and from these to clips and answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import attrs
import typer

from voxaffect.baseline import MAX_SAMPLES, MIN_SAMPLES
from voxaffect.cli.errors import UsageError, work
from voxaffect.cli.terminal import ProgressBar
from voxaffect.evaluation.bootstrap import RESAMPLES
from voxaffect.evaluation.labels import DEFAULT_CLASSES, Joining, join_labels, read_classes
from voxaffect.evaluation.manifest import Clip, keep_classes, read_manifest
from voxaffect.evaluation.runner import Calibration, Outcome, calibrate_speakers, run_backend
from voxaffect.pipeline import Pipeline

ManifestArgument = Annotated[
    Path,
    typer.Argument(
        metavar="MANIFEST",
        help="A table, tab-separated or a .csv: file, label, speaker; optional valence, arousal, dominance, "
        "sex, age, language, corpus; for training, votes.",
        show_default=False,
    ),
]
RootOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="The folder that files are relative to; else the manifest's own."),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME=COLUMN",
        help="The manifest's own name of a column, e.g. sex=gender; may be repeated. COLUMN.KEY is a key of "
        "the JSON in a column.",
    ),
]
LabelColumnOption = Annotated[
    str | None, typer.Option("--label-column", metavar="COLUMN", help="The same as --column label=COLUMN.")
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN=VALUE", help="Only rows with this value, e.g. corpus=emodb; may be repeated."
    ),
]
ClassesOption = Annotated[
    str | None,
    typer.Option(metavar="A,B,...", help="Only clips with these labels; what is left out is reported."),
]
ScaleOption = Annotated[
    str | None,
    typer.Option(
        metavar="LOW,HIGH",
        help="What the manifest's ratings run over, e.g. 1,5; else valence -1..1, the others 0..1.",
    ),
]
MapOption = Annotated[
    Path | None,
    typer.Option("--map", metavar="FILE.toml", help="Which labels and emotions count as which class."),
]
OwnClassesOption = Annotated[
    bool,
    typer.Option("--own-classes", help="Judge the classes that the backend itself has, not the 26 emotions."),
]
BaselineOption = Annotated[
    int,
    typer.Option(
        metavar="N",
        help="Calibrate each speaker on their first N (3 to 5) neutral clips; these are not evaluated.",
    ),
]
ResamplesOption = Annotated[
    int, typer.Option(min=1, help="Draws of speakers that the intervals are taken from.")
]
SeedOption = Annotated[int, typer.Option(help="Of those draws.")]
DEFAULT_RESAMPLES = RESAMPLES


@attrs.frozen(eq=False)
class Material:
    """The clips to hear, and how labels and answers are joined.

    Attributes:
        left_out: {label: clips} that --classes left out.
    """

    clips: list[Clip]
    left_out: dict[str, int]
    joining: Joining


def open_material(
    manifest: Path,
    *,
    root: Path | None,
    column: Sequence[str] | None,
    label_column: str | None,
    where: Sequence[str] | None,
    classes: str | None,
    scale: str | None,
    map_file: Path | None,
) -> Material:
    """Read the manifest as the options say.

    Raises:
        UsageError: an option of the wrong form.
        ManifestError, ConfigurationError: see `read_manifest`, `keep_classes`, `read_classes`.
    """
    columns = pairs("--column", column)
    if label_column is not None:
        columns["label"] = label_column
    clips = read_manifest(
        manifest, root=root, columns=columns, where=pairs("--where", where), scale=_scale(scale)
    )
    left_out: dict[str, int] = {}
    if classes is not None:
        clips, left_out = keep_classes(clips, [name.strip() for name in classes.split(",")])
    declared = DEFAULT_CLASSES if map_file is None else read_classes(map_file)
    return Material(clips, left_out, join_labels(clips, declared))


def hear_all(
    pipeline: Pipeline, material: Material, *, own_classes: bool, baseline: int
) -> tuple[list[Outcome], Calibration | None]:
    """Calibrate if asked to, then hear every clip, behind a progress bar."""
    if baseline and not MIN_SAMPLES <= baseline <= MAX_SAMPLES:
        raise UsageError(f"--baseline takes {MIN_SAMPLES} to {MAX_SAMPLES} clips a speaker, got {baseline}")
    clips, calibration = material.clips, None
    with work():
        if baseline:
            bar = ProgressBar(len({clip.speaker for clip in clips}))
            calibration = calibrate_speakers(pipeline, clips, material.joining, baseline, during=bar.during)
            clips = calibration.clips
        bar = ProgressBar(len(clips))
        outcomes = run_backend(
            pipeline,
            clips,
            material.joining,
            own_classes=own_classes,
            baselines=None if calibration is None else calibration.baselines,
            during=bar.during,
        )
    return outcomes, calibration


def calibration_to_dict(calibration: Calibration | None, count: int) -> dict[str, Any] | None:
    """As JSON has it; None without calibration."""
    if calibration is None:
        return None
    return {"clips": count, "speakers": len(calibration.baselines), "without": dict(calibration.without)}


def pairs(option: str, given: Sequence[str] | None) -> dict[str, str]:
    """{name: value} of `NAME=VALUE` texts.

    Raises:
        UsageError: one of another form, or a name twice.
    """
    parsed = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"{option} takes NAME=VALUE, got {text!r}")
        if name.strip() in parsed:
            raise UsageError(f"{option} says {name.strip()} twice: it takes one value for each name")
        parsed[name.strip()] = value.strip()
    return parsed


def _scale(given: str | None) -> tuple[float, float] | None:
    if given is None:
        return None
    try:
        low, high = (float(part) for part in given.split(","))
    except ValueError as error:
        raise UsageError(f"--scale takes LOW,HIGH, e.g. 1,5, got {given!r}") from error
    return low, high
