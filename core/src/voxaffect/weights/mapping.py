"""From whatever a checkpoint holds to exactly the parameters of a network, or a list of what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from voxaffect.weights.catalogue import Shapes
from voxaffect.weights.errors import CheckpointError, shorten

Tensors = Mapping[str, npt.NDArray[np.float32]]


def map_parameters(
    tensors: Mapping[str, npt.NDArray[Any]],
    shapes: Shapes,
    rename: Callable[[str], str | None] = lambda name: name,
) -> dict[str, npt.NDArray[np.float32]]:
    """{parameter: float32 array}, one for each of `shapes`; views of the file wherever it holds float32.

    Args:
        tensors: by the checkpoint's names.
        rename: the checkpoint's name -> the parameter's, or None for what is left out.

    Raises:
        CheckpointError: with every tensor that is missing, unmapped, of another shape, there twice, or no
            floating-point number.
    """
    found: dict[str, npt.NDArray[Any]] = {}
    wrong: dict[str, list[str]] = {"mapped twice": [], "unmapped": [], "misshapen": [], "no numbers": []}
    for key, tensor in tensors.items():
        name = rename(key)
        if name is None:
            continue
        if name in found:
            wrong["mapped twice"].append(f"{key} -> {name}")
        elif name not in shapes:
            wrong["unmapped"].append(key)
        elif tensor.shape != tuple(shapes[name]):
            wrong["misshapen"].append(f"{key} {list(tensor.shape)} instead of {list(shapes[name])}")
        elif tensor.dtype.kind != "f":
            wrong["no numbers"].append(f"{key} of {tensor.dtype}")
        found[name] = tensor
    wrong["missing"] = [name for name in shapes if name not in found]
    if any(wrong.values()):
        raise CheckpointError(
            "these are not the network's weights: "
            + "; ".join(f"{what}: {shorten(which)}" for what, which in wrong.items() if which)
        )
    with np.errstate(over="ignore"):
        return {
            name: np.ascontiguousarray(found[name], dtype=np.float32).reshape(shapes[name]) for name in shapes
        }


def check_finite(tensors: Tensors) -> None:
    """Look at every number.

    Raises:
        CheckpointError: some are infinite or NaN.
    """
    # The sum of magnitudes is NaN or infinite where one of them is, and takes no second array.
    bad = [name for name, tensor in tensors.items() if not np.isfinite(np.vdot(tensor, tensor))]
    bad = [name for name in bad if not np.isfinite(tensors[name]).all()]
    if bad:
        raise CheckpointError(f"these have numbers that are infinite or NaN: {shorten(bad)}")
