"""The clips of a manifest worked through: each is heard, or named and left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import attrs

from voxaffect.cli.errors import UsageError, WorkError, work
from voxaffect.cli.evaluation_options import EvaluationOptions, Material
from voxaffect.cli.one_by_one import Tally, one_by_one
from voxaffect.cli.terminal import ProgressBar, print_labelled
from voxaffect.errors import InvalidValueError
from voxaffect.evaluation.clip_sound import load_clip
from voxaffect.evaluation.manifest import SHOWN, Clip, check_variety
from voxaffect.evaluation.runner import Calibration, Listener, Outcome, calibrate_speakers
from voxaffect.pipeline import Pipeline

R = TypeVar("R")


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
    listener = Listener(
        pipeline,
        material.joining,
        own_classes=options.own_classes,
        baselines=baselines,
        adapt=options.adapt is not None,
    )

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
        which = f"row{'' if len(rows) == 1 else 's'} {named}"
        print_labelled("left out", f"{len(rows)} of {clips} clips that could not be heard: {which}")


def check_recordings(clips: Sequence[Clip]) -> None:
    """Read every recording, as --strict asks.

    Raises:
        WorkError: one that cannot be read; each is named on standard error.
    """
    tally = clip_by_clip(clips, load_clip, lambda clip, audio: None, verb="Reading")
    if tally.interrupted:
        tally.leave()
    if tally.failed:
        raise WorkError(
            f"{len(tally.failed)} of {len(clips)} rows cannot be read, and --strict asks for all: "
            "repair the files, or drop the rows"
        )


def calibration_to_dict(calibration: Calibration | None, count: int) -> dict[str, Any] | None:
    """As JSON has it; None without calibration."""
    if calibration is None:
        return None
    return {"clips": count, "speakers": len(calibration.baselines), "without": dict(calibration.without)}
