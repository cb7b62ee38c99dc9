"""`VoiceEmotionDetector`: one clip, a stream, the recent past, and one speaker's baseline."""

from __future__ import annotations

import collections
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect.audio import AudioSource, as_channels, load_audio
from voxaffect.baseline import MAX_SAMPLES, MIN_SAMPLES, SpeakerBaseline, average_features
from voxaffect.errors import AudioError, InvalidValueError
from voxaffect.host import PluginHost
from voxaffect.pipeline import Pipeline
from voxaffect.trajectory import TRAJECTORY_S, Trajectory, measure_trajectory
from voxaffect.types import EmotionResult, check_rate

WINDOW_S, HOP_S = 1.0, 0.5
HISTORY = 100
TRAJECTORY_RESULTS = round(TRAJECTORY_S / HOP_S)
"""A stream's trajectory reaches further back than its history."""


class VoiceEmotionDetector:
    """Hears one speaker: keeps their baseline and what was heard of them lately.

    Args:
        backend: a classifier's name, or "auto" for the best that can run here.
        options: of that classifier, as in a TOML file.
        pipeline: used as it is, in place of `backend` and `options`.
        host: the plugins; those installed if None.
        clock: seconds since the epoch; tests give their own.
    """

    def __init__(
        self,
        backend: str = "auto",
        *,
        options: Mapping[str, Any] | None = None,
        pipeline: Pipeline | None = None,
        host: PluginHost | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if pipeline is None:
            pipeline = Pipeline.from_config({"classifier": {"use": backend, **(options or {})}}, host=host)
        self.pipeline = pipeline
        self.baseline: SpeakerBaseline | None = None
        self._clock = clock
        self._results: collections.deque[EmotionResult] = collections.deque(maxlen=TRAJECTORY_RESULTS)
        self._stream: _Stream | None = None

    def analyze(self, audio: AudioSource, rate_hz: int | None = None) -> EmotionResult:
        """What one clip sounds like, of any length, rate and number of channels.

        Args:
            audio: a path, bytes, a binary file, an array with its `rate_hz`, or `Audio`.

        Raises:
            AudioError: sound that cannot be read; the message says what to do.
        """
        result = self.pipeline.hear(audio, rate_hz=rate_hz, baseline=self.baseline)
        return self._remember(result, self._clock())

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
        if not isinstance(chunk, np.ndarray):
            raise AudioError(f"a chunk must be a numpy array, got {type(chunk).__name__}")
        if self._stream is None:
            if rate_hz is None:
                raise AudioError("the first chunk of a stream needs rate_hz, e.g. rate_hz=16000")
            check_rate(rate_hz)
            stream = _Stream(rate_hz, started=self._clock())
            stream.feed(chunk)
            self._stream = stream
        elif rate_hz not in (None, self._stream.rate_hz):
            raise AudioError(
                f"the stream runs at {self._stream.rate_hz} Hz, the chunk at {rate_hz!r}: "
                "call reset_stream() to start another"
            )
        else:
            self._stream.feed(chunk)
        result = None
        for window, end_s in self._stream.windows():
            result = self.pipeline.hear(window, rate_hz=self._stream.rate_hz, baseline=self.baseline)
            result = self._remember(result, self._stream.started + end_s)
        return result

    def reset_stream(self) -> None:
        """Forget the audio that has not filled a window, and the rate; the history stays."""
        self._stream = None

    def get_history(self, window_s: float | None = None) -> list[EmotionResult]:
        """The last 100 results, oldest first; of them those of the last `window_s` seconds if given.

        Raises:
            InvalidValueError: a window that is not above 0.
        """
        if window_s is None:
            return list(self._results)[-HISTORY:]
        if not window_s > 0:
            raise InvalidValueError(f"the window must be above 0 s, got {window_s!r}")
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
        if not MIN_SAMPLES <= len(samples) <= MAX_SAMPLES:
            raise InvalidValueError(
                f"a baseline takes {MIN_SAMPLES} to {MAX_SAMPLES} neutral samples, got {len(samples)}"
            )
        measured = []
        for number, sample in enumerate(samples, start=1):
            rate = rate_hz if isinstance(sample, np.ndarray) else None
            features = self.pipeline.extract(load_audio(sample, rate))
            if any(each.speech_s == 0 for each in features.values()):
                raise InvalidValueError(f"sample {number} of the baseline has no speech: record it again")
            measured.append(features)
        self.baseline = SpeakerBaseline(
            {name: average_features([features[name] for features in measured]) for name in measured[0]},
            n_samples=len(samples),
        )
        return self.baseline

    def _remember(self, result: EmotionResult, timestamp: float) -> EmotionResult:
        stamped = attrs.evolve(result, timestamp=timestamp)
        self._results.append(stamped)
        return stamped

    def _since(self, window_s: float) -> list[EmotionResult]:
        # A stream that is read faster than it was spoken runs ahead of the clock.
        now = max([self._clock(), *(result.timestamp for result in self._results)])
        return [result for result in self._results if result.timestamp >= now - window_s]


class _Stream:
    """Cuts chunks of any length into windows at fixed places."""

    def __init__(self, rate_hz: int, *, started: float) -> None:
        self.rate_hz, self.started = rate_hz, started
        # (n_samples, n_channels): how channels become one is for whole windows to say, not for chunks.
        self._buffer: npt.NDArray[np.float32] | None = None
        self._position = 0  # of the buffer's first sample in the stream

    def feed(self, chunk: npt.NDArray[np.generic]) -> None:
        """Append a chunk, after all the checks that could refuse it."""
        if not chunk.size:
            return
        channels = as_channels(chunk)
        load_audio(channels, self.rate_hz)
        if self._buffer is None:
            self._buffer = channels
        elif channels.shape[1] != self._buffer.shape[1]:
            raise AudioError(
                f"the stream has {self._buffer.shape[1]} channels, the chunk {channels.shape[1]}: "
                "call reset_stream() to start another"
            )
        else:
            self._buffer = np.concatenate([self._buffer, channels])

    def windows(self) -> Iterator[tuple[npt.NDArray[np.float32], float]]:
        """((n_samples, n_channels) window, its end in seconds), as far as the stream has come."""
        window, hop = round(WINDOW_S * self.rate_hz), round(HOP_S * self.rate_hz)
        while self._buffer is not None and len(self._buffer) >= window:
            complete, end_s = self._buffer[:window], (self._position + window) / self.rate_hz
            self._buffer = self._buffer[hop:]
            self._position += hop
            yield complete, end_s
