"""`/v1/stream`: what is told, and what becomes of clients that ask too much of it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket as sockets
import time
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("uvicorn", reason="needs the extra server")

from voxaffect.narration import Narrator
from voxaffect.streaming import EmotionStream
from voxaffect.testing.machine import PATIENCE_S
from websockets.exceptions import ConnectionClosed

RATE_HZ = 16_000
START = json.dumps({"type": "start", "rate_hz": RATE_HZ})
FINISH = '{"type": "finish"}'


def told(socket: Any) -> list[dict]:
    """All messages until the server closes."""
    messages = []
    with contextlib.suppress(ConnectionClosed):
        while True:
            messages.append(json.loads(socket.recv(timeout=PATIENCE_S)))
    return messages


def hear(running: Any, pcm: np.ndarray, *, message_bytes: int = 3200, start: str = START) -> list[dict]:
    """What a stream of it tells."""
    sound = pcm.tobytes()
    with running.open() as socket:
        socket.send(start)
        for begin in range(0, len(sound), message_bytes):
            socket.send(sound[begin : begin + message_bytes])
        socket.send(FINISH)
        return told(socket)


def timeless(messages: Iterable[dict]) -> list[dict]:
    """Without what differs from one stream to the next."""
    plain = json.loads(json.dumps(list(messages)))
    for message in plain:
        message.get("result", {}).pop("timestamp", None)
    return plain


def last_error(running: Any, *messages: Any, query: str = "") -> tuple[dict, int]:
    """The error that ends a stream after these messages, and the close code."""
    with running.open(query) as socket:
        with contextlib.suppress(ConnectionClosed):
            for message in messages:
                socket.send(message)
        (*_, error) = told(socket)
        assert error["type"] == "error"
        assert error["fatal"]
        return error, socket.close_code


def test_a_stream_tells_what_the_library_hears(running, pipeline, pcm):
    session, *messages, finished = hear(running, pcm)
    stream, narrator = EmotionStream(pipeline, rate_hz=RATE_HZ), Narrator()
    expected = [*narrator.messages(stream.feed(pcm)), *narrator.messages(stream.finish())]
    assert timeless(messages) == timeless(expected)
    assert {"speech_start", "window", "utterance", "speech_end"} <= {each["type"] for each in messages}
    assert session["rate_hz"] == RATE_HZ
    assert session["backend"] == "prosodic"
    assert finished == {"type": "finished", "audio_s": len(pcm) / RATE_HZ}


@pytest.mark.parametrize("message_bytes", [641, 4063, 200_000])
def test_the_same_is_told_however_the_sound_is_cut(running, pcm, message_bytes):
    cut = hear(running, pcm, message_bytes=message_bytes)
    assert timeless(cut[1:]) == timeless(hear(running, pcm)[1:])


def test_two_channels_are_heard_as_one(running, pcm):
    start = json.dumps({"type": "start", "rate_hz": RATE_HZ, "channels": 2})
    both = np.repeat(pcm[:, np.newaxis], 2, axis=1)
    assert timeless(hear(running, both, start=start)[1:]) == timeless(hear(running, pcm)[1:])


def test_an_address_may_say_the_start(running):
    with running.open("?rate_hz=8000&channels=2&backend=prosodic") as socket:
        session = json.loads(socket.recv())
    assert (session["rate_hz"], session["channels"]) == (8000, 2)


def test_a_stream_learns_its_speaker_where_neither_it_nor_the_server_forbids_it(serve, pcm):
    twice = np.concatenate([pcm, pcm])

    def adapted(running, **said):
        start = json.dumps({"type": "start", "rate_hz": RATE_HZ, "backend": "prosodic_rules", **said})
        session, *messages, _ = hear(running, twice, start=start)
        finals = [each["result"]["adapted_to"] for each in messages if each.get("final")]
        return session["adapt"], finals[-1] > 0

    running = serve(backends=("prosodic_rules",))
    assert adapted(running) == (True, True)
    assert adapted(running, adapt=False) == (False, False)
    forbidding = serve(backends=("prosodic_rules",), adapt=False)
    assert adapted(forbidding, adapt=True) == (False, False)


def test_an_address_may_forbid_a_stream_to_adapt(running):
    with running.open("?rate_hz=16000&adapt=false") as socket:
        assert json.loads(socket.recv())["adapt"] is False


@pytest.mark.parametrize(
    "said",
    [
        "hello",
        "[]",
        FINISH,
        b"\x00\x00",
        '{"type": "start"}',
        '{"type": "start", "rate_hz": 1}',
        '{"type": "start", "rate_hz": 96000}',
        '{"type": "start", "rate_hz": "16000"}',
        '{"type": "start", "rate_hz": 16000, "channels": 9}',
        '{"type": "start", "rate_hz": 16000, "adapt": "no"}',
        '{"type": "start", "rate_hz": 16000, "backend": "nose"}',
        '{"type": "start", "rate_hz": 16000, "wish": 1}',
        '{"type": "start", "rate_hz": 1e999}',
        pytest.param('{"type": "start", "rate_hz": 1' + "0" * 400 + "}", id="400 digits"),
        '{"type": "start", "rate_hz": 16000, "backend": "\\ud800\\u0000"}',
        '{"type": "start", "rate_hz": 16000, "\\ud800": 1}',
        '{"type": "\\ud800"}',
        pytest.param("[" * 5_000, id="nested"),
    ],
)
def test_a_start_that_cannot_be_ends_the_stream(running, said):
    error, code = last_error(running, said)
    assert error["code"] in ("start", "invalid")
    assert code == 1008


def test_half_a_frame_at_the_end_is_left_out(running):
    half = hear(running, np.zeros(2001, "<i1"))
    assert half[-1] == {"type": "finished", "audio_s": 1000 / RATE_HZ}


def test_words_after_the_start_end_the_stream(running):
    error, _ = last_error(running, START, "louder!")
    assert error["code"] == "message"


def test_a_message_that_is_too_large_closes_the_connection(serve):
    with serve(message_bytes=1000).open() as socket:
        socket.send(START)
        socket.recv()
        socket.send(bytes(1002))
        assert told(socket) == []
        assert socket.close_code == 1009


def test_a_silent_client_is_let_go(serve):
    error, _ = last_error(serve(stream_idle_s=0.2), START)
    assert error["code"] == "idle"


def test_a_stream_has_an_end(serve):
    running = serve(stream_s=0)
    error, _ = last_error(running, START, bytes(3200))
    assert error["code"] == "long"


def test_one_address_has_so_many_streams(serve):
    running = serve(streams_per_client=1)
    with running.open() as first:
        first.send(START)
        first.recv()
        error, code = last_error(running, START)
        assert (error["code"], code) == ("busy", 1013)


def test_a_place_is_free_again_when_its_client_has_gone(serve, wait_until):
    running = serve(streams_per_client=1)
    for _ in range(3):
        with running.open() as socket:
            socket.send(START)
            assert json.loads(socket.recv())["type"] == "session"
            socket.socket.shutdown(sockets.SHUT_RDWR)
        wait_until(lambda: running.service.clients.streams == 0)


def test_a_stream_that_runs_ahead_waits(serve):
    running = serve(stream_pace=20, stream_ahead_s=1)
    begun = time.monotonic()
    *_, finished = hear(running, np.zeros(11 * RATE_HZ, "<i2"))
    assert finished["audio_s"] == 11
    assert time.monotonic() - begun > 0.4  # (11 - 1) / 20 = 0.5 s, less what came while it waited
    assert running.metric("voxaffect_stream_waits_total") > 0


def test_what_a_client_sends_beyond_its_pace_stays_in_its_own_socket(serve):
    running = serve(stream_pace=0.1, stream_ahead_s=0.1)
    with running.open() as socket:
        socket.send(START)
        socket.recv()
        socket.socket.settimeout(0.5)
        sent = 0
        with contextlib.suppress(TimeoutError, ConnectionClosed):
            for _ in range(2000):  # 64 MB
                socket.send(bytes(32_000))
                sent += 32_000
        assert sent < 16e6  # the buffers of two sockets
        assert running.metric("voxaffect_stream_audio_seconds_total") < 10
        socket.socket.close()


def test_a_client_that_reads_nothing_is_dropped(serve, wait_until):
    running = serve(send_s=0.3)
    with sockets.socket() as client:
        client.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", running.port))
        client.settimeout(2)
        client.sendall(
            f"GET /v1/stream?rate_hz=16000 HTTP/1.1\r\nHost: {running.address}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        wait_until(lambda: running.service.clients.streams == 1)
        ping = b"\x89\xfd" + bytes(4 + 125)  # 125 bytes, which the server sends back
        with contextlib.suppress(OSError):
            for _ in range(200):
                client.sendall(ping * 500)
        wait_until(lambda: running.service.clients.streams == 0)


def test_a_window_that_a_plugin_fails_on_is_told_and_left_out(serve, pipeline, pcm, monkeypatch):
    classify, calls = pipeline.classifier.classify, []

    def broken(features: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("a secret of the server")
        return classify(features)

    monkeypatch.setattr(type(pipeline.classifier), "classify", lambda self, features: broken(features))
    messages = hear(serve(), pcm)
    errors = [each for each in messages if each["type"] == "error"]
    assert [(error["code"], error["fatal"]) for error in errors] == [("failed", False)]
    assert "secret" not in errors[0]["message"]
    assert messages[-1]["type"] == "finished"


def test_streams_come_to_their_end_when_the_server_does(serve, pcm):
    running = serve()
    with running.open() as socket:
        socket.send(START)
        socket.recv()
        socket.send(pcm[: 2 * RATE_HZ].tobytes())
        while json.loads(socket.recv())["type"] != "window":
            pass
        running.stop()
        messages = told(socket)
        assert [each["final"] for each in messages if each["type"] == "utterance"][-1]
        assert (messages[-1]["code"], socket.close_code) == ("closing", 1012)


@pytest.mark.slow
def test_a_process_that_dies_takes_only_its_own_streams(serve, wait_until, pcm):
    running = serve(processes=2)
    with running.open() as first, running.open() as second:
        for socket in (first, second):
            socket.send(START)
            socket.recv()
        victim = running.service.streams.pids[0]
        os.kill(victim, signal.SIGKILL)
        ends = []
        for socket in (first, second):
            socket.send(pcm.tobytes())
            with contextlib.suppress(ConnectionClosed):
                socket.send(FINISH)
            ends.append(told(socket)[-1]["type"])
        assert sorted(ends) == ["error", "finished"]
    assert hear(running, pcm)[-1]["type"] == "finished"
    assert hear(running, pcm)[-1]["type"] == "finished"
    assert victim not in running.service.streams.pids
