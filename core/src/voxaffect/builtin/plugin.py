"""The components that the core itself offers."""

from __future__ import annotations

from collections.abc import Iterable

from voxaffect.components import Component
from voxaffect.hookspecs import hookimpl


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
