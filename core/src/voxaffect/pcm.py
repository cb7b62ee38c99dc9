"""Raw PCM in pieces that are cut anywhere, within a sample too, as networks and pipes cut it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from voxaffect.errors import InvalidValueError

ENCODINGS: Mapping[str, str] = {"s16le": "<i2", "s32le": "<i4", "f32le": "<f4"}
"""Of raw PCM, named as ffmpeg and SoX do."""

MOST_CHANNELS = 32


class PcmFrames:
    """Bytes in, whole frames out: what a piece has of a cut frame waits for the rest.

    Args:
        channels: interleaved.
        encoding: a key of `ENCODINGS`.

    Attributes:
        frame_bytes: one sample of each channel.

    Raises:
        InvalidValueError: another encoding or number of channels.
    """

    def __init__(self, *, channels: int = 1, encoding: str = "s16le") -> None:
        if encoding not in ENCODINGS:
            raise InvalidValueError(f"encoding must be one of {', '.join(ENCODINGS)}, got {encoding!r}")
        if not 1 <= channels <= MOST_CHANNELS:
            raise InvalidValueError(f"channels must be within 1..{MOST_CHANNELS}, got {channels!r}")
        self._channels, self._dtype = channels, np.dtype(ENCODINGS[encoding])
        self.frame_bytes = channels * self._dtype.itemsize
        self._cut = b""

    def take(self, pcm: bytes) -> npt.NDArray[np.generic]:
        """(n, channels): the frames that are whole with this piece; (0, channels) where none is."""
        joined = self._cut + pcm
        whole = len(joined) // self.frame_bytes * self.frame_bytes
        self._cut = joined[whole:]
        return np.frombuffer(joined[:whole], self._dtype).reshape(-1, self._channels)
