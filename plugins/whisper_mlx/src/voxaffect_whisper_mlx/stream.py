"""The extractor's stream: the features of a clip, from a front end that is computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt
from voxaffect import Features
from voxaffect.engines import Array
from voxaffect.stream_audio import SampleBuffer

from voxaffect_whisper_mlx.carried_front_end import CarriedFrontEnd
from voxaffect_whisper_mlx.mel import HOP_SAMPLES
from voxaffect_whisper_mlx.model import MOST_FRAMES, WhisperEncoder
from voxaffect_whisper_mlx.pooling import Piece, count_frames, encode, side_by_side, speech_frames


class WhisperStream:
    """See `voxaffect.components.FeatureStream`. Carries nothing to stretches off the grid of 10 ms.

    Args:
        encoder, levels: see `voxaffect_whisper_mlx.pooling.encode`.
        conclude: from samples, their pieces and a baseline to features.
    """

    def __init__(
        self,
        encoder: WhisperEncoder,
        levels: tuple[int, ...],
        conclude: Callable[[Array, Iterable[Piece], Features | None], Features],
    ) -> None:
        self._encoder, self._levels, self._conclude = encoder, levels, conclude
        self._samples = SampleBuffer()  # (n, 1)
        self._front_end = CarriedFrontEnd(encoder)

    def feed(self, samples: npt.NDArray[np.float32]) -> None:
        """The next samples, (n_samples,)."""
        self._samples.append(samples[:, np.newaxis])

    def features(self, start: int, stop: int, *, baseline: Features | None = None) -> Features:
        """Those that `extract` gives for these samples."""
        samples = self._samples.read(start, stop)[:, 0]
        if start % HOP_SAMPLES == 0 and count_frames(len(samples)) <= MOST_FRAMES:
            pieces = self._pieces(samples, start // HOP_SAMPLES)
        else:
            pieces = encode(self._encoder, samples, self._levels)
        return self._conclude(samples, pieces, baseline)

    def forget(self, before: int) -> None:
        """No stretch to come begins before this sample."""
        self._samples.forget(before)
        self._front_end.forget(before // HOP_SAMPLES)

    def _pieces(self, samples: Array, first: int) -> Iterator[Piece]:
        """As `encode` yields them."""
        mel = self._front_end.log_mel(samples, first)
        found = self._encoder.levels_of(self._front_end.convolved(mel, first), self._levels)
        yield Piece(0, side_by_side(found, self._levels), speech_frames(mel, mel.loudest))
