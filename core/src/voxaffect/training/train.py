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
from voxaffect.training.calibration import (
    STRANGER_FOLDS,
    STRANGERS_TOLD,
    caution_of,
    clear_above,
    evening_of,
    temperature_of,
)
from voxaffect.training.examples import neutral_places
from voxaffect.training.familiarity import Familiarity, fit_familiarity
from voxaffect.training.heads import Task, fit_heads, shifted
from voxaffect.training.labels import place_labels
from voxaffect.training.left_out import HeldOut, LeftOut, held_out, leave_out
from voxaffect.training.model import Head, LinearModel
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


@attrs.frozen(eq=False)
class Trained:
    """A model of all clips, and what its like said of those left out; `with_baseline` None without.

    Attributes:
        plain, with_baseline: of speakers not heard; without anything known of them, and with three neutral
            clips of each.
        abroad, abroad_with_baseline: the same of corpora not heard; None where there is one corpus only.
        clear_accuracy: the share right that its threshold was chosen for.
        strangers_told: share of neutral strangers told an emotion by models that had not heard their corpus;
            None without strangers.
    """

    model: LinearModel
    plain: HeldOut
    with_baseline: HeldOut | None
    abroad: HeldOut | None = None
    abroad_with_baseline: HeldOut | None = None
    clear_accuracy: float = CLEAR_ACCURACY
    strangers_told: float | None = None


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
    strangers: FeatureTable | None = None,
    strangers_told: float = STRANGERS_TOLD,
    seed: int = 0,
) -> Trained:
    """Leave speakers out, then corpora, to calibrate and to say how right the like are; then fit all clips.

    Where a clip has votes, these are what the model learns to predict, not the label alone: of a voice that
    half of the listeners took for neutral it should be half as sure. What the model knows of a speaker, from
    nothing to many utterances, it is trained for, see `voxaffect.training.examples`.

    Args:
        neutral: the label of neutral clips; None for none, and then no weights for a baseline.
        places: {label: where it lies}, for labels that `place_labels` does not know.
        clear_accuracy: share right, among what was not heard, that a clear answer should reach.
        parts: inputs that belong together, such as those of one level of a network: numbers of columns, each
            in one part. A head is fitted to each part alone, and the model's logits are the mean of theirs.
            Where inputs are many for the clips there are, they lean less on one corpus's ways than one head
            of all inputs does. One part, of all inputs, if None.
        strangers: neutral speech of other people, measured as the clips were: where else neutral voices lie.
            It becomes no class, since a model would take its microphones for the class.
        strangers_told: share of them, by models that have not heard their corpus, who may be told an emotion.
    """
    classes = tuple(sorted(set(table.labels.tolist())))
    labels = np.searchsorted(np.array(classes), table.labels)
    corpora = np.unique([clip.corpus or "" for clip in table.clips], return_inverse=True)[1]
    parts = (np.arange(table.values.shape[2]),) if parts is None else tuple(parts)
    known = neutral if neutral in classes else None
    task = Task(table, labels, table.targets(classes), corpora, penalty, clear_accuracy, parts, known, seed)
    everyone = np.ones(len(table.clips), np.bool_)
    places_of_strangers = None if strangers is None else neutral_places(strangers)

    by_speaker = leave_out(task, speaker_folds(table), places_of_strangers)
    by_corpus = leave_out(task, corpora, places_of_strangers) if len(set(corpora.tolist())) > 1 else None
    unheard = by_corpus or by_speaker
    evening, caution, told = 0.0, None, None
    if strangers is not None and known is not None:
        of_all = [by_speaker, *([] if by_corpus is None else [by_corpus])]
        answers = [(each.plain, everyone) for each in of_all]
        answers += [(each.adapted, each.judged) for each in of_all if each.adapted is not None]
        evening = evening_of(task, answers)
    logits = shifted(task, unheard.plain, evening)
    temperature = temperature_of(task, logits, everyone)
    if strangers is not None and known is not None:
        caution, told = caution_of(task, strangers, evening, temperature, strangers_told)
    threshold = clear_above(task, logits / temperature, caution, everyone)

    fitted = fit_heads(task, everyone, places_of_strangers).settled(task, evening, temperature)
    familiarity = _familiarity(fitted.plain, table, strangers, corpora)
    model = LinearModel(
        extractor,
        classes,
        place_labels(classes, places),
        table.functionals,
        table.embedding_size,
        fitted.plain,
        fitted.adaptation,
        max_confidence,
        threshold,
        known,
        caution,
        familiarity,
    )

    def said(of: LeftOut | None, *, with_baseline: bool) -> HeldOut | None:
        if of is None:
            return None
        logits, judged = (of.adapted, of.judged) if with_baseline else (of.plain, everyone)
        if logits is None:
            return None
        return held_out(task, of.folds, logits, evening, caution, judged)

    plain = said(by_speaker, with_baseline=False)
    assert plain is not None
    return Trained(
        model,
        plain,
        said(by_speaker, with_baseline=True),
        said(by_corpus, with_baseline=False),
        said(by_corpus, with_baseline=True),
        clear_accuracy,
        told,
    )


def _familiarity(
    head: Head, table: FeatureTable, strangers: FeatureTable | None, corpora: Labels
) -> Familiarity | None:
    """Of all versions of all clips; of one corpus alone speakers are left out, else corpora are."""
    tables = [table] if strangers is None else [table, strangers]
    folds = corpora if len(set(corpora.tolist())) > 1 else speaker_folds(table)
    of_tables = [folds]
    if strangers is not None:
        of_strangers = np.unique([clip.corpus or "" for clip in strangers.clips], return_inverse=True)[1]
        of_tables.append(folds.max() + 1 + of_strangers % STRANGER_FOLDS)
    values = np.concatenate([each.values.reshape(-1, each.values.shape[2]) for each in tables])
    rows = np.concatenate(
        [np.tile(each, len(one.values)) for each, one in zip(of_tables, tables, strict=True)]
    )
    heard = np.isfinite(values).any(axis=1)
    return fit_familiarity(head.standardise(values[heard]), rows[heard])


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
