"""Without an adapter's package nothing else suffers, and the adapter says what to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

PACKAGES = {"pipecat": "pipecat", "livekit": "livekit.agents"}
"""Adapter -> the package that it is for."""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


def test_voxaffect_never_imports_them_itself() -> None:
    done = run(
        "import sys, voxaffect\n"
        "for name in voxaffect.__all__: getattr(voxaffect, name)\n"
        "import voxaffect.adapters\n"
        "print({'pipecat', 'livekit'} & set(sys.modules))"
    )
    assert done.stdout == "set()\n", done.stderr


@pytest.mark.parametrize("adapter", PACKAGES)
def test_an_adapter_without_its_package_says_what_to_install(adapter: str) -> None:
    # None in sys.modules is Python's own way to say that there is no such module.
    done = run(f"import sys; sys.modules[{PACKAGES[adapter]!r}] = None; import voxaffect.adapters.{adapter}")
    assert done.stderr.strip().endswith(f"pip install 'voxaffect[{adapter}]'")
