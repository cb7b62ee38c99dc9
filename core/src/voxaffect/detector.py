"""`VoiceEmotionDetector`: one clip, a stream, the recent past, and one speaker's baseline."""

from __future__ import annotations

import collections
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect._validate import is_number, require, shown
from voxaffect.audio import AudioSource, load_audio
from voxaffect.baseline import MAX_SAMPLES, MIN_SAMPLES, SpeakerBaseline, average_features
from voxaffect.baseline_drift import RECENT, BaselineDrift, measure_drift
from voxaffect.components import Features
from voxaffect.course_hearing import hear_recording
from voxaffect.errors import AudioError, InvalidValueError, PluginError
from voxaffect.host import PluginHost
from voxaffect.pipeline import Pipeline
from voxaffect.running_baseline import RunningBaseline
from voxaffect.streaming import HOP_S, EmotionStream, Event, UtteranceResult, WindowResult
from voxaffect.trajectory import TRAJECTORY_S, Trajectory, measure_trajectory
from voxaffect.types import EmotionResult
from voxaffect.voice_activity import Activity, check_activity

HISTORY = 100
TRAJECTORY_RESULTS = round(TRAJECTORY_S / HOP_S)
"""A stream's trajectory reaches further back than its history."""


class VoiceEmotionDetector:
    """Hears one speaker: keeps their baseline and what was heard of them lately.

    What they say in streams, and in utterances given to `hear_utterance`, is heard against what they said
    there before; `analyze` is not, so that the same file gets the same answer. For another speaker set
    `baseline`, to None where none is known of them.

    Args:
        backend: a classifier's name, or "auto" for the best that can run here.
        options: of that classifier, as in a TOML file.
        pipeline: used as it is, in place of `backend` and `options`.
        host: the plugins; those installed if None.
        activity, adapt: see `Pipeline`; the pipeline's own choice if None.
        clock: seconds since the epoch; tests give their own.

    Raises:
        InvalidValueError: options, a pipeline, a host or a clock that is none.
    """

    def __init__(
        self,
        backend: str = "auto",
        *,
        options: Mapping[str, Any] | None = None,
        pipeline: Pipeline | None = None,
        host: PluginHost | None = None,
        activity: Activity | None = None,
        adapt: bool | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        require(options, Mapping | None, "options must be a mapping", instead="write {name: value}")
        require(
            pipeline, Pipeline | None, "pipeline must be a Pipeline", instead="Pipeline.from_config makes one"
        )
        require(
            host, PluginHost | None, "host must be a PluginHost", instead="leave it out for all installed"
        )
        require(clock, Callable, "clock must be callable", instead="e.g. time.time")
        if pipeline is None:
            pipeline = Pipeline.from_config({"classifier": {"use": backend, **(options or {})}}, host=host)
        if activity is not None:
            check_activity(activity)
            pipeline = attrs.evolve(pipeline, activity=activity)
        if adapt is not None:
            pipeline = attrs.evolve(pipeline, adapt=adapt)
        self.pipeline = pipeline
        self._speaker = RunningBaseline(pipeline)
        self._clock = clock
        self._results: collections.deque[EmotionResult] = collections.deque(maxlen=TRAJECTORY_RESULTS)
        self._stream: EmotionStream | None = None
        self._recent: collections.deque[Mapping[str, Features]] = collections.deque(maxlen=RECENT)

    @property
    def baseline(self) -> SpeakerBaseline | None:
        """The speaker's own, calibrated or set; set one that `voxaffect.BaselineStore` loads, or None.

        Whatever was learned of the speaker since the last time is forgotten as it is set.

        Raises:
            InvalidValueError: set to anything else.
        """
        return self._speaker.start

    @baseline.setter
    def baseline(self, baseline: SpeakerBaseline | None) -> None:
        self._speaker = RunningBaseline(self.pipeline, baseline)

    @property
    def running_baseline(self) -> SpeakerBaseline | None:
        """The same with what was learned of the speaker since; `voxaffect.BaselineStore` keeps it, too."""
        return self._speaker.current

    def analyze(self, audio: AudioSource, rate_hz: int | None = None) -> EmotionResult:
        """What a clip sounds like, of any length, rate and number of channels; see `EmotionResult.course`.

        Args:
            audio: a path, bytes, a binary file, an array with its `rate_hz`, or `Audio`.

        Raises:
            AudioError: sound that cannot be read; the message says what to do.
        """
        result = hear_recording(
            self.pipeline,
            load_audio(audio, rate_hz),
            baseline=self.baseline,
            timestamp=self._clock(),
            each=self._keep,
        )
        self._results.append(result)
        return result

    def hear_utterance(self, audio: AudioSource, rate_hz: int | None = None) -> EmotionResult:
        """What a whole utterance sounds like in a conversation, against those that were heard before it.

        Args:
            audio, rate_hz: as in `analyze`.

        Raises:
            AudioError: sound that cannot be read.
        """
        measured = self.pipeline.measure(load_audio(audio, rate_hz), self.running_baseline)
        result = self.pipeline.conclude(measured, timestamp=self._clock())
        self._results.append(result)
        self._keep(measured.features, result)
        if self.pipeline.adapt:
            self._speaker.take_in(measured)
        return result

    def analyze_streaming(
        self, chunk: npt.NDArray[np.generic], rate_hz: int | None = None
    ) -> EmotionResult | None:
        """Feed the next chunk of a stream; windows of 1 s, every 0.5 s.

        The windows stand at fixed places in the stream, so the same audio gives the same results
        however it is cut. All of them enter the history.

        Args:
            chunk: of any length, none included; (n,) or (n, channels), integers or floats.
            rate_hz: needed with the first chunk; the same for all that follow, until `reset_stream`.

        Returns:
            The latest window's result, or None where the chunk completed no window.

        Raises:
            AudioError: a chunk that is no sound, or of another rate or number of channels. The stream
                goes on without it.
        """
        windows = [event for event in self.stream_events(chunk, rate_hz) if isinstance(event, WindowResult)]
        return windows[-1].result if windows else None

    def stream_events(self, chunk: npt.NDArray[np.generic], rate_hz: int | None = None) -> list[Event]:
        """Feed the next chunk as `analyze_streaming` does; everything that can be told now, in order.

        Besides windows: where speech starts and ends, and what each utterance sounds like as a whole, while
        it goes on and when it is over. Only windows enter the history.
        """
        stream = self._stream
        if stream is None:
            if rate_hz is None:
                raise AudioError("the first chunk of a stream needs rate_hz, e.g. rate_hz=16000")
            stream = EmotionStream(
                self.pipeline, rate_hz=rate_hz, baseline=self._speaker, started=self._clock()
            )
        elif rate_hz not in (None, stream.rate_hz):
            raise AudioError(
                f"the stream runs at {stream.rate_hz} Hz, the chunk at {rate_hz!r}: "
                "call reset_stream() to start another"
            )
        stream.speaker = self._speaker
        try:
            events = stream.feed(chunk)
        except PluginError:
            self._stream = stream
            raise
        self._stream = stream
        return self._remember(events)

    def finish_stream(self) -> list[Event]:
        """The stream is over: the last utterance, if one is open. The next chunk begins another stream."""
        stream, self._stream = self._stream, None
        return [] if stream is None else self._remember(stream.finish())

    def reset_stream(self) -> None:
        """Forget the stream: what has not filled a window, the utterance, the rate.

        The history stays, and what was learned of the speaker, who may go on in another stream.
        """
        self._stream = None

    def get_history(self, window_s: float | None = None) -> list[EmotionResult]:
        """The last 100 results, oldest first; of them those of the last `window_s` seconds if given.

        Raises:
            InvalidValueError: a window that is not above 0.
        """
        if window_s is None:
            return list(self._results)[-HISTORY:]
        if not (is_number(window_s) and window_s > 0):
            raise InvalidValueError(f"the window must be a number above 0 s, got {shown(window_s)}")
        return self._since(window_s)[-HISTORY:]

    def get_trajectory(self) -> Trajectory | None:
        """Where the speaker's mood has been going over 5 minutes; None before there is enough to say."""
        return measure_trajectory(self._since(TRAJECTORY_S))

    def calibrate_baseline(
        self, samples: Sequence[AudioSource], rate_hz: int | None = None
    ) -> SpeakerBaseline:
        """Take 3 to 5 neutral samples of the speaker as what everything later is measured against.

        Args:
            samples: each as in `analyze`.
            rate_hz: of the samples that are arrays.

        Returns:
            The baseline, in use from now on; `voxaffect.BaselineStore` keeps it.

        Raises:
            InvalidValueError: fewer than 3 or more than 5 samples, or one without speech.
            AudioError: a sample that cannot be read.
        """
        if isinstance(samples, (str, bytes)) or not isinstance(samples, Sequence):
            raise InvalidValueError(
                f"a baseline takes a list of {MIN_SAMPLES} to {MAX_SAMPLES} neutral samples, e.g. "
                f'["one.wav", "two.wav", "three.wav"], got {shown(samples)}'
            )
        if not MIN_SAMPLES <= len(samples) <= MAX_SAMPLES:
            raise InvalidValueError(
                f"a baseline takes {MIN_SAMPLES} to {MAX_SAMPLES} neutral samples, got {len(samples)}"
            )
        measured = []
        for number, sample in enumerate(samples, start=1):
            rate = rate_hz if isinstance(sample, np.ndarray) else None
            found = self.pipeline.measure(load_audio(sample, rate))
            if found.spoken is None or any(each.speech_s == 0 for each in found.features.values()):
                raise InvalidValueError(f"sample {number} of the baseline has no speech: record it again")
            measured.append(found.features)
        self.baseline = SpeakerBaseline(
            {name: average_features([features[name] for features in measured]) for name in measured[0]}
        )
        return self.baseline

    def check_baseline(self) -> BaselineDrift | None:
        """Whether the baseline still fits the last 12 clips or utterances; None before there are as many."""
        return None if self.baseline is None else measure_drift(self.baseline, list(self._recent))

    def _keep(self, features: Mapping[str, Features], result: EmotionResult) -> None:
        """What a baseline is checked against."""
        if result.speech:
            self._recent.append(features)

    def _remember(self, events: list[Event]) -> list[Event]:
        for event in events:
            if isinstance(event, WindowResult):
                self._results.append(event.result)
            elif isinstance(event, UtteranceResult) and event.final:
                self._keep(event.features, event.result)
        return events

    def _since(self, window_s: float) -> list[EmotionResult]:
        # A stream that is read faster than it was spoken runs ahead of the clock.
        now = max([self._clock(), *(result.timestamp for result in self._results)])
        return [result for result in self._results if result.timestamp >= now - window_s]
