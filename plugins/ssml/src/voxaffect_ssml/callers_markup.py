"""SSML that the caller wrote: parsed, checked against what the engine understands, written anew."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from xml.etree import ElementTree

import attrs
from voxaffect.errors import InvalidValueError, reason_of
from voxaffect.sentences import boundaries

from voxaffect_ssml.callers_values import (
    break_time,
    check_language,
    check_level,
    check_prosody,
    check_strength,
)
from voxaffect_ssml.dialects import SSML_NAMESPACE, Dialect
from voxaffect_ssml.markup import Pause, element, spoken
from voxaffect_ssml.said import is_whole

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_PREFIX = {_LANG: "xml:lang"}
MAX_DEPTH = 64
"""Elements within elements; no speech needs more."""

_TEXT_ONLY = ("phoneme", "say-as", "sub")
_EMPTY = ("break", "mark")
_NOT_INSIDE = {"p": {"p", "s", "emphasis"}, "s": {"s", "emphasis"}}


@attrs.frozen
class _Rule:
    """Attributes that an element takes, and those that it needs."""

    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


# www.w3.org/TR/speech-synthesis11, 3.1 to 3.3, without what belongs before the text (lexicon, meta).
_RULES = {
    "p": _Rule((_LANG,)),
    "s": _Rule((_LANG,)),
    "w": _Rule(("role", _LANG)),
    "lang": _Rule((_LANG,), (_LANG,)),
    "break": _Rule(("time", "strength")),
    "emphasis": _Rule(("level",)),
    "mark": _Rule(("name",), ("name",)),
    "phoneme": _Rule(("ph", "alphabet"), ("ph",)),
    "say-as": _Rule(("interpret-as", "format", "detail"), ("interpret-as",)),
    "sub": _Rule(("alias",), ("alias",)),
    "voice": _Rule(("name", "gender", "age", "variant", _LANG)),
    "audio": _Rule(("src",), ("src",)),
    "prosody": _Rule(("pitch", "contour", "range", "rate", "duration", "volume")),
}


@attrs.frozen
class CallersMarkup:
    """A caller's SSML that one dialect understands.

    Attributes:
        root: `<speak>` with the text in it, names without their namespace.
        lang: what it says of its language, if anything.
    """

    root: ElementTree.Element
    lang: str | None

    @classmethod
    def parse(cls, text: str, dialect: Dialect) -> CallersMarkup:
        """A whole document with `<speak>` around it, or what would stand inside.

        Raises:
            InvalidValueError: not well-formed, with a document type (whose entities can swell to any
                size), or with an element, attribute or value that the dialect does not understand.
        """
        if re.search(r"<!(?!--|\[CDATA\[)", text):
            raise InvalidValueError("the SSML must be without a document type; leave out <!DOCTYPE ...>")
        try:
            root = _parsed(text)
        except (ElementTree.ParseError, ValueError, RecursionError) as error:
            raise InvalidValueError(
                f"the text is no well-formed SSML: {reason_of(error)}; markup='text' reads it as text"
            ) from error
        lang = root.get(_LANG)
        if lang is not None:
            check_language(lang)
        for child in root:
            _check(child, dialect, ("speak",))
        if dialect.whole_sentences:
            _check_sentences(root, dialect)
        return cls(root, lang)

    @property
    def words(self) -> str:
        """All that is spoken, without markup."""
        return "".join(self.root.itertext())

    @property
    def has_boundaries(self) -> bool:
        """Whether there is a place between clauses or sentences."""
        return any(True for text in self._texts(self.root) for _ in boundaries(text))

    def write(self, pause: Pause | None) -> str:
        """Its inside as XML, with pauses at the boundaries inside of each stretch of text."""
        return _inside(self.root, pause)

    def sentences_and_rest(self, pause: Pause | None) -> tuple[str, str]:
        """Its elements are not torn apart: where it ends inside a sentence, all is the rest."""
        written = self.write(pause)
        return (written, "") if is_whole(self.words) else ("", written)

    def _texts(self, parent: ElementTree.Element) -> Iterator[str]:
        if parent.tag not in _TEXT_ONLY:
            yield parent.text or ""
        for child in parent:
            yield from self._texts(child)
            yield child.tail or ""


def _parsed(text: str) -> ElementTree.Element:
    stripped = text.lstrip("\ufeff \t\r\n")
    whole = re.match(r"<\?xml|(?:<!--.*?-->\s*)*<(?:\w+:)?speak[\s/>]", stripped, re.DOTALL)
    root = ElementTree.fromstring(stripped if whole else f"<speak>{text}</speak>")
    for depth, node in _with_depth(root):
        if depth > MAX_DEPTH:
            raise ValueError(f"elements stand more than {MAX_DEPTH} deep")
        node.tag = node.tag.removeprefix(f"{{{SSML_NAMESPACE}}}")
    if root.tag != "speak":
        raise ValueError(f"its root is <{root.tag}>, not <speak>")
    return root


def _with_depth(root: ElementTree.Element) -> Iterator[tuple[int, ElementTree.Element]]:
    waiting = [(0, root)]
    while waiting:
        depth, node = waiting.pop()
        yield depth, node
        waiting += [(depth + 1, child) for child in node]


def _check(node: ElementTree.Element, dialect: Dialect, above: tuple[str, ...]) -> None:
    name = node.tag
    if name not in _RULES or name not in dialect.elements:
        raise _refusal(f"{dialect.engine} takes no <{name}> inside the text", dialect.elements)
    takes: Collection[str] = _RULES[name].takes
    if name == "prosody":
        takes = {attribute.name for attribute in dialect.prosody.values()} | set(dialect.other_prosody)
        if not node.attrib:
            raise InvalidValueError("<prosody> without an attribute says nothing; leave it out")
    for key in node.attrib:
        if key not in takes:
            raise _refusal(f"{dialect.engine} takes no {_PREFIX.get(key, key)} in <{name}>", takes)
    for key in _RULES[name].needs:
        if key not in node.attrib:
            raise InvalidValueError(f"<{name}> needs the attribute {_PREFIX.get(key, key)}")
    if name in _EMPTY and (len(node) or (node.text or "").strip()):
        raise InvalidValueError(f"<{name}> must be empty")
    if name in _TEXT_ONLY and len(node):
        raise InvalidValueError(f"<{name}> holds text only, got <{node[0].tag}> in it")
    if _NOT_INSIDE.get(name, set()) & set(above):
        raise InvalidValueError(f"<{name}> cannot stand inside <{above[-1]}>")
    for key, value in node.attrib.items():
        _check_value(node, key, value, dialect)
    for child in node:
        _check(child, dialect, (*above, name))


def _check_value(node: ElementTree.Element, key: str, value: str, dialect: Dialect) -> None:
    match node.tag, key:
        case "prosody", _:
            check_prosody(key, value, dialect)
        case "break", "time":
            node.set(key, break_time(value, dialect))
        case "break", "strength":
            check_strength(value)
        case "emphasis", "level":
            check_level(value)
        case _, lang if lang == _LANG:
            check_language(value)


def _check_sentences(node: ElementTree.Element, dialect: Dialect, before: str = "") -> None:
    """Whether each <prosody> stands around whole sentences.

    Args:
        before: what is spoken before the node.
    """
    words = "".join(node.itertext())
    if node.tag == "prosody" and not (is_whole(before) and is_whole(words)):
        raise InvalidValueError(
            f"{dialect.engine} takes <prosody> around whole sentences only, got it around {words[:40]!r}"
        )
    before += node.text or ""
    for child in node:
        _check_sentences(child, dialect, before)
        before += "".join(child.itertext()) + (child.tail or "")


def _refusal(message: str, known: Collection[str]) -> InvalidValueError:
    names = ", ".join(sorted(_PREFIX.get(name, name) for name in known)) or "none"
    return InvalidValueError(f"{message}; it takes: {names}")


def _inside(parent: ElementTree.Element, pause: Pause | None) -> str:
    if parent.tag in _TEXT_ONLY:
        pause = None
    parts = [spoken(parent.text or "", pause)]
    for child in parent:
        attributes = {_PREFIX.get(key, key): value for key, value in child.attrib.items()}
        parts += [element(child.tag, attributes, _inside(child, pause)), spoken(child.tail or "", pause)]
    return "".join(parts)
