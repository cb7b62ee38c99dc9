"""A small emotion2vec with random weights, and what FunASR says of it; `funasr_reference.py` made both."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import attrs
import numpy as np
import pytest
from voxaffect.engines import Array, TensorEngine, load_engine
from voxaffect.weights import Weights, read_checkpoint, write_folder
from voxaffect_emotion2vec.config import Emotion2vecConfig
from voxaffect_emotion2vec.weights import CATALOGUE, DEFAULT_VARIANT

SMALL = Path(__file__).parent / "data" / "small"


@pytest.fixture(scope="session")
def small() -> Weights:
    """The small checkpoint, under the name of the default variant."""
    sizes = json.loads((SMALL / "sizes.json").read_text(encoding="utf-8"))
    config = attrs.asdict(Emotion2vecConfig(**sizes))
    variant = attrs.evolve(CATALOGUE.find(DEFAULT_VARIANT), config=config)
    return read_checkpoint(CATALOGUE, variant, SMALL / "model.safetensors")


@pytest.fixture(scope="session")
def expected() -> dict[str, Array]:
    """{"SECONDS/what": FunASR's own output}."""
    with np.load(SMALL / "expected.npz") as file:
        return dict(file)


@pytest.fixture(scope="session", params=["numpy", "mlx"])
def engine(request: pytest.FixtureRequest) -> TensorEngine:
    """Each engine; MLX where it is installed."""
    if request.param == "mlx":
        pytest.importorskip("mlx.core")
    return load_engine(request.param)


@pytest.fixture
def installed(small: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small checkpoint converted, where the plugin finds it without being told."""
    folder = write_folder(tmp_path / "weights", small)
    monkeypatch.setenv("VOXAFFECT_WEIGHTS", str(folder))
    return folder


@pytest.fixture(scope="session")
def reference_audio() -> Callable[[float], Array]:
    """The sound of which FunASR's outputs are known, by its length in seconds."""

    def make(seconds: float) -> Array:
        noise = np.random.RandomState(round(seconds * 1000)).standard_normal(round(seconds * 16_000))
        swell = 0.1 + np.abs(np.sin(np.arange(len(noise)) / 2500))
        return (0.01 * swell * noise + 0.02).astype(np.float32)

    return make
