"""The options that `evaluate`, `compare` and `train` share, and from these to clips."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import attrs
import typer

from voxaffect.baseline import MAX_SAMPLES, MIN_SAMPLES
from voxaffect.cli.errors import UsageError
from voxaffect.evaluation.bootstrap import RESAMPLES
from voxaffect.evaluation.labels import DEFAULT_CLASSES, Joining, join_labels, read_classes
from voxaffect.evaluation.manifest import Clip, keep_classes, read_manifest


@attrs.frozen(kw_only=True)
class ManifestOptions:
    """Options of every command that reads a manifest."""

    manifest: Annotated[
        Path,
        typer.Argument(
            metavar="MANIFEST",
            help="A table, tab-separated or a .csv: file, label, speaker; optional start, end, valence, "
            "arousal, dominance, sex, age, language, corpus; for training, votes.",
            show_default=False,
        ),
    ]
    root: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The folder that files are relative to; else the manifest's own."),
    ] = None
    label_column: Annotated[
        str | None,
        typer.Option("--label-column", metavar="COLUMN", help="The same as --column label=COLUMN."),
    ] = None
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="NAME=COLUMN",
            help="The manifest's own name of a column, e.g. sex=gender; may be repeated. COLUMN.KEY is a key "
            "of the JSON in a column.",
        ),
    ] = None
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE", help="Only rows with this value, e.g. corpus=emodb; may be repeated."
        ),
    ] = None
    classes: Annotated[
        str | None,
        typer.Option(metavar="A,B,...", help="Only clips with these labels; what is left out is reported."),
    ] = None
    map_file: Annotated[
        Path | None,
        typer.Option(
            "--map", metavar="FILE.toml", help="Which labels, votes and emotions count as which class."
        ),
    ] = None
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Read every recording first, and stop where one cannot be read."),
    ] = False

    def clips(self, *, scale: tuple[float, float] | None = None) -> list[Clip]:
        """The rows that are asked for, of whatever class.

        Raises:
            UsageError: an option of the wrong form.
            ManifestError: see `read_manifest`.
        """
        columns = pairs("--column", self.column)
        if self.label_column is not None:
            columns["label"] = self.label_column
        where = pairs("--where", self.where)
        return read_manifest(self.manifest, root=self.root, columns=columns, where=where, scale=scale)

    def of_classes(self, clips: list[Clip]) -> tuple[list[Clip], dict[str, int]]:
        """Those of --classes, and {label: clips} of what was left out; see `keep_classes`."""
        if self.classes is None:
            return clips, {}
        return keep_classes(clips, [name.strip() for name in self.classes.split(",")])


class Adapt(enum.StrEnum):
    """What a backend is adapted to while it is evaluated."""

    SPEAKER = "speaker"


@attrs.frozen(kw_only=True)
class EvaluationOptions(ManifestOptions):
    """Options that `evaluate` and `compare` share."""

    scale: Annotated[
        str | None,
        typer.Option(
            metavar="LOW,HIGH",
            help="What the manifest's ratings run over, e.g. 1,5; else valence -1..1, the others 0..1.",
        ),
    ] = None
    own_classes: Annotated[
        bool,
        typer.Option(
            "--own-classes", help="Judge the classes that the backend itself has, not the 26 emotions."
        ),
    ] = False
    baseline: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Calibrate each speaker on their first N (3 to 5) neutral clips; these are not evaluated.",
        ),
    ] = 0
    adapt: Annotated[
        Adapt | None,
        typer.Option(
            help="speaker: hear each clip against those of the same speaker that stand before it, as a "
            "conversation does.",
            show_default=False,
        ),
    ] = None
    resamples: Annotated[
        int, typer.Option(min=1, help="Draws of speakers that the intervals are taken from.")
    ] = RESAMPLES
    seed: Annotated[int, typer.Option(help="Of those draws.")] = 0

    def material(self) -> Material:
        """Read the manifest as the options say.

        Raises:
            UsageError: an option of the wrong form.
            ManifestError, ConfigurationError: see `read_manifest`, `keep_classes`, `read_classes`.
        """
        if self.baseline and not MIN_SAMPLES <= self.baseline <= MAX_SAMPLES:
            raise UsageError(
                f"--baseline takes {MIN_SAMPLES} to {MAX_SAMPLES} clips a speaker, got {self.baseline}"
            )
        clips, left_out = self.of_classes(self.clips(scale=_scale(self.scale)))
        declared = DEFAULT_CLASSES if self.map_file is None else read_classes(self.map_file)
        return Material(clips, left_out, join_labels(clips, declared))


@attrs.frozen(eq=False)
class Material:
    """The clips to hear, and how labels and answers are joined.

    Attributes:
        left_out: {label: clips} that --classes left out.
    """

    clips: list[Clip]
    left_out: dict[str, int]
    joining: Joining


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
