"""From which confidence an answer is clear, chosen on speakers that the model has not heard."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

THRESHOLDS = np.linspace(0.0, 0.95, 96)

LEAST_COVERAGE = 0.25
"""A model that never reaches the accuracy asked for still answers this share, its surest."""


def clear_from(
    correct: npt.NDArray[np.bool_], confidence: Array, importance: Array, *, wanted: float
) -> float:
    """The lowest confidence such that of the answers given with it or more, `wanted` are right.

    Args:
        correct, confidence: (n,) of answers about speakers that were not heard.
        importance: (n,) above 0.
        wanted: share right, 0..1.

    Returns:
        A threshold in steps of 0.01; 0 where every answer may be given. Where no threshold reaches what is
        wanted, the one of the highest accuracy that leaves a quarter of the answers.

    Source: Geifman & El-Yaniv (2017), "Selective classification for deep neural networks", NeurIPS 30.
    """
    kept = confidence >= THRESHOLDS[:, None]  # (n_thresholds, n)
    coverage = kept @ importance / importance.sum()
    accuracy = kept @ (importance * correct) / np.maximum(kept @ importance, np.finfo(float).tiny)
    good = (accuracy >= wanted) & (coverage >= LEAST_COVERAGE)
    if good.any():
        return float(THRESHOLDS[int(good.argmax())])
    return float(THRESHOLDS[int(np.where(coverage >= LEAST_COVERAGE, accuracy, -1.0).argmax())])


def over_corpora(corpora: npt.NDArray[np.intp]) -> Array:
    """(n,) importance under which every corpus counts the same, and within it every clip."""
    _, corpus, count = np.unique(corpora, return_inverse=True, return_counts=True)
    importance: Array = 1.0 / count[corpus]
    return importance
