"""Rows of frames that a stream's extractor keeps: what is there, what follows, what is let go."""

from __future__ import annotations

import numpy as np
from voxaffect.carried_rows import CarriedRows


def rows(first: int, stop: int, *, seen: int = 0) -> np.ndarray:
    """Each says which frame it is of, and when it was measured."""
    numbers = np.arange(first, stop, dtype=np.float32)
    return np.stack([numbers, np.full_like(numbers, seen)], axis=1)


def test_only_frames_that_were_kept_are_there() -> None:
    carried = CarriedRows()
    assert carried.there(0, 50) == (50, 50)
    carried.keep(10, rows(10, 30))
    assert carried.there(0, 50) == (10, 30)
    assert carried.there(15, 20) == (15, 20)
    assert carried.there(30, 50) == (50, 50)
    assert carried.there(0, 10) == (10, 10)
    assert carried.read(12, 15)[:, 0].tolist() == [12, 13, 14]


def test_frames_that_are_there_stay_as_they_were_and_what_follows_is_added() -> None:
    carried = CarriedRows()
    carried.keep(10, rows(10, 30))
    carried.keep(5, rows(5, 40, seen=1))
    assert carried.there(0, 50) == (10, 40)
    assert carried.read(10, 40)[:, 0].tolist() == list(range(10, 40))
    assert carried.read(10, 40)[:, 1].tolist() == [0] * 20 + [1] * 10
    carried.keep(12, rows(12, 20, seen=2))
    assert carried.there(0, 50) == (10, 40)


def test_rows_beyond_a_gap_take_the_place_of_all() -> None:
    carried = CarriedRows()
    carried.keep(10, rows(10, 30))
    carried.keep(30, rows(30, 30))
    carried.keep(31, rows(31, 35))
    assert carried.there(0, 50) == (31, 35)
    carried.keep(2, rows(2, 6))
    assert carried.there(0, 50) == (2, 6)
    assert carried.read(2, 6)[:, 0].tolist() == [2, 3, 4, 5]


def test_what_is_forgotten_is_gone_and_memory_does_not_grow() -> None:
    carried = CarriedRows()
    for first in range(0, 100_000, 50):
        carried.keep(first, rows(first, first + 100))
        carried.forget(first + 50)
        assert carried.there(0, 200_000) == (first + 50, first + 100)
    held = carried._rows._held
    assert held is not None
    assert len(held) <= 512
    carried.forget(200_000)
    assert carried.there(0, 300_000) == (300_000, 300_000)
