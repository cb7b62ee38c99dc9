"""What models say of clips whose speakers, or whose corpora, they have not heard."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect.training.calibration import clear_above, is_clear, temperature_of
from voxaffect.training.fit import softmax
from voxaffect.training.heads import Task, fit_heads, shifted
from voxaffect.training.speaker_baselines import BASELINE_CLIPS, first_clips

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


@attrs.frozen(eq=False)
class HeldOut:
    """What models said of clips whose speakers, or whose corpora, they had not heard.

    Attributes:
        judged: (n_clips,) the clips that count.
        probabilities: (n_clips, n_classes), calibrated on others still.
        clear: (n_clips,) whether one class is clear.
    """

    judged: Mask
    probabilities: Array
    clear: Mask


@attrs.frozen(eq=False)
class LeftOut:
    """Logits of each clip by the heads that have not heard its fold.

    Attributes:
        plain, adapted: (n_clips, n_classes) without a baseline, and with one; `adapted` None where no model
            has weights for it.
        judged: (n_clips,) those with a baseline that they are no part of.
    """

    folds: Labels
    plain: Array
    adapted: Array | None
    judged: Mask


def leave_out(task: Task, folds: Labels, strangers: Array | None) -> LeftOut:
    """Fit heads once a fold, without it.

    Args:
        folds: (n_clips,) numbers from 0.
        strangers: see `voxaffect.training.examples.draw_examples`.
    """
    plain = np.empty((len(folds), task.n_classes))
    adapted = np.empty_like(plain)
    baselines, judged = (None, np.zeros(len(folds), np.bool_))
    if task.neutral is not None:
        baselines, judged = first_clips(task.table, task.neutral)
    for fold in range(int(folds.max()) + 1):
        own = folds == fold
        fitted = fit_heads(task, ~own, strangers)
        values = task.table.values[0, own]
        plain[own] = fitted.logits(values)
        if baselines is not None:
            adapted[own] = fitted.logits(values, baselines[0, own], BASELINE_CLIPS)
    return LeftOut(folds, plain, adapted if task.adapts and judged.any() else None, judged)


def held_out(
    task: Task, folds: Labels, logits: Array, evening: float, caution: float | None, judged: Mask
) -> HeldOut:
    """Calibrated, fold by fold, on the other folds; and what is clear, by a threshold of the others too."""
    logits = shifted(task, logits, evening)
    probabilities, clear = np.empty_like(logits), np.zeros(len(folds), np.bool_)
    for fold in range(int(folds.max()) + 1):
        own, others = folds == fold, judged & (folds != fold)
        others = others if others.any() else judged  # no other corpus has neutral clips
        calibrated = logits / temperature_of(task, logits, others)
        probabilities[own] = softmax(calibrated[own])
        above = clear_above(task, calibrated, caution, others)
        clear[own] = is_clear(task, calibrated[own], caution, above)
    return HeldOut(judged, probabilities, clear)
