"""What `evaluate`, `compare` and `train` share: their options, and from these to clips and answers."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import attrs
import typer

from voxaffect.baseline import MAX_SAMPLES, MIN_SAMPLES
from voxaffect.cli.errors import UsageError, WorkError, work
from voxaffect.cli.one_by_one import Tally, one_by_one
from voxaffect.cli.terminal import ProgressBar, print_labelled
from voxaffect.errors import InvalidValueError
from voxaffect.evaluation.bootstrap import RESAMPLES
from voxaffect.evaluation.clip_sound import load_clip
from voxaffect.evaluation.labels import DEFAULT_CLASSES, Joining, join_labels, read_classes
from voxaffect.evaluation.manifest import SHOWN, Clip, check_variety, keep_classes, read_manifest
from voxaffect.evaluation.runner import Calibration, Listener, Outcome, calibrate_speakers
from voxaffect.pipeline import Pipeline

R = TypeVar("R")


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

    def check_recordings(self, clips: Sequence[Clip]) -> None:
        """With --strict, read every recording.

        Raises:
            WorkError: one that cannot be read; each is named on standard error.
        """
        if not self.strict:
            return
        tally = clip_by_clip(clips, load_clip, lambda clip, audio: None, verb="Reading")
        if tally.failed:
            raise WorkError(
                f"{len(tally.failed)} of {len(clips)} rows cannot be read, and --strict asks for all: "
                "repair the files, or drop the rows"
            )
        tally.leave()


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


def taking(kind: type[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that an attrs class declares: it is called with one value of the class."""
    shared = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=field.type,
            default=inspect.Parameter.empty if field.default is attrs.NOTHING else field.default,
        )
        for field in attrs.fields(attrs.resolve_types(kind))
    ]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        _, *own = inspect.signature(command, eval_str=True).parameters.values()

        @functools.wraps(command)
        def run(**given: Any) -> None:
            options = kind(**{parameter.name: given.pop(parameter.name) for parameter in shared})
            command(options, **given)

        # Typer takes both from here.
        parameters = [*(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own), *shared]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        return run

    return decorate


@attrs.frozen(eq=False)
class Material:
    """The clips to hear, and how labels and answers are joined.

    Attributes:
        left_out: {label: clips} that --classes left out.
    """

    clips: list[Clip]
    left_out: dict[str, int]
    joining: Joining


@attrs.frozen(eq=False)
class Hearing:
    """What a backend made of the material.

    Attributes:
        outcomes: of the clips that could be heard.
        tally: which could not.
    """

    outcomes: list[Outcome]
    calibration: Calibration | None
    tally: Tally

    @property
    def failed_rows(self) -> list[int]:
        """Rows of the manifest that could not be heard."""
        return [clip.row for clip in self.tally.failed]

    def check(self) -> None:
        """Whether there are figures of it.

        Raises:
            typer.Exit: it was interrupted.
            WorkError: nothing could be heard, or of one speaker or class only.
        """
        if self.tally.interrupted:
            self.tally.leave()
        if not self.outcomes:
            raise WorkError("no clip could be heard")
        with work():
            check_variety([each.clip for each in self.outcomes], "what could be heard")


def hear_all(pipeline: Pipeline, material: Material, options: EvaluationOptions) -> Hearing:
    """Calibrate if asked to, then hear every clip; a clip that fails is named on standard error and left out.

    Raises:
        UsageError: the backend has no classes of its own, and these were asked for.
        WorkError: no speaker can be calibrated.
    """
    clips, calibration = material.clips, None
    with work():
        if options.baseline:
            bar = ProgressBar(len({clip.speaker for clip in clips}), things="speakers")
            calibration = calibrate_speakers(
                pipeline, clips, material.joining, options.baseline, during=bar.during
            )
            clips = calibration.clips
    baselines = {} if calibration is None else calibration.baselines
    listener = Listener(pipeline, material.joining, own_classes=options.own_classes, baselines=baselines)

    def hear(clip: Clip) -> Outcome:
        try:
            return listener.hear(clip)
        except InvalidValueError as error:
            if not options.own_classes:
                raise
            # The same for every clip.
            raise UsageError(f"--own-classes: {error}") from error

    outcomes: list[Outcome] = []
    tally = clip_by_clip(
        clips, hear, lambda clip, outcome: outcomes.append(outcome), verb=f"{pipeline.backend}:"
    )
    return Hearing(outcomes, calibration, tally)


def clip_by_clip(
    clips: Sequence[Clip], do: Callable[[Clip], R], keep: Callable[[Clip, R], None], *, verb: str
) -> Tally:
    """`one_by_one` for the rows of a manifest, whose errors name them."""
    return one_by_one(
        clips,
        do,
        keep,
        words=lambda clip: f"{verb} {clip.file.name}",
        said=lambda error, clip: str(error),
    )


def write_failed(rows: Sequence[int], clips: int) -> None:
    """Say once more, below the figures, what they are not about."""
    if rows:
        named = ", ".join(map(str, rows[:SHOWN])) + (", ..." if len(rows) > SHOWN else "")
        print_labelled("left out", f"{len(rows)} of {clips} clips that could not be heard: rows {named}")


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
