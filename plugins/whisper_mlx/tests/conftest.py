"""A small Whisper with random weights and what OpenAI's code makes of it, from `openai_reference.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from voxaffect.engines import Array, TensorEngine, load_engine
from voxaffect_whisper_mlx.checkpoint import Checkpoint, read_checkpoint

SMALL = Path(__file__).parent / "data" / "small"


@pytest.fixture(scope="session")
def small() -> Checkpoint:
    """Three blocks of width 16, under OpenAI's names."""
    return read_checkpoint(SMALL)


@pytest.fixture(scope="session")
def parameters(small: Checkpoint) -> dict[str, Array]:
    """All of its tensors."""
    return small.parameters(small.config)


@pytest.fixture(scope="session")
def expected() -> dict[str, Array]:
    """{"SECONDS/what/which": OpenAI's own}."""
    with np.load(SMALL / "expected.npz") as file:
        return dict(file)


@pytest.fixture(scope="session", params=["numpy", "mlx"])
def engine(request: pytest.FixtureRequest) -> TensorEngine:
    """Each engine; MLX where it is installed."""
    if request.param == "mlx":
        pytest.importorskip("mlx.core")
    return load_engine(request.param)


@pytest.fixture(scope="session")
def reference_audio() -> Callable[[float], Array]:
    """The sound of which OpenAI's outputs are known, by its length in seconds."""

    def make(seconds: float) -> Array:
        noise = np.random.RandomState(round(seconds * 1000)).standard_normal(round(seconds * 16_000))
        swell = 10 ** (-3 * np.abs(np.sin(np.arange(len(noise)) / 2500)))
        return (0.1 * swell * noise).astype(np.float32)

    return make
