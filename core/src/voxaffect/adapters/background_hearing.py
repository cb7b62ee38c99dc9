"""A listener fed from an event loop: the audio never waits for it, and its failures stay its own."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

import numpy as np
import numpy.typing as npt

from voxaffect.conversation import Listener
from voxaffect.pcm import PcmFrames
from voxaffect.streaming import Event, UtteranceResult, WindowResult

log = logging.getLogger(__name__)

Heard = WindowResult | UtteranceResult

MOST_WAITING_S = 30.0
"""A backend so far behind hears nothing of use to an answer: what waits is dropped, and memory is bounded."""

CATCH_UP_S = 0.3
"""Longest that an answer waits for what was said before it to be heard; people leave such a pause anyway."""


Layout = tuple[int, int]
"""Samples per second, channels."""

Frames = npt.NDArray[np.generic]
"""(n, channels)"""


class BackgroundHearing:
    """Hears 16-bit sound in a thread, and awaits `tell` with what it sounds like.

    While a stretch is heard, what comes meanwhile waits, and is heard together. Another rate or number of
    channels begins another stream. An error of the backend is logged once until it works again.
    """

    def __init__(self, listener: Listener, tell: Callable[[Heard], Awaitable[None]]) -> None:
        self._listener, self._tell = listener, tell
        self._waiting: deque[tuple[Frames, Layout]] = deque()
        self._waiting_s = 0.0
        self._coming: Layout | None = None  # of what is put
        self._frames = PcmFrames()
        self._layout: Layout | None = None  # of what is heard
        self._failing = False
        self._task: asyncio.Task[None] | None = None
        self._thread: asyncio.Future[list[Event]] | None = None

    def put(self, pcm: bytes, rate_hz: int, channels: int) -> None:
        """Have little-endian samples heard, interleaved by channel, and cut anywhere; returns at once."""
        if (rate_hz, channels) != self._coming:
            self._coming, self._frames = (rate_hz, channels), PcmFrames(channels=channels)
        frames = self._frames.take(pcm)
        if self._waiting_s > MOST_WAITING_S:
            log.warning("%.0f s of sound were not heard: hearing takes too long", self._waiting_s)
            self._forget()
            self._layout = None  # what comes now does not follow on what was heard
        self._waiting.append((frames, self._coming))
        self._waiting_s += len(frames) / rate_hz
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._hear_what_waits())

    async def catch_up(self, timeout_s: float | None = CATCH_UP_S) -> None:
        """Return when all that was put is heard and told, or when the time is over."""
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task], timeout=timeout_s)

    async def close(self) -> None:
        """Hear nothing more; returns when the listener is free for another use.

        It does not wait for `tell`, which may be what closes it.
        """
        self._forget()
        if self._thread is not None and not self._thread.done():
            await asyncio.wait([self._thread])

    def _forget(self) -> None:
        self._waiting.clear()
        self._waiting_s = 0.0

    async def _hear_what_waits(self) -> None:
        while self._waiting:
            for event in await self._hear(*self._take()):
                if isinstance(event, WindowResult | UtteranceResult):
                    try:
                        await self._tell(event)
                    except Exception:  # the application's own
                        log.exception("what was heard could not be told")

    async def _hear(self, frames: Frames, layout: Layout) -> list[Event]:
        if layout != self._layout:
            self._listener.detector.reset_stream()
            self._layout = layout
        self._thread = asyncio.ensure_future(asyncio.to_thread(self._listener.listen, frames, layout[0]))
        try:
            events = await self._thread
        except Exception:  # a backend is a plugin: the conversation goes on without what it would hear
            if not self._failing:
                log.warning("a stretch of sound was not heard", exc_info=True)
            self._failing = True
            return []
        self._failing = False
        return events

    def _take(self) -> tuple[Frames, Layout]:
        """All that waits in one layout, as one."""
        layout, parts = self._waiting[0][1], []
        while self._waiting and self._waiting[0][1] == layout:
            parts.append(self._waiting.popleft()[0])
        frames = np.concatenate(parts)
        self._waiting_s -= len(frames) / layout[0]
        return frames, layout
