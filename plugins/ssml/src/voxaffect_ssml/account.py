"""What was asked of a dialect, and what becomes of each parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
from voxaffect.request_limit import Limit
from voxaffect.types import (
    NEUTRAL_PROSODY,
    PROSODY_RANGES,
    Carried,
    EmotionAccount,
    ProsodyParameters,
    Rendering,
)

from voxaffect_ssml import espeak
from voxaffect_ssml.dialects import Attribute, Dialect
from voxaffect_ssml.markup import Pause, element

_PITCH, _VARIANCE = "pitch_shift_semitones", "pitch_variance"
_BY_ATTRIBUTE = (_PITCH, _VARIANCE, "speech_rate", "volume_db")
_SHIFTS = (_PITCH, "volume_db")
"""Parameters that add; the others that SSML can express multiply."""

_NEAR = {_PITCH: 0.1, _VARIANCE: 0.02}
"""What rounding may cost where two attributes hang together: semitones, and a share of the spread."""

_SAME_PAUSE = 0.03
"""Share of a pause below which it is left as the engine makes it."""

_NO_WORD_FOR_IT = {
    "dynamic_range": "SSML has no attribute for the spread of the level",
    "breathiness": "SSML has no attribute for the quality of the voice",
    "tremolo_amount": "SSML has no attribute for tremolo",
}


class Account:
    """Attributes and pauses for one delivery, and a note of all that they do not express.

    Args:
        dialect: of the engine.
        prosody: what is asked of it.
    """

    def __init__(self, dialect: Dialect, prosody: ProsodyParameters) -> None:
        self._dialect = dialect
        self._asked: Mapping[str, float] = attrs.asdict(prosody)
        self._changed = prosody.changed()
        self._numbers: dict[str, float] = {}
        self._approximated: dict[str, str] = {}
        self._unexpressed: dict[str, str] = {}
        self._residual: dict[str, float] = {}
        self._emotion: EmotionAccount | None = None

    def leave_all(self, reason: str) -> None:
        """Nothing can be expressed."""
        for name in self._changed:
            self._leave(name, reason)

    def attributes(self) -> dict[str, str]:
        """Attributes of `<prosody>`, and a note of every parameter that none of them expresses."""
        prosody = self._dialect.prosody
        together = {_PITCH, _VARIANCE} if self._dialect.pitch_and_range else set()
        for name in self._changed:
            if name in _NO_WORD_FOR_IT:
                self._leave(name, _NO_WORD_FOR_IT[name])
            elif name in _BY_ATTRIBUTE and name not in prosody:
                self._leave(name, f"{self._dialect.engine} cannot change it by SSML")
            elif name in _BY_ATTRIBUTE and name not in together:
                self._set_alone(name, prosody[name])
        if together & set(self._changed):
            self._set_pitch_and_range(prosody[_PITCH], prosody[_VARIANCE])
        return {
            prosody[name].name: prosody[name].write(self._numbers[name])
            for name in _BY_ATTRIBUTE
            if name in self._numbers
        }

    def pause(self, *, has_boundaries: bool) -> Pause | None:
        """How a punctuation mark is written with its pause; None where pauses are to stay.

        Call it after `attributes`, whose rate some engines' pauses follow.

        Args:
            has_boundaries: whether the text has a place between clauses or sentences.
        """
        if not has_boundaries:
            if "pause_multiplier" in self._changed:
                self._leave("pause_multiplier", "the text has no boundary between clauses or sentences")
            return None
        if self._dialect.pause_at_rate is not None:
            return self._pause_by_rate()
        if "pause_multiplier" not in self._changed:
            return None
        if "break" not in self._dialect.elements:
            self._leave("pause_multiplier", f"{self._dialect.engine} takes no <break>")
            return None
        return self._pause_by_break()

    def leave_fragment(self, *, all_of_it: bool) -> None:
        """Some words are no whole sentence, around which alone this engine takes `<prosody>`.

        Args:
            all_of_it: whether that is all the text.
        """
        why = f"{self._dialect.engine} takes it around whole sentences only"
        for name in self._numbers:
            if all_of_it:
                self._approximated.pop(name, None)
                self._leave(name, f"{why}, and the text has none")
            else:
                self._approximated.setdefault(name, f"{why}, and the last words are none")

    def cut_into(self, parts: int, limit: Limit) -> None:
        """The text became several documents, between which nothing is said of pauses."""
        if "pause_multiplier" in self._approximated:
            self._approximated["pause_multiplier"] += (
                f"; none between the {parts} parts, {limit} being the most that is taken at once"
            )

    def told(self, style: str) -> None:
        """The engine was told the emotion, by one of its speaking styles."""
        self._emotion = EmotionAccount(Carried.NAME, f'{self._dialect.engine} was told "{style}"')

    def rendering(self, document: str, parts: Sequence[str] = ()) -> Rendering:
        """The document, or documents, with the account of it."""
        return Rendering(
            kind="ssml",
            output=document,
            approximated=self._approximated,
            unexpressed=self._unexpressed,
            residual=ProsodyParameters(**self._residual),
            emotion_account=self._emotion,
            parts=tuple(parts),
        )

    def _set_alone(self, name: str, attribute: Attribute) -> None:
        asked = self._asked[name]
        number = attribute.number(asked)
        done = attribute.value(number)
        step = abs(attribute.value(number + 10.0**-attribute.decimals) - done)
        if number == attribute.number(getattr(NEUTRAL_PROSODY, name)):
            self._leave_as_it_is(name, number in (attribute.low, attribute.high))
            return
        self._numbers[name] = number
        self._settle(name, done, max(step, 1e-9))

    def _set_pitch_and_range(self, pitch: Attribute, variance: Attribute) -> None:
        model = self._dialect.pitch_and_range
        assert model is not None
        shift_st, factor = self._asked[_PITCH], self._asked[_VARIANCE]
        range_percent = variance.held(model.range_percent(shift_st, factor))
        pitch_percent = pitch.held(model.pitch_percent(shift_st, range_percent))
        if pitch_percent:
            self._numbers[_PITCH] = pitch_percent
        if range_percent != 100:
            self._numbers[_VARIANCE] = range_percent
        done = dict(zip((_PITCH, _VARIANCE), model.reached(pitch_percent, range_percent), strict=True))
        for name in (_PITCH, _VARIANCE):
            if name in self._changed and not self._numbers:
                self._leave_as_it_is(name, False)
            elif name in self._changed:
                self._settle(name, done[name], _NEAR[name] * (1 if name in _SHIFTS else self._asked[name]))

    def _settle(self, name: str, done: float, tolerance: float) -> None:
        asked = self._asked[name]
        if abs(done - asked) > tolerance:
            self._approximated[name] = f"{asked:g} was asked for, {self._dialect.engine} reaches {done:.3g}"
            low, high = PROSODY_RANGES[name]
            rest = asked - done if name in _SHIFTS else asked / done
            self._residual[name] = min(max(rest, low), high)

    def _leave_as_it_is(self, name: str, at_limit: bool) -> None:
        engine = self._dialect.engine
        self._leave(
            name,
            f"{engine} goes no further than its default"
            if at_limit
            else f"{self._asked[name]:g} is less than the smallest step of {engine}",
        )

    def _pause_by_break(self) -> Pause:
        factor, dialect = self._asked["pause_multiplier"], self._dialect
        own_ms = {"sentence": dialect.sentence_pause_ms, "clause": dialect.clause_pause_ms}
        longest_ms = 1000 * dialect.longest_break_s
        breaks_ms = {kind: round(min(factor * own, longest_ms)) for kind, own in own_ms.items()}
        self._approximated["pause_multiplier"] = (
            f"pauses at punctuation only, as breaks of {breaks_ms['sentence']} ms after a sentence and "
            f"{breaks_ms['clause']} ms after a clause; those of {dialect.engine} itself are assumed "
            f"to last {dialect.sentence_pause_ms:g} and {dialect.clause_pause_ms:g} ms"
        )
        return lambda mark, kind: mark + element("break", {"time": f"{breaks_ms[kind]}ms"}, "")

    def _pause_by_rate(self) -> Pause | None:
        """The mark alone at another rate, which changes its pause and nothing that is heard."""
        curve, rate = self._dialect.pause_at_rate, self._dialect.prosody["speech_rate"]
        assert curve is not None
        around = self._numbers.get("speech_rate", 100.0) / 100
        wanted = self._asked["pause_multiplier"] / (self._asked["speech_rate"] if around != 1 else 1)
        if abs(curve(around) / wanted - 1) < _SAME_PAUSE:
            if "pause_multiplier" in self._changed:
                self._leave_as_it_is("pause_multiplier", False)
            return None
        written = rate.unit.write(round(100 * curve.inverse(wanted) / around), 0)
        reset = element("prosody", {"rate": espeak.OTHER_RATE}, espeak.UNHEARD)
        return lambda mark, _: element("prosody", {"rate": written}, mark) + reset

    def _leave(self, name: str, reason: str) -> None:
        self._unexpressed[name] = reason
        self._residual[name] = self._asked[name]
