"""How much an engine takes in one request, in the engine's own unit."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from voxaffect._validate import at_least
from voxaffect.errors import InvalidValueError

UNITS = ("bytes", "characters", "billed characters")
"""Of all that is sent, as UTF-8; of all that is sent; of the words alone, without markup."""


def _known(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if value not in UNITS:
        raise InvalidValueError(f"the unit of a limit must be one of {', '.join(UNITS)}; got {value!r}")


@attrs.frozen
class Limit:
    """At most so many of a unit.

    Attributes:
        unit: of `UNITS`.
    """

    most: int = attrs.field(validator=at_least(1))
    unit: str = attrs.field(validator=_known)

    def __str__(self) -> str:
        return f"{self.most:,} {self.unit}"

    def size(self, sent: str, words: str) -> int:
        """Of a request, in this limit's unit.

        Args:
            sent: markup and words.
            words: what is spoken.
        """
        return {"bytes": len(sent.encode()), "characters": len(sent), "billed characters": len(words)}[
            self.unit
        ]


def exceeded(limits: Sequence[Limit], sent: str, words: str) -> Limit | None:
    """The first limit that a request exceeds."""
    return next((limit for limit in limits if limit.size(sent, words) > limit.most), None)
