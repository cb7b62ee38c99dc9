"""Characters that print nothing: prompts go without them, and people are shown them written out."""

from __future__ import annotations

import unicodedata

HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's categories of controls (those of terminals among them), of formats (which turn the direction of
writing), of lone surrogates (what no encoding can write) and of line and paragraph separators."""

JOINERS = "\u200c\u200d"
"""Formats that scripts and emoji need, and that do no harm."""


def is_hidden(character: str) -> bool:
    """Whether it prints nothing; the joiners of scripts and emoji and plain space are not hidden."""
    return unicodedata.category(character) in HIDDEN and character not in JOINERS


def escape_hidden(text: str, *, keep: str = "") -> str:
    r"""The text in one line, each hidden character written as Python writes it: `\x1b`, `\n`, `\u202e`.

    Args:
        keep: hidden characters that stay, e.g. line breaks.
    """
    if text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode()
        if is_hidden(character) and character not in keep
        else character
        for character in text
    )
