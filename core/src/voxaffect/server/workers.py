"""Who hears streams: processes, each with some of the streams, or one thread of the server's own.

Threads of one process share its interpreter lock, so that only processes use a second core. A process
that dies takes its own streams with it and nothing else: another takes its place.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import signal
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import connection, get_context, parent_process
from typing import Any

import attrs

from voxaffect.pipeline import Pipeline
from voxaffect.server.hearing import Hearing, Messages
from voxaffect.server.refusals import RefusedError

log = logging.getLogger(__name__)

Build = Callable[[], Mapping[str, Pipeline]]
MOST_PROCESSES = 4
"""Unless more are asked for: each carries its own models."""

_hearing: Hearing | None = None  # of a process


def processes_here() -> int:
    """One for each core that this process may use, at most `MOST_PROCESSES`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_PROCESSES)


@attrs.define(eq=False)
class _Worker:
    """One at a time does what it is asked, in the order in which it was asked.

    Attributes:
        call: (method of `Hearing`, its arguments) -> what it returns, to be run by the executor.
        streams: that it has.
    """

    executor: Executor
    call: Callable[..., Any]
    streams: int = 0
    pid: int | None = None


class StreamWorkers:
    """All of them.

    Args:
        build: makes the pipelines; for processes it must be one that can be pickled.
        processes: 0 for a thread of this process.
    """

    def __init__(self, build: Build, processes: int = 0) -> None:
        self._build, self._in_processes = build, processes > 0
        self._workers = [self._new() for _ in range(max(1, processes))]

    def _new(self) -> _Worker:
        if not self._in_processes:
            return _Worker(ThreadPoolExecutor(1, thread_name_prefix="streams"), self._call_in_thread())
        return _Worker(
            ProcessPoolExecutor(1, get_context("spawn"), initializer=_begin, initargs=(self._build,)),
            _call_in_process,
        )

    def _call_in_thread(self) -> Callable[..., Any]:
        hearing = Hearing(self._build())
        return lambda method, *args, **options: getattr(hearing, method)(*args, **options)

    async def start(self) -> None:
        """Until all of them are ready.

        Raises:
            RefusedError: one could not build its pipelines; its error stands in the log.
        """
        if self._in_processes:
            await asyncio.gather(*map(self._learn_pid, self._workers))

    @contextlib.asynccontextmanager
    async def stream(self) -> AsyncIterator[WorkedStream]:
        """A stream at the worker that has the fewest; it is forgotten at the end."""
        worker = min(self._workers, key=lambda each: each.streams)
        worker.streams += 1
        stream = WorkedStream(self, worker)
        try:
            if self._in_processes and worker.pid is None:  # it took the place of one that died
                await self._learn_pid(worker)
            yield stream
        finally:
            worker.streams -= 1
            with contextlib.suppress(BrokenExecutor, RuntimeError):  # RuntimeError: it was shut down
                worker.executor.submit(worker.call, "close", stream.name)

    async def ask(self, worker: _Worker, method: str, *args: Any, **options: Any) -> Any:
        """Have it call a method of its `Hearing`.

        Raises:
            RefusedError: 500, the process has died; another has been begun in its place.
            VoxaffectError: what the method raises.
        """
        return await self._run(worker, functools.partial(worker.call, method, *args, **options))

    async def _learn_pid(self, worker: _Worker) -> None:
        worker.pid = await self._run(worker, os.getpid)

    async def _run(self, worker: _Worker, work: Callable[[], Any]) -> Any:
        try:
            return await asyncio.get_running_loop().run_in_executor(worker.executor, work)
        except BrokenExecutor as error:
            if worker in self._workers:
                log.error("a process that hears streams has died: another takes its place")
                worker.executor.shutdown(wait=False)
                self._workers[self._workers.index(worker)] = self._new()
            raise RefusedError(500, "failed", "the stream's process has died: open another") from error

    @property
    def pids(self) -> list[int]:
        """Of the processes."""
        return [worker.pid for worker in self._workers if worker.pid is not None]

    def close(self) -> None:
        """End them; what waits is dropped."""
        for worker in self._workers:
            worker.executor.shutdown(wait=self._in_processes, cancel_futures=True)


class WorkedStream:
    """One stream at its worker; each call waits for the one before."""

    def __init__(self, workers: StreamWorkers, worker: _Worker) -> None:
        self.name = uuid.uuid4().hex
        self._workers, self._worker = workers, worker

    async def open(self, **start: Any) -> dict[str, Any]:
        """See `Hearing.open`."""
        opened: dict[str, Any] = await self._workers.ask(self._worker, "open", self.name, **start)
        return opened

    async def feed(self, pcm: bytes) -> Messages:
        """See `Hearing.feed`."""
        messages: Messages = await self._workers.ask(self._worker, "feed", self.name, pcm)
        return messages

    async def finish(self) -> Messages:
        """See `Hearing.finish`."""
        messages: Messages = await self._workers.ask(self._worker, "finish", self.name)
        return messages


def _begin(build: Build) -> None:
    """In a new process: build, and end only when the server says so or is no more."""
    global _hearing
    for number in (signal.SIGINT, signal.SIGTERM):  # a terminal and a service manager send them to all
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _hearing = Hearing(build())


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


def _call_in_process(method: str, *args: Any, **options: Any) -> Any:
    return getattr(_hearing, method)(*args, **options)
