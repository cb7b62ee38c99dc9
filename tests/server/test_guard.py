"""Who may ask: by key, by name, by origin."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("uvicorn", reason="needs the extra server")

from websockets.exceptions import ConnectionClosed, InvalidStatus

KEY = "a key of many letters"
BEARER = {"Authorization": f"Bearer {KEY}"}
START = {"type": "start", "rate_hz": 16_000}


@pytest.fixture(scope="module")
def locked(begin):
    return begin(api_key=KEY)


@pytest.mark.parametrize("path", ["/v1/backends", "/metrics"])
def test_without_the_key_nothing_is_told(locked, path):
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {KEY}"}):
        reply = locked.get(path, headers)
        assert (reply.status, reply.code) == (401, "key")
        assert reply.headers["www-authenticate"] == "Bearer"
    assert locked.get(path, BEARER).status == 200


def test_the_key_in_an_address_opens_nothing(locked):
    assert locked.get(f"/v1/backends?api_key={KEY.replace(' ', '+')}").status == 401


def test_health_and_the_page_need_no_key(locked):
    assert locked.get("/health").json["key"]
    assert locked.get("/").status == 200


def test_a_stream_takes_the_key_as_a_header(locked):
    with locked.open("?rate_hz=16000", additional_headers=BEARER) as socket:
        assert json.loads(socket.recv())["type"] == "session"


def test_a_stream_takes_the_key_in_its_first_message(locked):
    with locked.open() as socket:
        socket.send(json.dumps({**START, "api_key": KEY}))
        assert json.loads(socket.recv())["type"] == "session"


@pytest.mark.parametrize("said", [START, {**START, "api_key": "wrong"}, {**START, "api_key": None}])
def test_a_stream_without_the_key_ends(locked, said):
    with locked.open() as socket:
        socket.send(json.dumps(said))
        assert json.loads(socket.recv())["code"] == "key"
        with pytest.raises(ConnectionClosed):
            socket.recv()
        assert socket.close_code == 1008


def test_a_stream_takes_no_key_from_its_address(locked):
    with locked.open(f"?rate_hz=16000&api_key={KEY.replace(' ', '+')}") as socket:
        assert json.loads(socket.recv())["code"] == "key"


def test_streams_that_do_not_say_the_key_take_no_place(serve, wait_until):
    running = serve(api_key=KEY, streams=1)
    with running.open(), running.open(), running.open() as last:
        last.send(json.dumps({**START, "api_key": KEY}))
        assert json.loads(last.recv())["type"] == "session"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "localhost@evil", "a b", "[::1"]
)
def test_a_host_that_is_none_of_the_servers_names_is_refused(running, host):
    reply = running.get("/health", {"Host": host})
    assert reply.status in (400, 421)
    assert reply.status == 400 or f"{host!r} is no name of this server" in reply.json["error"]["message"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8765", "127.0.0.1:1", "[::1]:80", "10.1.2.3"])
def test_an_address_or_localhost_is_the_servers_name(running, host):
    assert running.get("/health", {"Host": host}).status == 200


def test_a_server_knows_the_name_that_it_was_given(serve):
    assert serve(names=("voice.example",)).get("/health", {"Host": "Voice.Example:443"}).status == 200


def test_a_page_of_somebody_else_may_not_ask(running):
    for origin in ("https://evil.example", "null", f"http://{running.address}.evil.example"):
        reply = running.get("/v1/backends", {"Origin": origin})
        assert (reply.status, reply.code) == (403, "origin")
        with pytest.raises(InvalidStatus) as refused:
            running.open(additional_headers={"Origin": origin})
        assert refused.value.response.status_code == 403


def test_the_servers_own_page_may_ask(running):
    assert running.get("/v1/backends", {"Origin": f"http://{running.address}"}).status == 200


def test_a_page_that_is_named_may_ask_and_read_the_answer(serve):
    running = serve(origins=("https://app.example",))
    reply = running.get("/v1/backends", {"Origin": "https://app.example"})
    assert reply.headers["access-control-allow-origin"] == "https://app.example"
    preflight = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    assert running.ask("OPTIONS", "/v1/analyze", headers=preflight).status == 200
    assert running.get("/v1/backends", {"Origin": "https://other.example"}).status == 403


def test_every_answer_says_how_it_may_be_used(running):
    for path in ("/", "/health", "/v1/backends", "/nothing"):
        headers = running.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "default-src 'none'" in running.get("/").headers["content-security-policy"]
