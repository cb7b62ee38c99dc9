"""`EmotionStream`: audio in chunks of any length; windows, speech and utterances out, as they come."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect._validate import require
from voxaffect.audio import AudioSource, as_channels, load_audio
from voxaffect.baseline import SpeakerBaseline
from voxaffect.components import Features
from voxaffect.errors import AudioError
from voxaffect.feature_streams import FeatureStreams
from voxaffect.pipeline import Measured, Pipeline
from voxaffect.running_baseline import RunningBaseline
from voxaffect.sound_file import check_samples
from voxaffect.speech_tracking import SpeechTracker
from voxaffect.stream_audio import SampleBuffer
from voxaffect.types import EmotionResult, check_rate
from voxaffect.utterances import LONGEST_S, Boundary
from voxaffect.voice_activity import Activity, BuiltinActivity, check_activity

WINDOW_S, HOP_S = 1.0, 0.5

FIRST_REVISION_S, REVISION_GROWTH = 2.0, 8
"""An open utterance is heard provisionally when it is this long, and again whenever it has grown so many
times longer. With utterances of at most `LONGEST_S` that is once; from then on its windows say how it goes
on. Heard again at 8 s, unbroken speech would cost 6 % more."""


@attrs.frozen
class SpeechStart:
    """Someone has begun to speak; told when it is certain, about 0.3 s later."""

    start_s: float


@attrs.frozen
class SpeechEnd:
    """They have fallen silent; told when it is certain, about 0.6 s later."""

    start_s: float
    end_s: float


@attrs.frozen
class WindowResult:
    """What one window of 1 s sounds like; `result.speech` is False where there was nothing to hear."""

    start_s: float
    end_s: float
    result: EmotionResult


@attrs.frozen
class UtteranceResult:
    """What one utterance sounds like, as a whole.

    Attributes:
        number: 1 for the first of the stream.
        start_s, end_s: of what was heard; while it goes on, `end_s` is where it has come to.
        result: as `Pipeline.hear` with the activity "off" gives it for exactly this stretch, with the
            baseline that `features` were measured against.
        final: the utterance is over; if False, a result with a higher `revision` takes this one's place.
        revision: 0 for the first result of this utterance.
        windows: its timeline: the windows whose middle lies in it.
        features: {extractor: what it measured} that the result was concluded from.
    """

    number: int
    start_s: float
    end_s: float
    result: EmotionResult
    final: bool
    revision: int
    windows: tuple[WindowResult, ...]
    features: Mapping[str, Features] = attrs.field(factory=dict, repr=False, eq=False)


Event = SpeechStart | SpeechEnd | WindowResult | UtteranceResult


class EmotionStream:
    """One speaker's audio, heard as it comes; cost a second and memory do not grow with time.

    Windows of 1 s begin every 0.5 s, at fixed places in the stream: the same audio gives the same events
    however it is cut. Times are in seconds from the stream's start.

    Whatever is heard is measured against the utterances that were over before (`RunningBaseline`), unless
    `adapt` is False.

    Args:
        pipeline: what hears; it may be shared by many streams.
        rate_hz: of all chunks.
        baseline: the speaker's own, to begin with; or a `RunningBaseline` of theirs, which goes on here.
        adapt: whether utterances that are over become part of it; the pipeline's own choice if None.
        activity: what decides where speech is: "builtin", or "off": every window is analysed, and there are
            no utterances. The pipeline's own choice if None.
        longest_utterance_s: longer ones are split.
        started: when the stream began, seconds since the epoch; now if None. Timestamps count from it.

    Attributes:
        speaker: what is known of the speaker; another may be put in its place between chunks.

    Raises:
        AudioError: an impossible rate.
        InvalidValueError: no such activity.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        rate_hz: int,
        baseline: SpeakerBaseline | RunningBaseline | None = None,
        adapt: bool | None = None,
        activity: Activity | None = None,
        longest_utterance_s: float = LONGEST_S,
        started: float | None = None,
    ) -> None:
        check_rate(rate_hz)
        made = "make one with create_backend or Pipeline.from_toml"
        require(pipeline, Pipeline, "the first argument must be a Pipeline", instead=made)
        self.started = time.time() if started is None else started
        if activity is not None:
            pipeline = attrs.evolve(pipeline, activity=activity)
        if adapt is not None:
            pipeline = attrs.evolve(pipeline, adapt=adapt)
        check_activity(pipeline.activity)
        if not isinstance(baseline, RunningBaseline):
            baseline = RunningBaseline(pipeline, baseline)
        self.speaker = baseline
        self.pipeline, self.rate_hz = pipeline, rate_hz
        self.activity = pipeline.activity
        self._speech: SpeechTracker | None = None
        if self.activity == "builtin":
            self._speech = SpeechTracker(BuiltinActivity(), rate_hz, longest_utterance_s)
        self._window, self._hop = round(WINDOW_S * rate_hz), round(HOP_S * rate_hz)
        self._next_window = 0  # first sample
        self._next_work = 0  # samples that must have come for the next step or window
        self._samples = SampleBuffer()
        self._features = FeatureStreams(pipeline, rate_hz)
        self._carried = 0  # samples that the extractors' streams were fed
        self._events: list[Event] = []
        self._recent_windows: list[WindowResult] = []
        self._utterance: _Open | None = None
        self._number = 0
        self._speech_start_s = 0.0
        self._finished = False

    def feed(self, chunk: npt.NDArray[np.generic]) -> list[Event]:
        """The next chunk; what can be told now, in order of time.

        Args:
            chunk: of any length, none included; (n,) or (n, channels), integers or floats. It is copied.

        Raises:
            AudioError: no sound, NaN, another number of channels, or after `finish`. The stream goes on
                without the chunk.
            PluginError: a component failed on one window; the stream goes on after it, and the next call
                returns what this one would have.
        """
        if self._finished:
            raise AudioError("the stream is finished: open another")
        self._samples.append(self._checked(chunk))
        return [] if self._samples.end < self._next_work else self._advance()

    def finish(self) -> list[Event]:
        """The stream is over: close the utterance that is open. A second call returns nothing."""
        if not self._finished:
            self._finished = True
            if self._speech is not None:
                self._at_boundaries(self._speech.finish(self._samples))
        return self._taken()

    @property
    def missing(self) -> int:
        """Samples that must still come before there can be anything to tell."""
        return max(0, self._next_work - self._samples.end)

    @property
    def held_s(self) -> float:
        """Seconds of audio that are kept, because a window or an utterance may still need them."""
        return (self._samples.end - self._samples.begin) / self.rate_hz

    def _checked(self, chunk: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
        if not isinstance(chunk, np.ndarray):
            raise AudioError(f"a chunk must be a numpy array, got {type(chunk).__name__}")
        if not chunk.size:
            return np.zeros((0, 1), np.float32)
        channels = as_channels(chunk)
        if self._samples.channels not in (None, channels.shape[1]):
            raise AudioError(
                f"the stream has {self._samples.channels} channels, the chunk {channels.shape[1]}: "
                "call reset_stream() to start another"
            )
        check_samples(channels, self._samples.end, self.rate_hz, "the stream")
        return channels

    def _advance(self) -> list[Event]:
        """Work off, in order of place, every step of voice activity and every window that is complete."""
        while True:
            window_end = self._next_window + self._window
            step_end = math.inf if self._speech is None else self._speech.next_end
            self._next_work = int(min(window_end, step_end))
            if self._next_work > self._samples.end:
                return self._taken()
            if self._speech is not None and step_end <= window_end:
                self._at_boundaries(self._speech.step(self._samples))
            else:
                self._next_window += self._hop
                try:
                    self._at_window(window_end - self._window, window_end)
                finally:
                    self._forget()

    def _taken(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    def _at_window(self, start: int, end: int) -> None:
        if self._speech is None or self._speech.heard_within(start, end):
            result, _ = self._hear(start, end)
        else:
            silent = Measured(load_audio(self._samples.read(start, end), self.rate_hz), None, {})
            result = self.pipeline.conclude(silent, timestamp=self._timestamp(end))
        window = WindowResult(start / self.rate_hz, end / self.rate_hz, result)
        self._events.append(window)
        self._recent_windows.append(window)
        open_ = self._utterance
        if open_ is not None and end - open_.start >= open_.next_length:
            self._hear_utterance(open_, end, final=False)
            open_.next_length *= REVISION_GROWTH

    def _at_boundaries(self, boundaries: Iterable[Boundary]) -> None:
        for boundary in boundaries:
            at_s = boundary.at / self.rate_hz
            if boundary.kind == "start":
                self._speech_start_s = at_s
                self._events.append(SpeechStart(at_s))
                self._open(boundary.at)
            else:
                ended, self._utterance = self._utterance, None
                assert ended is not None
                if boundary.kind == "split":
                    self._open(boundary.at)
                else:
                    self._events.append(SpeechEnd(self._speech_start_s, at_s))
                self._hear_utterance(ended, boundary.at, final=True)

    def _open(self, start: int) -> None:
        self._number += 1
        self._utterance = _Open(self._number, start, round(FIRST_REVISION_S * self.rate_hz))

    def _hear_utterance(self, open_: _Open, end: int, *, final: bool) -> None:
        start_s, end_s = open_.start / self.rate_hz, end / self.rate_hz
        windows = tuple(
            window
            for window in self._recent_windows
            if start_s <= (window.start_s + window.end_s) / 2 < end_s
        )
        result, measured = self._hear(open_.start, end)
        revision, open_.revision = open_.revision, open_.revision + 1
        self._events.append(
            UtteranceResult(open_.number, start_s, end_s, result, final, revision, windows, measured.features)
        )
        if final and self.pipeline.adapt:
            self.speaker.take_in(measured)

    def _carry(self) -> None:
        """Hand the extractors' streams what has come since, in one piece."""
        came, self._carried = self._carried, self._samples.end
        if came < self._carried:
            self._features.feed(self._samples.read(came, self._carried))

    def _hear(self, start: int, end: int) -> tuple[EmotionResult, Measured]:
        self._carry()
        channels = self._samples.read(start, end)
        audio = load_audio(channels, self.rate_hz)
        features = self._features.extract(audio, channels, start, baseline=self.speaker.current)
        measured = Measured(audio, audio, features)
        return self.pipeline.conclude(measured, timestamp=self._timestamp(end)), measured

    def _timestamp(self, sample: int) -> float:
        return self.started + sample / self.rate_hz

    def _forget(self) -> None:
        """What no window and no utterance to come can need."""
        needed = self._next_window
        if self._speech is not None:
            needed = min(needed, self._speech.earliest)
        if self._utterance is not None:
            needed = min(needed, self._utterance.start)
        self._carry()
        self._samples.forget(needed)
        self._features.forget(needed)
        needed_s = needed / self.rate_hz
        self._recent_windows = [window for window in self._recent_windows if window.end_s > needed_s]


@attrs.define
class _Open:
    """An utterance that goes on: number, first sample, and the length at which it is heard next."""

    number: int
    start: int
    next_length: int
    revision: int = 0


@attrs.frozen
class Timeline:
    """A whole recording as a stream gave it; iterating gives all its events.

    Attributes:
        activity: which voice activity detector decided what was analysed.
        events: all of them, in order; revised results too.
    """

    activity: str
    events: tuple[Event, ...]

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    @property
    def windows(self) -> tuple[WindowResult, ...]:
        """Of 1 s, every 0.5 s."""
        return tuple(event for event in self.events if isinstance(event, WindowResult))

    @property
    def utterances(self) -> tuple[UtteranceResult, ...]:
        """The final ones."""
        return tuple(event for event in self.events if isinstance(event, UtteranceResult) and event.final)


def hear_timeline(
    pipeline: Pipeline,
    source: AudioSource,
    *,
    rate_hz: int | None = None,
    baseline: SpeakerBaseline | None = None,
    adapt: bool | None = None,
    activity: Activity | None = None,
    longest_utterance_s: float = LONGEST_S,
) -> Timeline:
    """The events of a whole recording: those that a stream of it would give.

    Args:
        source, rate_hz: see `load_audio`.
        baseline, adapt, activity, longest_utterance_s: see `EmotionStream`.

    Raises:
        AudioError: sound that cannot be read.
        PluginError: a component that failed.
    """
    audio = load_audio(source, rate_hz)
    stream = EmotionStream(
        pipeline,
        rate_hz=audio.rate_hz,
        baseline=baseline,
        adapt=adapt,
        activity=activity,
        longest_utterance_s=longest_utterance_s,
    )
    events: list[Event] = []
    for start in range(0, len(audio.samples), audio.rate_hz):
        events += stream.feed(audio.samples[start : start + audio.rate_hz])
    return Timeline(stream.activity, (*events, *stream.finish()))
