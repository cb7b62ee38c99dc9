"""One backend heard over all clips of a manifest: what it answered to each, and how long it took."""

from __future__ import annotations

import contextlib
import itertools
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

import attrs

from voxaffect.baseline import SpeakerBaseline
from voxaffect.components import Classification, Heard
from voxaffect.detector import VoiceEmotionDetector
from voxaffect.errors import AudioError, InvalidValueError, PluginError, VoxaffectError
from voxaffect.evaluation.clip_sound import load_clip
from voxaffect.evaluation.labels import Joining
from voxaffect.evaluation.manifest import Clip, ManifestError
from voxaffect.pipeline import Measured, Pipeline, is_unclear
from voxaffect.running_baseline import RunningBaseline
from voxaffect.types import Audio, PrimaryDimensions

NEUTRAL = "neutral"
"""The class whose clips calibrate a speaker."""

During = Callable[[str], AbstractContextManager[None]]


def quietly(_: str) -> AbstractContextManager[None]:
    """Show nothing."""
    return contextlib.nullcontext()


@attrs.frozen(eq=False)
class Outcome:
    """What a backend made of one clip.

    Attributes:
        true: the class of its label; "" where it is only rated.
        speech: whether the backend heard speech.
        scores: {class: probability, sum 1}; empty without speech.
        lost: {answer that belongs to no class: probability}.
        answers: every answer that the backend gave a probability.
        dimensions: as the backend reports them.
        duration_s: of the clip.
        hearing_s: spent on it, from samples in memory to the answer.
        clear: whether the backend found anything clear, see `EmotionResult.unclear`.
        fallback_reason: why this is not the answer of the backend that was asked; None when it is.
        adapted_to: how many of the speaker's utterances it was judged against.
    """

    clip: Clip
    true: str
    speech: bool
    scores: Mapping[str, float]
    lost: Mapping[str, float]
    answers: frozenset[str]
    dimensions: PrimaryDimensions
    duration_s: float
    hearing_s: float
    clear: bool = True
    fallback_reason: str | None = None
    adapted_to: float = 0

    @property
    def predicted(self) -> str:
        """The likeliest class; "" without speech, which is never right."""
        return max(self.scores, key=self.scores.__getitem__) if self.scores else ""

    @property
    def confidence(self) -> float:
        """Probability of the likeliest class; 0 without speech."""
        return max(self.scores.values(), default=0.0)


@attrs.frozen(eq=False)
class Calibration:
    """Speakers' baselines, and what is left to evaluate.

    Attributes:
        clips: all but those that the baselines were made from.
        baselines: {speaker: baseline}.
        without: {speaker: why there is none}; their clips are heard without.
    """

    clips: list[Clip]
    baselines: Mapping[str, SpeakerBaseline]
    without: Mapping[str, str]


def calibrate_speakers(
    pipeline: Pipeline,
    clips: Sequence[Clip],
    joining: Joining,
    count: int,
    *,
    during: During = quietly,
) -> Calibration:
    """Calibrate each speaker on their first `count` readable neutral clips, which then leave the evaluation.

    The clips leave whether or not the backend could use them, so that every backend is left the same.

    Args:
        count: 3 to 5, as `VoiceEmotionDetector.calibrate_baseline` has it.

    Raises:
        ManifestError: no speaker has as many neutral clips.
    """
    baselines, without, used = {}, {}, set()
    for speaker in sorted({clip.speaker for clip in clips}):
        neutral = (
            clip
            for clip in clips
            if clip.speaker == speaker and joining.class_of_label.get(clip.label) == NEUTRAL
        )
        with during(f"Calibrating to {speaker}"):
            samples = dict(itertools.islice(_readable(neutral), count))
            if len(samples) < count:
                without[speaker] = f"{len(samples)} neutral clips"
                continue
            used |= set(samples)
            try:
                detector = VoiceEmotionDetector(pipeline=pipeline)
                baselines[speaker] = detector.calibrate_baseline(list(samples.values()))
            except VoxaffectError as error:  # e.g. a sample without speech
                without[speaker] = str(error)
    if not baselines:
        raise ManifestError(
            f"no speaker could be calibrated on {count} clips labelled {NEUTRAL}: "
            + "; ".join(f"{speaker}: {reason}" for speaker, reason in list(without.items())[:3])
        )
    return Calibration([clip for clip in clips if clip.row not in used], baselines, without)


