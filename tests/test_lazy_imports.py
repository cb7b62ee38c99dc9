"""A start is quick: nothing is imported that it can do without. tests/benchmarks/start.py prints its cost."""

from __future__ import annotations

import subprocess
import sys

import pytest
from voxaffect.examples import clips

LARGE = ("librosa", "numba", "scipy", "mlx", "torch", "matplotlib", "starlette", "huggingface_hub")
"""None of them is needed to hear a recording."""

BACKENDS = ("prosodic", "whisper_mlx")

CLIP = str(clips("anger")[0].path)


def command(*arguments: str) -> str:
    return f"from voxaffect.cli import main; assert main({list(arguments)!r}) == 0"


STARTS = {
    "import": ("import voxaffect", ("numpy", "attrs", "pluggy", "typer", "rich")),
    "--help": (command("--help"), ("numpy", "soundfile", "importlib.metadata")),
    "plugins": (command("plugins"), ("soundfile", "voxaffect.training")),
    "backends": (command("backends"), ("rich.progress",)),
    **{
        f"analyze with {name}": (
            command("analyze", CLIP, "--backend", name),
            ("numpy.f2py", "rich.progress", "voxaffect.streaming", "voxaffect.weights.torch_file"),
        )
        for name in BACKENDS
    },
}
"""{what is begun: (how, what else it does without)}"""


@pytest.mark.parametrize("start", STARTS)
def test_nothing_is_imported_that_a_start_can_do_without(start: str) -> None:
    code, others = STARTS[start]
    listing = f"import sys; print([name for name in {LARGE + others!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{listing}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
