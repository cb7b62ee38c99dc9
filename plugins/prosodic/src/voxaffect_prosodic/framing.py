"""Overlapping frames of a signal without a copy; numpy's own view of windows takes longer to set up."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def hopped(samples: npt.NDArray[np.float32], length: int, hop: int) -> npt.NDArray[np.float32]:
    """(n_samples,), contiguous, at least `length` -> (n_frames, length), read-only by convention.

    Frames begin `hop` samples apart, as many as fit.
    """
    count = 1 + (len(samples) - length) // hop
    step = samples.itemsize
    return np.ndarray((count, length), samples.dtype, samples, strides=(hop * step, step))
