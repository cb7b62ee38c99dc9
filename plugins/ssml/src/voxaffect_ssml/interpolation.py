"""A measured curve, read in either direction."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import attrs


@attrs.frozen
class Curve:
    """Straight lines through measured points, level beyond the outermost; y rises or falls throughout.

    Attributes:
        points: (x, y), by rising x.
    """

    points: tuple[tuple[float, float], ...]

    def __call__(self, x: float) -> float:
        """The y at an x."""
        return _along(self.points, x)

    def inverse(self, y: float) -> float:
        """The x at a y."""
        return _along(sorted((y, x) for x, y in self.points), y)


def _along(points: Iterable[tuple[float, float]], at: float) -> float:
    points = list(points)
    if at <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if at <= x1:
            return y0 + (y1 - y0) * (at - x0) / (x1 - x0)
    return points[-1][1]
