"""Each rule of the transparent classifier, alone."""

import pytest
from voxaffect import Features, Pipeline
from voxaffect_prosodic.rules import MAX_CONFIDENCE, NEUTRAL, POPULATION, RULES, RuleClassifier


def classify(functionals, baseline=None):
    features = Features(functionals={**POPULATION, **functionals}, speech_s=2.0, baseline=baseline)
    return RuleClassifier().classify({"prosodic": features})


def test_a_voice_as_usual_is_neutral():
    dimensions = classify({}).dimensions
    assert (dimensions.valence, dimensions.arousal, dimensions.dominance) == tuple(NEUTRAL.values())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.functional)
def test_each_rule_adds_its_increments_in_full_at_its_span_and_no_more_beyond(rule):
    for spans in (1.0, 5.0):
        found = classify({rule.functional: POPULATION[rule.functional] + spans * rule.span}).dimensions
        for dimension, neutral in NEUTRAL.items():
            expected = neutral + rule.increments.get(dimension, 0.0)
            assert getattr(found, dimension) == pytest.approx(expected)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.functional)
def test_less_than_usual_counts_only_where_the_rule_says_so(rule):
    found = classify({rule.functional: POPULATION[rule.functional] - rule.span}).dimensions
    sign = -1 if rule.both_ways else 0
    for dimension, neutral in NEUTRAL.items():
        assert getattr(found, dimension) == pytest.approx(
            neutral + sign * rule.increments.get(dimension, 0.0)
        )


def test_the_increments_are_those_that_are_documented():
    by_functional = {rule.functional: rule.increments for rule in RULES}
    assert by_functional["f0_mean_st"] == {"arousal": 0.2}
    assert by_functional["speech_rate_sps"] == {"arousal": 0.15, "dominance": 0.1}
    assert by_functional["energy_variance"] == {"arousal": 0.1, "dominance": 0.1}
    assert by_functional["jitter"] == {"arousal": 0.1}
    assert by_functional["breathiness"] == {"valence": -0.1}
    assert by_functional["hesitation_count"] == {"valence": -0.15, "dominance": -0.2}
    assert by_functional["pause_ratio"] == {"valence": -0.1}
    assert by_functional["f0_std_st"] == {"dominance": 0.1}


def test_the_more_is_known_of_a_speaker_the_more_counts_their_own_usual_voice():
    high = {"f0_mean_st": POPULATION["f0_mean_st"] + 4}
    arousal = [
        classify(high, baseline=Features(functionals=high, n_samples=n)).dimensions.arousal
        for n in (1e-6, 3, 1e6)
    ]
    assert arousal[0] == pytest.approx(classify(high).dimensions.arousal, abs=1e-4)
    assert arousal[1] == pytest.approx((arousal[0] + 0.4) / 2, abs=1e-4)
    assert arousal[2] == pytest.approx(0.4, abs=1e-4)


def test_a_measure_that_is_missing_pushes_nothing():
    features = Features(functionals={"f0_mean_st": POPULATION["f0_mean_st"]}, speech_s=1.0)
    assert RuleClassifier().classify({"prosodic": features}).dimensions.arousal == pytest.approx(0.4)


def test_the_explanation_names_the_strongest_push_first():
    explanation = classify({"f0_mean_st": POPULATION["f0_mean_st"] + 6, "breathiness": 0.4}).explanation
    assert explanation[0] == "high pitch: arousal +0.20"
    assert any(line.startswith("breathy voice: valence -0.05") for line in explanation)


def test_monotone_pitch_is_named_as_such():
    assert "monotone pitch: dominance +0.10" in classify({"f0_std_st": 0.8}).explanation


def test_without_speech_there_is_nothing_to_classify():
    assert not RuleClassifier().classify({"prosodic": Features(speech_s=0.0)}).speech


def test_no_voice_is_judged_with_more_than_three_quarters_confidence():
    pipeline = Pipeline.from_config({"classifier": "prosodic_rules"})
    for pitch_st in range(60, 110, 5):
        heard = pipeline.taxonomy.map(classify({"f0_mean_st": float(pitch_st)}))
        assert max(heard.posterior.values()) <= MAX_CONFIDENCE
