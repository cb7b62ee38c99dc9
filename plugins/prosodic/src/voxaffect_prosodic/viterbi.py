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
    framed = np.zeros(len(is_free) + 2, np.bool_)
    framed[1:-1] = is_free
    starts, ends = np.flatnonzero(framed[1:] != framed[:-1]).reshape(-1, 2).T
    path = np.zeros(len(is_free), np.intp)
    if len(starts) == 0:
        return path
    longest_first = np.argsort(starts - ends, kind="stable")
    starts, lengths = starts[longest_first], (ends - starts)[longest_first]
    time = np.arange(lengths[0])[:, np.newaxis]
    goes_on = time < lengths  # (longest, n_segments)
    running = np.count_nonzero(goes_on, axis=1).tolist()  # segments longer than t steps

    # All segments' first frames, then all their second frames, ..., so that a step reads what lies together.
    steps = (starts + time)[goes_on]
    total = cost[steps]
    so_far = total[: len(starts), :, 0].copy()  # (n_segments, n_states)
    at = len(starts)
    for n in running[1:]:
        step = total[at : at + n]  # (n, n_states, n_states), now with all that was before
        step += so_far[:n, None, :]
        np.minimum.reduce(step, axis=2, out=so_far[:n])
        at += n
    came_from = total.argmin(axis=2)

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
