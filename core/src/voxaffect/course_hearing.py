"""A whole recording: one utterance is heard as it is, several one by one, and then together."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from voxaffect.baseline import SpeakerBaseline
from voxaffect.components import Features, Heard
from voxaffect.context import told_family
from voxaffect.course import Course, CourseUtterance
from voxaffect.course_words import clock
from voxaffect.errors import PluginError
from voxaffect.mean_result import mean_embedding, mean_heard, mean_markers, mean_table
from voxaffect.quality import measure_quality
from voxaffect.speech_tracking import find_speech
from voxaffect.spoken_part import LONGEST_GAP_S, MARGIN_S, spoken_part
from voxaffect.types import Audio, EmotionResult
from voxaffect.utterances import LONGEST_S

if TYPE_CHECKING:  # a pipeline hears recordings by this
    from voxaffect.pipeline import Pipeline

SENTENCE_S = 5.0
"""Speech that lasts no longer, pauses included, is one utterance however long a pause in it is. A choice:
nearly all sentences of EMO-DB and CREMA-D are shorter, and some have a pause of 1 s."""

Stretches = Sequence[tuple[int, int]]
Each = Callable[[Mapping[str, Features], EmotionResult], None]


def hear_recording(
    pipeline: Pipeline,
    audio: Audio,
    *,
    baseline: SpeakerBaseline | None = None,
    timestamp: float | None = None,
    each: Each = lambda features, result: None,
) -> EmotionResult:
    """What a recording sounds like, with its course where it holds several utterances.

    Its utterances are those that `hear_timeline` finds. They are one where they last no longer than
    `SENTENCE_S`, or no longer than `LONGEST_S` without a gap of `LONGEST_GAP_S`; then, and where the
    activity is "off", the recording is heard as a whole.

    Args:
        timestamp: when the audio ended, seconds since the epoch; now if None.
        each: told of every utterance, or of the one, and what was measured of it.

    Raises:
        PluginError: a component that failed; of one utterance among several it says where that is.
    """
    timestamp = time.time() if timestamp is None else timestamp
    off = pipeline.activity == "off"
    stretches = [] if off else find_speech(audio, longest_s=LONGEST_S)
    spoken = audio if off else spoken_part(audio, stretches)
    if spoken is None or not _are_several(stretches, audio.rate_hz):
        measured = pipeline.measured(audio, spoken, baseline)
        result = pipeline.conclude(measured, timestamp=timestamp)
        each(measured.features, result)
        return result
    quality = measure_quality(spoken)
    del spoken  # as long as the recording
    utterances: list[CourseUtterance] = []
    heard: list[Heard] = []
    for (start, stop), part in zip(stretches, _parts(audio, stretches), strict=True):
        start_s, end_s = start / audio.rate_hz, stop / audio.rate_hz
        try:
            measured = pipeline.measured(part, part, baseline)
            classification = pipeline.classify(measured)
            placed = pipeline.place(classification)
            ended = timestamp - audio.duration_s + end_s
            result = pipeline.result(measured, classification, placed, timestamp=ended)
        except PluginError as error:
            raise PluginError(f"at {clock(start_s)} to {clock(end_s)} of the recording: {error}") from error
        each(measured.features, result)
        utterances.append(CourseUtterance(start_s, end_s, told_family(result), result))
        heard.append(placed)
    together = _together(pipeline, utterances, heard)
    return attrs.evolve(together, quality=quality, duration_s=audio.duration_s, timestamp=timestamp)


def _are_several(stretches: Stretches, rate_hz: int) -> bool:
    if len(stretches) < 2:
        return False
    lasts_s = (stretches[-1][1] - stretches[0][0]) / rate_hz
    gap_s = max(start - stop for (_, stop), (start, _) in itertools.pairwise(stretches)) / rate_hz
    return lasts_s > LONGEST_S or (lasts_s > SENTENCE_S and gap_s >= LONGEST_GAP_S)


def _parts(audio: Audio, stretches: Stretches) -> Iterator[Audio]:
    """Each utterance with as much around it as one that is heard alone, but for what is another's."""
    margin = round(MARGIN_S * audio.rate_hz)
    between = [(stop + start) // 2 for (_, stop), (start, _) in itertools.pairwise(stretches)]
    bounds = itertools.pairwise([0, *between, len(audio.samples)])
    for (start, stop), (first, last) in zip(stretches, bounds, strict=True):
        samples = audio.samples[max(first, start - margin) : min(last, stop + margin)]
        yield attrs.evolve(audio, samples=samples)


def _together(
    pipeline: Pipeline, utterances: Sequence[CourseUtterance], heard: Sequence[Heard]
) -> EmotionResult:
    """Of those in which the backend heard speech."""
    pairs = [pair for pair in zip(utterances, heard, strict=True) if pair[0].result.speech]
    if len(pairs) < 2:
        return (pairs[0][0] if pairs else utterances[0]).result
    course = Course(tuple(utterance for utterance, _ in pairs))
    results = [each.result for each in course.utterances]
    lengths_s = [each.length_s for each in course.utterances]
    mean = mean_heard([placed for _, placed in pairs], lengths_s)
    return attrs.evolve(
        results[0],
        primary=mean.primary,
        categorical=pipeline.predictions(mean),
        posterior=mean.posterior,
        prosodic=mean_markers([each.prosodic for each in results], lengths_s),
        fallback_reason=next((each.fallback_reason for each in results if each.fallback_reason), None),
        embedding=mean_embedding([each.embedding for each in results], lengths_s),
        explanation=(f"{len(results)} utterances, each heard by itself and weighted by its length",),
        classes=mean_table([each.classes for each in results], lengths_s),
        unclear=course.agreed is None,
        adapted_to=max(each.adapted_to for each in results),
        course=course,
    )
