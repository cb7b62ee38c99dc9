"""Hostile clients and long streams: in short what tests/benchmarks/server_{faults,load}.py do at length."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("uvicorn", reason="needs the extra server")

from voxaffect.server.service import Service
from voxaffect.server.workers import Workers
from voxaffect.testing.machine import PATIENCE_S

RATE_HZ = 16_000
BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
ATTACKS = 330


@pytest.fixture(scope="module")
def attacks() -> Iterator[Any]:
    """The benchmark's own."""
    spec = importlib.util.spec_from_file_location("server_attacks", BENCHMARKS / "server_attacks.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def heard(running: Any, pcm: np.ndarray) -> list[dict]:
    """What a good client is told of it."""
    with running.open(f"?rate_hz={RATE_HZ}") as socket:
        for begin in range(0, len(pcm), 1600):
            socket.send(pcm[begin : begin + 1600].tobytes())
        socket.send('{"type": "finish"}')
        messages = []
        while not messages or messages[-1]["type"] != "finished":
            messages.append(json.loads(socket.recv(timeout=PATIENCE_S)))
    for message in messages:
        message.get("result", {}).pop("timestamp", None)
    return messages[1:]


def test_hostile_clients_harm_nobody_and_leave_nothing_behind(
    serve: Callable[..., Any], attacks: Any, pcm: np.ndarray, wait_until: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    running = serve(
        requests_per_minute=1e6, streams_per_client=64, requests_at_once=64, requests_at_once_per_client=64,
        header_s=1, send_s=1, stream_idle_s=1, connections_per_client=512,
    )  # fmt: skip
    at_peace = heard(running, pcm)
    running.post("/v1/analyze", b"x")
    threads, descriptors = threading.active_count(), running.metric("process_open_fds")
    attacker = attacks.Attacker(running.address, seed=1)
    with caplog.at_level(logging.ERROR), ThreadPoolExecutor(1) as good:
        under_attack = good.submit(lambda: [heard(running, pcm) for _ in range(2)])
        asyncio.run(attacks.attack(attacker, ATTACKS))
        assert all(messages == at_peace for messages in under_attack.result())
    assert sum(attacker.answers.values()) > 0.9 * ATTACKS
    wait_until(lambda: running.service.clients.streams == running.service.clients.requests == 0)
    wait_until(lambda: running.metric("process_open_fds") <= descriptors)
    wait_until(lambda: threading.active_count() <= threads + 1)  # the second of those for requests
    assert [record.getMessage() for record in caplog.records] == []
    assert heard(running, pcm) == at_peace


def test_one_client_cannot_take_the_turn_of_another() -> None:
    """Four long recordings of one address are heard one after another, so that a worker stays free."""
    taken, gate = threading.Event(), threading.Event()

    def wait() -> bool:
        taken.set()
        return gate.wait(PATIENCE_S)

    service = Service(dict, {})
    service._requests = Workers(lambda: SimpleNamespace(wait=wait, ask=lambda: "asked"), threads=2)
    one, other = service.clients.of("192.0.2.1"), service.clients.of("192.0.2.2")

    async def work() -> None:
        long = [asyncio.create_task(service.answer(one, "wait")) for _ in range(4)]
        await asyncio.to_thread(taken.wait, PATIENCE_S)
        assert await asyncio.wait_for(service.answer(other, "ask"), PATIENCE_S) == "asked"
        assert not any(task.done() for task in long)
        gate.set()
        await asyncio.gather(*long)

    asyncio.run(work())
    service.close()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_length_of_a_stream(serve: Callable[..., Any], pcm: np.ndarray) -> None:
    """What the server holds of it is the same after two simulated minutes and after five."""
    running = serve(stream_pace=1e6)
    minute = np.zeros(60 * RATE_HZ, "<i2")  # speech every ten seconds
    for begin in range(0, len(minute), 10 * RATE_HZ):
        minute[begin : begin + len(pcm)] = pcm
    held = []
    with running.open(f"?rate_hz={RATE_HZ}") as socket:
        socket.recv()
        for _ in range(5):
            for begin in range(0, len(minute), RATE_HZ):
                socket.send(minute[begin : begin + RATE_HZ].tobytes())
            while json.loads(socket.recv(timeout=PATIENCE_S)).get("end_s", 0) < 60 * (len(held) + 1) - 1:
                pass
            held.append(running.metric("process_resident_memory_bytes") / 2**20)
    assert held[-1] - held[1] < 8, held
