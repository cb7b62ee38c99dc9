from __future__ import annotations

from collections.abc import Mapping

import attrs
from voxaffect import Classification, Classifier, Features


class Understudy:
    """Another classifier's part, with less confidence."""

    def __init__(self, *, inner: Classifier, nerves: float = 0.5) -> None:
        self.inner, self.nerves = inner, nerves
        self.requires = inner.requires
        self.extractor_options = getattr(inner, "extractor_options", {})

    def classify(self, features: Mapping[str, Features]) -> Classification:
        classification = self.inner.classify(features)
        return attrs.evolve(classification, max_confidence=self.nerves * classification.max_confidence)
