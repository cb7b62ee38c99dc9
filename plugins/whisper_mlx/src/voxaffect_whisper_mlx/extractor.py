"""`WhisperExtractor`: sound to what Whisper's encoder hears in it, of the clip and of every 20 ms."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal

import numpy as np
from voxaffect import Audio, Features
from voxaffect.audio import resample
from voxaffect.engines import Array, load_engine
from voxaffect.errors import InvalidValueError

from voxaffect_whisper_mlx.checkpoint import check_levels, read_checkpoint
from voxaffect_whisper_mlx.mel import HOP_SAMPLES, MIN_SAMPLES, RATE_HZ
from voxaffect_whisper_mlx.model import WhisperEncoder
from voxaffect_whisper_mlx.pooling import STRIDE, MeanAndDeviation, count_frames, encode
from voxaffect_whisper_mlx.voice_band import voice_band
from voxaffect_whisper_mlx.weights import find_whisper

FRAME_S = STRIDE * HOP_SAMPLES / RATE_HZ
FRAMES_A_SECOND = RATE_HZ // (STRIDE * HOP_SAMPLES)

SILENCE_STD = 1e-6
"""What rounding leaves of silence and of a constant."""

MAX_FRAMES = 30_000
"""10 minutes: of a longer clip the frames are means over a second, so that an hour takes 6 MB, not 280."""


class WhisperExtractor:
    """The embeddings of a Whisper's encoder.

    A level is a place in the network: 0 before the first block, i after block i. Of each level's frames
    the mean and the standard deviation over time are taken; no clip is padded, so that a short one is as
    much work as it is long.

    Sound of fewer than 400 samples at 16 kHz (25 ms) and digital silence hold nothing to embed: their
    features say 0 seconds of speech. Nothing else is judged: music gets an embedding too.

    Args:
        model: a folder or file, a name of `voxaffect weights list`, or a repository in the hub's cache;
            the bundled one if None.
        levels: which, ascending; those that the model's own config.json names if None, or else the one
            after the middle block.
        pooled_over: "all" frames, or those that are loud enough for "speech"; the model's own if None, or
            else all.
        engine: "numpy", "mlx", or "auto" for the fastest that is there.

    Raises:
        WeightsMissingError: no such model on this machine; the message has the command to get it.
        CheckpointError: it is refused, or has no such levels.
    """

    def __init__(
        self,
        *,
        model: str | os.PathLike[str] | None = None,
        levels: Sequence[int] | None = None,
        pooled_over: Literal["all", "speech"] | None = None,
        engine: str = "auto",
    ) -> None:
        if pooled_over not in (None, "all", "speech"):
            raise InvalidValueError(f'pooled_over must be "all" or "speech", got {pooled_over!r}')
        checkpoint = read_checkpoint(find_whisper(model))
        middle = (checkpoint.config.n_audio_layer + 1) // 2
        chosen = (checkpoint.levels or (middle,)) if levels is None else levels
        self.levels = check_levels(chosen, checkpoint.config)
        self.pooled_over = pooled_over or checkpoint.pooled_over or "all"
        config = checkpoint.config.cut_to(self.levels[-1])
        self.encoder = WhisperEncoder(config, checkpoint.parameters(config), load_engine(engine))

    def extract(self, audio: Audio, *, baseline: Features | None = None) -> Features:
        """Embedding (2 n_levels D,), the means of all levels, then the deviations; frames (T, n_levels D).

        Frames are every 20 ms, the levels side by side. Of a clip beyond 10 minutes they are means over a
        second (`frame_s` says which).
        """
        samples = voice_band(resample(audio.samples, audio.rate_hz, RATE_HZ))
        if len(samples) < MIN_SAMPLES or samples.std() <= SILENCE_STD:
            return Features(speech_s=0.0, baseline=baseline)
        n_frames = count_frames(len(samples))
        pooled = 1 if n_frames <= MAX_FRAMES else FRAMES_A_SECOND
        statistics, kept = MeanAndDeviation(), []
        for piece in encode(self.encoder, samples, self.levels):
            statistics.add(piece.frames[piece.speech] if self.pooled_over == "speech" else piece.frames)
            kept.append(piece.frames if pooled == 1 else _means(piece.frames, pooled))
        return Features(
            embedding=np.concatenate(statistics.values()),
            frames=kept[0] if len(kept) == 1 else np.concatenate(kept),
            frame_s=pooled * FRAME_S,
            baseline=baseline,
        )


def _means(frames: Array, count: int) -> Array:
    """(T, C) -> (about T / count, C)."""
    begins = np.arange(0, len(frames), count)
    lengths = np.diff(begins, append=len(frames))
    return (np.add.reduceat(frames, begins, axis=0) / lengths[:, None]).astype(np.float32)
