"""What this distribution offers."""

from __future__ import annotations

from collections.abc import Iterable

from voxaffect import Component, hookimpl


@hookimpl
def voxaffect_feature_extractors() -> Iterable[Component]:
    """F0, tempo, pauses, voice quality, vocal effort."""
    yield Component(
        name="prosodic",
        target="voxaffect_prosodic.extractor:ProsodicExtractor",
        summary="F0, tempo, pauses, voice quality and vocal effort, in numpy",
        quality=3,
        speed="about 300 x real time on one core",
        memory="60 MB",
        modules=("scipy",),
        install="pip install voxaffect-prosodic",
    )


@hookimpl
def voxaffect_classifiers() -> Iterable[Component]:
    """The transparent rules."""
    yield Component(
        name="prosodic",
        target="voxaffect_prosodic.rules:RuleClassifier",
        summary="Rules on prosodic markers: arousal well, valence hardly",
        quality=2,
        speed="about 300 x real time on one core",
        memory="60 MB",
        modules=("scipy",),
        install="pip install voxaffect-prosodic",
    )
