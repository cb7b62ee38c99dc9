"""Tensors of a PyTorch checkpoint, without PyTorch: views of the mapped file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voxaffect.weights.archive import StoredArchive, open_archive
from voxaffect.weights.errors import CheckpointError, shorten
from voxaffect.weights.pickle_reader import MOST_BYTES, read_pickle
from voxaffect.weights.tensor_globals import StoredTensor

SUBTREES = ("model", "state_dict", "model_state_dict")
"""Where checkpoints keep the network's tensors, beside an optimiser's, which are never looked at."""


def read_torch(path: Path) -> dict[str, npt.NDArray[Any]]:
    """{name: tensor} under the first of `SUBTREES`, or at the top where none is there.

    Returns:
        Read-only views, in the shapes and types of the file; their bytes are read when they are used.

    Raises:
        CheckpointError: anything but a sound zip file with a pickle of tensors.
    """
    with path.open("rb") as file:
        start = file.read(2)
    if start == b"\x80\x02":
        raise CheckpointError(
            f"{path}: the format of PyTorch before 1.6; on a machine with PyTorch: voxaffect weights extract"
        )
    archive = open_archive(path)
    roots = [name.removesuffix("data.pkl") for name in archive.spans if name.split("/")[1:] == ["data.pkl"]]
    if len(roots) != 1:
        raise CheckpointError(f"{path}: no PyTorch checkpoint: it has no data.pkl in one top folder")
    root = roots[0]
    if root + "byteorder" in archive.spans and _bytes(archive, root + "byteorder") != b"little":
        raise CheckpointError(f"{path}: its tensors are not in little-endian order")
    try:
        top = read_pickle(_bytes(archive, root + "data.pkl"))
        if type(top) is not dict:
            raise CheckpointError("its pickle holds no dict of tensors")
        tensors = next((top[name] for name in SUBTREES if name in top), top)
        others = [
            str(name)
            for name, value in (tensors.items() if type(tensors) is dict else [("model", None)])
            if type(name) is not str or type(value) is not StoredTensor
        ]
        if others:
            raise CheckpointError(f"these are no tensors: {shorten(others)}")
        return {name: _view(archive, f"{root}data/", tensor) for name, tensor in tensors.items()}
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error


def _bytes(archive: StoredArchive, name: str) -> bytes:
    start, length = archive.spans[name]
    return archive.buffer[start : start + min(length, MOST_BYTES + 1)]


def _view(archive: StoredArchive, folder: str, tensor: StoredTensor) -> npt.NDArray[Any]:
    dtype = np.dtype("<u2" if tensor.dtype == "bfloat16" else tensor.dtype)
    start, length = archive.spans.get(folder + tensor.storage_key, (0, -1))
    if tensor.storage_size * dtype.itemsize > length:
        raise CheckpointError(
            f"the storage {tensor.storage_key} has {max(length, 0)} bytes, "
            f"but {tensor.storage_size} elements of {dtype.itemsize}"
        )
    if 0 in tensor.shape:
        return np.zeros(tensor.shape, dtype)
    storage = np.frombuffer(archive.buffer, dtype, count=tensor.storage_size, offset=start)
    view = np.lib.stride_tricks.as_strided(
        storage[tensor.offset :],
        tensor.shape,
        [stride * dtype.itemsize for stride in tensor.strides],
        writeable=False,
    )
    if tensor.dtype == "bfloat16":  # the upper half of a float32
        return (view.astype(np.uint32) << 16).view(np.float32)
    return view
