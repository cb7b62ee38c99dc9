"""What each engine understands of SSML, as declarations.

A dialect more is a value more in `DIALECTS`, or a table in the user's configuration: dialect_table.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import attrs
from voxaffect.request_limit import Limit

from voxaffect_ssml import espeak
from voxaffect_ssml.interpolation import Curve
from voxaffect_ssml.units import (
    AMPLITUDE_0_TO_100,
    AMPLITUDE_PERCENT_CHANGE,
    DECIBELS,
    FACTOR,
    FREQUENCY_PERCENT,
    PERCENT,
    PERCENT_CHANGE,
    SEMITONES,
    Unit,
)

SSML_NAMESPACE = "http://www.w3.org/2001/10/synthesis"


@attrs.frozen
class Number:
    """A number as one engine reads it in an attribute.

    Attributes:
        suffix: what follows it.
        signed: whether it has a sign; None where the engine reads it with and without one.
        low, high: what the engine accepts.
    """

    suffix: str
    signed: bool | None = None
    low: float = -math.inf
    high: float = math.inf

    @property
    def shown(self) -> str:
        """E.g. `N% (20 to 200)`."""
        low = "" if math.isinf(self.low) else f"{self.low:g} "
        high = "" if math.isinf(self.high) else f"to {self.high:g}"
        bounds = f" ({low}{high})" if low or high else ""
        return {True: "+/-N", False: "N", None: "N or +/-N"}[self.signed] + self.suffix + bounds


@attrs.frozen
class Attribute:
    """One attribute of `<prosody>` as one engine reads it.

    Attributes:
        name: of the attribute.
        unit: how its value is written.
        low, high: the numbers the engine accepts, in that unit.
        decimals: digits after the point that it reads.
        measured: number written -> what it really does, in the parameter's own terms, where an engine
            does not do what the unit says.
        also: other forms of a number that it understands of a caller.
    """

    name: str
    unit: Unit
    low: float = -math.inf
    high: float = math.inf
    decimals: int = 2
    measured: Curve | None = None
    also: tuple[Number, ...] = ()

    @property
    def numbers(self) -> tuple[Number, ...]:
        """Every form of a number that the engine understands here."""
        return Number(self.unit.suffix, self.unit.signed, self.low, self.high), *self.also

    def number(self, value: float) -> float:
        """The number to write for a value of the parameter, held within what the engine accepts."""
        return self.held(self.measured.inverse(value) if self.measured else self.unit.encode(value))

    def held(self, number: float) -> float:
        """The number nearest to one that the engine accepts, with as many decimals as it reads."""
        return round(min(max(number, self.low), self.high), self.decimals) + 0.0

    def value(self, number: float) -> float:
        """What a number written does."""
        return self.measured(number) if self.measured else self.unit.decode(number)

    def write(self, number: float) -> str:
        """The attribute's value."""
        return self.unit.write(number, self.decimals)


_COMMON = frozenset({"break", "p", "phoneme", "prosody", "s", "say-as", "sub"})
_W3C_1_0 = _COMMON | {"audio", "emphasis", "mark", "voice"}


@attrs.frozen
class Dialect:
    """What one engine understands.

    Attributes:
        engine: its name for messages.
        prosody: parameter -> the attribute that expresses it.
        version: of SSML, on the root; None leaves the root bare.
        namespaced: whether the root needs the namespace and a language.
        voices: whether `<voice name="...">` is understood.
        needs_voice: whether a document without one is refused.
        sentence_pause_ms, clause_pause_ms: the engine's own pauses at a multiplier of 1, which a
            `<break>` replaces. The defaults are typical of read speech and of no engine in particular.
        elements: what it understands inside the text, for SSML that the caller wrote.
        longest_break_s: how long a `<break>` may be.
        other_prosody: attributes of `<prosody>` that it understands and no parameter of ours uses.
        pitch_and_range: how the two hang together, where changing one moves what the other does.
        pause_at_rate: factor on the rate at which a punctuation mark is spoken -> factor on its pause, of
            an engine whose `<break>` does harm.
        styles: whether `mstts:express-as` is understood.
        limits: what one request may hold; all of them count.
        whole_sentences: whether `<prosody>` may stand around whole sentences only.
    """

    engine: str
    prosody: Mapping[str, Attribute]
    version: str | None = None
    namespaced: bool = False
    voices: bool = False
    needs_voice: bool = False
    sentence_pause_ms: float = 500.0
    clause_pause_ms: float = 200.0
    elements: frozenset[str] = _COMMON
    longest_break_s: float = math.inf
    other_prosody: tuple[str, ...] = ()
    pitch_and_range: espeak.PitchAndRange | None = None
    pause_at_rate: Curve | None = None
    styles: bool = False
    limits: tuple[Limit, ...] = ()
    whole_sentences: bool = False


