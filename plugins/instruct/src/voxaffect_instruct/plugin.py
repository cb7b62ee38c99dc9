"""What this plugin offers; imported on every start, so it imports nothing but the descriptors."""

from __future__ import annotations

from collections.abc import Iterable

from voxaffect.components import Component
from voxaffect.hookspecs import hookimpl


@hookimpl
def voxaffect_prosody_renderers() -> Iterable[Component]:
    """The renderer `instruct`."""
    return [
        Component(
            name="instruct",
            target="voxaffect_instruct.renderer:InstructRenderer",
            summary="an instruction in words, or the controls of IndexTTS2, CosyVoice, OpenAI and others",
            quality=2,
            speed="instant",
        )
    ]
