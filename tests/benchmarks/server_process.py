"""`voxaffect serve` as a process of its own, for the benchmarks that load and attack it."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from voxaffect import load_audio
from voxaffect.examples import clips

RATE_HZ = 16_000
PAUSE_S = 0.8
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
PROGRAM = "from voxaffect.cli import main; raise SystemExit(main())"


def speech() -> np.ndarray:
    """(n_samples,) int16: the example clips with pauses between them."""
    pause = np.zeros(round(PAUSE_S * RATE_HZ), np.float32)
    parts = [part for clip in clips() for part in (load_audio(clip.path).samples, pause)]
    return (np.concatenate(parts) * 32767).astype("<i2")


class ServerProcess:
    """`voxaffect serve` on a free port, with what a user's has: no variable says how many threads it takes.

    Args:
        limits: `NAME=NUMBER` each.
        options: of the command.

    Attributes:
        address: host and port.
        lines: what it said on standard error since it listens.
    """

    def __init__(self, limits: Sequence[str], options: Sequence[str]) -> None:
        limited = [word for limit in limits for word in ("--limit", limit)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "serve", "--port", "0", *options, *limited],
            stderr=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES},
        )
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if found := re.search(r" on http://([\d.:]+)", line):
                self.address = found[1]
                break
        else:
            raise RuntimeError("the server did not start")
        self.lines: list[str] = []
        self._log = threading.Thread(target=self._pass_on, daemon=True)
        self._log.start()

    def _pass_on(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            print(f"server: {line}", end="", file=sys.stderr)
            self.lines.append(line)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def processor_s(self) -> tuple[float, float]:
        """User and system time so far: of the server's own process, and of its workers."""
        own = workers = 0.0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                used_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                own += used_s * (stat.parent.name == str(self.pid))
                workers += used_s * (fields[1] == str(self.pid))
        return own, workers

    def metrics(self) -> dict[str, float]:
        """{name with labels: value}."""
        with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=30) as response:
            lines = response.read().decode().splitlines()
        return {
            name: float(value)
            for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))
            if name
        }

    def memory_mib(self) -> float:
        """Resident, of all its processes."""
        metrics = self.metrics()
        names = ("process_resident_memory_bytes", "voxaffect_workers_resident_memory_bytes")
        return sum(metrics[name] for name in names) / 2**20

    def stop(self) -> int:
        """End it as a service manager does; its exit code."""
        self._process.terminate()
        try:
            return self._process.wait(30)
        finally:
            self._process.kill()
            self._log.join(5)


@contextlib.contextmanager
def server(*limits: str, options: Sequence[str] = ("--backend", "prosodic")) -> Iterator[ServerProcess]:
    """A server, stopped at the end."""
    process = ServerProcess(limits, options)
    try:
        yield process
    finally:
        process.stop()
