"""What this plugin offers; imported on every start, so it imports nothing but the descriptors."""

from __future__ import annotations

from collections.abc import Iterable

from voxaffect.components import Component
from voxaffect.hookspecs import hookimpl


@hookimpl
def voxaffect_prosody_renderers() -> Iterable[Component]:
    """The renderer `rvc`."""
    return [
        Component(
            name="rvc",
            target="voxaffect_rvc.renderer:RvcRenderer",
            summary="arguments for RVC voice conversion (WebUI, rvc-python, inferrvc, Applio and others)",
            quality=2,
            speed="instant",
            makes="parameters",
        )
    ]
