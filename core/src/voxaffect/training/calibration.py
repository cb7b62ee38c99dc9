"""How sure a model is to be, and of what it had better be silent: fitted to what it has not heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from voxaffect.context import EMOTIONAL
from voxaffect.evaluation.metrics import unweighted_average_recall
from voxaffect.training.abstention import clear_from, over_corpora
from voxaffect.training.examples import neutral_places
from voxaffect.training.fit import balancing, best_temperature, softmax
from voxaffect.training.heads import Task, fit_heads, shifted
from voxaffect.training.model import emotional_share, names_one
from voxaffect.training.table import FeatureTable

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

STRANGERS_TOLD = 0.06
"""Share of neutral strangers who may be told an emotion. A choice: of nine in ten nothing wrong is to be
said, and others will be stranger still."""

STRANGER_FOLDS = 5
"""Of their corpora; each is left out once, to see what is said of it."""

CAUTION = np.arange(0.0, 6.01, 0.1)
EVENING = np.arange(-3.0, 1.01, 0.25)
"""What is tried, in units of the logarithm of the odds."""


def temperature_of(task: Task, logits: Array, chosen: Mask) -> float:
    """Under which most listeners' choice is likeliest, where every class is as common as every other.

    The probabilities are of that case. Of most recordings of a corpus being neutral, or angry, a stranger's
    voice knows nothing.
    """
    labels = task.labels[chosen]
    return best_temperature(logits[chosen], labels, balancing(labels, task.corpora[chosen]))


def evening_of(task: Task, answers: Sequence[tuple[Array, Mask]]) -> float:
    """What to add to the logit of neutral, so that the classes are recalled best on the average.

    Moved to strangers' voices, every class comes to lie between them, and neutral, the middle, gains.

    Args:
        answers: logits of what was not heard, (n_clips, n_classes), and which of them count.
    """

    def recall(evening: float) -> float:
        recalls = []
        for logits, judged in answers:
            said = shifted(task, logits, evening).argmax(axis=1)
            for corpus in np.unique(task.corpora):
                own = judged & (task.corpora == corpus)
                if own.any():
                    recalls.append(unweighted_average_recall(task.labels[own], said[own]))
        return float(np.mean(recalls))

    return float(max(EVENING, key=recall))


def caution_of(
    task: Task, strangers: FeatureTable, evening: float, temperature: float, most: float
) -> tuple[float, float]:
    """The least at which few strangers are told an emotion, and the share of them, by models without them.

    All their copies count, and each of their corpora the same.
    """
    corpora = np.array([clip.corpus or "" for clip in strangers.clips])
    fold_of = {name: number % STRANGER_FOLDS for number, name in enumerate(sorted(set(corpora.tolist())))}
    folds = np.array([fold_of[name] for name in corpora.tolist()])
    everyone = np.ones(len(task.labels), np.bool_)
    logits = np.empty((*strangers.values.shape[:2], task.n_classes))
    for fold in set(folds.tolist()):
        others = strangers.select(folds != fold) if (folds != fold).any() else None
        places = None if others is None else neutral_places(others)
        fitted = fit_heads(task, everyone, places, adapted=False)
        logits[:, folds == fold] = fitted.settled(task, evening, temperature).logits(
            strangers.values[:, folds == fold]
        )
    heard = np.isfinite(strangers.values).any(axis=2)

    def told(caution: float) -> float:
        emotional = np.greater_equal(emotional_share(logits, task.of_neutral, caution), EMOTIONAL)
        of_corpora = [(corpora == name) & heard for name in fold_of]
        return float(np.mean([emotional[of_corpus].mean() for of_corpus in of_corpora]))

    enough = next((each for each in CAUTION if told(each) <= most), CAUTION[-1])
    return float(enough), told(enough)


def clear_above(task: Task, logits: Array, caution: float | None, chosen: Mask) -> float:
    """`LinearModel.clear_from`, so that as many of the clear answers are right as the task asks for."""
    probabilities, importance = softmax(logits), over_corpora(task.corpora[chosen])
    if caution is None:
        right = probabilities.argmax(axis=1) == task.labels
        return clear_from(
            right[chosen], probabilities[chosen].max(axis=1), importance, wanted=task.clear_accuracy
        )
    emotional = emotional_share(logits, task.of_neutral, caution)
    told = chosen & (emotional >= EMOTIONAL) & (probabilities.argmax(axis=1) != task.of_neutral)
    if not told.any():
        return 1.0
    others = probabilities.copy()
    others[:, task.of_neutral] = 0.0
    share = others.max(axis=1) / others.sum(axis=1)
    right = others.argmax(axis=1) == task.labels
    return clear_from(right[told], share[told], over_corpora(task.corpora[told]), wanted=task.clear_accuracy)


def is_clear(task: Task, logits: Array, caution: float | None, above: float) -> Mask:
    """(n_clips, n_classes) calibrated logits -> (n_clips,), see `LinearModel.is_unclear`."""
    probabilities = softmax(logits)
    if caution is None:
        clear: Mask = probabilities.max(axis=1) >= above
        return clear
    emotional = emotional_share(logits, task.of_neutral, caution)
    return names_one(probabilities, emotional, task.of_neutral, above)
