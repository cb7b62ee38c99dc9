from __future__ import annotations

import math
from collections.abc import Callable

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voxaffect import (
    EMOTION_QUADRANTS,
    Classification,
    EmotionCategory,
    Heard,
    InvalidValueError,
    PluginError,
    PrimaryDimensions,
    ProsodicMarkers,
    dimensions_to_likely_emotions,
)
from voxaffect.builtin.branches import BRANCH_OF, BRANCH_PLACES, BRANCHES, WORDS
from voxaffect.builtin.emotion_centres import EMOTION_CENTRES
from voxaffect.builtin.taxonomy import PROTOTYPE_WEIGHT, CircumplexTaxonomy
from voxaffect.testing import TaxonomyContract

E = EmotionCategory


class TestCircumplex(TaxonomyContract):
    component = "circumplex"


def heard(**classification: object) -> Heard:
    return CircumplexTaxonomy().map(Classification(**classification))  # type: ignore[arg-type]


points = st.builds(PrimaryDimensions, st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))
labels = st.dictionaries(st.sampled_from(list(E)), st.floats(0.01, 1), max_size=26).map(
    lambda weights: {str(e): w / sum(weights.values()) for e, w in weights.items()}
)


@given(points, labels, st.floats(1 / 26, 1), st.floats(1e-4, 2))
def test_any_evidence_gives_a_posterior_within_the_cap(
    point: PrimaryDimensions, probabilities: dict[str, float], cap: float, error: float
) -> None:
    result = heard(
        dimensions=point, probabilities=probabilities, max_confidence=cap, dimension_errors=(error,) * 3
    )
    assert set(result.posterior) == set(E)
    assert math.isclose(sum(result.posterior.values()), 1, abs_tol=1e-9)
    assert min(result.posterior.values()) >= 0
    assert max(result.posterior.values()) <= cap
    assert all(0 <= value <= 1 for value in result.intensities.values())


@pytest.mark.parametrize("cap", [0.75, 0.4, 0.1])
def test_a_cap_leaves_the_order_of_the_emotions_as_it_was(cap: float) -> None:
    capped = heard(probabilities={"angry": 0.6, "sad": 0.3, "calm": 0.1}, max_confidence=cap).posterior
    assert max(capped.values()) == pytest.approx(min(0.6, cap))
    assert sorted(capped, key=lambda e: -capped[e])[:3] == [E.ANGRY, E.SAD, E.CALM]


def test_labels_among_the_26_keep_their_probability() -> None:
    posterior = heard(probabilities={"angry": 0.75, "sad": 0.25}).posterior
    assert posterior[E.ANGRY] == pytest.approx(0.75)
    assert posterior[E.SAD] == pytest.approx(0.25)


def test_a_label_that_is_placed_shares_its_probability_with_its_neighbours() -> None:
    fear = PrimaryDimensions(valence=-0.5, arousal=0.85, dominance=0.3)
    posterior = heard(probabilities={"fearful": 1.0}, label_dimensions={"fearful": fear}).posterior
    assert sorted(posterior, key=lambda e: -posterior[e])[0] is E.PANICKED
    assert 0.05 < posterior[E.ANXIOUS] < 1
    assert posterior[E.CALM] < 0.001


def test_the_same_label_means_something_else_where_it_is_placed_elsewhere() -> None:
    low, high = PrimaryDimensions(-0.6, 0.2, 0.2), PrimaryDimensions(0.6, 0.9, 0.7)
    for place, likeliest in ((low, E.HOPELESS), (high, E.EXCITED), (low, E.HOPELESS)):
        posterior = heard(probabilities={"so": 1.0}, label_dimensions={"so": place}).posterior
        assert posterior[likeliest] > 0.1


@pytest.mark.parametrize("word", [word for words in WORDS.values() for word in words])
def test_a_broad_word_keeps_its_probability_on_the_emotions_it_stands_for(word: str) -> None:
    branch = BRANCH_OF[word]
    posterior = heard(
        probabilities={word: 0.6, "confused": 0.4}, label_dimensions={word: BRANCH_PLACES[branch]}
    ).posterior
    assert sum(posterior[emotion] for emotion in BRANCHES[branch]) == pytest.approx(0.6)
    assert posterior[E.CONFUSED] == pytest.approx(0.4)


markers = st.builds(
    ProsodicMarkers,
    pitch_mean_hz=st.none(),
    pitch_std_hz=st.none(),
    pitch_elevated=st.none() | st.booleans(),
    speech_rate_sps=st.none() | st.floats(1, 9),
    speech_rate_category=st.none(),
    pause_ratio=st.none() | st.floats(0, 1),
    voice_tremor=st.none() | st.booleans(),
    breathiness=st.none() | st.floats(0, 1),
    hesitation_count=st.none(),
    energy_variance=st.none(),
)
CLASSES = {"anger": 0.5, "fear": 0.3, "neutral": 0.15, "strange": 0.05}
PLACES = {
    **{word: BRANCH_PLACES[word] for word in ("anger", "fear")},
    "strange": PrimaryDimensions(-0.2, 0.6, 0.3),
}


