"""Text to XML: what may stand in a document, where its pauses are, and how it is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape  # xml.sax.saxutils would bring urllib and ssl: 40 ms on every listing

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Everything outside `Char` of XML 1.0: control characters, lone surrogates, U+FFFE and U+FFFF."""

_SENTENCE_END = r"[.!?\u2026]+[\"'\u201d\u2019)\]]*(?=\s+\S)|[\u3002\uff01\uff1f]+(?=\s*\S)"
_CLAUSE_END = (
    r"[,;:][\"'\u201d\u2019)\]]*(?=\s+\S)|(?<=\s)[\u2013\u2014](?=\s+\S)|[\uff0c\u3001\uff1b](?=\s*\S)"
)
_BOUNDARY = re.compile(f"(?P<sentence>{_SENTENCE_END})|(?P<clause>{_CLAUSE_END})")

_TITLES = "Mr|Mrs|Ms|Dr|Prof|St|vs|etc|Hr|Fr|Nr|bzw|usw"
_ABBREVIATION = re.compile(rf"(?:^|[\s(])(?:(?:[^\W\d]\.)*[^\W\d]|{_TITLES})$")
"""What a full stop follows without ending a sentence: single letters, "e.g", titles."""


def speakable(text: str) -> str:
    """The text without the characters XML 1.0 forbids; those that separate words become a space."""
    return _FORBIDDEN.sub(lambda found: " " if found[0].isspace() else "", text)


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """The text cut after each inner boundary: (piece, "sentence" | "clause" | "" for the last)."""
    start = 0
    for found in _BOUNDARY.finditer(text):
        if found[0] == "." and _ABBREVIATION.search(text[start : found.start()]):
            continue
        yield text[start : found.end()], found.lastgroup or ""
        start = found.end()
    yield text[start:], ""


def element(name: str, attributes: dict[str, str], content: str) -> str:
    """An element around content that is XML already."""
    written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>{content}</{name}>"


def with_breaks(text: str, breaks_ms: dict[str, int]) -> str:
    """The text as XML, with a `<break>` at each boundary whose kind `breaks_ms` knows."""
    return "".join(
        escape(piece, quote=False) + (f'<break time="{breaks_ms[kind]}ms"/>' if kind in breaks_ms else "")
        for piece, kind in pieces(text)
    )
