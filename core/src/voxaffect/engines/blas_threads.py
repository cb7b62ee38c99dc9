"""Numpy's BLAS on one thread, while several threads of ours call it.

OpenBLAS splits each product among its own threads and waits for the slowest; everything between two
products stays on one core. Work split by its meaning (heads, columns, stretches of time) with a
single-threaded BLAS inside keeps every core busy with far fewer waits.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import numpy as np


@attrs.define(eq=False)
class BlasThreads:
    """The thread count of one OpenBLAS; `single` may be entered by several threads at once."""

    get: Callable[[], int]
    set: Callable[[int], None]
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False)
    _inside: int = attrs.field(default=0, init=False)
    _before: int = attrs.field(default=1, init=False)

    @property
    def usual(self) -> int:
        """How many it uses when nobody is inside `single`."""
        with self._lock:
            return self._before if self._inside else self.get()

    @contextlib.contextmanager
    def single(self) -> Iterator[None]:
        """One thread inside; what it was before once the last has left."""
        with self._lock:
            if not self._inside:
                self._before = self.get()
                self.set(1)
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside:
                    self.set(self._before)


@functools.cache
def blas_threads() -> BlasThreads | None:
    """Of the OpenBLAS that numpy's wheels bring; None with another BLAS, which keeps its own threads."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs"):
        for path in folder.glob("*openblas*"):
            library = ctypes.CDLL(str(path))  # the one that is loaded already
            for prefix, suffix in (("scipy_", "64_"), ("scipy_", ""), ("", "64_"), ("", "")):
                get = getattr(library, f"{prefix}openblas_get_num_threads{suffix}", None)
                put = getattr(library, f"{prefix}openblas_set_num_threads{suffix}", None)
                if get is not None and put is not None:
                    return BlasThreads(get, put)
    return None
