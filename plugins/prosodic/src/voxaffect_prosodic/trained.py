"""The trained classifier: a linear model of the functionals, and why it said what it said."""

from __future__ import annotations

import os
from pathlib import Path

from voxaffect.training.classifier import LEAST_TOLD, MOST_TOLD, TrainedClassifier
from voxaffect.training.model import Verdict

from voxaffect_prosodic.cues import cue_pushes

MODEL = Path(__file__).parent / "model"
"""Made by tests/benchmarks/train_prosodic.py; model.json says from what, and how right it is."""


class ProsodicClassifier(TrainedClassifier):
    """Four classes by logistic regression, relative to what is known of the speaker's usual voice.

    Args:
        model: another model of the same kind, a folder or a name; the one that comes with this if None.

    Raises:
        ModelError: there is none, or it is refused.
    """

    def __init__(self, *, model: str | os.PathLike[str] | None = None) -> None:
        super().__init__(model=MODEL if model is None else model)

    def explain(self, label: str, verdict: Verdict) -> list[str]:
        """What pushed towards the likeliest class or away from it, in plain words, the strongest first.

        In units of the logarithm of the odds against the average class.
        """
        pushes = cue_pushes(verdict.pushes, verdict.deviations)
        hardest = sorted(pushes, key=lambda words: -abs(pushes[words]))[:MOST_TOLD]
        return [
            f"{words}: {label} {pushes[words]:+.2f}" for words in hardest if abs(pushes[words]) >= LEAST_TOLD
        ]
