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
from typing import Any

import attrs
from starlette.datastructures import Headers
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from voxaffect.errors import InvalidValueError, PluginError, UnknownNameError, VoxaffectError
from voxaffect.report import SCHEMA_VERSION
from voxaffect.server.clients import TokenBucket
from voxaffect.server.guard import bearer
from voxaffect.server.hearing import Messages, dumps
from voxaffect.server.inputs import parse_json
from voxaffect.server.refusals import NORMAL, RefusedError, refusal_of
from voxaffect.server.service import Service
from voxaffect.server.workers import WorkedStream
from voxaffect.types import check_rate

log = logging.getLogger(__name__)

FEED_S = 0.1
"""Sound is gathered to whole steps of voice activity, before which there is nothing to tell: windows end on
such a step, too."""

MOST_STEPS = 5
"""In one piece of work, so that no stream that has run ahead keeps the others waiting for longer."""

LEAST_MESSAGE_S = 0.005
"""What a message counts at least towards the pace, so that empty ones are not free."""

START_VALUES = ("type", "api_key", "rate_hz", "channels", "backend")


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
                async with service.workers.stream() as worked:
                    await session.run(start, worked)
        except RefusedError as refusal:
            service.metrics.count("voxaffect_refused_total", code=refusal.code)
            await socket.send_text(dumps(_error(refusal, fatal=True)))
            await socket.close(refusal.close_code, refusal.code)


@attrs.frozen
class _Start:
    """What a client wants heard."""

    rate_hz: int
    channels: int
    backend: str


class _Session:
    """One WebSocket that has been accepted."""

    def __init__(self, socket: WebSocket, service: Service) -> None:
        self._socket, self._service, self._limits = socket, service, service.limits
        self._pace = TokenBucket(service.limits.stream_pace, service.limits.stream_ahead_s)
        self._pending = bytearray()  # from a multiple of FEED_S on
        self._arrived = 0.0
        self._n_bytes = 0

    async def start(self) -> _Start:
        """What the query says, where it says a rate; else what the first message says.

        Raises:
            RefusedError: it says nothing that can be heard, or not the key.
        """
        query = dict(self._socket.query_params)
        in_query = "rate_hz" in query
        if in_query:
            said: Mapping[str, Any] = {name: _number(value) for name, value in query.items()}
        else:
            message = await self._receive()
            said = _valid(lambda: parse_json(message)) if isinstance(message, str) else {}
            if not isinstance(said, dict) or said.get("type") != "start":
                raise RefusedError(
                    400, "start", 'begin with {"type": "start", "rate_hz": 16000, "channels": 1}'
                )
        if self._service.api_key is not None and bearer(Headers(scope=self._socket.scope)) is None:
            key = None if in_query else said.get("api_key")  # addresses are kept in logs and histories
            if not isinstance(key, str) or not self._service.knows(key):
                raise RefusedError(401, "key", "give the API key, as api_key in the first message")
        started: _Start = _valid(lambda: self._checked(said))
        return started

    def _checked(self, said: Mapping[str, Any]) -> _Start:
        for name in said:
            if name not in START_VALUES:
                raise UnknownNameError("value of start", name, START_VALUES)
        rate_hz: Any = said.get("rate_hz")
        channels, backend = said.get("channels", 1), said.get("backend")
        check_rate(rate_hz)
        most_hz, most_channels = self._limits.stream_rate_hz, self._limits.stream_channels
        if rate_hz > most_hz:
            raise InvalidValueError(f"a stream has at most {most_hz:g} Hz, got {rate_hz}")
        if type(channels) is not int or not 1 <= channels <= most_channels:
            raise InvalidValueError(f"channels must be 1 to {most_channels:g}, got {channels!r:.100}")
        if backend is not None and not isinstance(backend, str):
            raise InvalidValueError(f"backend must be a name, got {backend!r:.100}")
        return _Start(rate_hz, channels, self._service.pipeline(backend).backend)

    async def run(self, start: _Start, worked: WorkedStream) -> None:
        """Until the client has finished or gone.

        Raises:
            RefusedError: the stream cannot go on.
            WebSocketDisconnect: the client went without a word.
        """
        begun = time.monotonic()
        self._service.metrics.count("voxaffect_streams_total")
        described = await worked.open(**attrs.asdict(start))
        await self._send("session", dumps(self._introduction(start, described)))
        while True:
            message = await self._receive()
            if isinstance(message, str):
                if message_type(message) != "finish":
                    raise RefusedError(400, "message", "after the start, text is only {'type': 'finish'}")
                break
            if time.monotonic() - begun > self._limits.stream_s:
                raise RefusedError(
                    400, "long", f"a stream lasts at most {self._limits.stream_s:g} s: open another"
                )
            await self._take(message, start, worked)
        await self._tell(worked.feed(bytes(self._pending)))
        await self._tell(worked.finish())
        if self._service.closing.is_set():
            raise RefusedError(503, "closing", "the server is shutting down")
        audio_s = self._n_bytes / (2 * start.channels * start.rate_hz)
        await self._send("finished", dumps({"type": "finished", "audio_s": audio_s}))
        await self._socket.close(NORMAL)

    def _introduction(self, start: _Start, described: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": "session",
            "schema_version": SCHEMA_VERSION,
            "session": uuid.uuid4().hex,
            **attrs.asdict(start),
            **described,
            "message_bytes": int(self._limits.message_bytes),
            "stream_s": self._limits.stream_s,
        }

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

    async def _take(self, message: bytes, start: _Start, worked: WorkedStream) -> None:
        width = 2 * start.channels
        if len(message) % width:
            raise RefusedError(
                400, "frames", f"a message must have a multiple of {width} bytes, got {len(message)}"
            )
        self._n_bytes += len(message)
        duration_s = len(message) // width / start.rate_hz
        self._service.metrics.count("voxaffect_stream_audio_seconds_total", duration_s)
        if wait_s := self._pace.take(max(duration_s, LEAST_MESSAGE_S)):
            self._service.metrics.count("voxaffect_stream_waits_total")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._service.closing.wait(), wait_s)
        self._pending += message
        step = round(FEED_S * start.rate_hz) * width
        whole = len(self._pending) // step * step
        for begin in range(0, whole, MOST_STEPS * step):
            await self._tell(worked.feed(bytes(self._pending[begin : min(begin + MOST_STEPS * step, whole)])))
        del self._pending[:whole]

    async def _tell(self, work: Awaitable[Messages]) -> None:
        """Send what comes of it; a window that a plugin failed on is told and left out."""
        try:
            messages = await work
        except PluginError as error:
            log.warning("a stream's window failed: %s", error)
            await self._send("error", dumps(_error(refusal_of(error), fatal=False)))
            return
        except VoxaffectError as error:
            raise refusal_of(error) from error
        for kind, text in messages:
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


def _valid(check: Callable[[], Any]) -> Any:
    try:
        return check()
    except VoxaffectError as error:
        raise refusal_of(error) from error


def _number(text: str) -> Any:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text
