"""What this distribution offers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from voxaffect import Component, hookimpl
from voxaffect.engines import default_engine

_COMMON: dict[str, Any] = {
    "name": "emotion2vec",
    "quality": 4,
    "speed": "about 7 x real time on two cores (base)",
    "memory": "0.6 GB (base), 1 GB (large)",
    "install": "pip install voxaffect-emotion2vec",
    "weights_licence": "FunASR model licence or Apache-2.0, not settled: see `voxaffect weights list`",
    "weights": "voxaffect_emotion2vec.weights:CATALOGUE",
    "obstacle": "voxaffect_emotion2vec.availability:missing_weights",
    "modules": ("numpy",),
}


@hookimpl
def voxaffect_feature_extractors() -> Iterable[Component]:
    """Embeddings."""
    yield Component(
        target="voxaffect_emotion2vec.extractor:Emotion2vecExtractor",
        summary=f"emotion2vec's embeddings of a clip and of every 20 ms; engine here: {default_engine()}",
        **_COMMON,
    )


@hookimpl
def voxaffect_classifiers() -> Iterable[Component]:
    """Nine emotions."""
    yield Component(
        target="voxaffect_emotion2vec.classifier:Emotion2vecClassifier",
        summary=f"emotion2vec+: nine emotions from a trained network; engine here: {default_engine()}",
        **_COMMON,
    )
