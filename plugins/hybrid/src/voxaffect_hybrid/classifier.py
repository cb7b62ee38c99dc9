"""`HybridClassifier`: what several classifiers conclude, as one conclusion."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import attrs
import numpy as np
from voxaffect import Classification, Classifier, Features, PrimaryDimensions, Unavailable
from voxaffect.builtin.emotion_centres import EMOTION_CENTRES
from voxaffect.errors import ComponentUnavailableError, ConfigurationError

log = logging.getLogger(__name__)

TWO_WEIGHTS = (0.7, 0.3)
"""Of the first member and the second: the network hears valence, which acoustics hardly do."""


class HybridClassifier:
    """Averages dimensions by weight; categories of the members that have some, then weighed by dimensions.

    Dimensions of a member that gives only classes are those that its classes lie at, by their probability.
    Markers, embedding and explanation are those of the first member that has them, and it is adapted to a
    speaker as far as the member that is most. There is speech where every member hears some. A member that
    cannot run here is left out, its weight with it, and every result says so.

    Args:
        members: classifiers; the first one's categories and embedding come first.
        weights: one for each member, above 0; they need not sum to 1. 0.7 and 0.3 for two, else equal.

    Raises:
        ConfigurationError: no members, or weights that do not fit them.
        ComponentUnavailableError: no member can run here.
    """

    def __init__(
        self, *, members: Sequence[Classifier | Unavailable], weights: Sequence[float] | None = None
    ) -> None:
        given = _checked(weights, len(members))
        kept = [(m, w) for m, w in zip(members, given, strict=True) if not isinstance(m, Unavailable)]
        left_out = [f"{m.name} cannot run here: {m.reason}" for m in members if isinstance(m, Unavailable)]
        if not kept:
            raise ComponentUnavailableError("; ".join(left_out))
        self._members = [member for member, _ in kept]
        self._weights = [weight for _, weight in kept]
        self._fallback_reason = "; ".join(left_out) or None
        if self._fallback_reason is not None:
            log.warning("hybrid goes on without a member: %s", self._fallback_reason)
        self.requires = tuple(dict.fromkeys(name for member in self._members for name in member.requires))
        self.extractor_options = {
            name: options
            for member in reversed(self._members)  # the first one's, where two differ
            for name, options in getattr(member, "extractor_options", {}).items()
        }

    def classify(self, features: Mapping[str, Features]) -> Classification:
        """One conclusion of all members that can run here."""
        heard = [member.classify(features) for member in self._members]
        reasons = [self._fallback_reason, *(each.fallback_reason for each in heard)]
        silent = Classification(
            speech=False,
            max_confidence=max(each.max_confidence for each in heard),
            fallback_reason="; ".join(reason for reason in reasons if reason) or None,
        )
        if not all(each.speech for each in heard):
            return silent
        dimensions, errors = _measured_dimensions(heard, self._weights)
        return attrs.evolve(
            silent,
            speech=True,
            probabilities=_shared_probabilities(heard, self._weights),
            label_dimensions={
                label: where for each in reversed(heard) for label, where in each.label_dimensions.items()
            },
            dimensions=dimensions,
            dimension_errors=errors,
            primary=_mean([_point(each) for each in heard], self._weights),
            markers=next((each.markers for each in heard if each.markers is not None), None),
            embedding=next((each.embedding for each in heard if each.embedding is not None), None),
            explanation=tuple(line for each in heard for line in each.explanation),
            adapted_to=max(each.adapted_to for each in heard),
        )


def _checked(weights: Sequence[float] | None, count: int) -> tuple[float, ...]:
    if not count:
        raise ConfigurationError('hybrid needs members, e.g. members = [{ use = "prosodic" }]')
    if weights is None:
        return TWO_WEIGHTS if count == len(TWO_WEIGHTS) else (1.0,) * count
    good = len(weights) == count and all(
        isinstance(weight, (int, float)) and np.isfinite(weight) and weight > 0 for weight in weights
    )
    if not good:
        raise ConfigurationError(
            f"hybrid takes one weight above 0 for each of {count} members, got {weights!r}"
        )
    return tuple(map(float, weights))


def _point(heard: Classification) -> PrimaryDimensions:
    """A member's own dimensions, else where its classes lie, by their probability."""
    if heard.dimensions is not None:
        return heard.dimensions
    own = {str(emotion): centre for emotion, centre in EMOTION_CENTRES.items()}
    places = {**own, **heard.label_dimensions}
    return _mean([places[label] for label in heard.probabilities], list(heard.probabilities.values()))


def _mean(points: Sequence[PrimaryDimensions], weights: Sequence[float]) -> PrimaryDimensions:
    return PrimaryDimensions(*np.average([attrs.astuple(point) for point in points], axis=0, weights=weights))


def _measured_dimensions(
    heard: Sequence[Classification], weights: Sequence[float]
) -> tuple[PrimaryDimensions | None, tuple[float, float, float]]:
    """Of the members that estimate dimensions, and their errors; what is read off classes is not measured.

    The errors are averaged, not reduced: all members hear the same voice and may err together.
    """
    having = [i for i, each in enumerate(heard) if each.dimensions is not None]
    if not having:
        return None, (1.0, 1.0, 1.0)
    own = [weights[i] for i in having]
    valence, arousal, dominance = np.average([heard[i].dimension_errors for i in having], axis=0, weights=own)
    return _mean([_point(heard[i]) for i in having], own), (valence, arousal, dominance)


def _shared_probabilities(heard: Sequence[Classification], weights: Sequence[float]) -> dict[str, float]:
    """Of every label, by the weights of the members that have classes; empty where none has."""
    having = [(each, weight) for each, weight in zip(heard, weights, strict=True) if each.probabilities]
    total = sum(weight for _, weight in having)
    shared: dict[str, float] = {}
    for each, weight in having:
        for label, probability in each.probabilities.items():
            shared[label] = shared.get(label, 0.0) + weight / total * probability
    return shared
