"""On a machine with PyTorch: the tensors of any checkpoint that it loads safely, in a file without pickle."""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np

from voxaffect.errors import reason_of
from voxaffect.weights.errors import CheckpointError, WeightsError, WeightsMissingError
from voxaffect.weights.safetensors_file import write_safetensors
from voxaffect.weights.torch_file import SUBTREES
from voxaffect.whole_file import whole_file


def extract_tensors(checkpoint: Path, target: Path, *, trust: bool = False) -> int:
    """Write a checkpoint's tensors, by its own names, to a `.safetensors` or `.npz` file.

    Args:
        trust: let PyTorch unpickle whatever the file asks for, which can run any program.

    Returns:
        How many tensors.

    Raises:
        WeightsError: no PyTorch here, another ending, or a target that cannot be written.
        CheckpointError: a file that PyTorch refuses or that has no tensors.
    """
    if target.suffix not in (".safetensors", ".npz"):
        raise WeightsError(f"{target} must end in .safetensors or .npz")
    if not checkpoint.is_file():
        raise WeightsMissingError(f"no such file: {checkpoint}")
    if importlib.util.find_spec("torch") is None:
        raise WeightsError(
            "extract needs PyTorch (pip install torch); most checkpoints need only: voxaffect weights convert"
        )
    torch = importlib.import_module("torch")
    try:
        loaded = torch.load(checkpoint, map_location="cpu", weights_only=not trust)
    except Exception as error:  # PyTorch raises RuntimeError, UnpicklingError, KeyError, OSError, ...
        raise CheckpointError(
            f"{checkpoint}: PyTorch refuses it ({type(error).__name__}); "
            "--trust lets it run whatever the file asks for"
        ) from error
    tree = next((loaded[name] for name in SUBTREES if isinstance(loaded, dict) and name in loaded), loaded)
    tree = tree.state_dict() if isinstance(tree, torch.nn.Module) else tree
    items = tree.items() if isinstance(tree, dict) else ()
    tensors = {str(name): _to_numpy(torch, value) for name, value in items if torch.is_tensor(value)}
    if not tensors:
        raise CheckpointError(f"{checkpoint} holds no tensors under {', '.join(SUBTREES)} or at its top")
    try:
        with whole_file(target) as partial, partial.open("wb") as file:
            if target.suffix == ".npz":
                np.savez(file, **tensors)
            else:
                write_safetensors(file, tensors)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise WeightsError(f"cannot write {target}: {reason_of(error)}") from error
    return len(tensors)


def _to_numpy(torch: Any, tensor: Any) -> Any:
    tensor = tensor.detach()
    return (tensor.float() if tensor.dtype is torch.bfloat16 else tensor).contiguous().numpy()
