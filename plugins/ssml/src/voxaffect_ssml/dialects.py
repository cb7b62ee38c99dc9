"""What each engine understands of SSML, as declarations; a dialect more is a value more in `DIALECTS`."""

from __future__ import annotations

import math
from collections.abc import Mapping

import attrs

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
class Attribute:
    """One attribute of `<prosody>` as one engine reads it.

    Attributes:
        name: of the attribute.
        unit: how its value is written.
        low, high: the numbers the engine accepts, in that unit.
        decimals: digits after the point that it reads.
        measured: number written -> what it really does, in the parameter's own terms, where an engine
            does not do what the unit says.
    """

    name: str
    unit: Unit
    low: float = -math.inf
    high: float = math.inf
    decimals: int = 2
    measured: Curve | None = None

    def number(self, value: float) -> float:
        """The number to write for a value of the parameter, held within what the engine accepts."""
        wanted = self.measured.inverse(value) if self.measured else self.unit.encode(value)
        return round(min(max(wanted, self.low), self.high), self.decimals) + 0.0

    def value(self, number: float) -> float:
        """What a number written does."""
        return self.measured(number) if self.measured else self.unit.decode(number)

    def write(self, number: float) -> str:
        """The attribute's value."""
        return self.unit.write(number, self.decimals)


@attrs.frozen
class Dialect:
    """What one engine understands.

    Attributes:
        engine: its name for messages.
        prosody: parameter -> the attribute that expresses it.
        version: of SSML, on the root; None leaves the root bare.
        namespaced: whether the root needs the namespace and a language.
        voices: whether `<voice name="...">` is understood.
        sentence_pause_ms, clause_pause_ms: the engine's own pauses at a multiplier of 1, which a
            `<break>` replaces. The defaults are typical of read speech and of no engine in particular.
        range_shift_st: number written as `range` -> semitones by which the mean pitch moves with it.
    """

    engine: str
    prosody: Mapping[str, Attribute]
    version: str | None = None
    namespaced: bool = False
    voices: bool = False
    sentence_pause_ms: float = 500.0
    clause_pause_ms: float = 200.0
    range_shift_st: Curve | None = None


_PITCH_ST = Attribute("pitch", SEMITONES)
_RANGE_CHANGE = Attribute("range", PERCENT_CHANGE)
_RATE_PERCENT = Attribute("rate", PERCENT)
_VOLUME_DB = Attribute("volume", DECIBELS)

# Sources: docs.aws.amazon.com/polly, "prosody tag": rate 20-200 %, volume in dB, pitch of standard voices
# only; an error for anything else.
_POLLY_RATE = Attribute("rate", PERCENT, 20, 200)

# espeak-ng, English voice, F0 from its output (versions 1.51 and 1.52 agree within 0.25 st): a pitch of
# +50% raises the mean by 4.3 st, not by 7. The numbers are percent of its own 0-100 scale of 50.
_ESPEAK_PITCH_ST = Curve(
    (-90, -6.5), (-70, -5.1), (-50, -3.7), (-20, -1.6), (0, 0), (20, 1.65), (50, 4.3), (70, 6.2), (90, 8.1)
)
# The same for `range`: factor on the standard deviation of F0, and the shift of its median.
_ESPEAK_RANGE = Curve((40, 0.42), (50, 0.53), (75, 0.76), (100, 1.0), (150, 1.39), (200, 1.8))
_ESPEAK_RANGE_SHIFT_ST = Curve((40, -1.45), (50, -1.25), (75, -0.6), (100, 0), (150, 1.2), (200, 2.3))

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
    ),
    # www.w3.org/TR/speech-synthesis: no dB; volume 0-100 with 100 the default, so nothing is louder.
    "w3c-1.0": Dialect(
        "SSML 1.0",
        {
            "pitch_shift_semitones": _PITCH_ST,
            "pitch_variance": _RANGE_CHANGE,
            "speech_rate": Attribute("rate", FACTOR),
            "volume_db": Attribute("volume", AMPLITUDE_0_TO_100, 0, 100),
        },
        version="1.0",
        namespaced=True,
        voices=True,
    ),
    # learn.microsoft.com, "Voice and sound with SSML": percentages are relative, signed or not; rate 0.5-2
    # and pitch 0.5-1.5 times; what lies outside is silently changed.
    "azure": Dialect(
        "Azure",
        {
            "pitch_shift_semitones": Attribute("pitch", FREQUENCY_PERCENT, -50, 50),
            "pitch_variance": _RANGE_CHANGE,
            "speech_rate": Attribute("rate", PERCENT_CHANGE, -50, 100),
            "volume_db": Attribute("volume", AMPLITUDE_PERCENT_CHANGE, -100, 100),
        },
        version="1.0",
        namespaced=True,
        voices=True,
    ),
    "polly-standard": Dialect(
        "Polly's standard voices",
        {
            "pitch_shift_semitones": Attribute("pitch", FREQUENCY_PERCENT, -33.3, 50),
            "speech_rate": _POLLY_RATE,
            "volume_db": _VOLUME_DB,
        },
    ),
    "polly-neural": Dialect(
        "Polly's neural, long-form and generative voices",
        {"speech_rate": _POLLY_RATE, "volume_db": _VOLUME_DB},
    ),
    # cloud.google.com/text-to-speech, SSML and AudioConfig: rate 0.25-2, +-20 st, -96 to 16 dB.
    "google": Dialect(
        "Google",
        {
            "pitch_shift_semitones": Attribute("pitch", SEMITONES, -20, 20),
            "speech_rate": Attribute("rate", PERCENT, 25, 200),
            "volume_db": Attribute("volume", DECIBELS, -96, 16),
        },
    ),
    # cloud.ibm.com/docs/text-to-speech, "SSML elements": neither volume, range nor contour nor voice; rate
    # in signed percent, beyond -50 and +100 no longer discernible.
    "ibm": Dialect(
        "IBM",
        {
            "pitch_shift_semitones": _PITCH_ST,
            "speech_rate": Attribute("rate", PERCENT_CHANGE, -50, 100),
        },
        version="1.0",
    ),
    # AVSpeechUtterance: pitchMultiplier 0.5-2, volume 0-1 with 1 the default.
    "apple": Dialect(
        "Apple",
        {
            "pitch_shift_semitones": Attribute("pitch", FREQUENCY_PERCENT, -50, 100),
            "speech_rate": _RATE_PERCENT,
            "volume_db": Attribute("volume", AMPLITUDE_0_TO_100, 0, 100),
        },
    ),
    # Pauses measured too: a break replaces 350 ms after a sentence and 150 ms after a clause.
    "espeak": Dialect(
        "espeak-ng",
        {
            "pitch_shift_semitones": Attribute(
                "pitch", FREQUENCY_PERCENT, decimals=0, measured=_ESPEAK_PITCH_ST
            ),
            "pitch_variance": Attribute("range", PERCENT, decimals=0, measured=_ESPEAK_RANGE),
            "speech_rate": Attribute("rate", PERCENT, decimals=0),
            "volume_db": Attribute("volume", AMPLITUDE_PERCENT_CHANGE, -100, 100, decimals=0),
        },
        voices=True,
        sentence_pause_ms=350.0,
        clause_pause_ms=150.0,
        range_shift_st=_ESPEAK_RANGE_SHIFT_ST,
    ),
}
"""Name -> dialect."""
