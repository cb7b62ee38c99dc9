"""A server of its own for each test that asks for one, on a free port of this machine."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from voxaffect import Pipeline, create_backend, load_audio
from voxaffect.cli.serve import build_pipelines
from voxaffect.examples import clips
from voxaffect.testing.machine import PATIENCE_S

RATE_HZ = 16_000
JSON = {"Content-Type": "application/json"}
PATIENT = dict.fromkeys(("header_s", "body_s", "send_s", "stream_idle_s"), PATIENCE_S)
"""A server's limits of time, which a busy machine's client may break."""


@attrs.frozen
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Of an error."""
        return str(self.json["error"]["code"])


@attrs.frozen
class Running:
    """A server that listens, and a client's ways to it."""

    service: Any
    port: int
    stop: Callable[[], None]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        with contextlib.closing(connection):
            content = json.dumps(body).encode() if isinstance(body, dict) else body
            kind = JSON if isinstance(body, dict) else {}
            connection.request(method, path, content, {**kind, **(headers or {})})
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Reply:
        return self.ask("POST", path, body, headers)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        return self.ask("GET", path, headers=headers)

    def open(self, query: str = "", **options: Any) -> Any:
        """A WebSocket to /v1/stream."""
        from websockets.sync.client import connect

        patient = {"open_timeout": PATIENCE_S, "ping_interval": None}
        options = {"compression": None, "proxy": None, "max_size": None, **patient, **options}
        return connect(f"ws://{self.address}/v1/stream{query}", **options)

    def metric(self, name: str) -> float:
        lines = self.get("/metrics").body.decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


@pytest.fixture(scope="session")
def pipeline() -> Pipeline:
    """The prosodic backend, once for all servers."""
    return create_backend("prosodic")


Serve = Callable[..., Running]


@contextlib.contextmanager
def servers(pipeline: Pipeline) -> Iterator[Serve]:
    """What begins servers, which are stopped at the end."""
    pytest.importorskip("uvicorn", reason="needs the extra server")
    from voxaffect.server.limits import Limits
    from voxaffect.server.origins import parse_origins
    from voxaffect.server.proxies import parse_proxies
    from voxaffect.server.run import make_server
    from voxaffect.server.service import Service

    with contextlib.ExitStack() as running:

        def start(
            *,
            api_key: str | None = None,
            origins: tuple[str, ...] = (),
            names: tuple[str, ...] = (),
            proxies: tuple[str, ...] = (),
            processes: int = 0,
            port: int = 0,
            backends: tuple[str, ...] = ("prosodic",),
            adapt: bool | None = None,
            **limits: float,
        ) -> Running:
            build = partial(build_pipelines, backends, None, adapt)
            service = Service(
                build if processes or backends != ("prosodic",) else lambda: {"prosodic": pipeline},
                {name: {"use": name} for name in ("ssml", "psola", "rvc")},
                Limits(**{**PATIENT, **limits}),
                api_key=api_key,
                origins=parse_origins(origins),
                host_names=frozenset(names),
                proxies=parse_proxies(proxies),
                processes=processes,
            )
            addresses: list[str] = []
            server = make_server(service, port=port, listening=addresses.append)
            thread = threading.Thread(target=server.run)
            thread.start()

            def stop() -> None:
                server.should_exit = True
                thread.join(PATIENCE_S)
                assert not thread.is_alive(), "the server did not stop"

            running.callback(stop)
            until(lambda: addresses or not thread.is_alive())
            return Running(service, int(addresses[0].rpartition(":")[2]), stop)

        yield start


@pytest.fixture
def serve(pipeline: Pipeline) -> Iterator[Serve]:
    """serve(streams=2, ..., api_key=...): a server with these limits and options."""
    with servers(pipeline) as start:
        yield start


@pytest.fixture(scope="module")
def begin(pipeline: Pipeline) -> Iterator[Serve]:
    """The same, for servers that all tests of a file ask."""
    with servers(pipeline) as start:
        yield start


@pytest.fixture(scope="session")
def running(pipeline: Pipeline) -> Iterator[Running]:
    """One with the limits that all have, for all tests that leave it as it was."""
    with servers(pipeline) as start:
        yield start()


def until(condition: Callable[[], Any], seconds: float = PATIENCE_S) -> None:
    """Wait for it; fail where it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., None]:
    """See `until`."""
    return until


@pytest.fixture(scope="session")
def recording() -> bytes:
    """A FLAC file of angry speech."""
    return Path(clips("anger")[1].path).read_bytes()


@pytest.fixture(scope="session")
def pcm() -> np.ndarray:
    """(n_samples,) int16 at 16 kHz: the same and a second of silence."""
    samples = load_audio(clips()[0].path).samples
    return np.append((samples * 32767).astype("<i2"), np.zeros(RATE_HZ, "<i2"))