_HZ, _ST, _CHANGE = Number("Hz"), Number("st", True), Number("%", True)
_PITCH_ST = Attribute("pitch", SEMITONES, also=(_HZ, _CHANGE))
_RANGE_CHANGE = Attribute("range", PERCENT_CHANGE, also=(_HZ, _ST))
_RATE_PERCENT = Attribute("rate", PERCENT)
_VOLUME_DB = Attribute("volume", DECIBELS)
_VOLUME_0_TO_100 = Attribute("volume", AMPLITUDE_0_TO_100, 0, 100, also=(Number("", True), _CHANGE))

# Sources: docs.aws.amazon.com/polly, "prosody tag": rate 20-200 %, volume in dB up to about 4.08, pitch of
# standard voices only, in signed percent; "break tag": up to 10 s; an error for anything else (1 December
# 2026).
# Its limits are those of SynthesizeSpeech: API reference, TextLengthExceededException (1 December 2026).
_POLLY_LIMITS = (Limit(6_000, "characters"), Limit(3_000, "billed characters"))
_POLLY_RATE = Attribute("rate", PERCENT, 20, 200)
_POLLY_VOLUME = Attribute("volume", DECIBELS, high=4.08)
_ESPEAK = (_ST, Number(""))
_POLLY_ELEMENTS = _COMMON | {"lang", "mark", "w"}

