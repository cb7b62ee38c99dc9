"""How each of the 26 emotions is spoken, at full intensity, and the evidence for each number.

Letters in the table, one for each parameter:

M   MaryTTS's rule from dimensions to prosody (M. Schröder, "Dimensional emotion representation as a basis
    for speech synthesis with non-extreme emotions", 2004, as MaryTTS ships it) on the ratings of Russell
    & Mehrabian 1977, A, V, P in -100..100:
        pitch % = .3A + .1V - .1P; range in semitones = 4 + .04A (4 = unchanged);
        rate % = .5A + .2V; volume = .33A
    here as pitch in semitones x 0.7, volume x 0.15 dB, rate x 0.6 when faster and x 0.77 when slower: the
    factors that take the rule to the anchors (panicked +2.5 st, +4 dB; sad rate 0.8). Rounded to 0.1 st,
    0.05, 0.01 and 0.1 dB, and held within each parameter's range.
C   cue direction of Murray & Arnott 1993 (anger: wider range; joy: much higher; sadness: narrower, softer;
    fear: much faster) and of Scherer 2003, Speech Communication 40, where the rule has no parameter:
    pauses shorten and dynamics widen with activation, breathiness marks sadness and tenderness,
    irregular voice marks fear. Of tenderness (affectionate), on which the ratings disagree, Juslin &
    Laukka 2003, Psychological Bulletin 129: slow, soft and even in level, low and level in pitch.
A   an anchor: fixed by listening, the rest of the table is scaled to it.
J   judgement, where the sources disagree or are silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from voxaffect.emotions import EmotionCategory as E
from voxaffect.types import ProsodyParameters

EVIDENCE: Mapping[str, str] = MappingProxyType(
    {
        "M": "MaryTTS rule on the ratings of Russell & Mehrabian 1977",
        "C": "cue directions of Murray & Arnott 1993, Scherer 2003 and Juslin & Laukka 2003",
        "A": "anchor of the table",
        "J": "judgement; the sources disagree or are silent",
    }
)

# pitch st, variance, rate, pauses, volume dB, dynamics, breathiness, tremolo
_TABLE: dict[E, tuple[tuple[float, ...], str]] = {
    E.ANXIOUS: ((2.1, 1.4, 1.18, 0.8, 2.9, 1.1, 0.10, 0.20), "MJMCMCCC"),
    E.NERVOUS: ((1.7, 1.3, 1.13, 0.9, 2.9, 1.05, 0.10, 0.25), "MJMCMCCC"),
    E.FRUSTRATED: ((1.0, 1.5, 1.08, 0.7, 2.6, 1.25, 0.0, 0.0), "JMMCMCCC"),
    E.ANGRY: ((-0.5, 1.6, 1.12, 0.5, 3.0, 1.35, 0.0, 0.0), "AMMAACCC"),
    E.STRESSED: ((0.7, 1.3, 1.05, 0.7, 1.4, 1.15, 0.0, 0.10), "MMJCMCCC"),
    E.PANICKED: ((2.5, 1.8, 1.35, 0.6, 4.0, 1.3, 0.15, 0.50), "AMACACCA"),
    E.IMPATIENT: ((0.2, 1.15, 1.15, 0.6, 0.8, 1.1, 0.0, 0.0), "MMJCMCCC"),
    E.SAD: ((-1.5, 0.75, 0.80, 1.5, -2.0, 0.8, 0.30, 0.0), "AMAAACAC"),
    E.TIRED: ((-2.1, 0.5, 0.75, 1.6, -2.8, 0.7, 0.30, 0.0), "MMMCMCCC"),
    E.BORED: ((-3.0, 0.5, 0.70, 1.4, -3.1, 0.6, 0.05, 0.0), "MMMCMCCC"),
    E.DISAPPOINTED: ((-1.0, 0.85, 0.85, 1.3, -0.7, 0.85, 0.15, 0.0), "MMMCMCCC"),
    E.LONELY: ((-2.2, 0.55, 0.73, 1.5, -2.1, 0.75, 0.30, 0.0), "MMMCMCCC"),
    E.HOPELESS: ((-1.2, 0.7, 0.83, 1.8, -1.0, 0.7, 0.35, 0.05), "JJMCJCCC"),
    E.EXCITED: ((2.7, 1.75, 1.30, 0.6, 3.7, 1.35, 0.0, 0.0), "MMMCMCCC"),
    E.HAPPY: ((2.1, 1.5, 1.25, 0.8, 2.5, 1.2, 0.0, 0.0), "MMMCMCCC"),
    E.PLAYFUL: ((1.3, 1.45, 1.17, 0.9, 1.2, 1.2, 0.05, 0.0), "MJMCMCCC"),
    E.FLIRTY: ((0.5, 1.3, 0.95, 1.2, 3.1, 0.95, 0.25, 0.0), "AJAJMJAC"),
    E.CURIOUS: ((1.8, 1.5, 1.21, 1.0, 3.1, 1.1, 0.0, 0.0), "JJMJMCCC"),
    E.CONFIDENT: ((-0.3, 1.3, 1.05, 0.9, 1.4, 1.2, 0.0, 0.0), "JMJCMCCC"),
    E.AMUSED: ((1.6, 1.45, 1.12, 0.9, 1.5, 1.15, 0.10, 0.0), "JMJCJCCC"),
    E.CALM: ((-1.0, 0.65, 0.90, 1.3, -2.3, 0.75, 0.10, 0.0), "MJJCMCCC"),
    E.CONTENT: ((-0.6, 0.85, 0.97, 1.15, -1.6, 0.85, 0.05, 0.0), "MJMCMCCC"),
    E.THOUGHTFUL: ((-0.5, 0.9, 0.86, 1.6, -1.0, 0.9, 0.05, 0.0), "JJJJJJCC"),
    E.AFFECTIONATE: ((-0.4, 0.9, 0.90, 1.2, -1.8, 0.8, 0.25, 0.0), "CCCJCCCC"),
    E.NEUTRAL: ((0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0), "AAAAAAAA"),
    E.CONFUSED: ((0.7, 1.15, 0.93, 1.4, -0.3, 0.95, 0.0, 0.0), "MJJJJJCC"),
}

_NAMES = tuple(field.name for field in attrs.fields(ProsodyParameters))

PROSODY_PROFILES: Mapping[E, ProsodyParameters] = MappingProxyType(
    {emotion: ProsodyParameters(*row) for emotion, (row, _) in _TABLE.items()}
)
"""Emotion -> its delivery at full intensity."""

PROFILE_EVIDENCE: Mapping[E, Mapping[str, str]] = MappingProxyType(
    {
        emotion: MappingProxyType(dict(zip(_NAMES, letters, strict=True)))
        for emotion, (_, letters) in _TABLE.items()
    }
)
"""Emotion -> parameter -> key into `EVIDENCE`."""
