"""What a language model is told about a voice: one line, hedged, nothing that was not measured."""

from __future__ import annotations

from collections.abc import Mapping

from voxaffect.emotions import EMOTION_QUADRANTS, EmotionCategory, Intensity
from voxaffect.types import EmotionResult, ProsodicMarkers, SpeechRateCategory

SURE, LIKELY = 0.5, 0.25
"""Confidence from which an emotion is stated, and from which it is named as a guess."""

FAMILY_SURE = 0.6
"""Probability from which a group of emotions is named though no single one of it is likely."""

ALSO = 0.6
"""The runner-up is named from this share of the first one's confidence."""

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

FAMILIES: Mapping[str, tuple[EmotionCategory, ...]] = {
    "tense or upset": EMOTION_QUADRANTS["negative", "high"],
    "low or weary": EMOTION_QUADRANTS["negative", "low"],
    "lively and pleased": EMOTION_QUADRANTS["positive", "high"],
    "at ease": EMOTION_QUADRANTS["positive", "low"],
    "agitated, pleasantly or not": EMOTION_QUADRANTS["negative", "high"]
    + EMOTION_QUADRANTS["positive", "high"],
    "subdued, pleasantly or not": EMOTION_QUADRANTS["negative", "low"] + EMOTION_QUADRANTS["positive", "low"],
}
"""Narrow families first: the first that is probable enough is named."""


def context_line(result: EmotionResult) -> str:
    """`[Voice sounds moderately anxious (elevated pitch), possibly also stressed]`.

    From a confidence of 0.5 the emotion is stated, from 0.25 it "may" be; below that a family of
    emotions is named, or that nothing clear was heard. A poor recording is said to be one.
    """
    if not result.speech:
        return "[No speech heard]"
    line = _said(result)
    cues = _cues(result.prosodic)
    if cues:
        line += f" ({', '.join(cues)})"
    line += _also(result)
    problems = _problems(result)
    if problems:
        line += f"; {' and '.join(problems)} recording, take with care"
    return f"[{line}]"


def _said(result: EmotionResult) -> str:
    top = result.top
    if top.confidence >= LIKELY:
        verb = "sounds" if top.confidence >= SURE else "may sound"
        adverb = "" if top.emotion is EmotionCategory.NEUTRAL else f"{ADVERBS[top.intensity]} "
        return f"Voice {verb} {adverb}{top.emotion}"
    for family, members in FAMILIES.items():
        if sum(result.posterior[emotion] for emotion in members) >= FAMILY_SURE:
            return f"Voice sounds {family}, no single emotion clear"
    return "No clear emotion in the voice"


def _also(result: EmotionResult) -> str:
    if len(result.categorical) < 2 or result.top.confidence < LIKELY:
        return ""
    second = result.categorical[1]
    if second.emotion is EmotionCategory.NEUTRAL or second.confidence < ALSO * result.top.confidence:
        return ""
    return f", possibly also {second.emotion}"


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
