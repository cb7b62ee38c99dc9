"""Where classes lie in valence, arousal and dominance, as an array."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt
from voxaffect.builtin.branches import BRANCH_OF, BRANCH_PLACES


def class_places(classes: Sequence[str]) -> npt.NDArray[np.float64]:
    """(n_classes, 3) valence, arousal, dominance of the words of emotional speech corpora."""
    return np.array([attrs.astuple(BRANCH_PLACES[BRANCH_OF[name]]) for name in classes])
