"""What this distribution offers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from voxaffect import Card, Component, hookimpl
from voxaffect.engines import default_engine

_COMMON: dict[str, Any] = {
    "name": "whisper_mlx",
    "quality": 3,
    "speed": "about 60 x real time on one core, markers measured too (bundled)",
    "memory": "110 MB (bundled)",
    "install": "pip install voxaffect-whisper-mlx",
    "weights": "voxaffect_whisper_mlx.weights:CATALOGUE",
    "modules": ("numpy",),
}


@hookimpl
def voxaffect_feature_extractors() -> Iterable[Component]:
    """Embeddings."""
    yield Component(
        target="voxaffect_whisper_mlx.extractor:WhisperExtractor",
        summary=f"Whisper's encoder: embeddings of a clip and every 20 ms; engine here: {default_engine()}",
        weights_licence="MIT (Whisper, OpenAI)",
        **_COMMON,
    )


@hookimpl
def voxaffect_classifiers() -> Iterable[Component]:
    """Emotions, by the head of the bundled model or another."""
    yield Component(
        target="voxaffect_whisper_mlx.classifier:WhisperClassifier",
        summary=f"Four emotions from Whisper's encoder, offline; engine here: {default_engine()}",
        weights_licence=(
            "MIT (Whisper, OpenAI); its head trained on EMO-DB (CC0) and CREMA-D (ODbL 1.0, with attribution)"
        ),
        card=Card(
            unseen_recall=0.60,
            enrolled_recall=0.63,
            how="mean of EMO-DB to CREMA-D and back; tests/benchmarks/train_whisper.py CORPORA --evaluate",
        ),
        **_COMMON,
    )
