"""Where the labels of emotional speech corpora lie, so that the taxonomy can share them among the 26."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
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
        InvalidValueError: a label that is neither; or two that differ in upper and lower case alone.
    """
    labels = sorted(set(labels))
    _check_case(labels)
    known = {**LABEL_PLACES, **(given or {})}
    own = set(map(str, E)) - set(given or {})
    places = {label: known.get(label, known.get(label.lower())) for label in labels if label not in own}
    unknown = sorted(label for label, place in places.items() if place is None)
    if unknown:
        words = sorted({*map(str, E), *known})
        near = [word for label in unknown for word in difflib.get_close_matches(label.lower(), words, n=1)]
        meant = f" Did you mean {', '.join(near)}?" if near else ""
        raise InvalidValueError(
            f"where do the labels {', '.join(unknown)} lie?{meant} Say the valence (-1..1), arousal and "
            "dominance (0..1) of each (voxaffect train: --place LABEL=V,A,D). Known: the 26 emotions, and "
            f"{', '.join(sorted(LABEL_PLACES))}"
        )
    return {label: place for label, place in places.items() if place is not None}


def _check_case(labels: Sequence[str]) -> None:
    """A class in two spellings would be two classes, each the other's worst mistake."""
    spelt: dict[str, str] = {}
    for label in labels:
        other = spelt.setdefault(label.lower(), label)
        if other != label:
            raise InvalidValueError(
                f"the labels {other!r} and {label!r} differ in upper and lower case alone: spell them alike"
            )
