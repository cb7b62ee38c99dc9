"""Counters as Prometheus reads them.

Source of the format: Prometheus documentation, "Exposition formats", text-based format 0.0.4.
"""

from __future__ import annotations

import bisect
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

COUNTERS = {
    "voxaffect_requests_total": "Requests by route and status.",
    "voxaffect_refused_total": "Requests and streams that were refused, by the code of the error.",
    "voxaffect_streams_total": "Streams that were begun.",
    "voxaffect_stream_audio_seconds_total": "Seconds of sound taken from streams.",
    "voxaffect_stream_events_total": "Events sent to streams, by type.",
    "voxaffect_stream_waits_total": "Times that a stream faster than its pace was kept waiting.",
}
DELAY = "voxaffect_stream_delay_seconds"
BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """What happened since the start; only the event loop writes it, so that it needs no lock."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
        self._delays = [0] * (len(BOUNDS_S) + 1)
        self._delay_sum_s = 0.0

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to one of `COUNTERS`; labels must come from a short, fixed list."""
        key = (name, tuple(sorted(labels.items())))
        self._counts[key] = self._counts.get(key, 0) + amount

    def delayed(self, delay_s: float) -> None:
        """A window's result left `delay_s` after its last sample had come."""
        self._delays[bisect.bisect_left(BOUNDS_S, delay_s)] += 1
        self._delay_sum_s += delay_s

    def text(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """All of it.

        Args:
            gauges: name: what it is, and its value now.
        """
        return "\n".join(itertools.chain(self._counters(), self._histogram(), _gauges(gauges), [""]))

    def _counters(self) -> Iterator[str]:
        for name, about in COUNTERS.items():
            yield f"# HELP {name} {about}"
            yield f"# TYPE {name} counter"
            for (counted, labels), value in sorted(self._counts.items()):
                if counted == name:
                    inner = ",".join(f'{key}="{text}"' for key, text in labels)
                    yield f"{name}{{{inner}}} {value:.10g}" if inner else f"{name} {value:.10g}"

    def _histogram(self) -> Iterator[str]:
        yield f"# HELP {DELAY} From the arrival of a window's last sample to its event."
        yield f"# TYPE {DELAY} histogram"
        for bound_s, total in zip((*BOUNDS_S, "+Inf"), itertools.accumulate(self._delays), strict=True):
            yield f'{DELAY}_bucket{{le="{bound_s}"}} {total}'
        yield f"{DELAY}_sum {self._delay_sum_s:.6g}"
        yield f"{DELAY}_count {sum(self._delays)}"


def _gauges(gauges: Mapping[str, tuple[str, float]]) -> Iterator[str]:
    for name, (about, value) in gauges.items():
        yield f"# HELP {name} {about}"
        yield f"# TYPE {name} gauge"
        yield f"{name} {value:.10g}"


def process_gauges(workers: Sequence[int]) -> dict[str, tuple[str, float]]:
    """Memory, descriptors and threads of this process; empty where the system has no /proc.

    Args:
        workers: processes whose memory is told, too.
    """
    own = Path("/proc/self")
    measures: dict[str, tuple[str, Callable[[], float]]] = {
        "process_resident_memory_bytes": ("Resident memory of the server.", lambda: _resident(own)),
        "process_open_fds": ("Its open file descriptors.", lambda: len(list((own / "fd").iterdir()))),
        "voxaffect_workers_resident_memory_bytes": (
            "Resident memory of the processes that do the work.",
            lambda: sum(_resident(Path(f"/proc/{pid}")) for pid in workers),
        ),
    }
    try:
        gauges = {name: (about, float(measure())) for name, (about, measure) in measures.items()}
    except OSError:
        gauges = {}
    return {
        **gauges,
        "voxaffect_worker_processes": ("Processes that do the work.", float(len(workers))),
        "voxaffect_threads": ("Threads of Python in the server.", float(threading.active_count())),
    }


def _resident(process: Path) -> int:
    """Bytes."""
    lines = (process / "status").read_text(encoding="ascii", errors="replace").splitlines()
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)
