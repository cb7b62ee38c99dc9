"""Raw PCM is the same sound wherever it is cut."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from voxaffect import InvalidValueError
from voxaffect.pcm import ENCODINGS, PcmFrames
from voxaffect.sound_input import raw_chunks


@given(
    pcm=st.binary(max_size=200),
    cuts=st.lists(st.integers(0, 200)),
    channels=st.integers(1, 5),
    encoding=st.sampled_from(sorted(ENCODINGS)),
)
def test_pieces_cut_anywhere_give_the_frames_of_the_whole(
    pcm: bytes, cuts: list[int], channels: int, encoding: str
) -> None:
    frames = PcmFrames(channels=channels, encoding=encoding)
    places = [0, *sorted(cuts), len(pcm)]
    pieces = [frames.take(pcm[begin:end]) for begin, end in itertools.pairwise(places)]
    whole = PcmFrames(channels=channels, encoding=encoding).take(pcm)
    assert np.concatenate(pieces).tobytes() == whole.tobytes()
    assert all(piece.shape[1] == channels and piece.dtype == whole.dtype for piece in pieces)


class Trickle(io.BytesIO):
    """A pipe that gives five bytes at a time."""

    def read1(self, size: int | None = -1) -> bytes:
        return super().read1(5)


def test_a_pipe_may_give_half_a_frame_at_a_time() -> None:
    sound = np.arange(60, dtype="<i2").reshape(-1, 2)
    chunks = raw_chunks(Trickle(sound.tobytes()), rate_hz=16_000, channels=2)
    assert np.array_equal(np.concatenate(list(chunks)), sound)


@pytest.mark.parametrize("wrong", [{"channels": 0}, {"channels": 33}, {"encoding": "mp3"}])
def test_frames_that_cannot_be_are_refused(wrong: dict[str, int | str]) -> None:
    with pytest.raises(InvalidValueError, match=next(iter(wrong))):
        PcmFrames(**wrong)  # type: ignore[arg-type]
