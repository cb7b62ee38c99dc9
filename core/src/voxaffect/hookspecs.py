"""The four hooks. Each lists what a plugin offers for one stage; none does any work."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from voxaffect.components import Component

hookspec = pluggy.HookspecMarker("voxaffect")
hookimpl = pluggy.HookimplMarker("voxaffect")


@hookspec
def voxaffect_feature_extractors() -> Iterable[Component]:
    """Offer feature extractors. Target: `voxaffect.FeatureExtractor` (Audio -> Features)."""
    return ()


@hookspec
def voxaffect_classifiers() -> Iterable[Component]:
    """Offer classifiers. Target: `voxaffect.Classifier` ({extractor: Features} -> Classification)."""
    return ()


@hookspec
def voxaffect_taxonomies() -> Iterable[Component]:
    """Offer taxonomy mappings. Target: `voxaffect.Taxonomy` (Classification -> Heard)."""
    return ()


@hookspec
def voxaffect_prosody_renderers() -> Iterable[Component]:
    """Offer prosody renderers. Target: `voxaffect.ProsodyRenderer` (ProsodyParameters -> Rendering)."""
    return ()
