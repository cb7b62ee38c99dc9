"""Both heads of some of the clips: without a baseline of the speaker, and with one."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect.training.examples import COUNTS, draw_examples
from voxaffect.training.fit import balancing, fit_multinomial
from voxaffect.training.model import Head, SpeakerAdaptation, joint_logits
from voxaffect.training.speaker_baselines import BASELINE_CLIPS
from voxaffect.training.table import FeatureTable

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

LEAST_SCALE = 1e-6


@attrs.frozen(eq=False)
class Task:
    """What stays the same in all folds.

    Attributes:
        labels, corpora: (n_clips,) numbers of each clip's class and corpus.
        targets: (n_clips, n_classes) what listeners heard.
        parts: columns of the inputs, see `train_model`.
        neutral: the label of neutral clips, if there are some.
    """

    table: FeatureTable
    labels: Labels
    targets: Array
    corpora: Labels
    penalty: float
    clear_accuracy: float
    parts: tuple[Labels, ...]
    neutral: str | None
    seed: int

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return int(self.targets.shape[1])

    @property
    def adapts(self) -> bool:
        """Whether two speakers have neutral clips enough, so that it shows what they have in common."""
        speakers, counts = np.unique(
            self.table.speakers[self.table.labels == self.neutral], return_counts=True
        )
        return len(speakers[counts > BASELINE_CLIPS]) > 1

    @property
    def of_neutral(self) -> int:
        """The number of the neutral class."""
        return sorted(set(self.table.labels.tolist())).index(str(self.neutral))


@attrs.frozen(eq=False)
class Fitted:
    """Both heads of some of the clips; temperature 1."""

    plain: Head
    adaptation: SpeakerAdaptation | None

    def logits(self, values: Array, baselines: Array | None = None, count: float = 0) -> Array:
        """See `joint_logits`."""
        return joint_logits(self.plain, self.adaptation, values, baselines, count)

    def settled(self, task: Task, evening: float, temperature: float) -> Fitted:
        """With the neutral class's logit shifted, and the temperature."""

        def of(head: Head) -> Head:
            bias = head.bias.copy()
            if task.neutral is not None:
                bias[task.of_neutral] += evening
            return attrs.evolve(head, bias=bias, temperature=temperature)

        adaptation = self.adaptation
        if adaptation is not None:
            adaptation = attrs.evolve(adaptation, head=of(adaptation.head))
        return Fitted(of(self.plain), adaptation)


def shifted(task: Task, logits: Array, evening: float) -> Array:
    """(n_clips, n_classes) with so much added to the logit of neutral, where there is such a class."""
    shifted = logits.copy()
    if task.neutral is not None:
        shifted[:, task.of_neutral] += evening
    return shifted


def fit_heads(task: Task, training: Mask, strangers: Array | None, *, adapted: bool = True) -> Fitted:
    """Originals and copies count the same.

    Args:
        strangers: see `voxaffect.training.examples.draw_examples`.
        adapted: whether the head for speakers of whom something is known is wanted, too.
    """
    rows = task.table.values[:, training].reshape(-1, task.table.values.shape[2])
    there = np.isfinite(rows)
    count = np.maximum(there.sum(axis=0), 1)
    center = np.where(there, rows, 0.0).sum(axis=0) / count
    scale = np.sqrt(np.where(there, np.square(rows - center), 0.0).sum(axis=0) / count)
    scale = np.where(scale > LEAST_SCALE * (1 + np.abs(center)), scale, 1.0)  # a constant says nothing
    rng = np.random.default_rng(task.seed)

    def head(counts: Sequence[int], moved_to: Array | None) -> Head:
        drawn = draw_examples(
            task.table,
            training,
            center,
            counts=counts,
            neutral=task.neutral,
            strangers=moved_to,
            rng=rng,
        )
        return _fit_head(task, drawn.values, drawn.clips, scale)

    # Baselines help the plain head where clips are moved; else they cost .03 of recall on EMO-DB.
    plain = attrs.evolve(head(COUNTS[:1] if strangers is None else COUNTS, strangers), center=center)
    if not (adapted and task.adapts):
        return Fitted(plain, None)
    return Fitted(plain, SpeakerAdaptation(center, head(COUNTS[1:], None)))


def _fit_head(task: Task, values: npt.NDArray[np.floating], clips: Labels, scale: Array) -> Head:
    """Of values less what is usual; temperature 1."""
    n_inputs, n_classes = len(scale), task.n_classes
    nothing = Head(np.zeros(n_inputs), scale, np.zeros((n_inputs, n_classes)), np.zeros(n_classes), 1.0)
    standard = nothing.standardise(values).astype(np.float32)
    importance = balancing(task.labels[clips], task.corpora[clips])
    weights, bias = np.zeros_like(nothing.weights), np.zeros_like(nothing.bias)
    for part in task.parts:
        of_part, bias_of_part = fit_multinomial(
            standard[:, part], task.targets[clips], importance=importance, penalty=task.penalty
        )
        weights[part] = of_part / len(task.parts)
        bias += bias_of_part / len(task.parts)
    return attrs.evolve(nothing, weights=weights, bias=bias)
