"""What a language model is told about a voice: one line, hedged, nothing that was not measured."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping

import attrs

from voxaffect.course import NOTHING_CLEAR, Course
from voxaffect.course_words import course_words, named_families
from voxaffect.emotions import EmotionCategory, Intensity
from voxaffect.families import FAMILIES, FAMILY_OF, GROUPS, family_masses
from voxaffect.types import EmotionResult, ProsodicMarkers, SpeechRateCategory

SURE, LIKELY = 0.5, 0.25
"""Confidence from which an emotion is stated, and from which it is named as a guess."""

FAMILY_LIKELY = 0.4
"""Probability from which a family is named as a guess; from `SURE` it is stated."""

GROUP_SURE = 0.6
"""Probability from which a wide group is named though nothing narrower is likely."""

EMOTIONAL, SURELY_EMOTIONAL = 0.5, 0.7
"""`EmotionResult.emotional` from which anything but neutral is told, and from which it is stated as sure."""

ALSO = 0.6
"""The runner-up is named from this share of the first one's confidence."""

MOST_OF_FAMILY = 0.5
"""A single emotion is named where it has more than this share of its family: else, nothing tells it apart."""

BREATHY, MANY_PAUSES, HESITANT = 0.5, 0.3, 2
"""From where on these markers are worth a word: breathiness, pause ratio, hesitations."""

CLIPPED, NOISY_DB, QUIET_DBFS = 0.005, 10.0, -60.0
"""A recording beyond these is named as poor: share of clipped samples, SNR, level."""

ADVERBS: Mapping[Intensity, str] = {
    Intensity.SLIGHT: "slightly",
    Intensity.MODERATE: "moderately",
    Intensity.STRONG: "strongly",
    Intensity.INTENSE: "intensely",
}


class Certainty(enum.Enum):
    """How firmly a context line names what it names."""

    NOTHING = "names nothing"
    GROUP = "names a wide group, no single emotion"
    MAY = "may sound"
    SOUNDS = "sounds"


@attrs.frozen
class Statement:
    """What a context line says of the voice itself, without cues and warnings.

    Attributes:
        words: what the voice sounds like.
        emotions: all that the words name together: one, those of a family or of a wide group; none where
            nothing is clear and where nobody speaks. Of a course those that the utterances agree on, or all
            that it names where they do not.
        certainty: how firmly.
        also: what it may sound like besides; "" for nothing.
        also_emotions: all that this names, and what the words of a course name besides.
    """

    words: str
    emotions: tuple[EmotionCategory, ...] = ()
    certainty: Certainty = Certainty.NOTHING
    also: str = ""
    also_emotions: tuple[EmotionCategory, ...] = ()


def context_line(result: EmotionResult) -> str:
    """`[Voice sounds moderately anxious (elevated pitch), possibly also stressed]`.

    From a confidence of 0.5 the emotion is stated, from 0.25 it "may" be. Where its neighbours are
    together as likely, the family of all is named, and so it is where no single emotion is likely. Where
    nothing is clear, a wide group is named at most. A poor recording is said to be one.

    Of a recording with a course the line is that, in the words of `voxaffect.course_words`, without cues.
    """
    statement = statement_of(result)
    if not result.speech:
        return f"[{statement.words}]"
    line = statement.words
    cues = _cues(result.prosodic) if result.course is None else []
    if cues:
        line += f" ({', '.join(cues)})"
    if statement.also:
        line += f", possibly also {statement.also}"
    problems = _problems(result)
    if problems:
        line += f"; {' and '.join(problems)} recording, take with care"
    return f"[{line}]"


def named_probability(result: EmotionResult) -> float:
    """How probable it is that the voice is what `context_line` names, 0..1.

    Of all that it names together: an emotion, and the one that is "possibly also" there; a family, or more;
    a wide group. 0 where it names nothing.
    """
    statement = statement_of(result)
    return math.fsum(result.posterior[each] for each in (*statement.emotions, *statement.also_emotions))


