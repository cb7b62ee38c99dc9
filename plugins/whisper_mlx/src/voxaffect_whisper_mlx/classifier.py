"""`WhisperClassifier`: a linear head of `voxaffect train` on the encoder's embedding."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from voxaffect.errors import ConfigurationError
from voxaffect.training.classifier import TrainedClassifier
from voxaffect.training.folder import CARD
from voxaffect.training.model import ModelError, Verdict

from voxaffect_whisper_mlx.folder import HEAD
from voxaffect_whisper_mlx.weights import find_whisper

EXTRACTOR = "whisper_mlx"
EXPLAINED = 3
"""Classes named in the explanation, at most; none below 1 %."""
LEAST_EXPLAINED = 0.01


class WhisperClassifier(TrainedClassifier):
    """The classes of a head.

    Args:
        model: as for `WhisperExtractor`, which is then built with the same.
        head: a folder that `voxaffect train --extractor whisper_mlx` has written, or the name of one; the
            one that lies in the model's folder if None.

    Raises:
        ConfigurationError: a model without a head.
        ModelError: a head that is refused, or that was trained on another extractor.
    """

    def __init__(
        self, *, model: str | os.PathLike[str] | None = None, head: str | os.PathLike[str] | None = None
    ) -> None:
        super().__init__(model=_head_of(find_whisper(model)) if head is None else head)
        self.extractor_options: dict[str, dict[str, Any]] = {}
        if model is not None:
            self.extractor_options[EXTRACTOR] = {"model": model}
        if self.model.extractor != EXTRACTOR:
            raise ModelError(
                f"this head was trained on features of {self.model.extractor!r}, not of {EXTRACTOR!r}"
            )

    def explain(self, label: str, verdict: Verdict) -> list[str]:
        """The likeliest classes; what an embedding holds has no names."""
        probabilities = dict(zip(self.model.classes, verdict.probabilities.tolist(), strict=True))
        likeliest = sorted(probabilities, key=lambda each: -probabilities[each])[:EXPLAINED]
        return [
            f"{each} {probabilities[each]:.0%}"
            for each in likeliest
            if probabilities[each] >= LEAST_EXPLAINED
        ]


def _head_of(model: Path) -> Path:
    head = (model if model.is_dir() else model.parent) / HEAD
    if not (head / CARD).is_file():
        raise ConfigurationError(
            f"{model} gives embeddings, no classes: train a head on it with voxaffect train --extractor "
            f"{EXTRACTOR}, and give it as head"
        )
    return head
