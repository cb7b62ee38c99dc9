"""uvicorn's protocols with the deadlines that it lacks: slow headers, and clients that do not read.

uvicorn 0.54 waits for ever for the rest of a header, and for ever for a client to take what was written to
it, even after it closed the connection; each costs a descriptor and whatever waits in the buffer.
"""

from __future__ import annotations

import asyncio
import collections
from collections.abc import Collection
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from voxaffect.server.clients import network_of
from voxaffect.server.limits import Limits
from voxaffect.server.proxies import Network, is_among

FINISH = '{"type": "finish"}'
"""What a client says at the end of its stream, and the server in its place when it shuts down."""


class Connections:
    """How many there are, in all and by client; a trusted proxy has as many as it brings clients."""

    def __init__(self, limits: Limits, proxies: Collection[Network] = ()) -> None:
        self._limits, self._proxies = limits, proxies
        self._clients: dict[asyncio.Transport, str] = {}
        self._counts: collections.Counter[str] = collections.Counter()

    def admit(self, transport: asyncio.Transport) -> bool:
        """Count one more, unless there are too many."""
        peer = transport.get_extra_info("peername")
        address = peer[0] if isinstance(peer, tuple) else ""
        client = network_of(address)
        if len(self._clients) >= self._limits.connections:
            return False
        most = self._limits.connections_per_client
        if self._counts[client] >= most and not is_among(address, self._proxies):
            return False
        self._clients[transport] = client
        self._counts[client] += 1
        return True

    def release(self, transport: asyncio.Transport) -> None:
        """One less; nothing where it was not admitted."""
        client = self._clients.pop(transport, None)
        if client is not None:
            self._counts[client] -= 1
            if not self._counts[client]:
                del self._counts[client]


class _Deadline:
    """At most one timer, which ends a connection without waiting for anything."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def start(self, transport: asyncio.Transport, after_s: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(after_s, transport.abort)

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def bounded_protocols(
    limits: Limits, proxies: Collection[Network] = ()
) -> tuple[type[H11Protocol], type[WebSocketsSansIOProtocol]]:
    """(HTTP, WebSocket) for uvicorn, of one server."""
    connections = Connections(limits, proxies)

    class BoundedWebSocket(WebSocketsSansIOProtocol):
        _taking: _Deadline

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self._taking = _Deadline()
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            self._taking.cancel()
            connections.release(self.transport)
            super().connection_lost(exc)

        def pause_writing(self) -> None:
            super().pause_writing()
            self._taking.start(self.transport, limits.send_s)

        def resume_writing(self) -> None:
            self._taking.cancel()
            super().resume_writing()

        def handle_ping(self) -> None:
            if self.writable.is_set():
                super().handle_ping()
            else:  # a client that only pings and never reads would fill the buffer with pongs
                self.conn.data_to_send()

        async def send(self, message: Any) -> None:
            if self.close_sent:  # by the protocol itself: the client broke it, or answered no ping
                raise ClientDisconnected
            await super().send(message)
            if message["type"] == "websocket.http.response.body":
                self.handshake_complete = True  # by a refusal; uvicorn's log would miss it

        def shutdown(self) -> None:
            if self.handshake_complete and not self.close_sent:
                self.queue.put_nowait({"type": "websocket.receive", "text": FINISH})
            else:
                super().shutdown()

    class BoundedHttp(H11Protocol):
        websocket: ClassVar = BoundedWebSocket
        _header: _Deadline
        _taking: _Deadline

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            self._header, self._taking = _Deadline(), _Deadline()
            super().connection_made(transport)
            if not connections.admit(transport):
                transport.abort()
                return
            # Told of every byte that a client does not take, not only beyond 64 KiB. (With 0, asyncio's TLS
            # would take an empty buffer for a full one.)
            transport.set_write_buffer_limits(high=1, low=0)
            self._header.start(transport, limits.header_s)

        def connection_lost(self, exc: Exception | None) -> None:
            self._header.cancel()
            self._taking.cancel()
            connections.release(self.transport)
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.transport.get_protocol() is not self:
                return
            if self.cycle is None or self.cycle.response_complete:
                self._header.start(self.transport, limits.header_s)
            else:
                self._header.cancel()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._taking.start(self.transport, limits.send_s)

        def resume_writing(self) -> None:
            self._taking.cancel()
            super().resume_writing()

        def send_400_response(self, msg: str) -> None:
            if self.cycle is not None and not self.cycle.response_complete:
                self.cycle.disconnected = True  # or the application answers on top of this answer
                self.cycle.message_event.set()
            if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                super().send_400_response(msg)
            else:
                self.transport.close()

        def handle_websocket_upgrade(self, event: object) -> None:
            self._header.cancel()
            paused = self.flow.write_paused
            if paused and self.cycle is not None:  # by responses that it does not take
                self.transport.abort()
                return
            self._taking.cancel()
            super().handle_websocket_upgrade(event)  # type: ignore[arg-type]
            websocket = self.transport.get_protocol()
            if paused and isinstance(websocket, BoundedWebSocket):  # by TLS's own last words of its handshake
                websocket.pause_writing()
            # What websockets cannot read (a body, too many headers) uvicorn never answers, nor lets go.
            if isinstance(websocket, BoundedWebSocket) and not websocket.handshake_initiated:
                self.send_400_response("Invalid WebSocket request received.")

    return BoundedHttp, BoundedWebSocket