def statement_of(result: EmotionResult) -> Statement:
    """What `context_line` states, so that nobody needs to read it out of the line."""
    if not result.speech:
        return Statement("No speech heard")
    if result.course is not None:
        return _course(result.course, result.duration_s)
    top = result.top
    if not result.unclear:
        if top.confidence >= LIKELY and _stands_out(result):
            certainty = _certainty(top.confidence, result)
            words = f"Voice {certainty.value} {_with_strength(str(top.emotion), result)}"
            also = tuple(_also(result))
            return Statement(words, (top.emotion,), certainty, ", ".join(also), also)
        (family, mass), (other, next_mass), *_ = family_masses(result.posterior).items()
        if mass >= SURE or (mass >= FAMILY_LIKELY and not _group(result)):
            certainty = _certainty(mass, result)
            words = f"Voice {certainty.value} {_with_strength(family, result)}"
            if other == "neutral" or next_mass < ALSO * mass:
                return Statement(words, FAMILIES[family], certainty)
            return Statement(words, FAMILIES[family], certainty, other, FAMILIES[other])
    group = _group(result)
    if group:
        words = f"Voice sounds {group}, no single emotion clear"
        return Statement(words, GROUPS[group], Certainty.GROUP)
    return Statement("No clear emotion in the voice")


def _certainty(mass: float, result: EmotionResult) -> Certainty:
    """Of a name with so much probability; an emotion besides must be surer to be there than not."""
    doubtful = result.emotional is not None and EMOTIONAL <= result.emotional < SURELY_EMOTIONAL
    return Certainty.SOUNDS if mass >= SURE and not doubtful else Certainty.MAY


def told_family(result: EmotionResult) -> str:
    """The family of what `context_line` names in one utterance; "nothing clear" where that is not one."""
    statement = statement_of(result)
    firm = statement.certainty in (Certainty.MAY, Certainty.SOUNDS)
    return FAMILY_OF[statement.emotions[0]] if firm else NOTHING_CLEAR


def _course(course: Course, duration_s: float) -> Statement:
    """What the utterances agree on, and what is named besides; where they do not, a guess at all of it."""
    words = course_words(course, duration_s, sure=SURE)
    named = [emotion for family in named_families(course) for emotion in FAMILIES.get(family, ())]
    if course.agreed is None:
        return Statement(words, tuple(named), Certainty.MAY if named else Certainty.NOTHING)
    agreed = FAMILIES[course.agreed]
    certainty = Certainty.SOUNDS if course.probabilities[course.agreed] >= SURE else Certainty.MAY
    return Statement(
        words, agreed, certainty, also_emotions=tuple(each for each in named if each not in agreed)
    )


def _stands_out(result: EmotionResult) -> bool:
    """Whether the likeliest emotion is likelier than all its neighbours together."""
    top = result.top
    family = sum(result.posterior[emotion] for emotion in FAMILIES[FAMILY_OF[top.emotion]])
    return top.confidence > MOST_OF_FAMILY * family


def _with_strength(words: str, result: EmotionResult) -> str:
    top = result.top
    about_top = words in (top.emotion, FAMILY_OF[top.emotion])
    return f"{ADVERBS[top.intensity]} {words}" if about_top and words != EmotionCategory.NEUTRAL else words


def _group(result: EmotionResult) -> str:
    calm = result.emotional is not None and result.emotional < EMOTIONAL
    if calm or (result.unfamiliar is not None and result.unfamiliar > 1):
        return ""
    for group, members in GROUPS.items():
        if sum(result.posterior[emotion] for emotion in members) >= GROUP_SURE:
            return group
    return ""


def _also(result: EmotionResult) -> list[EmotionCategory]:
    """The runner-up to an emotion that is named by itself, where there is one."""
    return [
        second.emotion
        for second in result.categorical[1:2]
        if second.emotion is not EmotionCategory.NEUTRAL and second.confidence >= ALSO * result.top.confidence
    ]


def _cues(markers: ProsodicMarkers | None) -> list[str]:
    if markers is None:
        return []
    cues = {
        "elevated pitch": markers.pitch_elevated,
        "speaking quickly": markers.speech_rate_category is SpeechRateCategory.FAST,
        "speaking slowly": markers.speech_rate_category is SpeechRateCategory.SLOW,
        "unsteady voice": markers.voice_tremor,
        "breathy voice": (markers.breathiness or 0) >= BREATHY,
        "long pauses": (markers.pause_ratio or 0) >= MANY_PAUSES,
        "hesitant": (markers.hesitation_count or 0) >= HESITANT,
    }
    return [cue for cue, present in cues.items() if present]


def _problems(result: EmotionResult) -> list[str]:
    quality = result.quality
    problems = {
        "clipped": quality.clipping_ratio >= CLIPPED,
        "noisy": quality.snr_db is not None and quality.snr_db < NOISY_DB,
        "very quiet": quality.level_dbfs < QUIET_DBFS,
    }
    return [problem for problem, present in problems.items() if present]
