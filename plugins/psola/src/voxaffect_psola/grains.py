"""Which cycle of the original stands where in the changed speech."""

from __future__ import annotations

from itertools import pairwise

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect_psola.marks import PitchMarks

UNVOICED_HOP_S = 0.015
"""Between grains where there is no voice: about as short as a burst, too long to be heard as a pitch."""

MAX_DEVIATION_ST = 12.0
"""From the mean; F0 further away is more likely tracked an octave off than spoken."""

Floats = npt.NDArray[np.float64]


@attrs.frozen(eq=False)
class Grains:
    """Stretches of the original and where they go, in order of time, (n_grains,) each, in seconds.

    The first and the last stand at the beginning and at the end of the sound.

    Attributes:
        at: centre in the changed speech, increasing.
        source: centre in the original.
        before, after: how far the grain reaches; infinite, as far as the next one, where it is unvoiced.
    """

    at: Floats
    source: Floats
    before: Floats
    after: Floats


def pitch_ratios(marks: PitchMarks, *, semitones: float, variance: float) -> Floats:
    """(n_marks,) factor on F0: a shift, and a contour `variance` times as far from its mean in semitones."""
    if not len(marks.at_s):
        return np.zeros(0)
    contour_st = 12 * np.log2(marks.f0_hz)
    mean_st = np.average(contour_st, weights=1 / marks.f0_hz)  # over time, not over cycles
    deviation_st = np.clip(contour_st - mean_st, -MAX_DEVIATION_ST, MAX_DEVIATION_ST)
    ratios: Floats = 2 ** ((semitones + (variance - 1) * deviation_st) / 12)
    return ratios


def place_grains(marks: PitchMarks, ratios: Floats, *, tempo: float, duration_s: float) -> Grains:
    """Grains for speech with F0 times `ratios`, `tempo` times as fast.

    The changed voice passes through ratio / tempo cycles for each of the original's. Whole cycles, counted
    from the first mark of a stretch, are where grains go; each is the original's cycle nearest in time. So
    with nothing to change each cycle stays where it is.

    Args:
        duration_s: of the original.
    """
    edges = np.searchsorted(marks.stretch, np.arange(marks.stretch.max(initial=-1) + 2))
    voiced = [
        _voiced(marks.at_s[a:b], ratios[a:b], tempo, *_room(marks.at_s, a, b, duration_s))
        for a, b in pairwise(edges.tolist())
    ]
    start, end = _unvoiced(np.zeros(1), tempo), _unvoiced(np.array([duration_s / tempo]), tempo)
    parts = [start]
    for stretch in [*voiced, end]:
        last, first = parts[-1][0, -1], stretch[0, 0]
        between = np.linspace(last, first, int((first - last) / UNVOICED_HOP_S) + 2)[1:-1]
        parts += [_unvoiced(between, tempo), stretch] if len(between) else [stretch]
    return Grains(*np.concatenate(parts, axis=1))


def _room(at: Floats, first: int, stop: int, duration_s: float) -> tuple[int, int]:
    """Cycles more, 0 or 1, that fit before and after a stretch, clear of its neighbours and of the ends."""
    left_s = at[first] - (at[first - 1] if first else 0.0)
    right_s = (at[stop] if stop < len(at) else duration_s) - at[stop - 1]
    first_s, last_s = at[first + 1] - at[first], at[stop - 1] - at[stop - 2]
    return int(left_s > 2 * first_s), int(right_s > 2 * last_s)


def _voiced(at: Floats, ratios: Floats, tempo: float, room_before: int, room_after: int) -> Floats:
    """(4, n_grains) of one stretch of voice: the fields of `Grains`."""
    # A voice sets in before, and dies away after, what a tracker is sure of.
    at = np.concatenate([[2 * at[0] - at[1]] * room_before, at, [2 * at[-1] - at[-2]] * room_after])
    ratios = np.pad(ratios, (room_before, room_after), mode="edge")
    cycles = np.concatenate([[0.0], np.cumsum((ratios[1:] + ratios[:-1]) / 2 / tempo)])
    marks = np.arange(len(at))
    # A hair is added, for a last cycle that rounding has left just short of a whole number.
    position = np.interp(np.arange(int(cycles[-1] + 1e-6) + 1), cycles, marks)
    nearest = np.round(position).astype(np.intp)
    period = np.diff(at)
    before, after = np.concatenate([period[:1], period]), np.concatenate([period, period[-1:]])
    return np.stack(
        [
            np.interp(position, marks, at) / tempo,
            at[nearest],
            before[nearest],
            after[nearest],
        ]
    )


def _unvoiced(at: Floats, tempo: float) -> Floats:
    """(4, n_grains): each from exactly where it was."""
    far = np.full(len(at), np.inf)
    return np.stack([at, at * tempo, far, far])