@given(markers)
def test_markers_say_nothing_of_the_class(measured: ProsodicMarkers) -> None:
    evidence = {"probabilities": {"anger": 0.6, "fear": 0.4}, "label_dimensions": PLACES}
    posterior = heard(**evidence, markers=measured).posterior
    assert sum(posterior[emotion] for emotion in BRANCHES["anger"]) == pytest.approx(0.6)
    assert sum(posterior[emotion] for emotion in BRANCHES["fear"]) == pytest.approx(0.4)


@given(markers, points)
def test_any_markers_give_a_posterior(measured: ProsodicMarkers, point: PrimaryDimensions) -> None:
    for evidence in ({"probabilities": CLASSES, "label_dimensions": PLACES}, {}):
        posterior = heard(**evidence, markers=measured, dimensions=point).posterior
        assert sum(posterior.values()) == pytest.approx(1)
        assert min(posterior.values()) >= 0


def test_a_marker_tells_neighbours_apart(make_markers: Callable[..., ProsodicMarkers]) -> None:
    def of_fear(**measured: object) -> dict[E, float]:
        evidence = {"probabilities": {"fear": 1.0}, "label_dimensions": {"fear": BRANCH_PLACES["fear"]}}
        return dict(heard(**evidence, markers=make_markers(**measured)).posterior)

    assert of_fear(voice_tremor=True)[E.PANICKED] > 1.5 * of_fear(voice_tremor=False)[E.PANICKED]
    assert of_fear(speech_rate_sps=7.0)[E.PANICKED] > of_fear(speech_rate_sps=4.5)[E.PANICKED]
    assert of_fear() == of_fear(hesitation_count=3)


def test_unmeasured_markers_are_as_no_markers(make_markers: Callable[..., ProsodicMarkers]) -> None:
    evidence = {"probabilities": CLASSES, "label_dimensions": PLACES}
    assert heard(**evidence, markers=make_markers()).posterior == heard(**evidence).posterior


def test_evidence_midway_between_neighbours_leaves_them_as_they_were_before_it() -> None:
    one, other = EMOTION_CENTRES[E.ANXIOUS], EMOTION_CENTRES[E.NERVOUS]
    middle = PrimaryDimensions(
        (one.valence + other.valence) / 2,
        (one.arousal + other.arousal) / 2,
        (one.dominance + other.dominance) / 2,
    )
    by_class = heard(probabilities={"fear": 1.0}, label_dimensions={"fear": middle}).posterior
    by_dimensions = heard(dimensions=middle).posterior
    assert by_dimensions[E.ANXIOUS] == pytest.approx(by_dimensions[E.NERVOUS])
    assert by_class[E.ANXIOUS] == pytest.approx(PROTOTYPE_WEIGHT * by_class[E.NERVOUS])


def test_a_broad_word_means_the_emotion_that_it_is_named_for_first() -> None:
    for word, at in BRANCH_PLACES.items():
        classes = heard(probabilities={word: 1.0}, label_dimensions={word: at})
        named = BRANCHES[word][0]
        assert classes.posterior[named] == max(classes.posterior.values()), word


def test_dimensions_that_say_nothing_leave_the_classes_as_they_were() -> None:
    evidence = {"probabilities": CLASSES, "label_dimensions": PLACES}
    vague = heard(**evidence, dimensions=PrimaryDimensions(0.5, 0.2, 0.9), dimension_errors=(1e3,) * 3)
    assert vague.posterior == pytest.approx(heard(**evidence).posterior, abs=1e-4)


@given(markers, st.floats(0.05, 0.9), points)
def test_a_little_more_evidence_changes_the_posterior_a_little(
    measured: ProsodicMarkers, share: float, point: PrimaryDimensions
) -> None:
    def posterior(more: float) -> dict[E, float]:
        rate, pauses = measured.speech_rate_sps, measured.pause_ratio
        moved = attrs.evolve(
            measured,
            speech_rate_sps=None if rate is None else rate + more,
            pause_ratio=None if pauses is None else abs(pauses - more),
        )
        classes = {"anger": share + more, "fear": 1 - share - more}
        place = attrs.evolve(point, arousal=abs(point.arousal - more))
        return dict(
            heard(probabilities=classes, label_dimensions=PLACES, dimensions=place, markers=moved).posterior
        )

    assert posterior(1e-6) == pytest.approx(posterior(0.0), abs=1e-3)


def test_an_unknown_label_that_is_not_placed_is_an_error_that_names_it() -> None:
    with pytest.raises(PluginError, match=r"label 'fearful' is none of the 26.*label_dimensions.*angry"):
        heard(probabilities={"fearful": 1.0})


def test_dimensions_weigh_the_labels() -> None:
    evidence = {"probabilities": {"angry": 0.5, "anxious": 0.5}}
    powerful = heard(**evidence, dimensions=PrimaryDimensions(-0.4, 0.8, 0.8)).posterior
    powerless = heard(**evidence, dimensions=PrimaryDimensions(-0.4, 0.8, 0.2)).posterior
    assert powerful[E.ANGRY] > 0.6
    assert powerless[E.ANXIOUS] > 0.6


