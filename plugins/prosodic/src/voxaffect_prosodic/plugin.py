"""What this distribution offers."""

from __future__ import annotations

from collections.abc import Iterable

from voxaffect import Card, Component, hookimpl


@hookimpl
def voxaffect_feature_extractors() -> Iterable[Component]:
    """F0, tempo, pauses, loudness, voice quality, vocal effort, timbre."""
    yield Component(
        name="prosodic",
        target="voxaffect_prosodic.extractor:ProsodicExtractor",
        summary="F0, tempo, pauses, loudness, voice quality, vocal effort and timbre, in numpy",
        quality=3,
        speed="about 200 x real time on one core",
        memory="60 MB",
        install="pip install voxaffect-prosodic",
        makes="markers",
    )


@hookimpl
def voxaffect_classifiers() -> Iterable[Component]:
    """The trained model, and the transparent rules."""
    yield Component(
        name="prosodic",
        target="voxaffect_prosodic.trained:ProsodicClassifier",
        summary="Four emotions by a linear model of acoustic measures, and what pushed which way",
        card=Card(
            unseen_recall=0.59,
            enrolled_recall=0.62,
            how="mean of EMO-DB to CREMA-D and back; tests/benchmarks/train_prosodic.py CORPORA",
        ),
        quality=3,
        speed="about 200 x real time on one core",
        memory="60 MB",
        install="pip install voxaffect-prosodic",
        weights_licence="Apache-2.0; trained on EMO-DB (CC0) and CREMA-D (ODbL 1.0, with attribution)",
    )
    yield Component(
        name="prosodic_rules",
        target="voxaffect_prosodic.rules:RuleClassifier",
        summary="Rules on prosodic markers: arousal well, valence hardly",
        quality=2,
        speed="about 200 x real time on one core",
        memory="60 MB",
        install="pip install voxaffect-prosodic",
    )
