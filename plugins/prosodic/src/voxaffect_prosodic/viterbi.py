"""Cheapest path through states over time, for many stretches of time at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def cheapest_path(cost: npt.NDArray[np.float32], *, is_free: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Dynamic programming where frames with no choice cut the recording into independent segments.

    Args:
        cost: (n_frames + 1, n_states, n_states) of being in a state (axis 1) and coming to it from a state of
            the frame before (axis 2). State 0 precedes the first frame; the last row is the return to 0.
        is_free: (n_frames,), False where only state 0 is possible.

    Returns:
        (n_frames,) the states.
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_free, [False])).astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    path = np.zeros(len(is_free), np.intp)
    if len(starts) == 0:
        return path
    longest_first = np.argsort(starts - ends, kind="stable")
    starts, lengths = starts[longest_first], (ends - starts)[longest_first]
    running = np.searchsorted(-lengths, -np.arange(lengths[0]))  # segments longer than t steps

    came_from = np.zeros((len(is_free), cost.shape[1]), np.intp)
    so_far = cost[starts, :, 0]  # (n_segments, n_states)
    for step in range(1, int(lengths[0])):
        n = running[step]
        frames = starts[:n] + step
        total = so_far[:n, None, :] + cost[frames]  # (n, n_states, n_states)
        came_from[frames] = total.argmin(axis=2)
        so_far[:n] = total.min(axis=2)

    state = (so_far + cost[starts + lengths, 0, :]).argmin(axis=1)
    for step in range(int(lengths[0]) - 1, -1, -1):
        n = running[step]
        frames = starts[:n] + step
        path[frames] = state[:n]
        state[:n] = came_from[frames, state[:n]]
    return path
