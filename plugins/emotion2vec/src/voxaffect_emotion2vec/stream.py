"""The extractor's stream where it was asked to carry: nearly the features of a clip, at a lower cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt
from voxaffect import Features
from voxaffect.carried_rows import CarriedRows
from voxaffect.engines import Array
from voxaffect.stream_audio import SampleBuffer
from voxaffect.streaming import WINDOW_S

from voxaffect_emotion2vec.config import FRAME_SAMPLES, RATE_HZ
from voxaffect_emotion2vec.model import Emotion2vecModel
from voxaffect_emotion2vec.windows import count_frames, normalise

WINDOW_SAMPLES = round(WINDOW_S * RATE_HZ)


class Emotion2vecStream:
    """See `voxaffect.components.FeatureStream`; the windows of a stream are only nearly what `extract` gives.

    emotion2vec takes a clip at mean 0 and variance 1. Here each frame of the front end is computed once, at
    the mean and variance of the first window that it is whole in, and the next window takes it as it is.
    That differs little: the norm after the first convolution takes a factor out again, but for its epsilon,
    and the mean of a second of speech is near 0 unless there is a constant offset that changes. Everything
    after the front end is computed for each window. What is no window of 1 s on the grid of 20 ms, such as
    an utterance, is extracted as any clip.

    Args:
        model: the network.
        anew: from samples to pieces, as `encode_in_windows` yields them.
        conclude: from samples, their pieces and a baseline to features.
    """

    def __init__(
        self,
        model: Emotion2vecModel,
        anew: Callable[[Array], Iterator[tuple[int, Array]]],
        conclude: Callable[[Array, Iterable[tuple[int, Array]], Features | None], Features],
    ) -> None:
        self._model, self._anew, self._conclude = model, anew, conclude
        self._samples = SampleBuffer()  # (n, 1)
        self._frames = CarriedRows()  # (n, D)

    def feed(self, samples: npt.NDArray[np.float32]) -> None:
        """The next samples, (n_samples,)."""
        self._samples.append(samples[:, np.newaxis])

    def features(self, start: int, stop: int, *, baseline: Features | None = None) -> Features:
        """Nearly those that `extract` gives for a window; exactly those for anything else."""
        samples = self._samples.read(start, stop)[:, 0]
        is_window = len(samples) == WINDOW_SAMPLES and start % FRAME_SAMPLES == 0
        pieces = self._window(samples, start // FRAME_SAMPLES) if is_window else self._anew(samples)
        return self._conclude(samples, pieces, baseline)

    def forget(self, before: int) -> None:
        """No stretch to come begins before this sample."""
        self._samples.forget(before)
        self._frames.forget(before // FRAME_SAMPLES)

    def _window(self, samples: Array, first: int) -> Iterator[tuple[int, Array]]:
        """The one piece of the window that begins with this frame of the stream."""
        engine, count = self._model.engine, count_frames(len(samples))
        begin, end = self._frames.there(first, first + count)
        carried = range(first, end if begin == first else first)
        parts = [self._frames.read(first, carried.stop)] if carried else []
        if len(carried) < count:
            rest = normalise(samples)[len(carried) * FRAME_SAMPLES :]
            parts.append(engine.to_numpy(self._model.front_end(rest)))
        local = np.concatenate(parts)  # (T, D)
        self._frames.keep(first, local)
        (frames,) = self._model.transform([engine.tensor(local)])  # (T, D)
        yield 0, frames
