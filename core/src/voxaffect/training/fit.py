"""Multinomial logistic regression, fitted with NumPy alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

MOST_STEPS = 500
SETTLED = 1e-5
"""Largest change of a weight in one step at which the fit has arrived."""


def fit_multinomial(
    values: npt.NDArray[np.floating], targets: Array, *, importance: Array, penalty: float
) -> tuple[Array, Array]:
    """Weights and biases that maximise the penalised likelihood.

    Every step minimises a quadratic that lies above the loss everywhere, so none can overshoot, and its
    matrix is the same in all of them: one factorisation of inputs x inputs, however many classes there are.
    Steps are accelerated, and start anew where the acceleration would lead uphill.

    Args:
        values: (n, n_inputs), of about unit variance; large products are taken in their precision.
        targets: (n, n_classes) probabilities of the classes.
        importance: (n,) above 0; scaled to sum to 1.
        penalty: half of it times the sum of the squared weights is added to the mean loss.

    Returns:
        (n_inputs, n_classes) weights, (n_classes,) biases.

    Sources: D. Boehning, "Multinomial logistic regression algorithm" (1992), for the bound;
    B. O'Donoghue & E. Candes, "Adaptive restart for accelerated gradient schemes" (2015).
    """
    n_inputs = values.shape[1]
    with_bias = np.column_stack([values, np.ones(len(values), values.dtype)])
    share = (importance / importance.sum())[:, None].astype(values.dtype)
    targets = targets.astype(values.dtype)
    ridge = np.append(np.full(n_inputs, penalty), 1e-9)[:, None]  # the bias is free
    step_matrix = np.linalg.inv(
        0.5 * ((with_bias * share).T @ with_bias).astype(float) + np.diag(ridge[:, 0])
    )
    weights = np.zeros((n_inputs + 1, targets.shape[1]))
    ahead, momentum = weights, 1.0
    for _ in range(MOST_STEPS):
        error = (softmax(with_bias @ ahead.astype(values.dtype)) - targets) * share
        slope = (with_bias.T @ error).astype(float) + ridge * ahead
        stepped = ahead - step_matrix @ slope
        if np.sum((ahead - stepped) * (stepped - weights)) > 0:
            momentum = 1.0
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = stepped + (momentum - 1) / following * (stepped - weights)
        change = np.max(np.abs(stepped - weights))
        weights, momentum = stepped, following
        if change < SETTLED:
            break
    return weights[:-1], weights[-1]


def softmax(logits: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(..., n_classes) -> probabilities along the last axis, in the same precision."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: npt.NDArray[Any] = raised / raised.sum(axis=-1, keepdims=True)
    return probabilities


def balancing(labels: npt.NDArray[np.intp], corpora: npt.NDArray[np.intp]) -> Array:
    """Importance under which every class counts the same, and within a class every corpus that has it.

    Otherwise a class that is common in one corpus only is recognised by that corpus's microphone.

    Args:
        labels, corpora: (n,) number of each clip's class and corpus.
    """
    cells = labels * (corpora.max(initial=0) + 1) + corpora
    _, cell, count = np.unique(cells, return_inverse=True, return_counts=True)
    class_of_cell = np.zeros(len(count), np.intp)
    class_of_cell[cell] = labels
    corpora_of_class = np.bincount(class_of_cell)
    importance: Array = 1.0 / (count[cell] * corpora_of_class[labels])
    return importance


TEMPERATURES = np.geomspace(0.2, 5.0, 97)


def best_temperature(logits: Array, labels: npt.NDArray[np.intp], importance: Array) -> float:
    """The temperature under which held-out answers are likeliest.

    Args:
        logits: (n, n_classes) of clips whose speakers the fit has not heard.

    Source: C. Guo, G. Pleiss, Y. Sun & K. Weinberger, "On calibration of modern neural networks" (2017).
    """
    rows = np.arange(len(labels))
    losses = [
        -np.average(np.log(softmax(logits / t)[rows, labels] + 1e-12), weights=importance)
        for t in TEMPERATURES
    ]
    return float(TEMPERATURES[int(np.argmin(losses))])
