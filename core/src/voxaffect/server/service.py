"""What one server has: pipelines, renderers, limits, threads, counters."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import attrs

from voxaffect.components import Stage
from voxaffect.errors import UnknownNameError
from voxaffect.host import PluginHost
from voxaffect.pipeline import Pipeline
from voxaffect.server.clients import Client, Clients
from voxaffect.server.limits import Limits
from voxaffect.server.metrics import Metrics, process_gauges
from voxaffect.server.workers import StreamWorkers

T = TypeVar("T")

REQUEST_THREADS = 2
"""Threads share one interpreter lock: more of them would take turns, not run side by side."""


@attrs.define(eq=False)
class Service:
    """Everything that requests share.

    Args:
        host: the plugins.
        pipelines: {backend: pipeline}, those that a client may ask for; the first is the default.
        renderers: {name: its table}, likewise.
        limits: what a client may use.
        api_key: what a client must know; None lets everybody in.
        host_names: names that this server goes by, beside localhost and any IP address.
        origins: of pages of others that may use it.
        workers: who hears streams; a thread of their own if not given, so that a long recording never
            stands in front of them.

    Attributes:
        closing: set when streams are to come to their end.
    """

    host: PluginHost
    pipelines: Mapping[str, Pipeline]
    renderers: Mapping[str, Mapping[str, Any]]
    limits: Limits = attrs.field(factory=Limits)
    api_key: str | None = attrs.field(default=None, repr=False)
    host_names: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    workers: StreamWorkers = attrs.field(
        default=attrs.Factory(lambda own: StreamWorkers(lambda: own.pipelines), takes_self=True)
    )
    metrics: Metrics = attrs.field(factory=Metrics, init=False)
    clients: Clients = attrs.field(init=False)
    closing: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    _requests: ThreadPoolExecutor = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.clients = Clients(self.limits)
        self._requests = ThreadPoolExecutor(REQUEST_THREADS, thread_name_prefix="request")

    def pipeline(self, backend: str | None) -> Pipeline:
        """The pipeline of a backend that this server offers, the default for None.

        Raises:
            UnknownNameError: it offers no such backend.
        """
        if backend is None:
            return next(iter(self.pipelines.values()))
        if backend not in self.pipelines:
            raise UnknownNameError("backend of this server", backend, self.pipelines)
        return self.pipelines[backend]

    def renderer(self, name: str | None, options: Mapping[str, Any]) -> tuple[str, Any]:
        """(Name, renderer) that this server offers, the default for None, with a client's options.

        Raises:
            UnknownNameError: it offers no such renderer.
            ConfigurationError: an option that the renderer does not take.
        """
        name = next(iter(self.renderers), "") if name is None else name
        if name not in self.renderers:
            raise UnknownNameError("renderer of this server", name, self.renderers)
        return name, self.host.build(Stage.RENDERER, {**self.renderers[name], **options})

    def knows(self, key: str) -> bool:
        """Whether it is the API key; takes the same time whatever was guessed."""
        expected, given = (hashlib.sha256(text.encode()).digest() for text in (self.api_key or "", key))
        return hmac.compare_digest(expected, given)

    async def work(self, client: Client, function: Callable[[], T]) -> T:
        """Run a request's work on a thread of its own kind, one at a time for each client."""
        async with client.turn:
            return await asyncio.get_running_loop().run_in_executor(self._requests, function)

    def metrics_text(self) -> str:
        """What `/metrics` shows."""
        gauges = {
            "voxaffect_streams": ("Streams that are open.", float(self.clients.streams)),
            "voxaffect_requests": ("Requests that wait or run.", float(self.clients.requests)),
        }
        return self.metrics.text(gauges | process_gauges(self.workers.pids))

    def close(self) -> None:
        """Give threads and processes back; what waits is dropped."""
        self._requests.shutdown(wait=False, cancel_futures=True)
        self.workers.close()
