"""How far a sound lies from all that a model has heard in training, whichever class it may resemble.

Measures of speech go together: most of what they do shows in a few directions. What does not fit into these
(laughter, an animal, a word too short to measure) leaves a large remainder, and is better not judged.
"""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]

DIRECTIONS = 32
"""At most a quarter of the inputs. With 128 laughter stands out no more, in a model four times as large."""

UNHEARD_BEYOND = 0.01
"""Share of what was left out of training that lies beyond the limit."""


LEAST_LIMIT = 1e-6
"""What rounding leaves."""


@attrs.frozen(eq=False)
class Familiarity:
    """What training heard.

    Attributes:
        directions: (n_inputs, k) orthonormal, in which its deviations lie.
        limit: squared remainder that is still familiar.
    """

    directions: Array
    limit: float

    def distance(self, deviations: Array) -> Array:
        """(..., n_inputs), see `Head.standardise` -> (...) the squared remainder over the limit."""
        found: Array = remainder(deviations, self.directions) / self.limit
        return found


def remainder(deviations: Array, directions: Array) -> Array:
    """(..., n_inputs) -> (...) squared length of what the directions do not hold."""
    inside = np.square(deviations @ directions).sum(axis=-1)
    outside: Array = np.maximum(np.square(deviations).sum(axis=-1) - inside, 0.0)
    return outside


def fit_familiarity(deviations: Array, folds: Labels) -> Familiarity | None:
    """Directions of all rows; the limit is of rows judged by directions of the other folds.

    Args:
        deviations: (n, n_inputs) of recordings and their copies.
        folds: (n,) such as corpora, each of which counts the same in the limit.

    Returns:
        None where the directions hold all there is, as of a single input.
    """
    left_out = np.empty(len(deviations))
    names, counts = np.unique(folds, return_counts=True)
    for fold in names:
        own = folds == fold
        left_out[own] = remainder(deviations[own], _directions(deviations[~own]))
    order = np.argsort(left_out)
    share = np.cumsum((1 / counts)[np.searchsorted(names, folds)][order])
    limit = left_out[order][np.searchsorted(share, (1 - UNHEARD_BEYOND) * share[-1])]
    return Familiarity(_directions(deviations), float(limit)) if limit > LEAST_LIMIT else None


def _directions(deviations: Array) -> Array:
    count = max(1, min(DIRECTIONS, deviations.shape[1] // 4))
    rows = deviations.astype(np.float32)
    _, vectors = np.linalg.eigh((rows.T @ rows).astype(float))
    found: Array = vectors[:, ::-1][:, :count]
    return found
