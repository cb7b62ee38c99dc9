"""What this plugin offers; imported on every start, so it imports nothing but the descriptors."""

from __future__ import annotations

from collections.abc import Iterable

from voxaffect.components import Component
from voxaffect.hookspecs import hookimpl


@hookimpl
def voxaffect_prosody_renderers() -> Iterable[Component]:
    """The renderer `librosa_audio`."""
    return [
        Component(
            name="librosa_audio",
            target="voxaffect_librosa_audio.renderer:LibrosaAudioRenderer",
            summary="changed speech by a phase vocoder: all eight parameters, formants kept",
            quality=3,
            speed="80 x real time or more",
            makes="audio",
            modules=("librosa",),
            install="pip install voxaffect-librosa-audio",
        )
    ]
