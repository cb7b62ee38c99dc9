"""The command line: `voxaffect`. One file a command; `app` puts them together."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence

OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Nearly all that a start makes stays. To look through it after every 700 objects, as Python does, takes a
tenth of the time of `voxaffect analyze`."""

BLAS_WAIT = "16"
"""numpy's BLAS begins a thread for each core when it is imported, and each of them spins for 2**26 cycles of
the clock before it sleeps (OpenBLAS, driver/others/blas_server.c). With 2**16 `voxaffect analyze` of a short
clip takes a sixth less of the processor, and of a long one as much as before."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; those of the process if None.

    Returns:
        0; 1 where work failed; 2 for a usage error; 130 after Ctrl-C.
    """
    if arguments is None:  # a process of our own
        os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", BLAS_WAIT)
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
    try:
        from voxaffect.cli.app import run  # here, so that Ctrl-C is quiet during imports too

        return run(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
