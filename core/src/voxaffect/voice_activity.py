"""Where speech is in a stream, frame by frame: the contract, and our own detector."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from voxaffect.errors import InvalidValueError
from voxaffect.speech_network import CONTEXT, FRAME, SpeechNetwork

RATE_HZ = 16_000
"""Every detector hears the stream at this rate."""

Probabilities = npt.NDArray[np.float64]
Activity = Literal["builtin", "off"]


class VoiceActivity(Protocol):
    """One stream's detector; it carries what it must know of the past."""

    frame: int
    """Samples in a frame."""

    def feed(self, samples: npt.NDArray[np.float32]) -> Probabilities:
        """(n_samples,) at `RATE_HZ`, any number -> (n_frames,) of the frames that can now be told, 0..1."""
        ...


def check_activity(activity: str) -> None:
    """Whether there is a detector of this name, or "off".

    Raises:
        InvalidValueError: there is not.
    """
    if activity not in ("builtin", "off"):
        raise InvalidValueError(f"activity must be builtin or off, got {activity!r}")


_LOUD_DBFS = -20.0
"""Level (RMS) at which the network is given the loudest frame of the past: that of speech close by."""

_PAST_FRAMES = round(8.0 * RATE_HZ / FRAME)
"""8 s: longer than a pause between sentences, short enough to follow somebody who walks away."""

_SPEECH_OVER_NOISE_DB = 15.0
"""Speech is taken to be so much louder than the quietest frame of the past, until it is heard: without it, a
room alone is amplified to the level of speech, and a sentence in it misses its contrast. With 10 to 20 dB,
1 in 300 clips of CREMA-D is missed, with 0 dB 5."""

_SILENT = 1e-20
"""-200 dB of full scale: below every recording's last bit, whatever it was scaled by."""


class BuiltinActivity:
    """A network's verdict at a level of its own, so that the gain of a recording has no influence."""

    frame = FRAME

    def __init__(self) -> None:
        self._network = SpeechNetwork()
        self._waiting = np.zeros(CONTEXT, np.float32)
        self._past = np.zeros(0)

    def feed(self, samples: npt.NDArray[np.float32]) -> Probabilities:
        """See `VoiceActivity`; alike however the stream is cut."""
        waiting = np.concatenate([self._waiting, samples])
        count = (len(waiting) - CONTEXT) // FRAME
        self._waiting = waiting[count * FRAME :]
        if not count:
            return np.zeros(0)
        frames = sliding_window_view(waiting, CONTEXT + FRAME)[::FRAME][:count]
        frames = frames - frames.mean(axis=1, keepdims=True)  # a constant offset is no sound
        return self._network.feed(frames * self._gains(frames[:, CONTEXT:])[:, np.newaxis])

    def _gains(self, frames: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(n_frames, FRAME) -> (n_frames,), each by the frames up to it."""
        energies = np.einsum("nt,nt->n", frames, frames, dtype=np.float64) / FRAME + _SILENT
        past = np.concatenate([self._past, energies])
        first = len(self._past)
        self._past = past[-_PAST_FRAMES:]
        padded = np.concatenate([np.full(_PAST_FRAMES, past[0]), past])
        reaches = sliding_window_view(padded, _PAST_FRAMES)[first + 1 :]
        loud = np.maximum(reaches.max(axis=1), reaches.min(axis=1) * 10 ** (_SPEECH_OVER_NOISE_DB / 10))
        gains: npt.NDArray[np.float32] = np.sqrt(10 ** (_LOUD_DBFS / 10) / loud).astype(np.float32)
        return gains
