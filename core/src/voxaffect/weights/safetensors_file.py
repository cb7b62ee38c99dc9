"""The safetensors format, read as views of the mapped file.

The package of that name copies every tensor into memory when it makes NumPy arrays; mapped, a checkpoint
costs memory only once, and the pages are shared by every process that uses it.

Source: https://github.com/huggingface/safetensors, "Format".
"""

from __future__ import annotations

import hashlib
import json
import math
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from voxaffect.errors import reason_of
from voxaffect.weights.errors import CheckpointError

MOST_HEADER_BYTES = 100_000_000
"""As in the reference implementation."""

_DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U8": "|u1",
    "BOOL": "|b1",
}
_NAMES = {np.dtype(dtype): name for name, dtype in _DTYPES.items()}


def read_safetensors(path: Path) -> dict[str, npt.NDArray[Any]]:
    """{name: tensor}: read-only views whose bytes are read when they are used.

    Raises:
        CheckpointError: a header that does not describe exactly the bytes that follow it.
    """
    try:
        with path.open("rb") as file:
            buffer = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        first = 8 + int.from_bytes(buffer[:8], "little")
        if first > min(len(buffer), MOST_HEADER_BYTES):
            raise CheckpointError(f"a header of {first - 8} bytes in a file of {len(buffer)}")
        header = json.loads(buffer[8:first].decode(), object_pairs_hook=_without_duplicates)
        if type(header) is not dict:
            raise CheckpointError("its header is no table")
        header.pop("__metadata__", None)
        spans = {name: _span(name, entry) for name, entry in header.items()}
        end = 0
        for name, (start, stop, _, _) in sorted(spans.items(), key=lambda item: item[1][:2]):
            if start != end:
                raise CheckpointError(f"{name} begins at byte {start}, but the one before it ends at {end}")
            end = stop
        if first + end != len(buffer):
            raise CheckpointError(f"it has {len(buffer)} bytes, its header describes {first + end}")
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        raise CheckpointError(
            f"{path}: no safetensors file, or one that was cut off: {reason_of(error)}"
        ) from error
    return {
        name: np.frombuffer(buffer, dtype, count=math.prod(shape), offset=first + start).reshape(shape)
        if stop > start
        else np.zeros(shape, dtype)
        for name, (start, stop, dtype, shape) in spans.items()
    }


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise CheckpointError("its header has a name twice")
    return table


def _span(name: str, entry: Any) -> tuple[int, int, np.dtype[Any], tuple[int, ...]]:
    match entry:
        case {"dtype": str(kind), "shape": list(shape), "data_offsets": [start, stop], **more} if (
            not more
            and kind in _DTYPES
            and all(type(count) is int and 0 <= count < 2**48 for count in (*shape, start, stop))
            and math.prod(max(size, 1) for size in shape) < 2**48  # or NumPy fails, elements or not
            and len(shape) <= 32
        ):
            dtype = np.dtype(_DTYPES[kind])
            if stop - start == math.prod(shape) * dtype.itemsize:
                return start, stop, dtype, tuple(shape)
            raise CheckpointError(f"{name} has {stop - start} bytes, not those of {kind} {shape}")
    raise CheckpointError(f"{name} is described in a way that this reader does not know")


def write_safetensors(
    file: BinaryIO, tensors: Mapping[str, npt.NDArray[Any]], metadata: Mapping[str, str] | None = None
) -> str:
    """Write tensors one after another, in order of their names.

    Args:
        metadata: texts that the format keeps beside them.

    Returns:
        The SHA-256 of what was written, in hexadecimal.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt", **(metadata or {})}}
    offset = 0
    for name in sorted(tensors):
        tensor = tensors[name]
        header[name] = {
            "dtype": _NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + tensor.nbytes],
        }
        offset += tensor.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    digest = hashlib.sha256()
    start = len(text).to_bytes(8, "little") + text
    file.write(start)
    digest.update(start)
    for name in sorted(tensors):
        piece = np.ascontiguousarray(tensors[name]).reshape(-1).view(np.uint8).data
        file.write(piece)
        digest.update(piece)
    return digest.hexdigest()