DIALECTS: Mapping[str, Dialect] = {
    # www.w3.org/TR/speech-synthesis11, 3.2.4: rate an absolute percentage, volume a signed number of dB.
    "w3c": Dialect(
        "SSML 1.1",
        {
            "pitch_shift_semitones": _PITCH_ST,
            "pitch_variance": _RANGE_CHANGE,
            "speech_rate": _RATE_PERCENT,
            "volume_db": _VOLUME_DB,
        },
        version="1.1",
        namespaced=True,
        voices=True,
        elements=_W3C_1_0 | {"lang", "w"},
        other_prosody=("contour", "duration"),
    ),
    # www.w3.org/TR/speech-synthesis: no dB; volume 0-100 with 100 the default, so nothing is louder.
    "w3c-1.0": Dialect(
        "SSML 1.0",
        {
            "pitch_shift_semitones": _PITCH_ST,
            "pitch_variance": _RANGE_CHANGE,
            "speech_rate": Attribute("rate", FACTOR, also=(_CHANGE,)),
            "volume_db": _VOLUME_0_TO_100,
        },
        version="1.0",
        namespaced=True,
        voices=True,
        elements=_W3C_1_0,
        other_prosody=("contour", "duration"),
    ),
    # learn.microsoft.com, "Voice and sound with SSML": percentages are relative, signed or not; rate 0.5-2
    # and pitch 0.5-1.5 times; what lies outside is silently changed. At least one <voice> must be in each
    # <speak>, and its answer to <prosody> outside of one is an error. "Document structure": a break is up to
    # 20 s long. "Speech service quotas and limits": 64 KB of SSML a turn, by WebSocket; and 10 minutes of
    # sound, which are not counted here (1 December 2026).
    "azure": Dialect(
        "Azure",
        {
            "pitch_shift_semitones": Attribute(
                "pitch", FREQUENCY_PERCENT, -50, 50, also=(Number("%", False, 0, 50), _HZ, _ST)
            ),
            "pitch_variance": attrs.evolve(_RANGE_CHANGE, also=(Number("%"), _HZ, _ST)),
            "speech_rate": Attribute(
                "rate",
                PERCENT_CHANGE,
                -50,
                100,
                also=(Number("%", False, 0, 100), Number("", False, 0.5, 2)),
            ),
            "volume_db": Attribute(
                "volume",
                AMPLITUDE_PERCENT_CHANGE,
                -100,
                100,
                also=(Number("%", False, 0, 100), Number("", False, 0, 100), Number("", True, -100, 100)),
            ),
        },
        version="1.0",
        namespaced=True,
        voices=True,
        needs_voice=True,
        elements=_COMMON | {"audio"},  # all that may stand inside its <prosody>
        longest_break_s=20,
        other_prosody=("contour",),
        styles=True,
        limits=(Limit(65_536, "bytes"),),
    ),
    "polly-standard": Dialect(
        "Polly (standard voices)",
        {
            "pitch_shift_semitones": Attribute("pitch", FREQUENCY_PERCENT, -33.3, 50),
            "speech_rate": _POLLY_RATE,
            "volume_db": _POLLY_VOLUME,
        },
        elements=_POLLY_ELEMENTS | {"emphasis"},
        longest_break_s=10,
        limits=_POLLY_LIMITS,
    ),
    "polly-neural": Dialect(
        "Polly (neural and long-form voices)",
        {"speech_rate": _POLLY_RATE, "volume_db": _POLLY_VOLUME},
        elements=_POLLY_ELEMENTS,
        longest_break_s=10,
        limits=_POLLY_LIMITS,
    ),
    # docs.aws.amazon.com/polly, "prosody tag": with generative voices around full sentences only.
    "polly-generative": Dialect(
        "Polly (generative voices)",
        {"speech_rate": _POLLY_RATE, "volume_db": _POLLY_VOLUME},
        elements=_POLLY_ELEMENTS,
        longest_break_s=10,
        limits=_POLLY_LIMITS,
        whole_sentences=True,
    ),
    # cloud.google.com/text-to-speech, SSML and AudioConfig: rate 0.25-2, +-20 st, -96 to 16 dB. Its page
    # states no longest break; github.com/gsdriver/ssml-check-core, checktag.js, holds it to 10 s, as Polly.
    # "Quotas & limits": 5,000 bytes a request, markup among them, "cannot be increased" (1 December 2026).
    "google": Dialect(
        "Google",
        {
            "pitch_shift_semitones": Attribute("pitch", SEMITONES, -20, 20, also=(_HZ, _CHANGE)),
            "speech_rate": Attribute("rate", PERCENT, 25, 200, also=(Number("%", True, -75, 100),)),
            "volume_db": Attribute("volume", DECIBELS, -96, 16),
        },
        elements=_COMMON | {"audio", "emphasis", "lang", "mark"},
        longest_break_s=10,
        limits=(Limit(5_000, "bytes"),),
    ),
    # docs.cloud.google.com/text-to-speech, "Chirp 3: HD voices": all other elements, <prosody> and <break>
    # among them, are passed over; voxaffect-instruct has a target for its pace and its marks for pauses
    # (1 December 2026).
    "google-chirp3": Dialect(
        "Google's Chirp 3 HD",
        {},
        elements=frozenset({"p", "phoneme", "s", "say-as", "sub"}),
        limits=(Limit(5_000, "bytes"),),
    ),
    # cloud.ibm.com/docs/text-to-speech, "SSML elements": neither volume, range nor contour nor voice; rate
    # in signed percent, beyond -50 and +100 no longer discernible. "The HTTP interface": 5 KB of text in the
    # body, SSML among it (1 December 2026).
    "ibm": Dialect(
        "IBM",
        {
            "pitch_shift_semitones": _PITCH_ST,
            "speech_rate": Attribute("rate", PERCENT_CHANGE, -50, 100),
        },
        version="1.0",
        elements=_COMMON | {"mark"},
        limits=(Limit(5_120, "bytes"),),
    ),
    # AVSpeechUtterance: pitchMultiplier 0.5-2, volume 0-1 with 1 the default.
    "apple": Dialect(
        "Apple",
        {
            "pitch_shift_semitones": Attribute("pitch", FREQUENCY_PERCENT, -50, 100, also=(_HZ, _ST)),
            "speech_rate": _RATE_PERCENT,
            "volume_db": _VOLUME_0_TO_100,
        },
    ),
    # github.com/espeak-ng/espeak-ng, docs/markup.md, and ssml.c for the forms of numbers; what the numbers do
    # is measured, see espeak.py. Above +3 dB its output clips.
    "espeak": Dialect(
        "espeak-ng",
        {
            "pitch_shift_semitones": Attribute(
                "pitch", FREQUENCY_PERCENT, -100, 98, decimals=0, also=(Number("%", False), *_ESPEAK)
            ),
            "pitch_variance": Attribute("range", PERCENT, 20, 185, decimals=0, also=(_CHANGE, *_ESPEAK)),
            "speech_rate": Attribute(
                "rate", PERCENT, 46, 250, decimals=0, measured=espeak.RATE, also=(_CHANGE, Number(""))
            ),
            "volume_db": Attribute(
                "volume",
                AMPLITUDE_PERCENT_CHANGE,
                -100,
                41,
                decimals=0,
                also=(Number("%", False, 0, 141), Number("")),
            ),
        },
        voices=True,
        elements=frozenset({"break", "emphasis", "mark", "p", "prosody", "s", "say-as", "sub", "voice"}),
        pitch_and_range=espeak.PitchAndRange(),
        pause_at_rate=espeak.PAUSE,
    ),
}
"""Name -> dialect."""
