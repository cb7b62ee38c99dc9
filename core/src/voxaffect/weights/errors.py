"""What can go wrong with a network's weights."""

from __future__ import annotations

from collections.abc import Iterable

from voxaffect.errors import ComponentUnavailableError, VoxaffectError

MOST_OFFENDERS = 10


class WeightsError(VoxaffectError):
    """Weights that cannot be fetched, written or used."""


class WeightsMissingError(WeightsError, ComponentUnavailableError):
    """Weights that are not on this machine; the message has the command to get them."""


class CheckpointError(WeightsError):
    """A file that is refused: damaged, hostile, or not the network that it should be."""


def shorten(offenders: Iterable[str]) -> str:
    """The offenders in one line, the last ones counted where there are many."""
    listed = list(offenders)
    rest = len(listed) - MOST_OFFENDERS
    return ", ".join(listed[:MOST_OFFENDERS]) + (f" and {rest} more" if rest > 0 else "")
