"""Attention of the numpy engine: some heads and some queries at a time, in one block of scores."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from voxaffect.engines.interface import Array

SCORE_ELEMENTS = 262_144
"""Most attention scores at a time, 1 MB, whatever the length of the clip."""


def attend(q: Array, k: Array, v: Array, out: Array, bias: DistanceBias | None) -> None:
    """Write softmax(k' q / sqrt(width) + bias) of each query, applied to v, to `out`.

    Short clips take few large steps; of long ones memory grows with the length, not its square.

    Args:
        q: (heads, width, queries).
        k, v: (heads, width, keys).
        out: (heads, width, queries).
        bias: of these heads.
    """
    n_heads, width, length = q.shape
    n_keys = k.shape[2]
    n_queries = max(1, min(length, SCORE_ELEMENTS // n_keys))
    heads_at_once = max(1, SCORE_ELEMENTS // (n_queries * n_keys))
    ones = np.ones((1, n_keys), np.float32)
    scale = np.float32(width**-0.5)
    for first in range(0, n_heads, heads_at_once):
        heads = slice(first, min(first + heads_at_once, n_heads))
        keys = k[heads].transpose(0, 2, 1)  # (heads, keys, width)
        for start in range(0, length, n_queries):
            queries = slice(start, min(start + n_queries, length))
            scores = keys @ (q[heads, :, queries] * scale)  # (heads, keys, queries)
            if bias is not None:
                bias.of(heads).add_to(scores, start)
            scores -= scores.max(axis=1, keepdims=True)
            np.exp(scores, out=scores)
            np.divide(v[heads] @ scores, ones @ scores, out=out[heads, :, queries])


@attrs.frozen(eq=False)
class DistanceBias:
    """ALiBi as one line of numbers a head, of which each key's row of the bias is a window.

    Attributes:
        by_distance: (n_heads, 2 n_frames - 1), by difference of places, the most negative first.
        n_frames: without the prefix.
        n_prefix: tokens before the frames, which have no bias.
    """

    by_distance: Array
    n_frames: int
    n_prefix: int

    def of(self, heads: slice) -> DistanceBias:
        """Of some of the heads."""
        return DistanceBias(self.by_distance[heads], self.n_frames, self.n_prefix)

    def add_to(self, scores: Array, start: int) -> None:
        """To (heads, prefix + frames, queries from `start`), in place."""
        skipped = max(0, self.n_prefix - start)  # queries of the prefix in this block
        first = start + skipped - self.n_prefix
        framed = scores[:, self.n_prefix :, skipped:]  # (heads, n_frames, queries)
        if framed.size:
            windows = sliding_window_view(self.by_distance, framed.shape[2], axis=1)
            framed += windows[:, first : first + self.n_frames][:, ::-1]
