"""What this distribution offers."""

from __future__ import annotations

from collections.abc import Iterable

from voxaffect import Component, hookimpl


@hookimpl
def voxaffect_classifiers() -> Iterable[Component]:
    """The combination of others."""
    yield Component(
        name="hybrid",
        target="voxaffect_hybrid.classifier:HybridClassifier",
        summary="Several classifiers together, by your weights; not measured to be better than the best",
        speed="of its members together",
        memory="of its members together",
        members=("emotion2vec", "prosodic"),
    )
