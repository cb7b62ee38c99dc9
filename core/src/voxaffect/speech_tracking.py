"""Voice activity along a stream, at fixed steps of it: utterances and active stretches in its own samples."""

from __future__ import annotations

import collections
import math
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect.audio import load_audio
from voxaffect.stream_audio import SampleBuffer
from voxaffect.types import Audio
from voxaffect.utterances import SHORTEST_S, START_ABOVE, Boundary, SpeechSegmenter
from voxaffect.voice_activity import RATE_HZ, BuiltinActivity, VoiceActivity

STEP_S = 0.1
"""Judged at a time, wherever the chunks end: the same audio is judged alike however it is cut. In the midst
of speech, where nothing can begin or end, it is several times as much."""

GRID_S = 0.01
_REMEMBERED_S = 4.0
_FLUSH_S = 0.05
"""Silence put behind the end, so that the last frame is told."""

_BLOCK_S = 10
"""Of a whole recording, judged at a time: memory is bounded, and the network's products are large."""


class SpeechTracker:
    """One stream's detector and the utterances that it finds.

    Args:
        detector: fresh.
        rate_hz: of the stream.
        longest_s: of an utterance.
    """

    def __init__(self, detector: VoiceActivity, rate_hz: int, longest_s: float) -> None:
        self._detector, self._rate_hz = detector, rate_hz
        self._shortest_step = self._step = round(STEP_S * rate_hz)
        self._position = 0
        self._resampler: Any = None
        if rate_hz != RATE_HZ:
            import soxr  # when the first stream needs it

            self._resampler = soxr.ResampleStream(rate_hz, RATE_HZ, 1)
        self._segmenter = SpeechSegmenter(detector.frame / RATE_HZ, longest_s=longest_s)
        self._told = 0
        self._active: collections.deque[int] = collections.deque(
            maxlen=round(_REMEMBERED_S * RATE_HZ / detector.frame)
        )  # frames

    @property
    def next_end(self) -> int:
        """Samples that the next step needs."""
        return self._position + self._step

    @property
    def earliest(self) -> int:
        """No utterance to come begins before this sample."""
        return self._sample(self._segmenter.earliest)

    def step(self, samples: SampleBuffer) -> list[Boundary]:
        """Judge the next step; where speech begins, ends or is split, in samples of the stream."""
        chunk = samples.read(self._position, self._position + self._step)
        self._position += self._step
        found = self.judge(self._one_channel(chunk))
        # All steps that cannot bring a boundary are judged at once, at less than half the cost.
        without = int(self._segmenter.undecided * self._detector.frame / (STEP_S * RATE_HZ))
        self._step = self._shortest_step * max(1, without)
        return found

    def finish(self, samples: SampleBuffer) -> list[Boundary]:
        """Judge what is left; after it no speech goes on."""
        rest = np.zeros(0, np.float32)
        if samples.end > self._position:
            rest = self._one_channel(samples.read(self._position, samples.end))
        found = self.judge(rest, last=True)
        return [attrs.evolve(boundary, at=min(boundary.at, samples.end)) for boundary in found]

    def heard_within(self, start: int, end: int) -> bool:
        """Whether enough frames between two samples, as far as told, are more likely speech than not."""
        spoken = sum(start <= self._sample(frame) < end for frame in self._active)
        return spoken * self._detector.frame >= SHORTEST_S * RATE_HZ

    def judge(self, samples: npt.NDArray[np.float32], *, last: bool = False) -> list[Boundary]:
        """(n_samples,) the next ones of one channel -> where speech begins, ends or is split."""
        if last:
            samples = np.concatenate([samples, np.zeros(round(_FLUSH_S * self._rate_hz), np.float32)])
        found = list(self._judged(samples, last=last))
        return [*found, *self._in_samples(self._segmenter.finish())] if last else found

    def _one_channel(self, channels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return channels[:, 0] if channels.shape[1] == 1 else load_audio(channels, self._rate_hz).samples

    def _judged(self, mono: npt.NDArray[np.float32], *, last: bool) -> Iterator[Boundary]:
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono, last=last)
        probabilities = self._detector.feed(mono)
        told = probabilities.tolist()
        self._active.extend(self._told + n for n, each in enumerate(told) if each >= START_ABOVE)
        self._told += len(told)
        return self._in_samples(self._segmenter.feed(told))

    def _in_samples(self, found: Iterator[Boundary]) -> Iterator[Boundary]:
        for boundary in found:
            yield attrs.evolve(boundary, at=self._sample(boundary.at))

    def _sample(self, frame: int) -> int:
        """On a grid of 10 ms, so that frames of that length are shared by all stretches of the stream."""
        hops = round(frame * self._detector.frame / RATE_HZ / GRID_S)
        return round(hops * GRID_S * self._rate_hz)


def find_speech(audio: Audio, *, longest_s: float = math.inf) -> list[tuple[int, int]]:
    """(first sample, sample after the last one) of each stretch of speech in a whole recording, in order.

    Args:
        longest_s: a longer stretch is split, and the next one begins where it ends.
    """
    tracker = SpeechTracker(BuiltinActivity(), audio.rate_hz, min(longest_s, audio.duration_s + 1))
    block = _BLOCK_S * audio.rate_hz
    found: list[Boundary] = []
    for start in range(0, len(audio.samples), block):
        piece = audio.samples[start : start + block]
        found += tracker.judge(piece, last=start + block >= len(audio.samples))
    stretches, begun = [], 0
    for boundary in found:
        at = min(boundary.at, len(audio.samples))
        if boundary.kind != "start":
            stretches.append((begun, at))
        begun = at
    return stretches
