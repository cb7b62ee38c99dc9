"""Text to XML: what may stand in a document, its pauses, and how it is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape  # xml.sax.saxutils would bring urllib and ssl: 40 ms on every listing

from voxaffect.errors import InvalidValueError
from voxaffect.sentences import boundaries

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Everything outside `Char` of XML 1.0: control characters, lone surrogates, U+FFFE and U+FFFF."""

LANGUAGE_TAG = re.compile("[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
"""The shape of a tag of BCP 47, as the type `language` of XML Schema has it (part 2, 3.3.3)."""

Pause = Callable[[str, str], str]
"""(Punctuation mark as XML, "sentence" | "clause") -> the mark with its pause, as XML."""


def speakable(text: str) -> str:
    """The text without the characters XML 1.0 forbids; those that separate words become a space."""
    return _FORBIDDEN.sub(lambda found: " " if found[0].isspace() else "", text)


def element(name: str, attributes: dict[str, str], content: str) -> str:
    """An element around content that is XML already; one without content closes itself.

    Raises:
        InvalidValueError: an attribute with a character that XML 1.0 forbids, which no escape can write.
    """
    for key, value in attributes.items():
        if forbidden := _FORBIDDEN.search(value):
            raise InvalidValueError(
                f"SSML cannot hold {key}={value!r}: XML forbids the character {forbidden[0]!r}; leave it out"
            )
    written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def spoken(text: str, pause: Pause | None, *, start: int = 0, stop: int | None = None) -> str:
    """The text as XML, each boundary's mark with its pause.

    Args:
        start, stop: the part that is wanted; a boundary at its end counts as it does in the whole.
    """
    parts, stop = [], len(text) if stop is None else stop
    for begin, end, kind in boundaries(text) if pause else ():
        if start <= begin and end <= stop:
            assert pause is not None
            parts += [_escaped(text[start:begin]), pause(_escaped(text[begin:end]), kind)]
            start = end
    return "".join([*parts, _escaped(text[start:stop])])


def _escaped(text: str) -> str:
    # A bare carriage return would be read back as a line feed; "]]>" is escaped by its last character.
    return escape(text, quote=False).replace("\r", "&#13;")
