"""What this plugin offers; imported on every start, so it imports nothing but the descriptors."""

from __future__ import annotations

from collections.abc import Iterable

from voxaffect.components import Component
from voxaffect.hookspecs import hookimpl


@hookimpl
def voxaffect_prosody_renderers() -> Iterable[Component]:
    """The renderer `psola`."""
    return [
        Component(
            name="psola",
            target="voxaffect_psola.renderer:PsolaRenderer",
            summary="changed speech: all eight parameters, spread of F0 included, formants kept",
            quality=4,
            speed="100 x real time or more",
            makes="audio",
            modules=("scipy", "voxaffect_prosodic"),
            install="pip install voxaffect-psola",
        )
    ]
