"""What this plugin offers; imported on every start, so it imports nothing but the descriptors."""

from __future__ import annotations

from collections.abc import Iterable

from voxaffect.components import Component
from voxaffect.hookspecs import hookimpl


@hookimpl
def voxaffect_prosody_renderers() -> Iterable[Component]:
    """The renderer `ssml`."""
    return [
        Component(
            name="ssml",
            target="voxaffect_ssml.renderer:SsmlRenderer",
            summary="SSML for W3C, Azure, Polly, Google, IBM, Apple or espeak-ng",
            quality=3,
            speed="instant",
            makes="ssml",
        )
    ]
