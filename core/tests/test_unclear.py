"""When nothing clear was heard: by the backend's own threshold, else by the posterior's families."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from voxaffect import Classification, EmotionResult, PrimaryDimensions, to_dict
from voxaffect.builtin.taxonomy import CircumplexTaxonomy
from voxaffect.pipeline import is_unclear

FLAT = {"angry": 0.3, "happy": 0.3, "neutral": 0.4}
SURE = {"angry": 0.5, "frustrated": 0.4, "neutral": 0.1}


def unclear(**said: object) -> bool:
    classification = Classification(**said)  # type: ignore[arg-type]
    return is_unclear(classification, CircumplexTaxonomy().map(classification))


@pytest.mark.parametrize("probabilities", [FLAT, SURE])
@pytest.mark.parametrize("says", [True, False])
def test_what_the_classifier_says_decides(probabilities: dict[str, float], says: bool) -> None:
    assert unclear(probabilities=probabilities, unclear=says) is says


def test_without_its_word_a_family_must_be_more_likely_than_not() -> None:
    assert unclear(probabilities=FLAT)
    assert not unclear(probabilities=SURE)


def test_dimensions_that_could_be_anything_are_unclear() -> None:
    assert unclear(dimensions=PrimaryDimensions(0.0, 0.6, 0.5))


@pytest.mark.parametrize("says", [True, False, None])
def test_where_nobody_speaks_nothing_is_unclear(says: bool | None) -> None:
    assert not unclear(speech=False, unclear=says)


def test_the_result_says_so_in_json(make_result: Callable[..., EmotionResult]) -> None:
    said = to_dict(make_result({"sad": 0.4}, unclear=True))
    assert said["unclear"] is True
    assert json.dumps(said)
