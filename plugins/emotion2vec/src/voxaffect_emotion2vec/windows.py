"""Clips of any length through the network, in windows, so that memory stays bounded and time linear."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from voxaffect.engines import Array

from voxaffect_emotion2vec.config import FRAME_SAMPLES, MIN_SAMPLES
from voxaffect_emotion2vec.model import Emotion2vecModel

CONTEXT_FRAMES = 50
"""1 s on both sides of what a window contributes: more than the 45 frames that the positional convolutions
see, so that a window differs from the whole only in how far attention reaches."""

NORMALISATION_EPS = 1e-5
_BLOCK = 1_000_000


def count_frames(n_samples: int) -> int:
    """Frames of 20 ms in that many samples at 16 kHz; 0 below 400."""
    return max(0, (n_samples - MIN_SAMPLES) // FRAME_SAMPLES + 1)


def encode_in_windows(
    model: Emotion2vecModel, samples: Array, *, window_frames: int
) -> Iterator[tuple[int, Array]]:
    """Embeddings of a clip, piece by piece: one piece, exact, if it has at most `window_frames`.

    A longer clip runs in windows of that length that overlap by 2 s; each contributes its middle. All are
    normalised by the mean and variance of the whole clip. The last window ends with the clip, so that none
    is short.

    Args:
        samples: (S,) at 16 kHz, at least 400.
        window_frames: above 100.

    Yields:
        (first frame, (T, D)), in order, without gaps.
    """
    mean, scale = _statistics(samples)
    total, done, start = count_frames(len(samples)), 0, 0
    while done < total:
        start = max(0, min(start, total - window_frames))
        stop = min(start + window_frames, total)
        heard = samples[start * FRAME_SAMPLES : (stop - 1) * FRAME_SAMPLES + MIN_SAMPLES]
        (frames,) = model.encode([(heard - mean) * scale])  # (stop - start, D)
        kept_until = stop if stop == total else stop - CONTEXT_FRAMES
        yield done, frames[done - start : kept_until - start]
        done, start = kept_until, kept_until - CONTEXT_FRAMES


def normalise(samples: Array) -> Array:
    """(S,) to mean 0 and variance 1 over the whole clip, as in training."""
    mean, scale = _statistics(samples)
    return (samples - mean) * scale


def _statistics(samples: Array) -> tuple[np.float32, np.float32]:
    """Mean, and what a deviation from it is multiplied with; block by block, an hour is not copied."""
    blocks = [samples[start : start + _BLOCK] for start in range(0, len(samples), _BLOCK)]
    mean = sum(float(block.sum(dtype=np.float64)) for block in blocks) / len(samples)
    squares = (float(np.square(block - np.float32(mean)).sum(dtype=np.float64)) for block in blocks)
    return np.float32(mean), np.float32((sum(squares) / len(samples) + NORMALISATION_EPS) ** -0.5)
