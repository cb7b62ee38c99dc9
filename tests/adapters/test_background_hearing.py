"""Hearing beside an event loop: nothing waits for it, and its memory is bounded."""

from __future__ import annotations

import asyncio
import logging
import threading

import numpy as np
import numpy.typing as npt
import pytest
from voxaffect import VoiceEmotionDetector, load_audio
from voxaffect.adapters.background_hearing import MOST_WAITING_S, BackgroundHearing, Heard
from voxaffect.conversation import Listener
from voxaffect.examples import clips
from voxaffect.streaming import Event, WindowResult
from voxaffect.testing.machine import PATIENCE_S

pytest.importorskip("voxaffect_prosodic", reason="needs a backend")

RATE_HZ = 16_000


def listener() -> Listener:
    return Listener(VoiceEmotionDetector("prosodic", activity="builtin"))


class SlowListener(Listener):
    """Hears its first stretch only when it may."""

    def __init__(self) -> None:
        super().__init__(VoiceEmotionDetector("prosodic", activity="builtin"))
        self.hears, self.may_hear, self.stretches = threading.Event(), threading.Event(), list[int]()

    def listen(self, chunk: npt.NDArray[np.generic], rate_hz: int | None = None) -> list[Event]:
        self.hears.set()
        self.may_hear.wait(PATIENCE_S)
        self.stretches.append(len(chunk))
        return super().listen(chunk, rate_hz)


def spoken() -> npt.NDArray[np.int16]:
    return (load_audio(clips("anger")[0].path).samples * 32_767).astype("<i2")


async def nothing(_: Heard) -> None:
    pass


@pytest.mark.parametrize("piece_bytes", [320, 641, 4063])
def test_pieces_give_what_the_whole_gives(piece_bytes: int) -> None:
    samples, pcm = spoken(), spoken().tobytes()
    told: list[Heard] = []

    async def hear() -> None:
        async def tell(heard: Heard) -> None:
            told.append(heard)

        hearing = BackgroundHearing(listener(), tell)
        for start in range(0, len(pcm), piece_bytes):
            hearing.put(pcm[start : start + piece_bytes], RATE_HZ, 1)
            await asyncio.sleep(0)
        await hearing.catch_up(None)

    asyncio.run(hear())
    windows = [heard.result.primary for heard in told if isinstance(heard, WindowResult)]
    events = listener().listen(samples, RATE_HZ)
    assert windows
    assert windows == [event.result.primary for event in events if isinstance(event, WindowResult)]


def test_what_comes_while_a_stretch_is_heard_is_heard_together() -> None:
    slow = SlowListener()

    async def hear() -> None:
        hearing = BackgroundHearing(slow, nothing)
        hearing.put(bytes(320), RATE_HZ, 1)
        await asyncio.to_thread(slow.hears.wait, PATIENCE_S)
        for _ in range(9):
            hearing.put(bytes(320), RATE_HZ, 1)
        await hearing.catch_up(timeout_s=0.01)
        assert slow.stretches == []  # nothing waited for it
        slow.may_hear.set()
        await hearing.catch_up(None)

    asyncio.run(hear())
    assert slow.stretches == [160, 9 * 160]


def test_a_backend_that_falls_behind_loses_sound_and_begins_anew(caplog: pytest.LogCaptureFixture) -> None:
    slow = SlowListener()
    second = bytes(2 * RATE_HZ)

    async def hear() -> None:
        hearing = BackgroundHearing(slow, nothing)
        hearing.put(second, RATE_HZ, 1)
        await asyncio.to_thread(slow.hears.wait, PATIENCE_S)
        for _ in range(int(MOST_WAITING_S) + 2):
            hearing.put(second, RATE_HZ, 1)
        slow.may_hear.set()
        await hearing.catch_up(None)

    with caplog.at_level(logging.WARNING, "voxaffect"):
        asyncio.run(hear())
    assert slow.stretches == [RATE_HZ, RATE_HZ]
    assert "31 s of sound were not heard" in caplog.text


def test_nothing_waits_any_more_when_it_is_closed() -> None:
    slow = SlowListener()

    async def hear() -> None:
        hearing = BackgroundHearing(slow, nothing)
        hearing.put(bytes(320), RATE_HZ, 1)
        await asyncio.to_thread(slow.hears.wait, PATIENCE_S)
        hearing.put(bytes(320), RATE_HZ, 1)
        slow.may_hear.set()
        await hearing.close()

    asyncio.run(hear())
    assert slow.stretches == [160]


def test_whoever_is_told_may_close_it() -> None:
    closed = list[Heard]()

    async def hear() -> None:
        async def close(heard: Heard) -> None:
            await hearing.close()
            closed.append(heard)

        hearing = BackgroundHearing(listener(), close)
        hearing.put(spoken().tobytes(), RATE_HZ, 1)
        await hearing.catch_up(timeout_s=PATIENCE_S)

    asyncio.run(hear())
    assert closed
