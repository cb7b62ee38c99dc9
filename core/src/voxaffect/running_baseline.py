"""What a speaker usually sounds like, learned from what they say: no samples, no labels, no sound kept."""

from __future__ import annotations

import attrs

from voxaffect._validate import require
from voxaffect.baseline import SpeakerBaseline, average_features
from voxaffect.components import Features
from voxaffect.emotions import EmotionCategory
from voxaffect.pipeline import Measured, Pipeline

HALF_LIFE = 20
"""Utterances after which one counts half: some three minutes of talk. It bounds the count as well, at about
15 utterances for a calm speaker and 1 for one who is always angry. With 60, recall is within .02 either way,
worse where one emotion lasts, and anger is told about as often after ten minutes of it
(tests/benchmarks/running_baseline.py)."""


class RunningBaseline:
    """The mean of a speaker's utterances, one after the other, in constant memory.

    Each utterance counts as much as it sounds neutral. The plain mean takes a mood that lasts for the voice:
    after ten minutes of anger, anger sounds usual. How neutral it sounds is judged against `start` alone, not
    against what was learned since, which would agree with itself more with every utterance.

    Args:
        pipeline: that the utterances are measured with.
        start: the speaker's baseline where one is known; the mean goes on from it, by its count.
        half_life: utterances after which what was heard counts half.

    Attributes:
        current: what the next utterance is to be measured against; None before anything was heard.

    Raises:
        InvalidValueError: `start` is no baseline.
    """

    def __init__(
        self, pipeline: Pipeline, start: SpeakerBaseline | None = None, *, half_life: float = HALF_LIFE
    ) -> None:
        require(
            start,
            SpeakerBaseline | None,
            "a baseline must be a SpeakerBaseline or None",
            instead="BaselineStore().load(name) reads one, calibrate_baseline makes one",
        )
        self._pipeline, self._kept = pipeline, 0.5 ** (1 / half_life)
        self.start = self.current = start

    def take_in(self, measured: Measured) -> None:
        """One more utterance of the speaker, as a whole; nothing where there was no speech in it.

        Raises:
            PluginError: a component failed.
        """
        weight = self._neutrality(measured)
        if not weight:
            return
        known = {} if self.current is None else self.current.features
        heard = {
            name: self._continued(known.get(name), features, weight)
            for name, features in measured.features.items()
            if features.functionals or features.embedding is not None
        }
        self.current = SpeakerBaseline({**known, **heard})

    def _neutrality(self, measured: Measured) -> float:
        """Probability that it is neutral; 0 without speech."""
        usual = {} if self.start is None else self.start.features
        features = {
            name: attrs.evolve(each, baseline=usual.get(name)) for name, each in measured.features.items()
        }
        classification = self._pipeline.classify(attrs.evolve(measured, features=features))
        if not classification.speech:
            return 0.0
        return self._pipeline.place(classification).posterior[EmotionCategory.NEUTRAL]

    def _continued(self, known: Features | None, heard: Features, weight: float) -> Features:
        if known is None or _size(known) != _size(heard):  # that of another network has nothing in common
            return average_features([heard], [weight])
        return average_features([known, heard], [known.n_samples * self._kept, weight])


def _size(features: Features) -> int:
    return 0 if features.embedding is None else len(features.embedding)
