"""What became of an emotion in a rendering: whether a listener can still tell what was meant.

A renderer that tells its engine the emotion says so itself. Of all others the account follows from the
parameters that they expressed: two emotions of opposite valence that these leave alike are told apart by
nothing that is heard, however well each number was rendered.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

import attrs

from voxaffect.builtin.emotion_centres import EMOTION_CENTRES
from voxaffect.builtin.prosody_profiles import PROSODY_PROFILES
from voxaffect.emotions import EMOTION_QUADRANTS, EmotionCategory
from voxaffect.types import NEUTRAL_PROSODY, Carried, EmotionAccount, ProsodyParameters, Utterance

PITCH_STEP_ST, RATE_STEP, LEVEL_STEP_DB = 1.0, 1.05, 1.0
"""What a listener just notices. Tempo: 5 %, H. Quené, "On the just noticeable difference for tempo in
speech", J. Phonetics 35 (2007). Level: 1 dB, as for other sounds. Pitch: 1 st; movements in running speech
need 1.5 to 2 st to be told apart (J. 't Hart, JASA 69 (1981)), a whole utterance shifted less."""

SPREAD_STEP, PAUSE_STEP, VOICE_STEP = 1.15, 1.25, 0.15
"""The same for the spread of pitch and of level, for pauses, and for breathiness and tremolo: judgement."""

ALIKE_STEPS = 1.0
"""Two deliveries that lie less than this many such steps apart sound alike."""

_STEPS: Mapping[str, float] = {
    "pitch_shift_semitones": PITCH_STEP_ST,
    "pitch_variance": SPREAD_STEP,
    "speech_rate": RATE_STEP,
    "pause_multiplier": PAUSE_STEP,
    "volume_db": LEVEL_STEP_DB,
    "dynamic_range": SPREAD_STEP,
    "breathiness": VOICE_STEP,
    "tremolo_amount": VOICE_STEP,
}

_OF_VALENCE = {"pitch_shift_semitones", "pitch_variance", "breathiness", "tremolo_amount"}
"""Parameters by which valence may be heard. Tempo, pauses and level go with arousal: R. Banse & K. Scherer,
"Acoustic profiles in vocal emotion expression", J. Personality and Social Psychology 70 (1996)."""

_SIDES = {"negative": -1, "low": -1, "neutral": 0, "medium": 0, "positive": 1, "high": 1}


def intended_direction(emotion: EmotionCategory, dimension: str) -> int:
    """1 for up from neutral, -1 for down, 0 for neutral itself.

    The side of the circumplex on which the emotion's group lies; where that has none, as of confused, the
    emotion's centre beside neutral's. The group comes first because a few centres, means of ratings, lie so
    near to neutral's that their side is chance: disappointed and affectionate are of the deactivated.

    Args:
        dimension: "valence" or "arousal".
    """
    (group,) = (group for group, members in EMOTION_QUADRANTS.items() if emotion in members)
    side = _SIDES[group[0] if dimension == "valence" else group[1]]
    if side:
        return side
    centre, neutral = EMOTION_CENTRES[emotion], EMOTION_CENTRES[EmotionCategory.NEUTRAL]
    difference = getattr(centre, dimension) - getattr(neutral, dimension)
    return int(difference > 0) - int(difference < 0)


def in_steps(prosody: ProsodyParameters) -> dict[str, float]:
    """How far each parameter lies from neutral, in just noticeable steps; factors by their logarithm."""
    return {
        name: math.log(value) / math.log(_STEPS[name])
        if getattr(NEUTRAL_PROSODY, name) == 1
        else value / _STEPS[name]
        for name, value in attrs.asdict(prosody).items()
    }


def opposite_in(dimension: str, one: EmotionCategory, other: EmotionCategory) -> bool:
    """Whether the two lie on different sides of neutral in "valence" or "arousal"."""
    return intended_direction(one, dimension) * intended_direction(other, dimension) < 0


def expressed_by(renderers: Iterable[object]) -> frozenset[str]:
    """The parameters that these renderers say they can express, see `ProsodyRenderer`."""
    said = [getattr(renderer, "expresses", ()) for renderer in renderers]
    known = [names for names in said if isinstance(names, (tuple, frozenset))]
    return frozenset(name for names in known for name in _STEPS if name in names)


def emotion_account(
    utterance: Utterance,
    asked: ProsodyParameters,
    unexpressed: Collection[str],
    residual: ProsodyParameters,
    *,
    expresses: Collection[str] = (),
) -> EmotionAccount | None:
    """What the expressed parameters carry of an emotion; None without one, for neutral and for intensity 0.

    Args:
        asked: the prosody that was to be expressed.
        unexpressed, residual: of the rendering.
        expresses: what the target can express, asked for or not: that a voice does not tremble, say, tells
            something only if it could. By default what was asked for and is expressed.
    """
    emotion, intensity = utterance.emotion, utterance.intensity
    if emotion is None or emotion is EmotionCategory.NEUTRAL or not intensity:
        return None
    done = _done(asked, residual)
    changed = {name for name in asked.changed() if done[name]}
    heard = sorted((changed | (set(expresses) - set(asked.changed()))) - set(unexpressed))
    if _distance(done, dict.fromkeys(done, 0.0), heard) < ALIKE_STEPS:
        return EmotionAccount(Carried.LOST, "nothing is expressed that a listener would notice")
    alike = [other for other in EmotionCategory if _alike(emotion, other, intensity, done, heard)]
    if not alike:
        return EmotionAccount(
            Carried.PROSODY, "its prosody tells it from every emotion of the opposite valence"
        )
    crossing = [other for other in alike if opposite_in("arousal", emotion, other)]
    carried = Carried.LOST if crossing else Carried.AROUSAL
    what = "valence and arousal" if crossing else "valence"
    names = ", ".join(str(other) for other in crossing or alike)
    return EmotionAccount(carried, f"it sounds the same as {names}, of the opposite {what}")


def _alike(
    emotion: EmotionCategory,
    other: EmotionCategory,
    intensity: float,
    done: Mapping[str, float],
    heard: list[str],
) -> bool:
    if not opposite_in("valence", emotion, other):
        return False
    theirs = {name: intensity * steps for name, steps in in_steps(PROSODY_PROFILES[other]).items()}
    if _distance(done, theirs, heard) < ALIKE_STEPS:
        return True
    of_valence = [name for name in heard if name in _OF_VALENCE]
    as_active = not opposite_in("arousal", emotion, other)
    return as_active and _distance(done, theirs, of_valence) < ALIKE_STEPS


def _done(asked: ProsodyParameters, residual: ProsodyParameters) -> dict[str, float]:
    """What is expressed of each parameter, in steps from neutral; parameters left whole are 0."""
    whole, rest = in_steps(asked), in_steps(residual)
    return {name: steps - rest[name] for name, steps in whole.items()}


def _distance(one: Mapping[str, float], other: Mapping[str, float], names: list[str]) -> float:
    return math.hypot(*(one[name] - other[name] for name in names))
