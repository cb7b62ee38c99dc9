"""Where the sentences and clauses of a text end, for renderers that put pauses there or cut a long text."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
