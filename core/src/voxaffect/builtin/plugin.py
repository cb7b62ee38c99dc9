"""The components that the core itself offers."""

from __future__ import annotations

from collections.abc import Iterable

from voxaffect.components import Component
from voxaffect.hookspecs import hookimpl


@hookimpl
def voxaffect_classifiers() -> Iterable[Component]:
    """Whatever `voxaffect train` has made."""
    yield Component(
        name="trained",
        target="voxaffect.training.classifier:TrainedClassifier",
        summary="A model of voxaffect train, by folder or name: --config with model = ...",
        speed="that of its extractor",
        asks=("model",),
    )


@hookimpl
def voxaffect_taxonomies() -> Iterable[Component]:
    """The mapping that a pipeline uses unless told otherwise."""
    yield Component(
        name="circumplex",
        target="voxaffect.builtin.taxonomy:CircumplexTaxonomy",
        summary="Bayes' rule on Gaussian emotions in valence, arousal and dominance",
        quality=3,
        speed="negligible",
    )
