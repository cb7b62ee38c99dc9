"""`/v1/stream`: PCM16 in, events out. docs/reference/server.md is its protocol.

Each stream is one loop: take a message, have a worker hear it, send what came of it, and only then take the
next. A client that sends too fast or does not read therefore fills its own socket, not the server's memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import attrs
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from voxaffect.errors import InvalidValueError, PluginError, VoxaffectError
from voxaffect.report import SCHEMA_VERSION
from voxaffect.server.clients import TokenBucket
from voxaffect.server.hearing import Told, dumps
from voxaffect.server.inputs import parse_json
from voxaffect.server.refusals import NORMAL, RefusedError, refusal_of
from voxaffect.server.service import Service
from voxaffect.server.stream_start import Start, start_in_message, start_in_query
from voxaffect.server.workers import Worker

log = logging.getLogger(__name__)

FEED_S = 0.1
"""Sound is gathered to whole steps of voice activity, before which there is nothing to tell: windows end on
such a step, too."""

MOST_STEPS = 5
"""In one piece of work, so that no stream that has run ahead keeps the others waiting for longer."""

LEAST_MESSAGE_S = 0.005
"""What a message counts at least towards the pace, so that empty ones are not free."""

Feed = Callable[[bytes], Awaitable[Told]]
"""PCM16 to the stream's `Hearing.feed`."""


async def stream(socket: WebSocket) -> None:
    """Serve one WebSocket, from its handshake to its end."""
    service: Service = socket.app.state.service
    await socket.accept()
    with contextlib.suppress(WebSocketDisconnect, WebSocketDisconnected):
        try:
            session = _Session(socket, service)
            start = await session.start()
            # Only who knows the key and has said what to hear takes one of the places.
            with service.clients.stream(socket.state.client):
                async with service.streams.worker() as worker:
                    await session.run(start, worker)
        except RefusedError as refusal:
            service.metrics.count("voxaffect_refused_total", code=refusal.code)
            await socket.send_text(dumps(_error(refusal, fatal=True)))
            await socket.close(refusal.close_code, refusal.code)


class _Session:
    """One WebSocket that has been accepted."""

    def __init__(self, socket: WebSocket, service: Service) -> None:
        self._socket, self._service, self._limits = socket, service, service.limits
        self._pace = TokenBucket(service.limits.stream_pace, service.limits.stream_ahead_s)
        self._pending = bytearray()  # from a multiple of FEED_S on
        self._missing = 0  # bytes, without which a worker would be woken for nothing
        self._arrived = 0.0
        self._n_bytes = 0

    async def start(self) -> Start:
        """What the client wants heard.

        Raises:
            RefusedError: it says nothing that can be heard, or not the key.
        """
        in_query = start_in_query(self._socket, self._service)
        if in_query is not None:
            return in_query
        message = await self._receive()
        self._check_closing()
        return start_in_message(message, self._socket, self._service)

    async def run(self, start: Start, worker: Worker) -> None:
        """Until the client has finished or gone.

        Raises:
            RefusedError: the stream cannot go on.
            WebSocketDisconnect: the client went without a word.
        """
        self._service.metrics.count("voxaffect_streams_total")
        name = uuid.uuid4().hex
        try:
            described = await worker.ask("open", name, **attrs.asdict(start))
            await self._send("session", dumps(self._introduction(start, name, described)))
            await self._hear(start, partial(worker.ask, "feed", name))
            await self._tell(worker.ask("finish", name))
        finally:
            worker.tell("close", name)
        self._check_closing()
        audio_s = self._n_bytes // (2 * start.channels) / start.rate_hz
        await self._send("finished", dumps({"type": "finished", "audio_s": audio_s}))
        await self._socket.close(NORMAL)

    async def _hear(self, start: Start, feed: Feed) -> None:
        begun = time.monotonic()
        while isinstance(message := await self._receive(), bytes):
            if time.monotonic() - begun > self._limits.stream_s:
                raise RefusedError(
                    400, "long", f"a stream lasts at most {self._limits.stream_s:g} s: open another"
                )
            await self._take(message, start, feed)
        if message_type(message) != "finish":
            raise RefusedError(400, "message", "after the start, text is only {'type': 'finish'}")
        await self._tell(feed(bytes(self._pending)))

    def _introduction(self, start: Start, name: str, described: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": "session",
            "schema_version": SCHEMA_VERSION,
            "session": name,
            **attrs.asdict(start),
            **described,
            "message_bytes": int(self._limits.message_bytes),
            "stream_s": self._limits.stream_s,
        }

    def _check_closing(self) -> None:
        # The server says `finish` in the client's place when it shuts down.
        if self._service.closing.is_set():
            raise RefusedError(503, "closing", "the server is shutting down")

    async def _receive(self) -> str | bytes:
        try:
            async with asyncio.timeout(self._limits.stream_idle_s):
                message = await self._socket.receive()
        except TimeoutError as error:
            raise RefusedError(408, "idle", f"nothing came for {self._limits.stream_idle_s:g} s") from error
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1006)
        self._arrived = time.monotonic()
        text: str | None = message.get("text")
        return text if text is not None else message["bytes"]

    async def _take(self, message: bytes, start: Start, feed: Feed) -> None:
        width = 2 * start.channels
        self._n_bytes += len(message)
        duration_s = len(message) / width / start.rate_hz
        self._service.metrics.count("voxaffect_stream_audio_seconds_total", duration_s)
        if wait_s := self._pace.take(max(duration_s, LEAST_MESSAGE_S)):
            self._service.metrics.count("voxaffect_stream_waits_total")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._service.closing.wait(), wait_s)
        self._pending += message
        if len(self._pending) < self._missing:
            return
        step = round(FEED_S * start.rate_hz) * width
        whole = len(self._pending) // step * step
        for begin in range(0, whole, MOST_STEPS * step):
            await self._tell(feed(bytes(self._pending[begin : min(begin + MOST_STEPS * step, whole)])))
        del self._pending[:whole]

    async def _tell(self, work: Awaitable[Told]) -> None:
        """Send what comes of it; a window that a plugin failed on is told and left out."""
        self._missing = 0
        try:
            told = await work
        except PluginError as error:
            log.warning("a stream's window failed: %s", error)
            await self._send("error", dumps(_error(refusal_of(error), fatal=False)))
            return
        except VoxaffectError as error:
            raise refusal_of(error) from error
        self._missing = told.missing_bytes
        for kind, text in told.messages:
            await self._send(kind, text)
            if kind == "window":
                self._service.metrics.delayed(time.monotonic() - self._arrived)

    async def _send(self, kind: str, text: str) -> None:
        await self._socket.send_text(text)
        self._service.metrics.count("voxaffect_stream_events_total", type=kind)


def _error(refusal: RefusedError, *, fatal: bool) -> dict[str, Any]:
    return {"type": "error", "code": refusal.code, "message": refusal.message, "fatal": fatal}


def message_type(text: str) -> str | None:
    """The type of a client's message; None where it has none."""
    try:
        message = parse_json(text)
    except InvalidValueError:
        return None
    return message.get("type") if isinstance(message, dict) else None
