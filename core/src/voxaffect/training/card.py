"""What a model card says beside the numbers: data, licence, and how right the model is."""

from __future__ import annotations

import collections
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from voxaffect.training.left_out import HeldOut
from voxaffect.training.table import FeatureTable
from voxaffect.training.train import Trained, figures

DECIMALS = 3


def describe(
    table: FeatureTable, trained: Trained, *, licence: str, source: str, penalty: float
) -> dict[str, Any]:
    """For `save_model`.

    Args:
        licence: of the model's use and of the data's.
        source: of the data, with the attribution that it asks for.
    """
    said = {
        "without baseline": trained.plain,
        "with a baseline of three neutral clips": trained.with_baseline,
        "corpus not heard": trained.abroad,
        "corpus not heard, with a baseline of three neutral clips": trained.abroad_with_baseline,
    }
    metrics = {
        words: by_corpus(table, held_out, trained.model.classes)
        for words, held_out in said.items()
        if held_out is not None
    }
    return {
        "licence": licence,
        "data": {
            "source": source,
            "clips": dict(sorted(collections.Counter(table.labels.tolist()).items())),
            "speakers": len(set(table.speakers.tolist())),
            "without_speech": len(table.silent),
            "copies_through_other_channels": len(table.values) - 1,
        },
        "training": {
            "method": "multinomial logistic regression, classes balanced",
            "penalty": penalty,
            "clips_with_votes": sum(clip.votes is not None for clip in table.clips),
            "clear_answers_right": trained.clear_accuracy,
            "neutral_strangers_told_an_emotion": _rounded(trained.strangers_told),
        },
        "metrics": {"how": "each speaker, or corpus, judged by models that have not heard it", **metrics},
    }


def by_corpus(table: FeatureTable, held_out: HeldOut, classes: tuple[str, ...]) -> dict[str, Any]:
    """{corpus: figures}, and those of all clips where there are several corpora; None where undefined."""
    corpora = sorted({clip.corpus or "all" for clip in table.clips})
    names = {"all", *corpora} if len(corpora) > 1 else corpora
    columns = {
        name: np.array([name in ("all", clip.corpus or "all") for clip in table.clips]) for name in names
    }
    return {name: _rounded(figures(table, held_out, classes, columns[name])) for name in sorted(columns)}


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, float):
        return round(value, DECIMALS) if math.isfinite(value) else None
    return value
