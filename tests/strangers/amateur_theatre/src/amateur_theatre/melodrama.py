from __future__ import annotations

from collections.abc import Mapping

from voxaffect import Classification, Features


class Melodrama:
    """The tempo tells everything: "excited" from `fast_sps` syllables a second, else "sad"."""

    requires = ("prosodic",)

    def __init__(self, *, fast_sps: float = 4.0) -> None:
        self.fast_sps = fast_sps

    def classify(self, features: Mapping[str, Features]) -> Classification:
        markers = features["prosodic"].markers
        if markers is None or markers.speech_rate_sps is None:
            return Classification(speech=False)
        heard = "excited" if markers.speech_rate_sps >= self.fast_sps else "sad"
        return Classification(probabilities={heard: 0.75, "neutral": 0.25}, markers=markers)
