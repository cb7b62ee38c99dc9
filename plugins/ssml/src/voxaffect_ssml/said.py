"""What is to be spoken: a text as it stands, or SSML of the caller's (callers_markup.py)."""

from __future__ import annotations

from typing import Protocol

import attrs
from voxaffect.sentences import boundaries, whole_sentences

from voxaffect_ssml.markup import Pause, spoken


class Said(Protocol):
    """What the renderer needs of it."""

    @property
    def lang(self) -> str | None:
        """What it says of its language, if anything."""
        ...

    @property
    def words(self) -> str:
        """All that is spoken, without markup."""
        ...

    @property
    def has_boundaries(self) -> bool:
        """Whether there is a place between clauses or sentences."""
        ...

    def write(self, pause: Pause | None) -> str:
        """As XML, with pauses at the boundaries inside of each stretch of text."""
        ...

    def sentences_and_rest(self, pause: Pause | None) -> tuple[str, str]:
        """The same in two: what may stand in one element around whole sentences, and what may not."""
        ...


@attrs.frozen
class PlainText:
    """A text in which nothing is markup."""

    words: str
    lang: None = None

    @property
    def has_boundaries(self) -> bool:
        """Whether there is a place between clauses or sentences."""
        return any(True for _ in boundaries(self.words))

    def write(self, pause: Pause | None) -> str:
        """As XML."""
        return spoken(self.words, pause)

    def sentences_and_rest(self, pause: Pause | None) -> tuple[str, str]:
        """What comes after the last end of a sentence is the rest."""
        end = whole_sentences(self.words)
        return spoken(self.words, pause, stop=end), spoken(self.words, pause, start=end)


def is_whole(words: str) -> bool:
    """Whether nothing comes after the last end of a sentence."""
    return whole_sentences(words) == len(words.rstrip())
