"""What models said of speakers they had not heard, as an evaluation reports it."""

from __future__ import annotations

import numpy as np

from voxaffect.evaluation.bootstrap import RESAMPLES
from voxaffect.evaluation.labels import EmotionClass, Joining
from voxaffect.evaluation.report import Report, summarise
from voxaffect.evaluation.runner import Outcome
from voxaffect.training.left_out import HeldOut
from voxaffect.training.table import FeatureTable
from voxaffect.types import MIDDLE


def held_out_report(
    name: str,
    table: FeatureTable,
    held_out: HeldOut,
    classes: tuple[str, ...],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Report:
    """The same figures, intervals and groups as of `voxaffect evaluate --own-classes`.

    Dimensions and times are not judged: the clips carry no ratings, and nothing was timed.
    """
    words = tuple(EmotionClass(label, (label,)) for label in classes)
    joining = Joining(words, {label: label for label in classes}, {label: label for label in classes})
    return summarise(name, _outcomes(table, held_out, classes), joining, resamples=resamples, seed=seed)


def _outcomes(table: FeatureTable, held_out: HeldOut, classes: tuple[str, ...]) -> list[Outcome]:
    return [
        Outcome(
            clip=clip,
            true=clip.label,
            speech=True,
            scores=dict(zip(classes, held_out.probabilities[row].tolist(), strict=True)),
            lost={},
            answers=frozenset(classes),
            dimensions=MIDDLE,
            duration_s=1.0,
            hearing_s=float("nan"),
            clear=bool(held_out.clear[row]),
        )
        for row, clip in enumerate(table.clips)
        if np.asarray(held_out.judged)[row]
    ]
