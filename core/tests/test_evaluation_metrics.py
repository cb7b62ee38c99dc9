"""Metrics against values that can be worked out by hand, or that define them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from voxaffect.evaluation.bootstrap import speaker_bootstrap, speaker_draws
from voxaffect.evaluation.metrics import (
    accuracy_at_coverage,
    area_under_risk_coverage,
    concordance,
    confusion,
    expected_calibration_error,
    pearson_r,
    per_class_recall,
    reliability,
    unweighted_average_recall,
    weighted_accuracy,
)

TRUE = ["a", "a", "a", "a", "b", "b", "c"]
HEARD = ["a", "a", "a", "b", "b", "a", "b"]
"""a: 3 of 4 right, b: 1 of 2, c: 0 of 1."""


def test_each_class_has_the_share_of_its_clips_that_was_right():
    assert per_class_recall(TRUE, HEARD) == {"a": 0.75, "b": 0.5, "c": 0.0}


def test_uar_weighs_classes_alike_and_accuracy_weighs_clips_alike():
    assert unweighted_average_recall(TRUE, HEARD) == pytest.approx((0.75 + 0.5 + 0) / 3)
    assert weighted_accuracy(TRUE, HEARD) == pytest.approx(4 / 7)


def test_always_answering_the_commonest_class_is_chance_for_uar():
    assert unweighted_average_recall(TRUE, ["a"] * 7) == pytest.approx(1 / 3)


def test_uar_ignores_classes_that_are_only_predicted():
    assert unweighted_average_recall(["a", "b"], ["a", "z"]) == 0.5


def test_confusion_has_the_true_class_down_and_leaves_out_abstentions():
    counts = confusion([*TRUE, "c"], [*HEARD, ""], ["a", "b", "c"])
    assert counts.tolist() == [[3, 1, 0], [1, 1, 0], [0, 1, 0]]


def test_concordance_is_one_only_for_equal_values():
    assert concordance([0, 1, 2], [0, 1, 2]) == pytest.approx(1)
    # An offset of 1: 2 * 2/3 over 2/3 + 2/3 + 1.
    assert concordance([0, 1, 2], [1, 2, 3]) == pytest.approx(4 / 7)
    assert concordance([0, 1, 2], [2, 1, 0]) == pytest.approx(-1)


def test_correlation_is_blind_to_scale_and_offset():
    assert pearson_r([0, 1, 2], [5, 7, 9]) == pytest.approx(1)
    assert pearson_r([0, 1, 2, 3], [1, 0, 3, 2]) == pytest.approx(0.6)


def test_what_is_undefined_is_not_a_number():
    assert math.isnan(pearson_r([1, 2], [3, 3]))
    assert math.isnan(concordance([1], [1]))
    assert math.isnan(unweighted_average_recall([], []))
    assert math.isnan(expected_calibration_error([], []))


def test_confidence_that_comes_true_has_no_calibration_error():
    correct = np.arange(100) < 70
    assert expected_calibration_error(correct, np.full(100, 0.7)) == pytest.approx(0)


def test_calibration_error_is_the_gap_of_each_bin_by_its_clips():
    # Three clips at 0.9, one right; one at 0.3, right.
    ece = expected_calibration_error([1, 0, 0, 1], [0.9, 0.9, 0.9, 0.3])
    assert ece == pytest.approx(0.75 * (0.9 - 1 / 3) + 0.25 * 0.7)


def test_gaps_of_different_bins_do_not_cancel():
    assert expected_calibration_error([1, 0], [0.5, 0.95]) == pytest.approx((0.5 + 0.95) / 2)


@pytest.mark.parametrize("edge", range(1, 16))
def test_a_confidence_on_an_edge_belongs_to_the_bin_below(edge):
    filled = [number for number, each in enumerate(reliability([1], [edge / 15])) if each.count]
    assert filled == [edge - 1]


def test_the_surest_half_is_judged_alone():
    assert accuracy_at_coverage([1, 1, 0, 0], [0.9, 0.8, 0.3, 0.2], 0.5) == 1
    assert accuracy_at_coverage([1, 1, 0, 0], [0.9, 0.8, 0.3, 0.2], 1.0) == 0.5


def mean_of(values):
    return lambda indices: {"mean": float(np.asarray(values)[indices].mean())}


def test_a_speaker_is_drawn_with_all_of_their_clips():
    speakers = ["x", "y", "x", "y", "x"]
    for draw in speaker_draws(speakers, resamples=20, seed=1):
        counts = np.bincount(draw, minlength=5)
        assert counts[0] == counts[2] == counts[4]
        assert counts[1] == counts[3]
        assert counts[0] + counts[1] == 2


def test_the_interval_has_the_width_that_theory_gives():
    """100 speakers with one value each: 1.96 standard errors on either side."""
    values = np.random.default_rng(3).normal(size=100)
    estimate = speaker_bootstrap(mean_of(values), [str(n) for n in range(100)], resamples=2000)["mean"]
    error = 1.96 * values.std() / 10
    assert estimate.value == pytest.approx(values.mean())
    assert estimate.low == pytest.approx(values.mean() - error, abs=0.04)
    assert estimate.high == pytest.approx(values.mean() + error, abs=0.04)


def test_clips_of_one_voice_do_not_narrow_the_interval():
    values = np.random.default_rng(3).normal(size=20)
    once = speaker_bootstrap(mean_of(values), [str(n) for n in range(20)])
    tenfold = speaker_bootstrap(mean_of(np.tile(values, 10)), [str(n) for n in range(20)] * 10)
    assert tenfold["mean"].low == pytest.approx(once["mean"].low)


def test_the_same_seed_gives_the_same_interval_and_another_does_not():
    speakers, measure = list("abcdefghij"), mean_of(range(10))
    assert speaker_bootstrap(measure, speakers, seed=5) == speaker_bootstrap(measure, speakers, seed=5)
    assert speaker_bootstrap(measure, speakers, seed=5) != speaker_bootstrap(measure, speakers, seed=6)


def test_one_speaker_has_a_figure_without_an_interval():
    estimate = speaker_bootstrap(mean_of([1, 2]), ["a", "a"])["mean"]
    assert estimate.value == 1.5
    assert math.isnan(estimate.low)


def test_aurc_is_the_mean_risk_over_all_coverages():
    # Surest first: right, wrong, right: of one 0 wrong, of two 1/2, of three 1/3.
    found = area_under_risk_coverage([True, False, True], [0.9, 0.8, 0.7])
    assert found == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)


def test_aurc_of_equal_confidences_does_not_hang_on_the_order():
    correct = [True, True, False, False]
    assert area_under_risk_coverage(correct, [0.5] * 4) == pytest.approx(0.5)
    assert area_under_risk_coverage(correct[::-1], [0.5] * 4) == pytest.approx(0.5)


def test_aurc_of_nothing_is_undefined():
    assert math.isnan(area_under_risk_coverage([], []))
