"""`Emotion2vecExtractor`: sound to embeddings, of the clip and of every 20 ms."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from voxaffect import Audio, Features
from voxaffect.audio import resample
from voxaffect.engines import load_engine
from voxaffect.errors import InvalidValueError
from voxaffect.weights import load_weights

from voxaffect_emotion2vec.config import FRAME_SAMPLES, MIN_SAMPLES, RATE_HZ, Emotion2vecConfig
from voxaffect_emotion2vec.model import Emotion2vecModel
from voxaffect_emotion2vec.weights import CATALOGUE, DEFAULT_VARIANT
from voxaffect_emotion2vec.windows import CONTEXT_FRAMES, count_frames, encode_in_windows, normalise

FRAME_S = FRAME_SAMPLES / RATE_HZ
FRAMES_A_SECOND = RATE_HZ // FRAME_SAMPLES

SILENCE_STD = 1e-4
"""-80 dB of full scale, the mean taken off: below it there is at most the noise of a converter. A choice."""

MAX_FRAMES = 30_000
"""10 minutes: of a longer clip the frames are means over a second, so that an hour takes 11 MB, not 550."""


class Emotion2vecExtractor:
    """The embeddings of emotion2vec.

    Sound of fewer than 400 samples at 16 kHz (25 ms) and digital silence hold nothing to embed: their
    features say 0 seconds of speech. Nothing else is judged: music gets an embedding too.

    Args:
        variant: which published weights; see `voxaffect weights list`.
        weights: a folder of converted weights or a checkpoint; searched for if None.
        engine: "numpy", "mlx", or "auto" for the fastest that is there.
        window_s: a longer clip is embedded in windows of that many seconds, more than 2.

    Raises:
        WeightsMissingError: no weights; the message has the command to get them.
    """

    def __init__(
        self,
        *,
        variant: str = DEFAULT_VARIANT,
        weights: str | os.PathLike[str] | None = None,
        engine: str = "auto",
        window_s: float = 30.0,
    ) -> None:
        self.window_frames = count_frames(round(window_s * RATE_HZ))
        if not self.window_frames > 2 * CONTEXT_FRAMES:
            raise InvalidValueError(f"window_s must be above 2.1, got {window_s!r}")
        loaded = load_weights(CATALOGUE, variant, weights)
        self.model = Emotion2vecModel(Emotion2vecConfig(**loaded.config), loaded.tensors, load_engine(engine))

    def extract(self, audio: Audio, *, baseline: Features | None = None) -> Features:
        """Embedding (D,), the mean over frames; frames (T, D), every 20 ms.

        Of a clip beyond 10 minutes the frames are means over a second (`frame_s` says which).
        """
        samples = _heard(audio)
        if samples is None:
            return Features(speech_s=0.0, baseline=baseline)
        dim, n_frames = self.model.config.dim, count_frames(len(samples))
        pooled = 1 if n_frames <= MAX_FRAMES else FRAMES_A_SECOND
        frames = np.zeros((-(-n_frames // pooled), dim), np.float32)
        total = np.zeros(dim)
        for first, piece in encode_in_windows(self.model, samples, window_frames=self.window_frames):
            total += piece.sum(axis=0, dtype=np.float64)
            _add(piece, first, frames, pooled)
        frames[:-1] /= pooled
        frames[-1] /= n_frames - (len(frames) - 1) * pooled
        embedding = (total / n_frames).astype(np.float32)
        return Features(embedding=embedding, frames=frames, frame_s=pooled * FRAME_S, baseline=baseline)

    def extract_batch(self, clips: Sequence[Audio]) -> list[Features]:
        """Several clips at once, faster than one by one if they are short; the results are the same.

        Clips of different lengths are packed, not padded. Those beyond one window run by themselves.
        """
        heard = [_heard(audio) for audio in clips]
        lengths = [0 if samples is None else count_frames(len(samples)) for samples in heard]
        found: dict[int, Features] = {}
        for group in _packed(lengths, most=self.window_frames):
            normal = [normalise(samples) for i in group if (samples := heard[i]) is not None]
            for i, frames in zip(group, self.model.encode(normal), strict=True):
                embedding = frames.mean(axis=0, dtype=np.float64).astype(np.float32)  # (D,)
                found[i] = Features(embedding=embedding, frames=frames, frame_s=FRAME_S)
        return [found[i] if i in found else self.extract(audio) for i, audio in enumerate(clips)]


def _heard(audio: Audio) -> npt.NDArray[np.float32] | None:
    """(S,) at 16 kHz; None where there is nothing to embed."""
    samples = resample(audio.samples, audio.rate_hz, RATE_HZ)
    return samples if len(samples) >= MIN_SAMPLES and samples.std() > SILENCE_STD else None


def _add(piece: npt.NDArray[np.float32], first: int, sums: npt.NDArray[np.float32], pooled: int) -> None:
    """Add each frame of (T, D), which begins at frame `first`, to the row of `sums` that it belongs to."""
    place = (first + np.arange(len(piece))) // pooled  # (T,), without gaps
    begins = np.flatnonzero(np.diff(place, prepend=-1))
    sums[place[begins]] += np.add.reduceat(piece, begins, axis=0)


def _packed(lengths: Sequence[int], *, most: int) -> list[list[int]]:
    """Positions in groups of at most `most` frames together, shortest first; none of length 0 or above."""
    groups: list[list[int]] = []
    free = 0
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not 0 < lengths[i] <= most:
            continue
        if lengths[i] > free:
            groups.append([])
            free = most
        groups[-1].append(i)
        free -= lengths[i]
    return groups
