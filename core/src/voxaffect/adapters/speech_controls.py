"""What a speech service is to be told of a delivery, before the text to be spoken is there."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from voxaffect.expression import Delivery, ProsodyApplicator
from voxaffect.types import Utterance


def controls(target: str, delivery: Delivery) -> Mapping[str, Any]:
    """The service's own parameters, as voxaffect-instruct has them for `target`.

    Raises:
        UnknownNameError: voxaffect-instruct is not installed, or has no such target.
    """
    # Of the targets asked for here, none but the text itself depends on the text.
    utterance = Utterance("", None, delivery.emotion, delivery.intensity)
    rendering = _applicator().render({"use": "instruct", "target": target}, delivery.prosody, utterance)
    assert isinstance(rendering.output, Mapping)
    return rendering.output


@functools.cache
def _applicator() -> ProsodyApplicator:
    """The plugins are found once, not at every answer."""
    return ProsodyApplicator()
