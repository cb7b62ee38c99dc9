from __future__ import annotations

from collections.abc import Iterable

from voxaffect import Component, hookimpl


@hookimpl
def voxaffect_classifiers() -> Iterable[Component]:
    yield Component(
        name="melodrama", target="amateur_theatre.melodrama:Melodrama", summary="fast is excited, slow is sad"
    )
    yield Component(
        name="understudy",
        target="amateur_theatre.understudy:Understudy",
        summary="another classifier, less sure",
        asks=("inner",),
    )


@hookimpl
def voxaffect_prosody_renderers() -> Iterable[Component]:
    yield Component(
        name="stage_directions",
        target="amateur_theatre.stage_directions:StageDirections",
        summary="directions in brackets",
    )


@hookimpl(optionalhook=True)
def voxaffect_curtain_calls() -> Iterable[Component]:
    raise RuntimeError("a hook of another version")
