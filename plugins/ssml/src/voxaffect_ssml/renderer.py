"""The renderer: prosody and text to an SSML document, and an account of what it leaves unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

import attrs
from voxaffect.errors import InvalidValueError, UnknownNameError
from voxaffect.types import NEUTRAL_PROSODY, PROSODY_RANGES, ProsodyParameters, Rendering, Utterance

from voxaffect_ssml.dialects import DIALECTS, SSML_NAMESPACE, Attribute, Dialect
from voxaffect_ssml.markup import element, pieces, speakable, with_breaks

DEFAULT_LANGUAGE = "en-US"
"""Said where a dialect demands `xml:lang` and none was given."""

_SHIFTS = ("pitch_shift_semitones", "volume_db")
"""Parameters that add; the others that SSML can express multiply."""

_NO_WORD_FOR_IT = {
    "dynamic_range": "SSML has no attribute for the spread of the level",
    "breathiness": "SSML has no attribute for the quality of the voice",
    "tremolo_amount": "SSML has no attribute for tremolo",
}


class SsmlRenderer:
    """Prosody as an SSML document.

    Args:
        dialect: the engine it is for, see `DIALECTS`.
        lang: value of `xml:lang`, e.g. "de-DE"; where a dialect demands one, en-US if None.
        voice: name of the voice to put around the text, which Azure demands; none if None.

    Raises:
        UnknownNameError: no such dialect.
        InvalidValueError: a voice for an engine that has no `<voice>`.
    """

    needs: ClassVar[tuple[Literal["text", "audio"], ...]] = ("text",)

    def __init__(self, *, dialect: str = "w3c", lang: str | None = None, voice: str | None = None) -> None:
        if dialect not in DIALECTS:
            raise UnknownNameError("SSML dialect", dialect, DIALECTS)
        self._dialect = DIALECTS[dialect]
        if voice is not None and not self._dialect.voices:
            raise InvalidValueError(
                f"{self._dialect.engine} takes no <voice> in its SSML, got voice={voice!r}; "
                "name the voice in the request to the engine instead"
            )
        self._lang, self._voice = lang, voice

    def render(self, prosody: ProsodyParameters, utterance: Utterance) -> Rendering:
        """An SSML document; characters that XML 1.0 forbids are removed from the text."""
        text = speakable(utterance.text or "")
        account = _Account(self._dialect, prosody)
        if not text.strip():
            account.leave_all("there is no text to say it with")
            return account.rendering(self._document(text, {}))
        attributes = account.attributes()
        breaks_ms = account.breaks_ms(text)
        return account.rendering(self._document(with_breaks(text, breaks_ms), attributes))

    def _document(self, content: str, attributes: dict[str, str]) -> str:
        dialect = self._dialect
        if attributes:  # an empty <prosody> is an error
            content = element("prosody", attributes, content)
        if self._voice is not None:
            content = element("voice", {"name": self._voice}, content)
        root = {"version": dialect.version, "xmlns": SSML_NAMESPACE if dialect.namespaced else None}
        root["xml:lang"] = self._lang or (DEFAULT_LANGUAGE if dialect.namespaced else None)
        return element("speak", {key: value for key, value in root.items() if value is not None}, content)


class _Account:
    """What was asked of a dialect, and what became of each parameter."""

    def __init__(self, dialect: Dialect, prosody: ProsodyParameters) -> None:
        self.dialect = dialect
        self.asked: Mapping[str, float] = attrs.asdict(prosody)
        self.changed = prosody.changed()
        self.approximated: dict[str, str] = {}
        self.unexpressed: dict[str, str] = {}
        self.residual: dict[str, float] = {}

    def leave_all(self, reason: str) -> None:
        for name in self.changed:
            self._leave(name, reason)

    def attributes(self) -> dict[str, str]:
        """Attributes of `<prosody>`, and a note of every parameter that none of them expresses."""
        numbers: dict[str, float] = {}
        moved_st = 0.0
        # The range first, because on some engines it moves the pitch, which then has to be held.
        for name in ("pitch_variance", "pitch_shift_semitones", "speech_rate", "volume_db"):
            attribute = self.dialect.prosody.get(name)
            if attribute is not None:
                beside = moved_st if name == "pitch_shift_semitones" else 0.0
                if name in self.changed or beside:
                    number = self._number(name, attribute, beside)
                    if number is not None:
                        numbers[attribute.name] = number
                if attribute.name == "range" and "range" in numbers and self.dialect.range_shift_st:
                    moved_st = self.dialect.range_shift_st(numbers["range"])
            elif name in self.changed:
                self._leave(name, f"{self.dialect.engine} cannot change it by SSML")
        for name in self.changed:
            if name in _NO_WORD_FOR_IT:
                self._leave(name, _NO_WORD_FOR_IT[name])
        written = {attribute.name: attribute for attribute in self.dialect.prosody.values()}
        order = ("pitch", "range", "rate", "volume")
        return {name: written[name].write(numbers[name]) for name in order if name in numbers}

    def _number(self, name: str, attribute: Attribute, beside: float) -> float | None:
        """The number to write; None where it would change nothing.

        Args:
            beside: what another attribute already does to this parameter, to be made up for.
        """
        asked = self.asked[name]
        number = attribute.number(asked - beside)
        still = attribute.number(getattr(NEUTRAL_PROSODY, name))
        done = attribute.value(number) + beside
        step = abs(attribute.value(number + 10.0**-attribute.decimals) - attribute.value(number))
        if number == still:
            if not beside:
                at_limit = number in (attribute.low, attribute.high)
                self._leave(
                    name,
                    f"{self.dialect.engine} goes no further than its default"
                    if at_limit
                    else f"{asked:g} is less than the smallest step of {self.dialect.engine}",
                )
            return None
        if abs(done - asked) > max(step, 1e-9):
            self.approximated[name] = f"{asked:g} was asked for, {self.dialect.engine} reaches {done:.3g}"
            self._keep(name, asked - done if name in _SHIFTS else asked / done)
        return number

    def breaks_ms(self, text: str) -> dict[str, int]:
        """Kind of boundary -> milliseconds of its break; empty where pauses are to stay."""
        if "pause_multiplier" not in self.changed:
            return {}
        if not any(kind for _, kind in pieces(text)):
            self._leave("pause_multiplier", "the text has no boundary between clauses or sentences")
            return {}
        factor, dialect = self.asked["pause_multiplier"], self.dialect
        breaks = {
            "sentence": round(factor * dialect.sentence_pause_ms),
            "clause": round(factor * dialect.clause_pause_ms),
        }
        self.approximated["pause_multiplier"] = (
            f"pauses at punctuation only, as breaks of {breaks['sentence']} ms after a sentence and "
            f"{breaks['clause']} ms after a clause, taking {dialect.engine}'s own for "
            f"{dialect.sentence_pause_ms:g} and {dialect.clause_pause_ms:g} ms"
        )
        return breaks

    def _leave(self, name: str, reason: str) -> None:
        self.unexpressed[name] = reason
        self.residual[name] = self.asked[name]

    def _keep(self, name: str, rest: float) -> None:
        low, high = PROSODY_RANGES[name]
        self.residual[name] = min(max(rest, low), high)

    def rendering(self, document: str) -> Rendering:
        return Rendering(
            kind="ssml",
            output=document,
            approximated=self.approximated,
            unexpressed=self.unexpressed,
            residual=ProsodyParameters(**self.residual),
        )
