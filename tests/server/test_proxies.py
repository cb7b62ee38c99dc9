"""Behind a reverse proxy: whose address counts, and who is believed about it."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket as sockets
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="needs the extra server")

from voxaffect.testing.machine import PATIENCE_S

HERE = ("127.0.0.1",)
START = "?rate_hz=16000"


@pytest.fixture(scope="module")
def believing(begin):
    """A server behind a proxy on this machine."""
    return begin(proxies=HERE)


def status(running: Any, *forwarded_for: str) -> int:
    """Of a request that says this of its client, a header each."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE_S)
    with contextlib.closing(connection):
        connection.putrequest("GET", "/v1/backends")
        for value in forwarded_for:
            connection.putheader("X-Forwarded-For", value.encode("latin-1"))
        connection.endheaders()
        return connection.getresponse().status


def first_message(running: Any, stack: contextlib.ExitStack, forwarded_for: str) -> dict:
    """Of a stream, which stays open."""
    socket = running.open(START, additional_headers={"X-Forwarded-For": forwarded_for})
    return json.loads(stack.enter_context(socket).recv(timeout=PATIENCE_S))


@pytest.mark.parametrize("proxies", [(), ("192.0.2.1", "2001:db8::/32")])
def test_what_a_stranger_says_of_its_address_changes_nothing(serve, proxies):
    running = serve(proxies=proxies, requests_per_minute=2)
    assert [status(running, f"198.51.100.{i}") for i in range(4)] == [200, 200, 429, 429]


def test_a_stranger_has_no_more_streams_by_what_it_says_of_its_address(serve):
    running = serve(proxies=("192.0.2.1",), streams_per_client=1)
    with contextlib.ExitStack() as stack:
        assert first_message(running, stack, "198.51.100.1")["type"] == "session"
        assert first_message(running, stack, "198.51.100.2")["code"] == "busy"


def test_the_clients_of_a_trusted_proxy_are_counted_apart(serve):
    running = serve(proxies=HERE, requests_per_minute=1)
    assert [status(running, f"198.51.100.{i}") for i in (1, 2, 1, 2)] == [200, 200, 429, 429]


def test_the_streams_of_a_trusted_proxys_clients_are_counted_apart(serve):
    running = serve(proxies=("127.0.0.0/8",), streams_per_client=1)
    with contextlib.ExitStack() as stack:
        assert first_message(running, stack, "198.51.100.1")["type"] == "session"
        assert first_message(running, stack, "198.51.100.2")["type"] == "session"
        assert first_message(running, stack, "198.51.100.1")["code"] == "busy"


def test_the_last_address_that_no_trusted_proxy_has_is_the_client(serve):
    running = serve(proxies=(*HERE, "10.0.0.0/8"), requests_per_minute=1)
    assert status(running, "198.51.100.1, 10.0.0.9") == 200
    assert status(running, "203.0.113.5, 198.51.100.1, 10.1.2.3") == 429
    assert status(running, "203.0.113.5", "198.51.100.1") == 429
    assert status(running, "198.51.100.1:4711") == 429
    assert status(running, "::ffff:198.51.100.1") == 429
    assert status(running, "203.0.113.5") == 200


def test_a_network_of_64_bits_behind_a_proxy_is_one_client(serve):
    running = serve(proxies=HERE, requests_per_minute=1)
    assert status(running, "2001:db8::1") == 200
    assert status(running, "[2001:db8::ffff]:443") == 429
    assert status(running, "2001:db8:0:1::1") == 200


@pytest.mark.parametrize(
    "said",
    ["unknown", "", ",", " , ,", "[::1", "1.2.3.4:port", "1.2.3.4%eth0", "ÿ", "9" * 20_000, "a," * 9_000],
)
def test_a_header_that_makes_no_sense_does_no_harm(believing, said):
    assert status(believing, said) == 200
    with contextlib.ExitStack() as stack:
        assert first_message(believing, stack, said.replace("ÿ", "?")[:4_000])["type"] == "session"


def test_all_that_is_no_address_is_one_client(serve):
    running = serve(proxies=HERE, requests_per_minute=2)
    assert [status(running, said) for said in ("unknown", "_hidden", "x" * 5_000)] == [200, 200, 429]


def test_a_trusted_proxy_opens_as_many_connections_as_it_needs(serve):
    def admitted(running: Any) -> list[bool]:
        with contextlib.ExitStack() as stack:
            begun = [
                stack.enter_context(sockets.create_connection(("127.0.0.1", running.port), 20))
                for _ in range(3)
            ]
            for each in begun:
                with contextlib.suppress(OSError):
                    each.sendall(f"GET /health HTTP/1.1\r\nHost: {running.address}\r\n\r\n".encode())
            return [answered(each) for each in begun]

    assert admitted(serve(proxies=HERE, connections_per_client=1)) == [True, True, True]
    assert admitted(serve(connections_per_client=1)) == [True, False, False]
    assert admitted(serve(proxies=HERE, connections_per_client=1, connections=2)) == [True, True, False]


def answered(socket: sockets.socket) -> bool:
    try:
        return bool(socket.recv(1))
    except OSError:
        return False