def _readable(clips: Iterable[Clip]) -> Iterator[tuple[int, Audio]]:
    """(row, its sound)."""
    for clip in clips:
        try:
            audio = load_clip(clip)
        except AudioError:  # it stays among the clips, and is told of when it is to be heard
            continue
        yield clip.row, audio


@attrs.define(eq=False)
class Listener:
    """A backend that hears clip after clip.

    Attributes:
        own_classes: judge the classifier's own probabilities instead of the posterior over the 26.
        baselines: {speaker: their own}.
        adapt: hear each clip against those of its speaker that were heard before it, as a conversation does.
    """

    pipeline: Pipeline
    joining: Joining
    own_classes: bool = False
    baselines: Mapping[str, SpeakerBaseline] = attrs.field(factory=dict)
    adapt: bool = False
    _speakers: dict[str, RunningBaseline] = attrs.field(factory=dict, init=False)
    _warm: bool = attrs.field(default=False, init=False)

    def hear(self, clip: Clip) -> Outcome:
        """What the backend makes of a clip.

        Raises:
            AudioError: it cannot be read; the message names its row.
            InvalidValueError: `own_classes` of a backend that has none.
            PluginError: the backend failed; the message names the row of the clip.
        """
        audio, speaker = load_clip(clip), self._speaker(clip.speaker)
        with naming_the_row(clip):
            if not self._warm:  # the first call imports and compiles, which is not hearing
                _hear(self.pipeline, audio, speaker.current)
                self._warm = True
            start = time.perf_counter()
            measured, classification, heard = _hear(self.pipeline, audio, speaker.current)
            hearing_s = time.perf_counter() - start
            if self.adapt:
                speaker.take_in(measured)
        answers = {str(emotion): p for emotion, p in heard.posterior.items()}
        if self.own_classes:
            answers = dict(classification.probabilities)
            if classification.speech and not answers:
                raise InvalidValueError(
                    f"the backend {self.pipeline.backend!r} has no classes of its own: judge it by the 26 "
                    "emotions"
                )
        scores, lost = self.joining.join(answers) if classification.speech else ({}, {})
        return Outcome(
            clip,
            self.joining.class_of_label.get(clip.label, ""),
            classification.speech,
            scores,
            lost,
            frozenset(answer.lower() for answer in answers),
            heard.primary,
            audio.duration_s,
            hearing_s,
            classification.speech and not is_unclear(classification, heard),
            classification.fallback_reason,
            classification.adapted_to,
        )

    def _speaker(self, name: str) -> RunningBaseline:
        if name not in self._speakers:
            self._speakers[name] = RunningBaseline(self.pipeline, self.baselines.get(name))
        return self._speakers[name]


def peak_memory_bytes() -> int | None:
    """The most memory that this process has held so far; None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # KiB on Linux, getrusage(2)


@contextlib.contextmanager
def naming_the_row(clip: Clip) -> Iterator[None]:
    """Turn what a plugin raises at this clip into a `PluginError` that says which clip it was."""
    try:
        yield
    except VoxaffectError as error:
        raise PluginError(f"row {clip.row}, {clip.file.name}: {error}") from error


def _hear(
    pipeline: Pipeline, audio: Audio, baseline: SpeakerBaseline | None
) -> tuple[Measured, Classification, Heard]:
    """As `Pipeline.hear`, with what was measured and the classifier's own terms too."""
    measured = pipeline.measure(audio, baseline)
    classification = pipeline.classify(measured)
    return measured, classification, pipeline.place(classification)
