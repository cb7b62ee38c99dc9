"""Figures of how right labels, probabilities and dimensions are; each a function of whole columns.

Every function takes equally long columns, one value a clip, and gives NaN where the figure is undefined.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

Column = Sequence[Any] | npt.NDArray[Any]

CALIBRATION_BINS = 15
"""Of equal width over 0..1. Source: Guo, Pleiss, Sun & Weinberger (2017), "On calibration of modern neural
networks", ICML."""


@attrs.frozen
class ReliabilityBin:
    """The clips whose confidence lies in one bin.

    Attributes:
        low, high: the bin holds confidences above `low`, up to and with `high`; the first holds 0 too.
        count: clips in it.
        confidence, accuracy: their means; NaN where there are none.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def confusion(true: Column, predicted: Column, classes: Column) -> npt.NDArray[np.int64]:
    """(n_classes, n_classes) clips by true class, down, and predicted class, across.

    A prediction that is none of the classes, e.g. an abstention, is in no column.
    """
    true, predicted = np.asarray(true), np.asarray(predicted)
    return np.array(
        [[np.count_nonzero((true == row) & (predicted == column)) for column in classes] for row in classes],
        np.int64,
    ).reshape(len(classes), len(classes))


def per_class_recall(true: Column, predicted: Column) -> dict[Any, float]:
    """{class that occurs among the true: share of its clips that were predicted as it}."""
    truth, right = np.asarray(true), np.asarray(true) == np.asarray(predicted)
    classes, index = np.unique(truth, return_inverse=True)
    recalls = np.bincount(index, weights=right, minlength=len(classes)) / np.bincount(index)
    return dict(zip(classes.tolist(), recalls.tolist(), strict=True))


def unweighted_average_recall(true: Column, predicted: Column) -> float:
    """Mean of the recalls of the classes that occur among the true: UAR, "balanced accuracy".

    Source: Schuller, Steidl & Batliner (2009), "The INTERSPEECH 2009 emotion challenge".
    """
    recalls = per_class_recall(true, predicted)
    return float(np.mean(list(recalls.values()))) if recalls else float("nan")


def weighted_accuracy(true: Column, predicted: Column) -> float:
    """Share of the clips that were predicted right: recall weighted by how common each class is."""
    right = np.asarray(true) == np.asarray(predicted)
    return float(right.mean()) if right.size else float("nan")


def concordance(true: Column, estimated: Column) -> float:
    """Concordance correlation coefficient (CCC), -1..1: 1 only where every value is equal.

    Source: Lin (1989), "A concordance correlation coefficient to evaluate reproducibility", Biometrics 45.
    """
    x, y = np.asarray(true, np.float64), np.asarray(estimated, np.float64)
    if x.size < 2:
        return float("nan")
    spread = x.var() + y.var() + (x.mean() - y.mean()) ** 2
    return float(2 * np.mean((x - x.mean()) * (y - y.mean())) / spread) if spread > 0 else float("nan")


def pearson_r(true: Column, estimated: Column) -> float:
    """Pearson's correlation, -1..1, blind to scale and offset; NaN where one column is constant."""
    x, y = np.asarray(true, np.float64), np.asarray(estimated, np.float64)
    if x.size < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    x, y = x - x.mean(), y - y.mean()
    return float(np.mean(x * y) / (x.std() * y.std()))


def reliability(
    correct: Column, confidence: Column, *, bins: int = CALIBRATION_BINS
) -> tuple[ReliabilityBin, ...]:
    """How often the answers given with each confidence are right, in bins of equal width.

    Args:
        correct: whether each answer is right.
        confidence: probability given to each answer, 0..1.
    """
    right, sure = np.asarray(correct, np.float64), np.asarray(confidence, np.float64)
    index = _bin_index(sure, bins)
    counts = np.bincount(index, minlength=bins)
    none = np.where(counts > 0, 1.0, np.nan)
    means = [
        np.bincount(index, weights=column, minlength=bins) / np.maximum(counts, 1) * none
        for column in (sure, right)
    ]
    return tuple(
        ReliabilityBin(number / bins, (number + 1) / bins, int(counts[number]), float(mean), float(share))
        for number, (mean, share) in enumerate(zip(*means, strict=True))
    )


def expected_calibration_error(correct: Column, confidence: Column, *, bins: int = CALIBRATION_BINS) -> float:
    """Mean distance of confidence from accuracy over the bins, by clips in each: ECE, 0 the best.

    Source: Guo et al. (2017), see `CALIBRATION_BINS`; the confidence is that of the likeliest class.
    """
    right, sure = np.asarray(correct, np.float64), np.asarray(confidence, np.float64)
    if not right.size:
        return float("nan")
    gaps = np.bincount(_bin_index(sure, bins), weights=sure - right, minlength=bins)
    return float(np.abs(gaps).sum() / right.size)


def accuracy_at_coverage(correct: Column, confidence: Column, coverage: float) -> float:
    """Share right of the `coverage` most confident share of the answers, 0..1; ties fall in clip order.

    Source: El-Yaniv & Wiener (2010), "On the foundations of noise-free selective classification", JMLR 11.
    """
    right, sure = np.asarray(correct, np.float64), np.asarray(confidence, np.float64)
    kept = np.argsort(-sure, kind="stable")[: round(coverage * right.size)]
    return float(right[kept].mean()) if kept.size else float("nan")


def area_under_risk_coverage(correct: Column, confidence: Column) -> float:
    """AURC, 0..1, 0 the best: the mean, over all coverages, of the share wrong of what is answered.

    Of answers of one confidence, each is as likely as the other to be given first.

    Source: Geifman, Uziel & El-Yaniv (2019), "Bias-reduced uncertainty estimation for deep neural
    classifiers", ICLR.
    """
    right, sure = np.asarray(correct, np.float64), np.asarray(confidence, np.float64)
    if not right.size:
        return float("nan")
    _, index = np.unique(-sure, return_inverse=True)  # the surest first
    counts = np.bincount(index)
    wrong = (np.bincount(index, weights=1 - right) / counts)[np.sort(index)]  # spread over equals
    return float(np.mean(np.cumsum(wrong) / np.arange(1, right.size + 1)))


def _bin_index(confidence: npt.NDArray[np.float64], bins: int) -> npt.NDArray[np.int64]:
    """Bin of each confidence: above i / bins, up to and with (i + 1) / bins."""
    # Rounded, since 0.2 * 15 is a hair above 3 and would leave the bin that 3/15 closes.
    index: npt.NDArray[np.int64] = np.ceil(np.round(confidence * bins, 9)).astype(np.int64) - 1
    return np.clip(index, 0, bins - 1)
