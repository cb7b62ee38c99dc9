"""A baseline without a calibration: learned from the first minute that a speaker is heard."""

from __future__ import annotations

import math
from collections.abc import Mapping

from voxaffect._validate import is_number, shown
from voxaffect.baseline import MIN_SAMPLES, SpeakerBaseline, average_features
from voxaffect.components import Features
from voxaffect.emotions import EmotionCategory
from voxaffect.errors import InvalidValueError
from voxaffect.types import EmotionResult

LEARNED_SPEECH_S = 60.0

LEAST_WEIGHT = 1e-6
"""So that a minute without any neutral moment still gives a mean."""


class BaselineLearner:
    """Collects utterances until there is enough speech for a baseline.

    Nobody is neutral for a minute by order, as calibration samples are. Each utterance counts as much as it
    was heard as neutral; the plain mean takes the speaker's mood for their voice, and is worse than no
    baseline at all on speakers who begin in every emotion (tests/benchmarks/speaker_baseline.py).

    Args:
        speech_s: seconds of speech to collect.

    Raises:
        InvalidValueError: `speech_s` not above 0.
    """

    def __init__(self, speech_s: float = LEARNED_SPEECH_S) -> None:
        if not (is_number(speech_s) and 0 < speech_s < math.inf):
            raise InvalidValueError(f"speech_s must be a number above 0, got {shown(speech_s)}")
        self.needed_s, self.heard_s = float(speech_s), 0.0
        self._utterances: list[Mapping[str, Features]] = []
        self._weights: list[float] = []

    def add(self, features: Mapping[str, Features], heard: EmotionResult) -> SpeakerBaseline | None:
        """One more utterance; the baseline as soon as there is enough speech. Without speech it is left out.

        Args:
            features: {extractor: what it measured}, without a baseline.
            heard: what was concluded from them.
        """
        if not heard.speech:
            return None
        spoken = [each.speech_s for each in features.values() if each.speech_s is not None]
        self.heard_s += min([heard.duration_s, *spoken])
        self._utterances.append(features)
        self._weights.append(max(heard.posterior[EmotionCategory.NEUTRAL], LEAST_WEIGHT))
        if self.heard_s < self.needed_s or len(self._utterances) < MIN_SAMPLES:
            return None
        return SpeakerBaseline(
            {
                name: average_features([each[name] for each in self._utterances], self._weights)
                for name in features
            }
        )
