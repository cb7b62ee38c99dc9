"""Where a request ends: no proxy in front may take it for two, or two for one.

RFC 9112 sections 5.2, 6 and 7. h11 refuses most of it, websockets a handshake with a body, `Guard` the rest.
"""

from __future__ import annotations

import re
import socket
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="needs the extra server")

from voxaffect.testing.machine import PATIENCE_S

BODY = '{"emotion": "calm", "text": "x"}'
LENGTH = f"Content-Length: {len(BODY)}\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
CHUNK = f"{len(BODY):x}\r\n{BODY}\r\n0\r\n\r\n"
NEXT = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def post(headers: str, body: str, version: str = "1.1") -> str:
    """A request as its bytes stand on the wire."""
    return (
        f"POST /v1/express HTTP/{version}\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"{headers}\r\n{body}"
    )


def handshake(headers: str, body: str = "") -> str:
    """Of a WebSocket."""
    return (
        "GET /v1/stream?rate_hz=16000 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n{body}"
    )


def statuses(running: Any, sent: str) -> list[int]:
    """Of all answers on one connection until the server closes it."""
    answers = b""
    with socket.create_connection(("127.0.0.1", running.port), timeout=PATIENCE_S) as client:
        client.sendall(sent.encode())
        try:
            while part := client.recv(65536):
                answers += part
        except ConnectionResetError:  # it closed before it had read all
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]


@pytest.mark.parametrize(
    "request_",
    [
        post(LENGTH + CHUNKED, CHUNK),
        post(CHUNKED + LENGTH, CHUNK),
        post(LENGTH + "Transfer-Encoding:\r\n chunked\r\n", CHUNK),
        post(CHUNKED, CHUNK, version="1.0"),
        "GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n" + CHUNKED + "\r\n0\r\n\r\n",
        post(LENGTH + "Content-Length: 3\r\n", BODY),
        post(f"Content-Length: {len(BODY)}, 3\r\n", BODY),
        *(
            post(f"Content-Length: {length}\r\n", BODY)
            for length in ("", "+32", "-1", "0x20", "3_2", "٣٢", "3 2", "9" * 40)
        ),
        post(f"Content-Length : {len(BODY)}\r\n", BODY),
        post("Transfer-Encoding : chunked\r\n", CHUNK),
        post(CHUNKED + CHUNKED, CHUNK),
        *(
            post(f"Transfer-Encoding: {coding}\r\n", CHUNK)
            for coding in ("identity", "xchunked", "gzip, chunked", "chunked, identity", "\x0bchunked")
        ),
        "GET /health HTTP/1.1\r\n X: a\r\nHost: localhost\r\n\r\n",
        post(f"X: a\r{LENGTH}", BODY),
        post(f"X: a\0b\r\n{LENGTH}", BODY),
        post("Host: other.example\r\n" + LENGTH, BODY),
        *(
            post(CHUNKED, chunk)
            for chunk in (
                CHUNK.replace("\r\n", "\n"),
                CHUNK.replace("}\r\n", "}\n"),
                CHUNK.replace("}\r\n", "}xx"),
                "0x" + CHUNK,
                "-" + CHUNK,
                CHUNK.replace("\r\n{", ";a\nb\r\n{"),
            )
        ),
        handshake("Content-Length: 5\r\n", "hello"),
        handshake(CHUNKED, "0\r\n\r\n"),
        handshake("Content-Length: 5\r\n" + CHUNKED, "0\r\n\r\n"),
        handshake("X: a\r\n" * 200),
    ],
)  # fmt: skip
def test_a_request_without_one_clear_end_is_refused_and_what_follows_never_read(running, request_):
    assert statuses(running, request_ + NEXT) == [400]


@pytest.mark.parametrize(
    "request_",
    [
        post(LENGTH, BODY),
        post(CHUNKED, CHUNK),
        post(CHUNKED.upper(), CHUNK),
        post(LENGTH + LENGTH, BODY),
        post(LENGTH.replace(": ", ":\r\n "), BODY),
        post(CHUNKED.replace(": ", ":\r\n\t"), CHUNK),
        post("X: a\r\n Transfer-Encoding: chunked\r\n" + LENGTH, BODY),
        post(LENGTH, "").replace("\r\n", "\n") + BODY,
        post(CHUNKED, CHUNK.replace("\r\n{", ";a=b\r\n{")),
        post(CHUNKED, CHUNK.replace("0\r\n\r\n", "0\r\nContent-Length: 900\r\n\r\n")),
    ],
)
def test_a_request_that_ends_where_it_says_leaves_the_next_one_whole(running, request_):
    assert statuses(running, request_ + NEXT) == [200, 200]
