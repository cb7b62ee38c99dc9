"""What this distribution offers."""

from __future__ import annotations

from collections.abc import Iterable

from voxaffect import Component, hookimpl
from voxaffect.engines import default_engine

_SPEED = "about 10 x real time on two cores (base)"
_MEMORY = "0.6 GB (base), 1 GB (large)"
_LICENCE = "FunASR model licence or Apache-2.0, not settled: see `voxaffect weights list`"
_WEIGHTS = "voxaffect_emotion2vec.weights:CATALOGUE"
_OBSTACLE = "voxaffect_emotion2vec.availability:missing_weights"


@hookimpl
def voxaffect_feature_extractors() -> Iterable[Component]:
    """Embeddings."""
    yield Component(
        name="emotion2vec",
        target="voxaffect_emotion2vec.extractor:Emotion2vecExtractor",
        summary=f"emotion2vec's embeddings of a clip and of every 20 ms; engine here: {default_engine()}",
        quality=4,
        speed=_SPEED,
        memory=_MEMORY,
        modules=("numpy",),
        install="pip install voxaffect-emotion2vec",
        weights_licence=_LICENCE,
        weights=_WEIGHTS,
        obstacle=_OBSTACLE,
    )


@hookimpl
def voxaffect_classifiers() -> Iterable[Component]:
    """Nine emotions."""
    yield Component(
        name="emotion2vec",
        target="voxaffect_emotion2vec.classifier:Emotion2vecClassifier",
        summary=f"emotion2vec+: nine emotions from a trained network; engine here: {default_engine()}",
        quality=4,
        speed=_SPEED,
        memory=_MEMORY,
        modules=("numpy",),
        install="pip install voxaffect-emotion2vec",
        weights_licence=_LICENCE,
        weights=_WEIGHTS,
        obstacle=_OBSTACLE,
    )
