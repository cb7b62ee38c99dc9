"""What was heard and how it is answered, in words for people; machines get JSON."""

from __future__ import annotations

from voxaffect.course import Course
from voxaffect.course_words import clock
from voxaffect.emotions import EmotionCategory
from voxaffect.expression import Delivery
from voxaffect.types import (
    AudioQuality,
    EmotionResult,
    PrimaryDimensions,
    ProsodicMarkers,
    ProsodyParameters,
)

TURNS = 12
"""Turning points are enough to read; JSON has all of them."""


def emotions(result: EmotionResult) -> str:
    """`angry 62%, frustrated 12%, stressed 8%`; after `nothing clear: ` where the result is unclear."""
    likeliest = ", ".join(f"{each.emotion} {each.confidence:.0%}" for each in result.categorical)
    return f"nothing clear: {likeliest}" if result.unclear else likeliest


def heard(result: EmotionResult) -> str:
    """The same, with how strongly the likeliest shows, where that is an emotion."""
    neutral = result.top.emotion is EmotionCategory.NEUTRAL
    return emotions(result) if neutral else f"{emotions(result)} ({result.top.intensity})"


def in_short(result: EmotionResult) -> str:
    """`angry 62%`, `unclear: sad 31%`, or `no speech`; `mixed: neutral 45%` where utterances do not agree."""
    if not result.speech:
        return "no speech"
    if result.course is not None:
        family, share = next(iter(result.course.shares.items()))
        return f"{family} {share:.0%}" if result.course.agreed else f"mixed: {family} {share:.0%}"
    likeliest = f"{result.top.emotion} {result.top.confidence:.0%}"
    return f"unclear: {likeliest}" if result.unclear else likeliest


def turning_points(course: Course) -> str:
    """`0:41 to angry or frustrated, 1:10 to neutral`; only the first of many."""
    turns = [f"{clock(point.at_s)} to {point.after}" for point in course.turning_points]
    more = [f"and {len(turns) - TURNS} more"] if len(turns) > TURNS else []
    return ", ".join(turns[:TURNS] + more) or "none"


def utterances(count: float) -> str:
    """`1 utterance`, `0.4 utterances`, `14 utterances`: some count for less than others, see `adapted_to`."""
    rounded = round(count) if count >= 10 else max(0.1, round(count, 1))
    return f"{rounded:g} utterance" + ("" if rounded == 1 else "s")


def dimensions(primary: PrimaryDimensions) -> str:
    """`valence -0.62, arousal 0.81, dominance 0.70`."""
    return f"valence {primary.valence:+.2f}, arousal {primary.arousal:.2f}, dominance {primary.dominance:.2f}"


def markers(measured: ProsodicMarkers) -> str:
    """The markers that were measured, with their units."""
    words = []
    if measured.pitch_mean_hz is not None:
        elevated = {True: ", elevated", False: ", not elevated", None: ""}[measured.pitch_elevated]
        spread = "" if measured.pitch_std_hz is None else f" ± {measured.pitch_std_hz:.0f}"
        words.append(f"pitch {measured.pitch_mean_hz:.0f}{spread} Hz{elevated}")
    if measured.speech_rate_sps is not None:
        words.append(f"{measured.speech_rate_sps:.1f} syllables/s ({measured.speech_rate_category})")
    if measured.pause_ratio is not None:
        words.append(f"pauses {measured.pause_ratio:.0%}")
    if measured.voice_tremor is not None:
        words.append("tremor" if measured.voice_tremor else "no tremor")
    if measured.breathiness is not None:
        words.append(f"breathiness {measured.breathiness:.2f}")
    if measured.hesitation_count is not None:
        words.append(f"hesitations {measured.hesitation_count}")
    if measured.energy_variance is not None:
        words.append(f"energy variance {measured.energy_variance:.2f}")
    return "; ".join(words) or "nothing could be measured"


def recording(quality: AudioQuality) -> str:
    """Level, signal-to-noise ratio and clipping."""
    noise = "not measurable" if quality.snr_db is None else f"{quality.snr_db:.0f} dB"
    return (
        f"level {quality.level_dbfs:.0f} dBFS, signal-to-noise {noise}, clipped {quality.clipping_ratio:.2%}"
    )


def prosody(parameters: ProsodyParameters) -> str:
    """What differs from a neutral delivery, in its units."""
    shown = {
        "pitch_shift_semitones": f"pitch {parameters.pitch_shift_semitones:+.1f} st",
        "pitch_variance": f"pitch range x{parameters.pitch_variance:.2f}",
        "speech_rate": f"rate x{parameters.speech_rate:.2f}",
        "pause_multiplier": f"pauses x{parameters.pause_multiplier:.2f}",
        "volume_db": f"volume {parameters.volume_db:+.1f} dB",
        "dynamic_range": f"dynamics x{parameters.dynamic_range:.2f}",
        "breathiness": f"breathiness {parameters.breathiness:.2f}",
        "tremolo_amount": f"tremolo {parameters.tremolo_amount:.2f}",
    }
    return ", ".join(shown[name] for name in parameters.changed()) or "unchanged"


def delivery(chosen: Delivery) -> str:
    """`calm at 0.64: pitch -0.6 st, ...`."""
    return f"{chosen.emotion} at intensity {chosen.intensity:.2f}: {prosody(chosen.prosody)}"
