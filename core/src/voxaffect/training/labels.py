"""Where the labels of emotional speech corpora lie, so that the taxonomy can share them among the 26."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from voxaffect.builtin.branches import BRANCH_OF, BRANCH_PLACES
from voxaffect.emotions import EmotionCategory as E
from voxaffect.errors import InvalidValueError
from voxaffect.types import PrimaryDimensions

LABEL_PLACES: Mapping[str, PrimaryDimensions] = MappingProxyType(
    {word: BRANCH_PLACES[branch] for word, branch in BRANCH_OF.items() if word not in set(map(str, E))}
)
"""Of the words that are none of the 26 themselves; see `voxaffect.builtin.branches`."""


def place_labels(
    labels: Iterable[str], given: Mapping[str, PrimaryDimensions] | None = None
) -> dict[str, PrimaryDimensions]:
    """{label: where it lies}, as given or else known; those of the 26 are left out, they mean themselves.

    Raises:
        InvalidValueError: a label that is neither.
    """
    known = {**LABEL_PLACES, **(given or {})}
    own = set(map(str, E)) - set(given or {})
    places = {label: known.get(label, known.get(label.lower())) for label in labels if label not in own}
    unknown = sorted(label for label, place in places.items() if place is None)
    if unknown:
        raise InvalidValueError(
            f"where do the labels {', '.join(unknown)} lie? Say the valence (-1..1), arousal and dominance "
            f"(0..1) of each. Known: the 26 emotions, and {', '.join(sorted(LABEL_PLACES))}"
        )
    return {label: place for label, place in places.items() if place is not None}
