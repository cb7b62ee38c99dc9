"""The speaker's words, so written that no synthesiser takes any of them for a tag.

No target documents a way to escape its tags. Therefore a pair of delimiters that could enclose one becomes a
pair of parentheses: `[laugh]` is spoken as "(laugh)", never performed.
"""

from __future__ import annotations

import logging

from voxaffect.hidden_characters import is_hidden

log = logging.getLogger(__name__)


def plain_text(text: str, delimiters: tuple[str, ...]) -> str:
    """The text without characters that print nothing, and without anything that could be a tag.

    Args:
        delimiters: of the target's tags, e.g. ("[]", "<>").
    """
    kept = "".join(filter(None, map(_spoken, text)))
    untagged = kept
    for pair in delimiters:
        untagged = _in_parentheses(untagged, pair[0], pair[1])
    if untagged != kept:
        log.info("brackets in the text that would be read as tags were made parentheses")
    return untagged


def _spoken(character: str) -> str:
    if character.isspace():
        return character if character in "\n\t " else " "
    return "" if is_hidden(character) else character


def _in_parentheses(text: str, opening: str, closing: str) -> str:
    """Every matched pair as parentheses, in one pass however deeply they nest.

    "3 < 4" stays: markup has no space behind its `<`, whereas `[ laugh ]` may well be taken for a tag.
    """
    characters, open_at = list(text), []
    for place, character in enumerate(characters):
        if character == opening and not (opening == "<" and text[place + 1 : place + 2].isspace()):
            open_at.append(place)
        elif character == closing and open_at:
            characters[open_at.pop()], characters[place] = "(", ")"
    return "".join(characters)
