"""What one server has: pipelines, renderers, limits, workers, counters."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import attrs

from voxaffect.host import PluginHost
from voxaffect.pipeline import Pipeline
from voxaffect.server.answers import Answer, Answers
from voxaffect.server.clients import Client, Clients
from voxaffect.server.hearing import Hearing
from voxaffect.server.limits import Limits
from voxaffect.server.metrics import Metrics, process_gauges
from voxaffect.server.proxies import Network
from voxaffect.server.workers import Workers

Build = Callable[[], Mapping[str, Pipeline]]

FOR_REQUESTS = 2
"""Threads, or processes where there are so many for streams: a long recording does not keep all others
waiting."""

NICENESS_OF_REQUESTS = 10
"""Live speech goes first where there is more to do than cores can."""


@attrs.define(eq=False)
class Service:
    """Everything that requests share.

    Args:
        build: makes {backend: pipeline}, those that a client may ask for; the first is the default. For
            processes, which make their own, it must be one that can be pickled.
        renderers: {name: its table}, likewise.
        limits: what a client may use.
        api_key: what a client must know; None lets everybody in.
        host_names: names that this server goes by, beside localhost and any IP address.
        origins: of pages of others that may use it.
        proxies: that are believed when they say, by X-Forwarded-For, whom they speak for.
        processes: that hear streams; 0 leaves all work to threads of the server.

    Attributes:
        backends: their names, the default first.
        closing: set when streams are to come to their end.
    """

    build: Build
    renderers: Mapping[str, Mapping[str, Any]]
    limits: Limits = attrs.field(factory=Limits)
    api_key: str | None = attrs.field(default=None, repr=False)
    host_names: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    proxies: tuple[Network, ...] = ()
    processes: int = 0
    backends: tuple[str, ...] = attrs.field(init=False)
    metrics: Metrics = attrs.field(factory=Metrics, init=False)
    clients: Clients = attrs.field(init=False)
    closing: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    streams: Workers = attrs.field(init=False)
    _requests: Workers = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        pipelines = self.build()
        self.backends = tuple(pipelines)
        self.clients = Clients(self.limits)
        # Processes have their own models: these were made to see whether they can be, and are let go.
        build: Build = self.build if self.processes else lambda: pipelines
        self.streams = Workers(partial(_hearing, build), self.processes)
        self._requests = Workers(
            partial(_answers, build, self.renderers, self.limits),
            min(self.processes, FOR_REQUESTS),
            threads=FOR_REQUESTS,
            niceness=NICENESS_OF_REQUESTS,
        )

    def knows(self, key: str) -> bool:
        """Whether it is the API key; takes the same time whatever was guessed."""
        expected, given = (hashlib.sha256(text.encode()).digest() for text in (self.api_key or "", key))
        return hmac.compare_digest(expected, given)

    async def answer(self, client: Client, method: str, *args: Any) -> Answer:
        """What a method of `Answers` returns; one at a time for each client.

        Raises:
            RefusedError: the process that worked on it has died.
            VoxaffectError: what the method raises.
        """
        async with client.turn, self._requests.worker() as worker:
            answer: Answer = await worker.ask(method, *args)
            return answer

    async def start(self) -> None:
        """Until all workers are ready.

        Raises:
            RefusedError: one is not; why stands in the log.
        """
        await asyncio.gather(self.streams.start(), self._requests.start())

    def metrics_text(self) -> str:
        """What `/metrics` shows."""
        gauges = {
            "voxaffect_streams": ("Streams that are open.", float(self.clients.streams)),
            "voxaffect_requests": ("Requests that wait or run.", float(self.clients.requests)),
        }
        return self.metrics.text(gauges | process_gauges([*self.streams.pids, *self._requests.pids]))

    def close(self) -> None:
        """Give threads and processes back; what waits is dropped."""
        self._requests.close()
        self.streams.close()


def _hearing(build: Build) -> Hearing:
    return Hearing(build())


def _answers(build: Build, renderers: Mapping[str, Mapping[str, Any]], limits: Limits) -> Answers:
    return Answers(PluginHost(), build(), renderers, limits)
