"""What comes before the encoder's blocks, along a stream: stretches that overlap share it where they may."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from voxaffect.carried_rows import CarriedRows
from voxaffect.engines import Array, Tensor

from voxaffect_whisper_mlx.mel import LogMel, count_mel_frames, framed, log_mel_of
from voxaffect_whisper_mlx.model import WhisperEncoder

MIRRORED_BEFORE, MIRRORED_AFTER = 2, 1
"""Mel frames at a stretch's ends that reach beyond it, and so are its own."""

REACH = 5
"""Mel frames that one of the convolutions' frames hears: 2t - 2 to 2t + 2."""


class CarriedFrontEnd:
    """Spectrogram and convolutions of stretches of one stream, equal to those of each stretch alone.

    The spectrogram's frames that lie inside a stretch are the same in all stretches. What the convolutions
    make of them is, too, where no band that they hear is so low that one stretch raised it to its floor
    and the other did not, or not to the same one.
    """

    def __init__(self, encoder: WhisperEncoder) -> None:
        self._encoder = encoder
        self._mel = CarriedRows()  # bands, and the level
        self._convolved = (CarriedRows(), CarriedRows())
        """D numbers, and the floor that they were heard with, of stretches that begin with an even mel frame
        of the stream, and with an odd one: the second convolution takes every other frame."""

    def log_mel(self, samples: Array, first: int) -> LogMel:
        """Of a stretch.

        Args:
            samples: (S,) at 16 kHz, at least 400.
            first: its first mel frame in the stream.
        """
        count, n_mels = count_mel_frames(len(samples)), self._encoder.config.n_mels
        inside = slice(MIRRORED_BEFORE, max(MIRRORED_BEFORE, count - MIRRORED_AFTER))
        begin, end = (at - first for at in self._mel.there(first + inside.start, first + inside.stop))
        heard = framed(samples)  # (M, 400)
        fresh = log_mel_of(np.concatenate([heard[:begin], heard[end:]]), n_mels)
        rows = np.empty((count, n_mels + 1), np.float32)
        if begin < end:
            rows[begin:end] = self._mel.read(first + begin, first + end)
        for ours, theirs in ((slice(0, begin), slice(0, begin)), (slice(end, count), slice(begin, None))):
            rows[ours, :-1], rows[ours, -1] = fresh.bands[theirs], fresh.level[theirs]
        self._mel.keep(first + inside.start, rows[inside])
        return LogMel(rows[:, :-1], rows[:, -1])

    def convolved(self, mel: LogMel, first: int) -> Tensor:
        """(T, D) of a stretch; arguments as `log_mel` gives and takes them."""
        loudest = mel.loudest
        columns = mel.normalised(loudest)  # (M, n_mels)
        kept, place = self._convolved[first % 2], first // 2
        count = -(-len(columns) // 2)  # T
        inside = slice(2, max(2, (len(columns) - 2) // 2))  # hear no mirrored frame
        begin, end = (at - place for at in kept.there(place + inside.start, place + inside.stop))
        fresh = np.ones(count, np.bool_)
        out = np.empty((count, self._encoder.config.n_audio_state + 1), np.float32)
        if begin < end:
            out[begin:end] = kept.read(place + begin, place + end)
            fresh[begin:end] = ~_heard_alike(
                mel.bands[2 * begin - 2 : 2 * end + 1], out[begin:end, -1], loudest.floor
            )
        # Each frame that is computed has the two beside it for context, which are computed and left out.
        around = fresh.copy()
        around[1:] |= fresh[:-1]
        around[:-1] |= fresh[1:]
        heard = self._encoder.convolved(columns[np.repeat(around, 2)[: len(columns)]])
        out[fresh, :-1] = self._encoder.engine.to_numpy(heard)[fresh[around]]
        out[fresh, -1] = loudest.floor
        kept.keep(place + inside.start, out[inside])
        return self._encoder.engine.tensor(out[:, :-1])

    def forget(self, before: int) -> None:
        """No stretch to come begins before this mel frame."""
        self._mel.forget(before)
        for kept in self._convolved:
            kept.forget(before // 2)


def _heard_alike(bands: Array, floors: Array, floor: np.float32) -> npt.NDArray[np.bool_]:
    """Whether frames that were heard with one floor would be the same with another.

    Args:
        bands: (2 N + 3, n_mels), all that they hear.
        floors: (N,) then.
        floor: now.
    """
    low = bands.min(axis=1)  # (2 N + 3,)
    lowest = np.minimum.reduce([low[i : i + 2 * len(floors) - 1 : 2] for i in range(REACH)])  # (N,)
    alike: npt.NDArray[np.bool_] = (floors == floor) | (lowest >= np.maximum(floors, floor))
    return alike
