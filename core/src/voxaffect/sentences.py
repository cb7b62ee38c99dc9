"""Where the sentences and clauses of a text end, to put pauses there or to cut a long text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from voxaffect.errors import InvalidValueError

# A run is tried from its first mark only: a text of nothing but dots would take the square of its length.
_SENTENCE_END = (
    r"(?<![.!?\u2026])[.!?\u2026]++[\"'\u201d\u2019)\]]*+(?=\s++\S)"
    r"|(?<![\u3002\uff01\uff1f])[\u3002\uff01\uff1f]++(?=\s*+\S)"
)
_CLAUSE_END = (
    r"[,;:][\"'\u201d\u2019)\]]*(?=\s+\S)|(?<=\s)[\u2013\u2014](?=\s+\S)|[\uff0c\u3001\uff1b](?=\s*\S)"
)
_BOUNDARY = re.compile(f"(?P<sentence>{_SENTENCE_END})|(?P<clause>{_CLAUSE_END})")

_TITLES = "Mr|Mrs|Ms|Dr|Prof|St|vs|etc|Hr|Fr|Nr|bzw|usw"
_ABBREVIATION = re.compile(rf"(?:^|[\s(])(?:(?:[^\W\d]\.)*[^\W\d]|{_TITLES})$")
"""What a full stop follows without ending a sentence: single letters, "e.g", titles."""

_LONGEST_ABBREVIATION = 40
"""Characters looked at before a full stop, so that a text without spaces costs no more than its length."""


def boundaries(text: str) -> Iterator[tuple[int, int, str]]:
    """(Start, end, "sentence" | "clause") of each mark inside the text at which a voice pauses."""
    for found in _BOUNDARY.finditer(text):
        before = text[max(0, found.start() - _LONGEST_ABBREVIATION) : found.start()]
        if found[0] != "." or not _ABBREVIATION.search(before):
            yield found.start(), found.end(), str(found.lastgroup)


def whole_sentences(text: str) -> int:
    """How many characters of the text, from its start, are whole sentences."""
    ends = [end for _, end, kind in boundaries(f"{text} |") if kind == "sentence"]
    return ends[-1] if ends else 0


def cut(text: str, fits: Callable[[str], bool], *, most: int) -> list[str]:
    """The text in parts that fit, each as long as it can be.

    A part ends with a sentence; where none fits with a clause, then with a word, then anywhere.

    Args:
        fits: whether a part may be so long.
        most: characters that no part may exceed, so that `fits` is never asked about a whole book.

    Raises:
        InvalidValueError: not even a single character fits.
    """
    parts, rest = [], text
    while rest and not (len(rest) <= most and fits(rest)):
        window = rest[:most]
        end = next(filter(None, (_last(ends, window, fits) for ends in _ends(window))), None)
        if end is None:
            raise InvalidValueError("the limit leaves no room for any text: raise it")
        parts.append(rest[:end])
        rest = rest[end:].lstrip()
    return [*parts, rest] if rest else parts


def _ends(window: str) -> Iterator[Sequence[int]]:
    """Places to cut at, the best kind first, each kind by rising place."""
    found = [(end, kind) for _, end, kind in boundaries(window)]
    for wanted in ("sentence", "clause"):
        yield [end for end, kind in found if kind == wanted]
    yield [space.start() for space in re.finditer(r"(?<=\S)\s", window)]
    yield range(1, len(window) + 1)


def _last(ends: Sequence[int], window: str, fits: Callable[[str], bool]) -> int | None:
    """The last place up to which the window fits."""
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        if fits(window[: ends[middle]]):
            low = middle + 1
        else:
            high = middle
    return ends[low - 1] if low else None
