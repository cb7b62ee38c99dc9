"""Tensors of an uncompressed `.npz`, as views of the mapped file; never a pickle.

NumPy's own reader takes headers that are nearly Python; this one takes what NumPy and MLX write.
Source: numpy.lib.format, "Format Version 1.0".
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voxaffect.weights.archive import StoredArchive, open_archive
from voxaffect.weights.errors import CheckpointError

MOST_HEADER_BYTES = 4096
_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '([<>|][fiub]\d{1,2})', 'fortran_order': (True|False), "
    rb"'shape': \(((?:\d{1,15}, ?)*(?:\d{1,15})?)\)(?:, )?\} *\n",
    re.DOTALL,
)


def read_npz(path: Path) -> dict[str, npt.NDArray[Any]]:
    """{name: array}, read-only; what `numpy.savez`, `mlx.core.savez` and `voxaffect weights extract` write.

    Raises:
        CheckpointError: compressed entries, Python objects, a size that its bytes do not have, damage.
    """
    archive = open_archive(path)
    return {name.removesuffix(".npy"): _array(archive, name) for name in archive.spans}


def _array(archive: StoredArchive, name: str) -> npt.NDArray[Any]:
    start, length = archive.spans[name]
    header = _HEADER.match(archive.buffer[start : start + min(length, MOST_HEADER_BYTES)])
    if header is None or int.from_bytes(header[0][8:10], "little") != header.end() - 10:
        raise CheckpointError(
            f"{archive.path}: {name} is no array of numbers (Python objects are never unpickled)"
        )
    shape = tuple(int(size) for size in re.findall(rb"\d+", header[3]))
    try:
        dtype = np.dtype(header[1].decode())
        if header.end() + math.prod(shape) * dtype.itemsize != length:
            raise CheckpointError(f"{archive.path}: {name} has {length} bytes, not those of {dtype} {shape}")
        flat: npt.NDArray[Any] = np.zeros(0, dtype)
        if 0 not in shape:
            flat = np.frombuffer(archive.buffer, dtype, math.prod(shape), start + header.end())
        return flat.reshape(shape, order="F" if header[2] == b"True" else "C")
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{archive.path}: {name}: {error}") from error
