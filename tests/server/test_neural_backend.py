"""A server with a neural network behind it, alone or beside another backend, tells what the library hears."""

from __future__ import annotations

import asyncio
import json
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import numpy as np
import pytest

pytest.importorskip("uvicorn", reason="needs the extra server")
pytest.importorskip("voxaffect_whisper_mlx", reason="needs the bundled network")

from voxaffect import EmotionResult, Pipeline, create_backend
from voxaffect.engines.blas_threads import blas_threads
from voxaffect.engines.numpy_engine import NumpyEngine
from voxaffect.server.service import Service
from voxaffect.server.workers import Workers, cores_here, processes_here
from voxaffect.testing.machine import PATIENCE_S

pytestmark = pytest.mark.slow
RATE_HZ = 16_000
BACKENDS = ("whisper_mlx", "prosodic")


@pytest.fixture(scope="module")
def pipelines() -> dict[str, Pipeline]:
    return {name: create_backend(name) for name in BACKENDS}


@pytest.fixture(scope="module", params=[processes_here(), 1, 0], ids=["processes", "one", "threads"])
def neural(request: pytest.FixtureRequest, begin: Any) -> Iterator[Any]:
    """A server with both, the network first."""
    return begin(backends=BACKENDS, processes=request.param)


def assert_same(told: dict, heard: EmotionResult) -> None:
    """As far as a product on one thread is the same as on several."""
    assert told["backend"] == heard.backend
    assert told["speech"] == heard.speech
    assert told["posterior"] == pytest.approx({str(name): p for name, p in heard.posterior.items()}, abs=1e-4)
    assert told["primary"]["arousal"] == pytest.approx(heard.primary.arousal, abs=1e-3)


def stream(running: Any, pcm: np.ndarray, backend: str) -> list[dict]:
    with running.open(f"?rate_hz={RATE_HZ}&backend={backend}") as socket:
        for begin in range(0, len(pcm), 1600):
            socket.send(pcm[begin : begin + 1600].tobytes())
        socket.send('{"type": "finish"}')
        messages = [json.loads(socket.recv(timeout=PATIENCE_S))]
        while messages[-1]["type"] != "finished":
            messages.append(json.loads(socket.recv(timeout=PATIENCE_S)))
    assert messages[0]["backend"] == backend
    return messages


def check_stream(messages: list[dict], pcm: np.ndarray, pipeline: Pipeline) -> None:
    heard = [each for each in messages if "result" in each]
    assert [each["type"] for each in heard if each.get("final", True)].count("utterance") == 1
    assert not [each for each in messages if each["type"] == "error"]
    for each in heard:
        stretch = pcm[round(each["start_s"] * RATE_HZ) : round(each["end_s"] * RATE_HZ)]
        if each["result"]["speech"]:
            everything = attrs.evolve(pipeline, activity="off")
            assert_same(each["result"], everything.hear(stretch, rate_hz=RATE_HZ))
    assert sum(each["result"]["speech"] for each in heard) > 3


def test_the_first_backend_named_is_the_one_that_answers(neural, recording, pipelines):
    reply = neural.post("/v1/analyze", recording)
    assert reply.status == 200
    assert_same(reply.json, pipelines["whisper_mlx"].hear(recording))


def test_a_stream_tells_what_the_network_hears_in_each_stretch(neural, pcm, pipelines):
    check_stream(stream(neural, pcm, "whisper_mlx"), pcm, pipelines["whisper_mlx"])


def test_clients_of_both_backends_at_once_each_get_their_own(neural, recording, pcm, pipelines):
    with ThreadPoolExecutor(6) as pool:
        streams = {name: pool.submit(stream, neural, pcm, name) for name in BACKENDS}
        paths = {name: f"/v1/analyze?backend={name}" for name in BACKENDS}
        replies = {
            name: [pool.submit(neural.post, paths[name], recording) for _ in "ab"] for name in BACKENDS
        }
        for name, pipeline in pipelines.items():
            check_stream(streams[name].result(), pcm, pipeline)
            for reply in replies[name]:
                assert_same(reply.result().json, pipeline.hear(recording))


def test_a_server_with_processes_keeps_no_model_of_its_own():
    class Model:
        """A large one."""

    made: list[weakref.ref[Model]] = []

    def build() -> dict[str, Any]:
        model = Model()
        made.append(weakref.ref(model))
        return {"large": model}

    service = Service(build, {}, processes=1)
    assert service.backends == ("large",)
    assert made[0]() is None
    service.close()


@pytest.mark.skipif(blas_threads() is None, reason="numpy's BLAS here keeps its own threads")
def test_no_worker_computes_on_more_than_its_share_of_the_cores(monkeypatch):
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    workers = Workers(NumpyEngine, cores_here())

    async def threads() -> int:
        async with workers.worker() as worker:
            taken: int = await worker.ask("__getattribute__", "n_threads")
            return taken

    try:
        assert asyncio.run(threads()) == 1
    finally:
        workers.close()
