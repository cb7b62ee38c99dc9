"""The renderer: prosody and text to an SSML document, and an account of what it leaves unsaid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

from voxaffect.emotions import EmotionCategory
from voxaffect.errors import InvalidValueError, UnknownNameError
from voxaffect.request_limit import exceeded
from voxaffect.sentences import cut
from voxaffect.types import ProsodyParameters, Rendering, Utterance

from voxaffect_ssml.account import Account
from voxaffect_ssml.dialect_table import read_dialect
from voxaffect_ssml.dialects import DIALECTS, SSML_NAMESPACE, Dialect
from voxaffect_ssml.markup import LANGUAGE_TAG, Pause, element, speakable
from voxaffect_ssml.said import PlainText, Said, is_whole
from voxaffect_ssml.styles import STYLE_NAMESPACE, express_as

DEFAULT_LANGUAGE = "en-US"
"""Said where a dialect demands `xml:lang` and none was given."""

MARKUPS = ("text", "ssml")


class SsmlRenderer:
    """Prosody as an SSML document.

    Args:
        dialect: the engine it is for, a key of `DIALECTS`; or a table, see `read_dialect`.
        lang: value of `xml:lang`, e.g. "de-DE"; where a dialect demands one, en-US if None.
        voice: name of the voice to put around the text; none if None, which Azure refuses.
        styles: Azure's names of the speaking styles that the voice has, e.g. ["angry", "sad"]: the one
            nearest to the utterance's emotion is put around the text, see styles.py. None if empty.
        markup: "text", everything is read aloud, or "ssml": the text is SSML, a whole document or what
            stands inside one, and what it says is kept beside the prosody.

    Raises:
        UnknownNameError: no such dialect or markup.
        ConfigurationError: a table that declares no dialect.
        InvalidValueError: a lang that is no language tag, a voice that is no name, styles that are no list of
            names, a voice or styles for an engine that has none, or no voice for one that demands it.
    """

    needs: ClassVar[tuple[Literal["text", "audio"], ...]] = ("text",)

    def __init__(
        self,
        *,
        dialect: str | Mapping[str, Any] = "w3c",
        lang: str | None = None,
        voice: str | None = None,
        styles: Sequence[str] = (),
        markup: str = "text",
    ) -> None:
        self._dialect = _dialect(dialect)
        if markup not in MARKUPS:
            raise UnknownNameError("markup", markup, MARKUPS)
        if lang is not None and not (isinstance(lang, str) and LANGUAGE_TAG.fullmatch(lang)):
            raise InvalidValueError(f'lang must be a language tag, e.g. "de-DE" or "en", got {lang!r}')
        if voice is not None and not (isinstance(voice, str) and voice.strip()):
            raise InvalidValueError(f'voice must be a name, e.g. "de-DE-KatjaNeural", got {voice!r}')
        if voice is not None and not self._dialect.voices:
            raise InvalidValueError(
                f"{self._dialect.engine} takes no <voice> in its SSML, got voice={voice!r}; "
                "name the voice in the request to the engine instead"
            )
        if not isinstance(styles, (list, tuple)) or not all(isinstance(style, str) for style in styles):
            raise InvalidValueError(f'styles must be a list of names, e.g. ["angry"], got {styles!r}')
        if styles and not self._dialect.styles:
            raise InvalidValueError(f"{self._dialect.engine} has no speaking styles in its SSML")
        if voice is None and self._dialect.needs_voice:
            raise InvalidValueError(
                f"{self._dialect.engine} refuses SSML without a <voice>: name one of yours "
                'with the option voice, e.g. voice="en-US-AvaMultilingualNeural"'
            )
        self._lang, self._voice, self._styles, self._markup = lang, voice, tuple(styles), markup

    def render(self, prosody: ProsodyParameters, utterance: Utterance) -> Rendering:
        """An SSML document; characters that XML 1.0 forbids are removed from the text.

        A text that is longer than the engine takes at once is cut at sentences: see `Rendering.parts`.

        Raises:
            InvalidValueError: with markup="ssml", a text that is none, not for this engine or longer than it
                takes at once; or an option with a character that XML 1.0 forbids.
        """
        text = speakable(utterance.text or "")
        account = Account(self._dialect, prosody)
        said: Said = PlainText(text)
        if self._markup == "ssml":
            from voxaffect_ssml.callers_markup import CallersMarkup

            said = CallersMarkup.parse(text, self._dialect)
        lang = self._lang or said.lang
        if not said.words.strip():
            account.leave_all("there is no text to say it with")
            return account.rendering(self._document(said.write(None), lang, None))
        attributes = account.attributes()
        style = None
        if utterance.emotion is not None:
            style = express_as(utterance.emotion, utterance.intensity, self._styles)
        if style is not None and utterance.emotion is not EmotionCategory.NEUTRAL:
            account.told(style["style"])
        pause = account.pause(has_boundaries=said.has_boundaries)
        if attributes and self._dialect.whole_sentences and not is_whole(said.words):
            sentences, _ = said.sentences_and_rest(None)
            account.leave_fragment(all_of_it=not sentences)

        def write(said: Said) -> str:
            return self._document(self._spoken(said, attributes, pause), lang, style)

        return self._rendering(account, said, write)

    def _rendering(self, account: Account, said: Said, write: Callable[[Said], str]) -> Rendering:
        """One document, and where the engine takes none so long, several that it takes."""
        dialect, document = self._dialect, write(said)
        limit = exceeded(dialect.limits, document, said.words)
        if limit is None:
            return account.rendering(document)
        if not isinstance(said, PlainText):
            raise InvalidValueError(
                f"the SSML has {limit.size(document, said.words):,} {limit.unit}, and {dialect.engine} takes "
                f"at most {limit.most:,} at once: cut it between sentences, and render each part"
            )

        def fits(piece: str) -> bool:
            return exceeded(dialect.limits, write(PlainText(piece)), piece) is None

        pieces = cut(said.words, fits, most=min(limit.most for limit in dialect.limits))
        account.cut_into(len(pieces), limit)
        return account.rendering(document, [write(PlainText(piece)) for piece in pieces])

    def _spoken(self, said: Said, attributes: dict[str, str], pause: Pause | None) -> str:
        if not attributes:  # an empty <prosody> is an error
            return said.write(pause)
        if not self._dialect.whole_sentences:
            return element("prosody", attributes, said.write(pause))
        sentences, rest = said.sentences_and_rest(pause)
        return (element("prosody", attributes, sentences) if sentences else "") + rest

    def _document(self, content: str, lang: str | None, style: dict[str, str] | None) -> str:
        dialect = self._dialect
        if style:
            content = element("mstts:express-as", style, content)
        if self._voice is not None:
            content = element("voice", {"name": self._voice}, content)
        root = {
            "version": dialect.version,
            "xmlns": SSML_NAMESPACE if dialect.namespaced else None,
            "xmlns:mstts": STYLE_NAMESPACE if style else None,
            "xml:lang": lang or (DEFAULT_LANGUAGE if dialect.namespaced else None),
        }
        return element("speak", {key: value for key, value in root.items() if value is not None}, content)


def _dialect(given: str | Mapping[str, Any]) -> Dialect:
    if isinstance(given, Mapping):
        return read_dialect(given)
    if not isinstance(given, str) or given not in DIALECTS:
        raise UnknownNameError("SSML dialect", given, DIALECTS)
    return DIALECTS[given]
