"""Tensor engines: what a network of a plugin is computed with.

A network is written once against `TensorEngine`; `default_engine()` is the fastest that is there. An engine
is imported when it is asked for, so that nobody pays for MLX who does not use it.
"""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Callable

from voxaffect.engines.interface import Affine, Array, Bias, Tensor, TensorEngine
from voxaffect.errors import ComponentUnavailableError, UnknownNameError

__all__ = [
    "Affine",
    "Array",
    "Bias",
    "Tensor",
    "TensorEngine",
    "available_engines",
    "default_engine",
    "load_engine",
]


def _numpy() -> TensorEngine:
    from voxaffect.engines.numpy_engine import NumpyEngine

    return NumpyEngine()


def _mlx() -> TensorEngine:
    from voxaffect.engines.mlx_engine import MlxEngine

    return MlxEngine()


_LOADERS: dict[str, Callable[[], TensorEngine]] = {"numpy": _numpy, "mlx": _mlx}


def available_engines() -> tuple[str, ...]:
    """Names of the engines that can run here, the fastest first.

    MLX is the fastest on Apple silicon. Elsewhere its own matrix product is about twenty times slower than
    numpy's.
    """
    if importlib.util.find_spec("mlx") is None:
        return ("numpy",)
    on_apple_silicon = sys.platform == "darwin" and platform.machine() == "arm64"
    return ("mlx", "numpy") if on_apple_silicon else ("numpy", "mlx")


def default_engine() -> str:
    """Name of the fastest engine that is there."""
    return available_engines()[0]


def load_engine(name: str = "auto") -> TensorEngine:
    """The engine of that name; "auto" takes the fastest.

    Raises:
        UnknownNameError: no such engine.
        ComponentUnavailableError: it is not installed.
    """
    name = default_engine() if name == "auto" else name
    if name not in _LOADERS:
        raise UnknownNameError("engine", name, ["auto", *_LOADERS])
    if name not in available_engines():
        package = "mlx" if sys.platform == "darwin" else "mlx[cpu]"
        raise ComponentUnavailableError(f"the engine {name!r} is not installed: pip install '{package}'")
    return _LOADERS[name]()