def test_dimensions_known_only_vaguely_leave_neighbours_alike() -> None:
    point = EMOTION_CENTRES[E.EXCITED]
    sure = heard(dimensions=point, dimension_errors=(0.01, 0.01, 0.01)).posterior[E.EXCITED]
    vague = heard(dimensions=point, dimension_errors=(2.0, 2.0, 2.0)).posterior[E.EXCITED]
    assert vague < 0.08 < sure


def test_without_speech_every_emotion_is_equally_likely() -> None:
    result = heard(speech=False)
    assert set(result.posterior.values()) == {1 / 26}
    assert result.primary == PrimaryDimensions(0, 0.5, 0.5)


def test_labels_alone_still_give_dimensions() -> None:
    primary, centre = heard(probabilities={"sad": 1.0}).primary, EMOTION_CENTRES[E.SAD]
    assert primary.valence == pytest.approx(centre.valence)
    assert primary.arousal == pytest.approx(centre.arousal)
    assert primary.dominance == pytest.approx(centre.dominance)


@pytest.mark.parametrize("emotion", list(E))
def test_an_emotion_is_strong_at_its_own_centre_and_grows_beyond_it(emotion: EmotionCategory) -> None:
    centre, neutral = EMOTION_CENTRES[emotion], EMOTION_CENTRES[E.NEUTRAL]
    if emotion is E.NEUTRAL:
        assert heard(dimensions=centre).intensities[emotion] == 1
        return

    def on_the_way(share: float) -> float:
        point = PrimaryDimensions(
            neutral.valence + share * (centre.valence - neutral.valence),
            neutral.arousal + share * (centre.arousal - neutral.arousal),
            neutral.dominance + share * (centre.dominance - neutral.dominance),
        )
        return heard(dimensions=point).intensities[emotion]

    assert on_the_way(1) == pytest.approx(2 / 3)
    assert on_the_way(0) == pytest.approx(0)
    assert on_the_way(0.5) == pytest.approx(1 / 3)


# dimensions_to_likely_emotions


@pytest.mark.parametrize("emotion", list(E))
def test_every_emotion_is_the_first_or_second_at_its_own_centre(emotion: EmotionCategory) -> None:
    centre = EMOTION_CENTRES[emotion]
    ranked = dimensions_to_likely_emotions(centre.valence, centre.arousal, centre.dominance)
    assert emotion in [name for name, _ in ranked[:2]]


def test_dominance_tells_angry_from_anxious() -> None:
    def ranks(dominance: float) -> list[EmotionCategory]:
        return [name for name, _ in dimensions_to_likely_emotions(-0.4, 0.8, dominance)]

    assert ranks(0.8)[0] is E.ANGRY
    assert ranks(0.3).index(E.ANXIOUS) < ranks(0.3).index(E.ANGRY)


def test_the_ranking_holds_all_26_in_order_and_sums_to_1() -> None:
    ranked = dimensions_to_likely_emotions(0.1, 0.4)
    probabilities = [probability for _, probability in ranked]
    assert {name for name, _ in ranked} == set(E)
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1)


@pytest.mark.parametrize(
    ("point", "name"),
    [((1.1, 0.5, 0.5), "valence"), ((0, -0.1, 0.5), "arousal"), ((0, 0.5, math.nan), "dominance")],
)
def test_a_point_outside_the_space_is_refused(point: tuple[float, float, float], name: str) -> None:
    with pytest.raises(InvalidValueError, match=name):
        dimensions_to_likely_emotions(*point)


# Where the emotions lie


@pytest.mark.parametrize("group", [key for key in EMOTION_QUADRANTS if key[0] != "neutral"])
def test_emotions_lie_on_their_groups_side(group: tuple[str, str]) -> None:
    sign, level = group
    for emotion in EMOTION_QUADRANTS[group]:  # type: ignore[index]
        centre = EMOTION_CENTRES[emotion]
        assert (centre.valence > 0) == (sign == "positive"), emotion
        assert (centre.arousal > 0.5) == (level == "high"), emotion


def test_the_neutral_group_lies_in_the_middle() -> None:
    for emotion in EMOTION_QUADRANTS["neutral", "medium"]:
        centre = EMOTION_CENTRES[emotion]
        assert abs(centre.valence) <= 0.25
        assert 0.35 <= centre.arousal <= 0.65


@pytest.mark.parametrize(
    ("dimension", "order"),
    [
        ("arousal", (E.PANICKED, E.ANGRY, E.NEUTRAL, E.SAD, E.BORED)),
        ("arousal", (E.EXCITED, E.HAPPY, E.CONTENT, E.CALM)),
        ("valence", (E.HAPPY, E.CURIOUS, E.NEUTRAL, E.NERVOUS, E.ANGRY)),
        ("dominance", (E.CONFIDENT, E.ANGRY, E.ANXIOUS, E.PANICKED)),
    ],
)
def test_what_the_ratings_agree_on_is_in_order(dimension: str, order: tuple[EmotionCategory, ...]) -> None:
    values = [getattr(EMOTION_CENTRES[emotion], dimension) for emotion in order]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(values)
