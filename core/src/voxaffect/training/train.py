"""From a table of features to a calibrated model, and how right it is about speakers it has not heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect.evaluation.metrics import (
    expected_calibration_error,
    per_class_recall,
    unweighted_average_recall,
    weighted_accuracy,
)
from voxaffect.training.abstention import clear_from, over_corpora
from voxaffect.training.fit import balancing, best_temperature, fit_multinomial, softmax
from voxaffect.training.labels import place_labels
from voxaffect.training.model import Head, LinearModel, SpeakerAdaptation, relative_to_speaker
from voxaffect.training.speaker_baselines import drawn_clips, first_clips, usual_and_trust
from voxaffect.training.table import FeatureTable
from voxaffect.types import PrimaryDimensions

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

PENALTY = 0.1
"""Of `fit_multinomial`. From 0.03 to 0.3 the recall of seven classes on EMO-DB falls by four points, that of
four classes on the other corpus, through other channels, rises by up to six."""

FOLDS = 10
"""Of speakers, at most; each is left out once. Ten speakers are left out one by one."""

CLEAR_ACCURACY = 0.7
"""Share right that a clear answer should reach. A choice: seven in ten is worth telling, five is not."""

LEAST_SCALE = 1e-6


@attrs.frozen(eq=False)
class HeldOut:
    """What models said of clips whose speakers they had not heard.

    Attributes:
        judged: (n_clips,) the clips that count.
        probabilities: (n_clips, n_classes), calibrated on other speakers still.
        clear: (n_clips,) whether the likeliest is clear, by a threshold chosen on other speakers too.
    """

    judged: Mask
    probabilities: Array
    clear: Mask


@attrs.frozen(eq=False)
class Trained:
    """A model of all clips, and what its like said of those left out; `with_baseline` None without.

    Attributes:
        clear_accuracy: the share right that its threshold was chosen for.
    """

    model: LinearModel
    plain: HeldOut
    with_baseline: HeldOut | None
    clear_accuracy: float = CLEAR_ACCURACY


def train_model(
    table: FeatureTable,
    *,
    extractor: str,
    neutral: str | None = "neutral",
    penalty: float = PENALTY,
    places: Mapping[str, PrimaryDimensions] | None = None,
    max_confidence: float = 1.0,
    clear_accuracy: float = CLEAR_ACCURACY,
    parts: Sequence[Labels] | None = None,
    seed: int = 0,
) -> Trained:
    """Cross-validate by speaker, calibrate on the speakers left out, then fit all of them.

    Where a clip has votes, these are what the model learns to predict, not the label alone: of a voice that
    half of the listeners took for neutral it should be half as sure.

    Args:
        neutral: the label of neutral clips, for weights relative to a speaker's baseline; None for none.
        places: {label: where it lies}, for labels that `place_labels` does not know.
        clear_accuracy: share right, among speakers not heard, that a clear answer should reach.
        parts: inputs that belong together, such as those of one level of a network: numbers of columns, each
            in one part. A head is fitted to each part alone, and the model's logits are the mean of theirs.
            Where inputs are many for the clips there are, they lean less on one corpus's ways than one head
            of all inputs does. One part, of all inputs, if None.
    """
    classes = tuple(sorted(set(table.labels.tolist())))
    labels = np.searchsorted(np.array(classes), table.labels)
    corpora = np.unique([clip.corpus or "" for clip in table.clips], return_inverse=True)[1]
    parts = (np.arange(table.values.shape[2]),) if parts is None else tuple(parts)
    task = _Task(table, labels, table.targets(classes), corpora, penalty, clear_accuracy, parts)
    folds, everyone = speaker_folds(table), np.ones(len(table.clips), np.bool_)
    numbers = range(int(folds.max()) + 1)

    heads = [_fit(task, table.values, folds != fold) for fold in numbers]
    plain, temperature, clear_above = _held_out(task, heads, table.values, folds, everyone)
    head = attrs.evolve(_fit(task, table.values, everyone), temperature=temperature)

    adaptation, adapted = None, None
    if neutral is not None and neutral in classes:
        drawn, usable = drawn_clips(table, neutral, np.random.default_rng(seed))
        if len(set(table.speakers[usable].tolist())) > 1:
            first, judged = first_clips(table, neutral)
            relative = np.empty_like(table.values)
            heads = []
            for fold in numbers:
                own, others = folds == fold, usable & (folds != fold)
                of_fold = _adapt(task, drawn, neutral, others)
                relative[:, own] = of_fold.relative(table.values[:, own], first[:, own])
                heads.append(of_fold.head)
            adapted, temperature, _ = _held_out(task, heads, relative, folds, judged)
            adaptation = _adapt(task, drawn, neutral, usable, temperature)
    model = LinearModel(
        extractor,
        classes,
        place_labels(classes, places),
        table.functionals,
        table.embedding_size,
        head,
        adaptation,
        max_confidence,
        clear_above,
    )
    return Trained(model, plain, adapted, clear_accuracy)


def speaker_folds(table: FeatureTable) -> npt.NDArray[np.intp]:
    """(n_clips,) which fold a clip is left out in; speakers are dealt out, so that corpora spread evenly."""
    speakers = sorted(set(table.speakers.tolist()))
    count = min(FOLDS, len(speakers))
    fold_of = {speaker: number % count for number, speaker in enumerate(speakers)}
    return np.array([fold_of[speaker] for speaker in table.speakers.tolist()])


def figures(
    table: FeatureTable, held_out: HeldOut, classes: tuple[str, ...], chosen: Mask | None = None
) -> dict[str, Any]:
    """UAR, accuracy, calibration error, recalls, and what is clear, of the clips that count."""
    judged = held_out.judged if chosen is None else held_out.judged & chosen
    true = table.labels[judged]
    probabilities = held_out.probabilities[judged]
    predicted = np.array(classes)[probabilities.argmax(axis=1)]
    clear = held_out.clear[judged]
    return {
        "clips": len(true),
        "speakers": len(set(table.speakers[judged].tolist())),
        "uar": unweighted_average_recall(true, predicted),
        "accuracy": weighted_accuracy(true, predicted),
        "ece": expected_calibration_error(true == predicted, probabilities.max(axis=1)),
        "clear": {
            "coverage": float(clear.mean()) if len(clear) else float("nan"),
            "accuracy": weighted_accuracy(true[clear], predicted[clear]),
        },
        "recall": per_class_recall(true, predicted),
    }


@attrs.frozen(eq=False)
class _Task:
    """What stays the same in all folds.

    Attributes:
        labels, corpora: (n_clips,) numbers of each clip's class and corpus.
        targets: (n_clips, n_classes) what listeners heard.
        parts: columns of the inputs, see `train_model`.
    """

    table: FeatureTable
    labels: Labels
    targets: Array
    corpora: Labels
    penalty: float
    clear_accuracy: float
    parts: tuple[Labels, ...]

    @property
    def n_classes(self) -> int:
        return int(self.targets.shape[1])


def _fit(task: _Task, values: Array, training: Mask) -> Head:
    """(1 + n_copies, n_clips, n_inputs): originals and copies count the same; temperature 1."""
    rows = values[:, training].reshape(-1, values.shape[2])
    heard = np.isfinite(rows).any(axis=1)  # noise can drown a copy
    rows = rows[heard]
    labels, corpora = (np.tile(each[training], len(values))[heard] for each in (task.labels, task.corpora))
    targets = np.tile(task.targets[training], (len(values), 1))[heard]
    there = np.isfinite(rows)
    count = np.maximum(there.sum(axis=0), 1)
    center = np.where(there, rows, 0.0).sum(axis=0) / count
    scale = np.sqrt(np.where(there, np.square(rows - center), 0.0).sum(axis=0) / count)
    scale = np.where(scale > LEAST_SCALE * (1 + np.abs(center)), scale, 1.0)  # a constant says nothing
    nothing = Head(center, scale, np.zeros((len(center), task.n_classes)), np.zeros(task.n_classes), 1.0)
    standard, importance = nothing.standardise(rows), balancing(labels, corpora)
    weights, bias = np.zeros_like(nothing.weights), np.zeros_like(nothing.bias)
    for part in task.parts:
        of_part, bias_of_part = fit_multinomial(
            standard[:, part], targets, importance=importance, penalty=task.penalty
        )
        weights[part] = of_part / len(task.parts)
        bias += bias_of_part / len(task.parts)
    return attrs.evolve(nothing, weights=weights, bias=bias)


def _adapt(
    task: _Task, drawn: Array, neutral: str, training: Mask, temperature: float = 1.0
) -> SpeakerAdaptation:
    usual, trust = usual_and_trust(task.table, neutral, training)
    head = _fit(task, relative_to_speaker(task.table.values, drawn, usual, trust), training)
    return SpeakerAdaptation(usual, trust, attrs.evolve(head, temperature=temperature))


def _held_out(
    task: _Task, heads: list[Head], values: Array, folds: Labels, judged: Mask
) -> tuple[HeldOut, float, float]:
    """Each clip by the head that has not heard its speaker; and the temperature and threshold of them all.

    What is said of a fold is calibrated on the other folds; temperature and threshold of all are the model's.
    """
    logits = np.empty((len(folds), task.n_classes))
    for fold, head in enumerate(heads):
        logits[folds == fold] = head.logits(values[0, folds == fold])
    probabilities = np.empty_like(logits)
    for fold in range(len(heads)):
        own = folds == fold
        probabilities[own] = softmax(logits[own] / _temperature(task, logits, judged & ~own))
    clear = np.zeros(len(folds), np.bool_)
    for fold in range(len(heads)):
        own = folds == fold
        clear[own] = probabilities[own].max(axis=1) >= _threshold(task, probabilities, judged & ~own)
    held_out = HeldOut(judged, probabilities, clear)
    return held_out, _temperature(task, logits, judged), _threshold(task, probabilities, judged)


def _temperature(task: _Task, logits: Array, chosen: Mask) -> float:
    """Under which most listeners' choice is likeliest, classes being as common as they are."""
    return best_temperature(logits[chosen], task.labels[chosen], over_corpora(task.corpora[chosen]))


def _threshold(task: _Task, probabilities: Array, chosen: Mask) -> float:
    of_chosen = probabilities[chosen]
    return clear_from(
        of_chosen.argmax(axis=1) == task.labels[chosen],
        of_chosen.max(axis=1),
        over_corpora(task.corpora[chosen]),
        wanted=task.clear_accuracy,
    )
