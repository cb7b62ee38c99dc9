"""Who does the work: processes, each with an object of its own, or threads of the server.

Threads of one process share its interpreter lock: they use one core between them, and each wait of the
event loop for that lock comes on top of a result's delay. A process that dies takes the work that it had
with it and nothing else: another takes its place.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import connection, get_context, parent_process
from typing import Any

import attrs

from voxaffect.engines.blas_threads import blas_threads
from voxaffect.server.refusals import RefusedError

log = logging.getLogger(__name__)

MOST_PROCESSES = 4
"""Unless more are asked for: each carries its own models."""

_worker: Any = None  # of a process: what `Workers` was told to make


def cores_here() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processes_here() -> int:
    """One for each core that this process may use, at most `MOST_PROCESSES`."""
    return min(cores_here(), MOST_PROCESSES)


@attrs.define(eq=False)
class _Place:
    """A process or thread, which does one thing after another, in the order in which it was asked.

    Attributes:
        call: (name of a method, its arguments) -> what it returns; to be run by the executor.
        users: how many have it.
    """

    executor: Executor
    call: Callable[..., Any]
    pid: int | None = None
    users: int = 0


class Workers:
    """All that do one kind of work.

    Args:
        make: makes the object whose methods are asked for; for processes, one that can be pickled.
        processes: 0 for threads.
        threads: how many then.
        niceness: of the processes, 0..19; a nicer one lets others go first.
    """

    def __init__(
        self, make: Callable[[], Any], processes: int = 0, *, threads: int = 1, niceness: int = 0
    ) -> None:
        self._make, self._in_processes, self._niceness = make, processes > 0, niceness
        self._cores_each = max(1, cores_here() // max(1, processes))
        self._places = [self._new() for _ in range(processes or threads)]

    def _new(self) -> _Place:
        if not self._in_processes:
            worker = self._make()
            return _Place(ThreadPoolExecutor(1, thread_name_prefix="work"), functools.partial(_call, worker))
        given = (self._make, self._niceness, self._cores_each)
        return _Place(ProcessPoolExecutor(1, get_context("spawn"), _begin, given), _call_own)

    async def start(self) -> None:
        """Until all of them are ready.

        Raises:
            RefusedError: one could not make its object; why stands in the log.
        """
        if self._in_processes:
            await asyncio.gather(*map(self._learn_pid, self._places))

    @contextlib.asynccontextmanager
    async def worker(self) -> AsyncIterator[Worker]:
        """The one that has the fewest users, for one more."""
        place = min(self._places, key=lambda each: each.users)
        place.users += 1
        try:
            if self._in_processes and place.pid is None:  # it took the place of one that died
                await self._learn_pid(place)
            yield Worker(self, place)
        finally:
            place.users -= 1

    async def _learn_pid(self, place: _Place) -> None:
        place.pid = await self.run(place, os.getpid)

    async def run(self, place: _Place, work: Callable[[], Any]) -> Any:
        """What comes of it.

        Raises:
            RefusedError: 500, the process has died; another has been begun in its place.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(place.executor, work)
        except BrokenExecutor as error:
            if place in self._places:
                log.error("a process of the server has died: another takes its place")
                place.executor.shutdown(wait=False)
                self._places[self._places.index(place)] = self._new()
            raise RefusedError(500, "failed", "the process that did the work has died") from error

    @property
    def pids(self) -> list[int]:
        """Of the processes."""
        return [place.pid for place in self._places if place.pid is not None]

    def close(self) -> None:
        """End them; what waits is dropped."""
        for place in self._places:
            place.executor.shutdown(wait=self._in_processes, cancel_futures=True)


class Worker:
    """One of them, for one user."""

    def __init__(self, workers: Workers, place: _Place) -> None:
        self._workers, self._place = workers, place

    async def ask(self, method: str, *args: Any, **options: Any) -> Any:
        """Have it call a method of its object; whatever that raises is raised here.

        Raises:
            RefusedError: 500, the process has died.
        """
        return await self._workers.run(
            self._place, functools.partial(self._place.call, method, *args, **options)
        )

    def tell(self, method: str, *args: Any) -> None:
        """The same without waiting for it; nothing where the worker is no more."""
        with contextlib.suppress(BrokenExecutor, RuntimeError):  # RuntimeError: it was shut down
            self._place.executor.submit(self._place.call, method, *args)


def _call(worker: Any, method: str, *args: Any, **options: Any) -> Any:
    return getattr(worker, method)(*args, **options)


def _call_own(method: str, *args: Any, **options: Any) -> Any:
    return _call(_worker, method, *args, **options)


def _begin(make: Callable[[], Any], niceness: int, cores: int) -> None:
    """In a new process: make the object, and end only when the server says so or is no more.

    Args:
        cores: its share of the machine. Products on more threads than that would wait for one another's.
    """
    global _worker
    for number in (signal.SIGINT, signal.SIGTERM):  # a terminal and a service manager send them to all
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(niceness)
    if (blas := blas_threads()) is not None:
        blas.set(min(blas.get(), cores))
    _worker = make()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)
