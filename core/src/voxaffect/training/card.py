"""What a model card says beside the numbers: data, licence, and how right the model is."""

from __future__ import annotations

import collections
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

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
    metrics: dict[str, Any] = {"without baseline": by_corpus(table, trained, with_baseline=False)}
    if trained.with_baseline is not None:
        metrics["with a baseline of three neutral clips"] = by_corpus(table, trained, with_baseline=True)
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
        },
        "metrics": {"how": "each speaker judged by models that have not heard them", **metrics},
    }


def by_corpus(table: FeatureTable, trained: Trained, *, with_baseline: bool) -> dict[str, Any]:
    """{corpus: figures}, and those of all clips where there are several corpora; None where undefined."""
    held_out = trained.with_baseline if with_baseline else trained.plain
    if held_out is None:
        return {}
    corpora = sorted({clip.corpus or "all" for clip in table.clips})
    names = {"all", *corpora} if len(corpora) > 1 else corpora
    columns = {
        name: np.array([name in ("all", clip.corpus or "all") for clip in table.clips]) for name in names
    }
    return {
        name: _rounded(figures(table, held_out, trained.model.classes, columns[name]))
        for name in sorted(columns)
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, float):
        return round(value, DECIMALS) if math.isfinite(value) else None
    return value
