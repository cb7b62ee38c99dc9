"""A classifier that measures no prosody has it measured beside it, by whichever extractor does."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from voxaffect import ConfigurationError, Pipeline, PluginError, PluginHost, UnknownNameError

MEASURES = """
from voxaffect import *

@hookimpl
def voxaffect_feature_extractors():
    yield Component(name="hertz", target="measures:Hertz", makes="markers", quality=2)
    yield Component(name="absent", target="measures:Hertz", makes="markers", quality=5, modules=("no_such",))
    yield Component(name="level", target="measures:Hertz", makes="markers")

@hookimpl
def voxaffect_classifiers():
    yield Component(name="own", target="measures:Own")
    yield Component(name="nosy", target="measures:Nosy")

class Hertz:
    def __init__(self, pitch_mean_hz=100.0):
        self.pitch_mean_hz = pitch_mean_hz

    def extract(self, audio, *, baseline=None):
        if self.pitch_mean_hz < 0:
            raise RuntimeError("no such pitch")
        return Features(markers=ProsodicMarkers(self.pitch_mean_hz, *[None] * 9))

class Own:
    requires = ("hertz",)

    def classify(self, features):
        return Classification(probabilities={"sad": 1.0}, markers=ProsodicMarkers(50.0, *[None] * 9))

class Nosy:
    requires = ()

    def classify(self, features):
        return Classification(probabilities={"sad": 1.0}, explanation=tuple(features))
"""
LOUD = np.full(16_000, 0.4, np.float32)


@pytest.fixture
def measuring(host: PluginHost, install: Callable[..., None]) -> PluginHost:
    install("measures", MEASURES)
    host.add(importlib.import_module("measures"), "measures")
    return host


def pitch_hz(host: PluginHost, **config: Any) -> float | None:
    pipeline = Pipeline.from_config({"activity": "off", **config}, host=host)
    markers = pipeline.hear(LOUD, rate_hz=16_000).prosodic
    return None if markers is None else markers.pitch_mean_hz


@pytest.mark.parametrize(
    ("config", "expected_hz"),
    [
        ({"classifier": "ear"}, 100),
        ({"classifier": "ear", "markers": "off"}, None),
        ({"classifier": "ear", "markers": "hertz"}, 100),
        ({"classifier": "ear", "extractors": {"hertz": {"pitch_mean_hz": 120.0}}}, 120),
        ({"classifier": "ear", "markers": "measures/level"}, 100),
        ({"classifier": "own"}, 50),
    ],
)
def test_the_best_extractor_that_can_run_here_measures_the_markers_unless_told_otherwise(
    measuring: PluginHost, config: dict[str, Any], expected_hz: float | None
) -> None:
    assert pitch_hz(measuring, **config) == expected_hz


def test_where_nothing_measures_markers_the_emotion_is_heard_all_the_same(host: PluginHost) -> None:
    assert pitch_hz(host, classifier="ear") is None


def test_an_extractor_that_runs_anyway_is_not_run_twice(measuring: PluginHost) -> None:
    pipeline = Pipeline.from_config({"classifier": "own"}, host=measuring)
    assert (list(pipeline.extractors), pipeline.markers) == (["hertz"], "hertz")


def test_a_classifier_is_given_the_features_that_it_requires_alone(measuring: PluginHost) -> None:
    pipeline = Pipeline.from_config({"classifier": "nosy", "activity": "off"}, host=measuring)
    assert list(pipeline.extractors) == ["hertz"]
    assert pipeline.hear(LOUD, rate_hz=16_000).explanation == ()


def test_an_extractor_of_markers_that_fails_is_named(measuring: PluginHost) -> None:
    with pytest.raises(PluginError, match=r"the extractor measures/hertz failed: .*no such pitch"):
        pitch_hz(measuring, classifier="ear", extractors={"hertz": {"pitch_mean_hz": -1.0}})


@pytest.mark.parametrize(
    ("markers", "error", "said"),
    [
        (True, ConfigurationError, 'markers must be "auto", "off" or the name of an extractor, got True'),
        ("tiny/level", ConfigurationError, "'tiny/level' measures no markers"),
        ("herz", UnknownNameError, "unknown extractor 'herz'; did you mean 'hertz'"),
    ],
)
def test_a_wrong_choice_of_markers_says_what_is_right(
    measuring: PluginHost, markers: object, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        Pipeline.from_config({"classifier": "ear", "markers": markers}, host=measuring)
