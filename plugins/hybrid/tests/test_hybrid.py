"""Hybrids of real classifiers: the rules of `prosodic`, and made-up ones that always conclude the same."""

from __future__ import annotations

import logging
import sys
from types import SimpleNamespace

import pytest
from voxaffect import (
    Classification,
    Component,
    ComponentUnavailableError,
    ConfigurationError,
    Pipeline,
    PluginHost,
    PrimaryDimensions,
    UnknownNameError,
    get_available_backends,
    hookimpl,
)
from voxaffect.examples import clips
from voxaffect.testing import ClassifierContract

CLIP = clips("anger")[0].path
PLEASED = PrimaryDimensions(valence=0.8, arousal=0.6, dominance=0.6)
UPSET = PrimaryDimensions(valence=-0.6, arousal=0.2, dominance=0.2)


class Always:
    """Concludes what it is told to, of any clip."""

    requires = ("prosodic",)

    def __init__(self, classes=None, dimensions=None, speech=True):
        self._conclusion = Classification(
            probabilities=classes or {},
            label_dimensions={"joy": PLEASED, "gloom": UPSET},
            dimensions=None if dimensions is None else PrimaryDimensions(*dimensions),
            dimension_errors=(0.1, 0.1, 0.1),
            speech=speech,
            explanation=("told so",),
        )

    def classify(self, features):
        return self._conclusion


class AlwaysPlugin:
    @hookimpl
    def voxaffect_classifiers(self):
        yield Component(name="always", target="made_up_classifiers:Always")
        yield Component(name="never", target="made_up_classifiers:Always", modules=("no_such_module",))


@pytest.fixture
def host(monkeypatch):
    # With --import-mode=importlib a test module cannot be imported by its name.
    monkeypatch.setitem(sys.modules, "made_up_classifiers", SimpleNamespace(Always=Always))
    host = PluginHost()
    host.add(AlwaysPlugin(), "made_up")
    return host


def hear(host, members, weights=None):
    table = {"use": "hybrid", "members": members}
    if weights is not None:
        table["weights"] = weights
    return Pipeline.from_config({"classifier": table}, host=host).hear(CLIP)


class TestHybridClassifier(ClassifierContract):
    component = "hybrid"
    options = {"members": [{"use": "prosodic"}]}  # noqa: RUF012
    heavy_modules = ("voxaffect_hybrid.classifier", "scipy")


def test_dimensions_are_70_and_30_percent_of_the_two_members(host):
    members = [
        {"use": "always", "dimensions": [1.0, 1.0, 0.0]},
        {"use": "always", "dimensions": [0.0, 0.0, 1.0]},
    ]
    primary = hear(host, members).primary
    assert (primary.valence, primary.arousal, primary.dominance) == pytest.approx((0.7, 0.7, 0.3))


def test_weights_can_be_chosen_and_need_not_sum_to_1(host):
    members = [{"use": "always", "dimensions": [1, 1, 1]}, {"use": "always", "dimensions": [0, 0, 0]}]
    assert hear(host, members, [1, 3]).primary.valence == pytest.approx(0.25)


def test_three_members_count_the_same_unless_told_otherwise(host):
    members = [{"use": "always", "dimensions": [value, 0, 0]} for value in (0.0, 0.3, 0.9)]
    assert hear(host, members).primary.valence == pytest.approx(0.4)


def test_a_member_of_classes_lies_where_its_classes_do(host):
    members = [
        {"use": "always", "classes": {"joy": 0.5, "gloom": 0.5}},
        {"use": "always", "dimensions": [0, 0, 0]},
    ]
    expected = 0.7 * (PLEASED.valence + UPSET.valence) / 2
    assert hear(host, members).primary.valence == pytest.approx(expected)


def test_categories_come_from_the_member_that_has_classes(host):
    result = hear(host, [{"use": "always", "classes": {"joy": 1.0}}, {"use": "prosodic"}])
    assert result.top.emotion in {"happy", "playful", "amused", "confident", "flirty"}


