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
    running = np.searchsorted(-lengths, -np.arange(lengths[0])).tolist()  # segments longer than t steps

    # All segments' first frames, then all their second frames, ..., so that a step reads what lies together.
    steps = np.concatenate([starts[:n] + step for step, n in enumerate(running)])
    in_order = cost[steps]
    came_from = np.zeros((len(steps), cost.shape[1]), np.intp)
    so_far = in_order[: len(starts), :, 0].copy()  # (n_segments, n_states)
    total = np.empty((len(starts), *cost.shape[1:]), np.float32)
    at = len(starts)
    for n in running[1:]:
        np.add(so_far[:n, None, :], in_order[at : at + n], out=total[:n])
        total[:n].argmin(axis=2, out=came_from[at : at + n])
        np.minimum.reduce(total[:n], axis=2, out=so_far[:n])
        at += n

    last = (so_far + cost[starts + lengths, 0, :]).argmin(axis=1)
    back = np.empty_like(came_from, shape=(len(is_free), cost.shape[1]))
    back[steps] = came_from
    for start, length, state in zip(starts.tolist(), lengths.tolist(), last.tolist(), strict=True):
        path[start : start + length] = _followed(back[start : start + length].tolist(), state)
    return path


def _followed(came_from: list[list[int]], state: int) -> list[int]:
    """The states of one segment, from its last one back."""
    states = [state]
    for row in came_from[:0:-1]:
        state = row[state]
        states.append(state)
    return states[::-1]
