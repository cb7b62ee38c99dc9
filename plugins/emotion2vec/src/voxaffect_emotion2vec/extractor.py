"""`Emotion2vecExtractor`: sound to embeddings, of the clip and of every 20 ms."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from voxaffect import Audio, Features
from voxaffect.audio import resample
from voxaffect.components import FeatureStream
from voxaffect.engines import Array, load_engine
from voxaffect.errors import InvalidValueError
from voxaffect.weights import load_weights

from voxaffect_emotion2vec.config import FRAME_SAMPLES, MIN_SAMPLES, RATE_HZ, Emotion2vecConfig
from voxaffect_emotion2vec.model import Emotion2vecModel
from voxaffect_emotion2vec.stream import Emotion2vecStream
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
        carry_front_end: along a stream, each frame of the front end is computed once, by the first window
            of 1 s that it is whole in. Cheaper, and close to what `extract` gives, but not the same: see
            `Emotion2vecStream`.

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
        carry_front_end: bool = False,
    ) -> None:
        self.carry_front_end = carry_front_end
        self.window_frames = count_frames(round(window_s * RATE_HZ))
        if not self.window_frames > 2 * CONTEXT_FRAMES:
            raise InvalidValueError(f"window_s must be above 2.1, got {window_s!r}")
        loaded = load_weights(CATALOGUE, variant, weights)
        self.model = Emotion2vecModel(Emotion2vecConfig(**loaded.config), loaded.tensors, load_engine(engine))

    def extract(self, audio: Audio, *, baseline: Features | None = None) -> Features:
        """Embedding (D,), the mean over frames; frames (T, D), every 20 ms.

        Of a clip beyond 10 minutes the frames are means over a second (`frame_s` says which).
        """
        samples = resample(audio.samples, audio.rate_hz, RATE_HZ)
        return self._conclude(samples, self._pieces(samples), baseline)

    def stream(self, rate_hz: int) -> FeatureStream | None:
        """Carries the front end's frames, where that was asked for and the rate is 16 kHz; else None."""
        if not self.carry_front_end or rate_hz != RATE_HZ:
            return None
        return Emotion2vecStream(self.model, self._pieces, self._conclude)

    def _pieces(self, samples: Array) -> Iterator[tuple[int, Array]]:
        return encode_in_windows(self.model, samples, window_frames=self.window_frames)

    def _conclude(
        self, samples: Array, pieces: Iterable[tuple[int, Array]], baseline: Features | None
    ) -> Features:
        """From (S,) at 16 kHz and its pieces, of which none is asked for where there is nothing to embed."""
        if not _is_heard(samples):
            return Features(speech_s=0.0, baseline=baseline)
        dim, n_frames = self.model.config.dim, count_frames(len(samples))
        pooled = 1 if n_frames <= MAX_FRAMES else FRAMES_A_SECOND
        frames = np.zeros((-(-n_frames // pooled), dim), np.float32)
        total = np.zeros(dim)
        for first, piece in pieces:
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
        heard = [resample(audio.samples, audio.rate_hz, RATE_HZ) for audio in clips]
        lengths = [count_frames(len(samples)) if _is_heard(samples) else 0 for samples in heard]
        found: dict[int, Features] = {}
        for group in _packed(lengths, most=self.window_frames):
            encoded = self.model.encode([normalise(heard[i]) for i in group])
            for i, frames in zip(group, encoded, strict=True):
                embedding = frames.mean(axis=0, dtype=np.float64).astype(np.float32)  # (D,)
                found[i] = Features(embedding=embedding, frames=frames, frame_s=FRAME_S)
        return [found[i] if i in found else self.extract(audio) for i, audio in enumerate(clips)]


def _is_heard(samples: Array) -> bool:
    """Whether there is anything to embed in (S,) at 16 kHz."""
    return len(samples) >= MIN_SAMPLES and bool(samples.std() > SILENCE_STD)


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