def test_measured_dimensions_choose_among_the_neighbours_of_a_class(host):
    def probability(emotion, arousal):
        members = [
            {"use": "always", "classes": {"gloom": 1.0}},
            {"use": "always", "dimensions": [-0.5, arousal, 0.3]},
        ]
        return hear(host, members).posterior[emotion]

    assert probability("bored", 0.1) > probability("bored", 0.5)
    assert probability("disappointed", 0.5) > probability("disappointed", 0.1)


def test_classes_do_not_count_twice_by_way_of_the_dimensions_they_lie_at(host):
    alone = hear(host, [{"use": "always", "classes": {"joy": 0.5, "gloom": 0.5}}])
    plain = Pipeline.from_config(
        {"classifier": {"use": "always", "classes": {"joy": 0.5, "gloom": 0.5}}}, host=host
    ).hear(CLIP)
    assert alone.posterior == pytest.approx(plain.posterior)


def test_two_members_of_classes_share_their_probabilities(host):
    members = [{"use": "always", "classes": {"angry": 1.0}}, {"use": "always", "classes": {"sad": 1.0}}]
    posterior = hear(host, members).posterior
    assert posterior["angry"] == pytest.approx(0.7)
    assert posterior["sad"] == pytest.approx(0.3)


def test_the_markers_of_prosodic_come_with_it(host):
    result = hear(host, [{"use": "always", "classes": {"joy": 1.0}}, {"use": "prosodic"}])
    assert result.prosodic is not None
    assert "told so" in result.explanation


def test_where_one_member_hears_no_speech_there_is_none(host):
    members = [{"use": "always", "classes": {"joy": 1.0}}, {"use": "always", "speech": False}]
    assert not hear(host, members).speech


def test_a_member_that_cannot_run_is_left_out_and_every_result_says_so(host, caplog):
    with caplog.at_level(logging.WARNING):
        result = hear(host, [{"use": "never"}, {"use": "prosodic"}])
    alone = Pipeline.from_config({"classifier": "prosodic"}, host=host).hear(CLIP)
    assert result.posterior == pytest.approx(alone.posterior)
    assert result.backend == "hybrid"
    assert "never" in result.fallback_reason
    assert "no_such_module" in result.fallback_reason
    assert "goes on without" in caplog.text


def test_no_member_that_can_run_is_an_error(host):
    with pytest.raises(ComponentUnavailableError, match="no_such_module"):
        hear(host, [{"use": "never"}])


def test_a_misspelt_member_is_an_error_and_not_left_out(host):
    with pytest.raises(UnknownNameError, match="did you mean 'prosodic'"):
        hear(host, [{"use": "prosodik"}])


@pytest.mark.parametrize("weights", [[1], [1, 0], [1, -1], [1, float("nan")], [1, "2"]])
def test_weights_that_do_not_fit_are_refused(host, weights):
    with pytest.raises(ConfigurationError, match="one weight above 0 for each of 2 members"):
        hear(host, [{"use": "prosodic"}, {"use": "prosodic"}], weights)


def test_no_members_are_refused(host):
    with pytest.raises(ConfigurationError, match="needs members"):
        hear(host, [])


def test_without_weights_the_listing_says_what_is_missing_and_auto_takes_a_member(monkeypatch, tmp_path):
    for variable in ("VOXAFFECT_CACHE", "HF_HOME", "MODELSCOPE_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.delenv("VOXAFFECT_WEIGHTS", raising=False)
    backends = get_available_backends()
    hybrid = next(each for each in backends if each.name == "hybrid")
    assert [member.name for member in hybrid.missing] == ["emotion2vec"]
    order = [each.name for each in backends]
    assert order.index("prosodic") < order.index("hybrid")
    result = Pipeline.from_config({"classifier": "hybrid"}).hear(CLIP)
    assert "voxaffect weights fetch" in result.fallback_reason
