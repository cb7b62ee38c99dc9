"""The transparent classifier: a dozen increments that anybody can read, check and argue with."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from voxaffect import Classification, Features, PrimaryDimensions
from voxaffect.baseline import usual_value

MAX_CONFIDENCE = 0.75
"""Acoustics alone never justify more."""

NEUTRAL: Mapping[str, float] = {"valence": 0.0, "arousal": 0.4, "dominance": 0.5}
"""Where a voice without any evidence stands."""

DIMENSION_ERRORS = (0.45, 0.12, 0.2)
"""Standard errors of valence, arousal and dominance. The rules hear arousal well, hardly any valence."""

POPULATION: Mapping[str, float] = {
    "f0_mean_st": 86.75,  # 150 Hz
    "alpha_ratio_db": -17.0,
    "speech_rate_sps": 5.5,
    "energy_variance": 0.45,
    "f0_std_st": 2.4,
    "breathiness": 0.2,
    "jitter": 0.02,
    "pause_ratio": 0.1,
    "hesitation_count": 0.0,
}
"""Neutral speech of people we know nothing about: rounded means of the neutral clips of EMO-DB and of those
that listeners heard as neutral in CREMA-D, which agree on all but the tempo (6.2 and 4.9). Of those with a
baseline, the speaker's own means count too, see `usual_value`."""


@attrs.frozen
class Rule:
    """A functional's deviation from neutral speech, and what it adds to the dimensions at most.

    Attributes:
        cue: what is said of it in an explanation, when it is more than usual and when it is less.
        span: deviation at which the increments are reached in full; they grow linearly up to there.
        increments: {dimension: amount}.
        both_ways: whether less than usual counts too, with the opposite sign.
    """

    functional: str
    cue: tuple[str, str]
    span: float
    increments: Mapping[str, float]
    both_ways: bool = False


RULES = (
    Rule("f0_mean_st", ("high pitch", "low pitch"), 6.0, {"arousal": 0.2}, both_ways=True),
    # Vocal effort is the cue that separates anger from boredom best after pitch: Eyben et al. 2016.
    Rule(
        "alpha_ratio_db",
        ("forceful voice", "soft voice"),
        10.0,
        {"arousal": 0.2, "dominance": 0.15},
        both_ways=True,
    ),
    Rule(
        "speech_rate_sps",
        ("fast speech", "slow speech"),
        2.0,
        {"arousal": 0.15, "dominance": 0.1},
        both_ways=True,
    ),
    Rule(
        "energy_variance",
        ("uneven loudness", "even loudness"),
        0.5,
        {"arousal": 0.1, "dominance": 0.1},
        both_ways=True,
    ),
    Rule("jitter", ("unsteady voice", ""), 0.02, {"arousal": 0.1}),
    Rule("breathiness", ("breathy voice", ""), 0.4, {"valence": -0.1}),
    Rule("hesitation_count", ("hesitations", ""), 3.0, {"valence": -0.15, "dominance": -0.2}),
    Rule("pause_ratio", ("long pauses", ""), 0.3, {"valence": -0.1}),
    # Monotone pitch is a small spread, hence the sign.
    Rule("f0_std_st", ("", "monotone pitch"), -1.5, {"dominance": 0.1}),
)

LEAST_TOLD = 0.02
"""Smaller pushes are left out of the explanation."""


class RuleClassifier:
    """Valence, arousal and dominance by adding up `RULES`; no categories of its own."""

    requires = ("prosodic",)

    def classify(self, features: Mapping[str, Features]) -> Classification:
        """Against the speaker's baseline where the features have one, else against `POPULATION`."""
        measured = features["prosodic"]
        if not measured.speech_s:
            return Classification(speech=False, max_confidence=MAX_CONFIDENCE)
        dimensions = dict(NEUTRAL)
        pushes: list[tuple[float, str]] = []
        for rule in RULES:
            value = measured.functionals.get(rule.functional)
            if value is None:
                continue
            usual = usual_value(measured.baseline, rule.functional, POPULATION[rule.functional])
            degree = min(1.0, max(-1.0 if rule.both_ways else 0.0, (value - usual) / rule.span))
            for dimension, increment in rule.increments.items():
                push = degree * increment
                dimensions[dimension] += push
                if abs(push) >= LEAST_TOLD:
                    cue = rule.cue[0] if degree * rule.span > 0 else rule.cue[1]
                    pushes.append((push, f"{cue}: {dimension} {push:+.2f}"))
        return Classification(
            dimensions=PrimaryDimensions(
                valence=_within(dimensions["valence"], -1),
                arousal=_within(dimensions["arousal"], 0),
                dominance=_within(dimensions["dominance"], 0),
            ),
            dimension_errors=DIMENSION_ERRORS,
            max_confidence=MAX_CONFIDENCE,
            markers=measured.markers,
            explanation=tuple(text for _, text in sorted(pushes, key=lambda push: -abs(push[0]))),
            adapted_to=0 if measured.baseline is None else measured.baseline.n_samples,
        )


def _within(value: float, low: float) -> float:
    return min(1.0, max(low, value))
