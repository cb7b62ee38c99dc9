"""A clip of any length through the encoder, in windows, and what is kept of its frames."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import attrs
import numpy as np
import numpy.typing as npt
from voxaffect.engines import Array

from voxaffect_whisper_mlx.mel import LogMel, Loudest, count_mel_frames, log_mel
from voxaffect_whisper_mlx.model import MOST_FRAMES, WhisperEncoder

STRIDE = 2
"""Mel frames to one of the encoder's."""


@attrs.frozen(eq=False)
class Piece:
    """What the encoder made of one window.

    Attributes:
        first: number of its first frame in the clip.
        frames: (T, n_levels * D) its levels side by side, every 20 ms.
        speech: (T,) the frames that are loud enough for speech.
    """

    first: int
    frames: Array
    speech: npt.NDArray[np.bool_]


def count_frames(n_samples: int) -> int:
    """Frames of 20 ms in that many samples at 16 kHz; 0 below 400."""
    return -(-count_mel_frames(n_samples) // STRIDE)


def encode(encoder: WhisperEncoder, samples: Array, levels: tuple[int, ...]) -> Iterator[Piece]:
    """A clip's frames, piece by piece: one piece, exact, for up to 30 s.

    A longer clip runs in windows of at most 30 s and of equal length, one after another, since places in
    time beyond were never trained. The spectrogram is that of the whole clip all the same, set in relation
    to the clip's loudest sound; what a window lacks is attention beyond it.

    Args:
        samples: (S,) at 16 kHz, at least 400.
        levels: see `WhisperEncoder.levels`.

    Yields:
        Pieces in order, without gaps.
    """
    n_mels = encoder.config.n_mels
    windows = _windows(count_frames(len(samples)))
    stretches = [_mel_frames(window, len(samples)) for window in windows]
    whole = log_mel(samples, n_mels, stretches[0]) if len(windows) == 1 else None
    if whole is None:
        each = [log_mel(samples, n_mels, stretch).loudest for stretch in stretches]
        loudest = Loudest(max(one.band for one in each), max(one.frame for one in each))
    else:
        loudest = whole.loudest
    for window, stretch in zip(windows, stretches, strict=True):
        mel = log_mel(samples, n_mels, stretch) if whole is None else whole
        found = encoder.levels(mel.normalised(loudest), levels)
        yield Piece(window.start, side_by_side(found, levels), speech_frames(mel, loudest))


def side_by_side(found: Mapping[int, Array], levels: tuple[int, ...]) -> Array:
    """{level: (T, D)} -> (T, n_levels * D)."""
    return found[levels[0]] if len(levels) == 1 else np.concatenate([found[each] for each in levels], axis=1)


def speech_frames(mel: LogMel, loudest: Loudest) -> npt.NDArray[np.bool_]:
    """(M,) mel frames -> (T,): either of the two is loud enough."""
    speech = mel.speech(loudest)
    return np.logical_or.reduceat(speech, np.arange(0, len(speech), STRIDE))


@attrs.define(eq=False)
class MeanAndDeviation:
    """Of the frames that came so far.

    Sums are taken of differences from the mean of the first ones, so that nothing cancels.
    """

    _count: int = 0
    _origin: Array | None = None
    _sum: npt.NDArray[np.float64] | float = 0.0
    _squares: npt.NDArray[np.float64] | float = 0.0

    def add(self, frames: Array) -> None:
        """(T, C), T may be 0."""
        if not len(frames):
            return
        if self._origin is None:
            self._origin = frames.mean(axis=0)
        apart = frames - self._origin
        self._count += len(apart)
        self._sum = self._sum + apart.sum(axis=0, dtype=np.float64)
        self._squares = self._squares + np.square(apart).sum(axis=0, dtype=np.float64)

    def values(self) -> tuple[Array, Array]:
        """(C,) means and (C,) standard deviations; at least one frame must have come."""
        assert self._origin is not None
        mean = self._sum / self._count
        variance = np.maximum(self._squares / self._count - np.square(mean), 0)
        return (self._origin + mean).astype(np.float32), np.sqrt(variance).astype(np.float32)


def _windows(n_frames: int) -> list[slice]:
    """Of the encoder's frames."""
    count = -(-n_frames // MOST_FRAMES)
    edges = [n_frames * i // count for i in range(count + 1)]
    return [slice(*pair) for pair in itertools.pairwise(edges)]


def _mel_frames(window: slice, n_samples: int) -> slice:
    return slice(window.start * STRIDE, min(window.stop * STRIDE, count_mel_frames(n_samples)))
