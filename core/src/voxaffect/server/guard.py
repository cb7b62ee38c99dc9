"""What every request passes first: who may ask, from where, how often, and how much at once."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voxaffect.server.refusals import RefusedError
from voxaffect.server.service import Service

ROUTES = ("/v1/analyze", "/v1/express", "/v1/respond", "/v1/backends", "/v1/stream", "/health", "/metrics")
"""Paths that the metrics tell apart; all others are "other", whatever a client makes up."""

_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?")

_SECURITY_HEADERS = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Guard:
    """Refuses before a byte of the body is read.

    - A body whose length a proxy in front could take for another one: 400, and the connection ends.
    - A Host that is no IP address, not localhost and no name of the server: 421. A page of somebody else
      can make its own name point here (DNS rebinding), but not change the Host that a browser sends.
    - An Origin that is not the server's own nor one of `origins`: 403. A browser sends it with every
      WebSocket and every request that could do work.
    - Too many requests from one address: 429. A wrong API key or none: 401.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        service, headers = self._service, Headers(scope=scope)
        client = service.clients.of(scope["client"][0] if scope.get("client") else "")
        scope.setdefault("state", {})["client"] = client
        is_stream = scope["type"] == "websocket"
        respond = _websocket_counted(service, send) if is_stream else _http_counted(service, scope, send)
        bounded = receive if is_stream else _bounded(receive, service.limits.body_bytes)
        try:
            check_framing(headers, scope["http_version"])
            check_host(headers.get("host", ""), service.host_names)
            check_origin(headers.get("origin"), headers["host"], service.origins)
            client.count()
            self._check_key(scope, headers)
            if is_stream or scope["method"] != "POST":
                await self._app(scope, bounded, respond)
                return
            _check_length(headers, service.limits.body_bytes)
            with service.clients.request(client):
                await self._app(scope, bounded, respond)
        except RefusedError as refusal:
            service.metrics.count("voxaffect_refused_total", code=refusal.code)
            # A WebSocket that is not accepted yet is refused by an ordinary response.
            kind = "websocket.http.response" if is_stream else "http.response"
            await _send_response(refusal, kind, respond)

    def _check_key(self, scope: Scope, headers: Headers) -> None:
        key, given = self._service.api_key, bearer(headers)
        if key is None or not scope["path"].startswith(("/v1/", "/metrics")):
            return
        # A page cannot give a WebSocket a header: its key comes in the first message.
        if given is None and scope["type"] == "websocket":
            return
        if given is None or not self._service.knows(given):
            raise RefusedError(
                401,
                "key",
                "give the API key: Authorization: Bearer KEY",
                headers={"www-authenticate": "Bearer"},
            )


def bearer(headers: Headers) -> str | None:
    """The key of `Authorization: Bearer KEY`."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def check_framing(headers: Headers, http_version: str) -> None:
    """See `Guard`; h11 refuses all else that leaves it open where a body ends.

    Source: RFC 9112 section 6.1: a length beside chunks, and chunks of HTTP/1.0, may be an attempt to smuggle
    a request past a proxy.

    Raises:
        RefusedError: 400.
    """
    if "transfer-encoding" in headers and ("content-length" in headers or http_version != "1.1"):
        raise RefusedError(
            400,
            "invalid",
            "the body's end is not clear: send Content-Length, or Transfer-Encoding with HTTP/1.1, not both",
            headers={"connection": "close"},
        )


def check_host(host: str, names: frozenset[str]) -> None:
    """See `Guard`.

    Raises:
        RefusedError: 421, not a name of this server.
    """
    match = _HOST.fullmatch(host)
    if match:
        name = match[1] or match[2].lower()
        if name == "localhost" or name in names:
            return
        try:
            ipaddress.ip_address(name)
        except ValueError:
            pass
        else:
            return
    raise RefusedError(
        421,
        "host",
        f"{host!r:.100} is no name of this server: ask for its IP address, or start it with --host-name NAME",
    )


def check_origin(origin: str | None, host: str, allowed: frozenset[str]) -> None:
    """See `Guard`.

    Raises:
        RefusedError: 403, a page of somebody else.
    """
    if origin is not None and origin not in {f"http://{host}", f"https://{host}"} | allowed:
        raise RefusedError(403, "origin", "this page may not use the server: see voxaffect serve --origin")


def _check_length(headers: Headers, most: float) -> None:
    declared = headers.get("content-length", "0")
    if not declared.isdecimal() or len(declared) > 18 or int(declared) > most:
        raise _too_large(most)


def _too_large(most: float) -> RefusedError:
    return RefusedError(413, "too_large", f"the body has more than {most:.0f} bytes")


def _bounded(receive: Receive, most: float) -> Receive:
    """Stop where the body is longer than it may be, whatever length it declared."""
    total = 0

    async def bounded() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > most:
            raise _too_large(most)
        return message

    return bounded


def _http_counted(service: Service, scope: Scope, send: Send) -> Send:
    """Add the headers that every response has, and count it."""
    path = scope["path"]
    route = path if path in ROUTES else "other"

    async def counted(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "no-store")
            # What a refused client still sends of its body is not read to its end.
            if message["status"] >= 400 and scope["method"] == "POST":
                headers["connection"] = "close"
            service.metrics.count("voxaffect_requests_total", route=route, status=str(message["status"]))
        await send(message)

    return counted


def _websocket_counted(service: Service, send: Send) -> Send:
    async def counted(message: Message) -> None:
        if message["type"] in ("websocket.accept", "websocket.http.response.start"):
            status = str(message.get("status", 101))
            service.metrics.count("voxaffect_requests_total", route="/v1/stream", status=status)
        await send(message)

    return counted


async def _send_response(refusal: RefusedError, kind: str, send: Send) -> None:
    response = refusal.response()
    start: dict[str, Any] = {
        "type": f"{kind}.start",
        "status": response.status_code,
        "headers": response.raw_headers,
    }
    await send(start)
    await send({"type": f"{kind}.body", "body": response.body})
