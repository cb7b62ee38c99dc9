"""Help and listings are quick: they import nothing heavy and use little processor time."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Sequence

import pytest

HEAVY = ("librosa", "numba", "scipy", "mlx", "torch")
MOST_PROCESSOR_S = 0.5
RUNS = 6
"""The best of so many counts: a busy machine makes the others longer, nothing makes one shorter."""

COMMANDS = [["--help"], ["plugins"]]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_nothing_heavy_is_imported(arguments: list[str]) -> None:
    program = (
        f"import sys; from voxaffect.cli import main; code = main({arguments!r}); "
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]; "
        "sys.exit(f'imported: {heavy}' if heavy else code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_less_than_half_a_second_of_processor_time_is_used(arguments: list[str]) -> None:
    command = [sys.executable, "-c", f"from voxaffect.cli import main; main({arguments!r})"]
    best_s = min(processor_s(command) for _ in range(RUNS))
    assert best_s < MOST_PROCESSOR_S, f"{best_s:.2f} s of user and system time"


def processor_s(command: Sequence[str]) -> float:
    """User and system time of a child and its children, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
