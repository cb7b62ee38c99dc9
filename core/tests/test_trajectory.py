from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from voxaffect import Direction, EmotionResult
from voxaffect.trajectory import measure_trajectory

MakeResult = Callable[..., EmotionResult]


def sequence(
    make: MakeResult, valences: Sequence[float], every_s: float = 10.0, start_s: float = 1e9
) -> list[EmotionResult]:
    return [make(valence=v, timestamp=start_s + i * every_s) for i, v in enumerate(valences)]


@pytest.mark.parametrize(
    ("valences", "direction"),
    [
        ([-0.4, -0.2, 0.0, 0.2], Direction.IMPROVING),
        ([0.4, 0.3, 0.1, -0.1], Direction.DECLINING),
        ([0.1, 0.12, 0.08, 0.1], Direction.STABLE),
        ([0.0, 0.04, 0.08, 0.12], Direction.STABLE),
        ([-0.8, 0.8, -0.8, 0.8, -0.8], Direction.VOLATILE),
        ([0.5] * 10, Direction.STABLE),
    ],
)
def test_the_direction_follows_valence(
    make_result: MakeResult, valences: list[float], direction: Direction
) -> None:
    trajectory = measure_trajectory(sequence(make_result, valences))
    assert trajectory is not None
    assert trajectory.direction is direction


def test_the_figures_are_those_of_a_line(make_result: MakeResult) -> None:
    trajectory = measure_trajectory(sequence(make_result, [-0.3, 0.0, 0.3], every_s=60))
    assert trajectory is not None
    assert trajectory.change == pytest.approx(0.6)
    assert trajectory.slope_per_minute == pytest.approx(0.3)
    assert trajectory.spread == pytest.approx(0, abs=1e-12)
    assert (trajectory.n_results, trajectory.span_s) == (3, 120)


def test_the_order_in_which_results_come_does_not_matter(make_result: MakeResult) -> None:
    results = sequence(make_result, [-0.4, 0.1, 0.0, 0.5])
    forward, backward = measure_trajectory(results), measure_trajectory(results[::-1])
    assert forward is not None
    assert backward is not None
    assert backward.direction is forward.direction
    assert backward.change == pytest.approx(forward.change)


def test_a_doubtful_result_weighs_less(make_result: MakeResult) -> None:
    def change(confidence: float) -> float:
        results = sequence(make_result, [0.0, 0.0, 0.0])
        last = make_result({"happy": confidence}, valence=0.9, timestamp=results[-1].timestamp + 10)
        trajectory = measure_trajectory([*results, last])
        assert trajectory is not None
        return trajectory.change

    assert 0 < change(0.05) < change(0.9)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_3_results_say_nothing(make_result: MakeResult, count: int) -> None:
    assert measure_trajectory(sequence(make_result, [0.1] * count)) is None


def test_results_at_one_time_say_nothing(make_result: MakeResult) -> None:
    assert measure_trajectory(sequence(make_result, [-0.5, 0.0, 0.5], every_s=0)) is None


def test_results_without_speech_do_not_count(make_result: MakeResult) -> None:
    results = sequence(make_result, [-0.3, 0.0, 0.3])
    silent = [make_result(valence=-1, speech=False, timestamp=2e9) for _ in range(5)]
    assert measure_trajectory([*results, *silent]) == measure_trajectory(results)
    assert measure_trajectory([*results[:2], *silent]) is None


def test_one_wild_result_neither_turns_the_line_nor_makes_a_mood_swing(make_result: MakeResult) -> None:
    steady = [0.02, -0.03, 0.05, 0.0, -0.05, 0.03, -0.02, 0.04, 0.01, -0.04, 0.02, 0.9]
    trajectory = measure_trajectory(sequence(make_result, steady))
    assert trajectory is not None
    assert trajectory.direction is Direction.STABLE
    assert abs(trajectory.change) < 0.15


def test_a_change_no_larger_than_chance_is_none(make_result: MakeResult) -> None:
    trajectory = measure_trajectory(sequence(make_result, [0.0, 0.3, -0.2, 0.25, -0.1, 0.35]))
    assert trajectory is not None
    assert trajectory.change > 0.1
    assert trajectory.change < 2 * trajectory.error
    assert trajectory.direction not in (Direction.IMPROVING, Direction.DECLINING)


def test_a_gap_changes_nothing_but_the_slope(make_result: MakeResult) -> None:
    before = sequence(make_result, [-0.3, -0.28, -0.32], start_s=1e9)
    after = sequence(make_result, [0.3, 0.28, 0.32], start_s=1e9 + 240)
    trajectory = measure_trajectory([*before, *after])
    assert trajectory is not None
    assert trajectory.direction is Direction.IMPROVING
    assert trajectory.change == pytest.approx(0.6, abs=0.1)
    assert trajectory.slope_per_minute == pytest.approx(0.6 / 260 * 60, abs=0.03)


def test_windows_that_overlap_are_not_independent(make_result: MakeResult) -> None:
    valences = [0.1, -0.2, 0.15, -0.1, 0.3, 0.0, 0.25, 0.1]
    apart = [make_result(valence=v, timestamp=1e9 + i, duration_s=1.0) for i, v in enumerate(valences)]
    overlapping = [
        make_result(valence=v, timestamp=1e9 + i / 2, duration_s=1.0) for i, v in enumerate(valences)
    ]
    first, second = measure_trajectory(apart), measure_trajectory(overlapping)
    assert first is not None
    assert second is not None
    assert second.change == pytest.approx(first.change)
    assert second.error > 1.3 * first.error


def test_it_explains_itself_in_one_line(make_result: MakeResult) -> None:
    trajectory = measure_trajectory(sequence(make_result, [-0.3, 0.0, 0.3], every_s=60), window_s=300)
    assert trajectory is not None
    assert trajectory.explain() == ("improving: valence +0.60 (± 0.00) over 2.0 min, spread 0.00, 3 results")
