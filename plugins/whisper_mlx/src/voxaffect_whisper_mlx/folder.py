"""Write a Whisper's encoder, cut to what a head needs, as a folder like those of mlx-whisper."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import attrs
import numpy as np
import numpy.typing as npt
from voxaffect.errors import reason_of
from voxaffect.weights import WeightsError
from voxaffect.weights.mapping import map_parameters
from voxaffect.weights.safetensors_file import write_safetensors

from voxaffect_whisper_mlx.checkpoint import CONFIG, PREFIX, SCALE, TENSOR_FILES, check_levels
from voxaffect_whisper_mlx.config import MODEL_TYPE, config_of, parameter_shapes
from voxaffect_whisper_mlx.model import MOST_FRAMES

Numbers = Literal["float32", "float16", "int8"]

HEAD = "head"
"""The folder beside the tensors with a model of `voxaffect train`, where there is one."""

LARGEST = 127


def write_folder(
    folder: str | os.PathLike[str],
    tensors: Mapping[str, npt.NDArray[np.floating]],
    *,
    n_heads: int,
    levels: Sequence[int],
    pooled_over: Literal["all", "speech"] = "all",
    numbers: Numbers = "float16",
    about: Mapping[str, Any] | None = None,
) -> Path:
    """Keep the blocks up to the highest level; the rest is left out.

    Args:
        tensors: by the names and in the shapes of `parameter_shapes`; more of them may be there.
        levels: that the embedding is made of, ascending.
        pooled_over: which frames its mean and deviation are taken over.
        numbers: "int8" keeps matrices in eight bits with a scale for each output, all else in float32.
        about: more to say in `config.json`, e.g. source and licence.

    Raises:
        CheckpointError: tensors that are missing or misshapen, levels that are not there.
        WeightsError: a place that cannot be written.
    """
    full = config_of(tensors, n_heads=n_heads)
    config = full.cut_to(check_levels(list(levels), full)[-1])
    kept = map_parameters(
        {name: tensors[name] for name in parameter_shapes(config) if name in tensors},
        parameter_shapes(config),
    )
    written: dict[str, npt.NDArray[Any]] = {}
    for name, tensor in kept.items():
        key = PREFIX + name.replace("mlp.0", "mlp1").replace("mlp.2", "mlp2")
        if tensor.ndim == 3:
            tensor = tensor.transpose(0, 2, 1)  # (out, kernel, in), as MLX has it
        if numbers == "int8" and tensor.ndim > 1:
            written[key], written[key + SCALE] = in_eight_bits(tensor)
        else:
            written[key] = tensor.astype(np.float32 if numbers == "int8" else numbers)
    said = {"model_type": MODEL_TYPE, **attrs.asdict(config), "n_audio_ctx": MOST_FRAMES}
    del said["final_norm"]
    said |= {"levels": list(levels), "pooled_over": pooled_over, **(about or {})}
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / TENSOR_FILES[0]).open("wb") as file:
            write_safetensors(file, written)
        text = json.dumps(said, indent=1, ensure_ascii=False, allow_nan=False)
        (folder / CONFIG).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise WeightsError(f"cannot write {folder}: {reason_of(error)}") from error
    return folder


def in_eight_bits(tensor: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """(out, ...) -> whole numbers of -127..127, and (out,) what to multiply them with."""
    by_output = tensor.reshape(len(tensor), -1)
    scale = np.maximum(np.abs(by_output).max(axis=1) / LARGEST, np.finfo(np.float32).tiny).astype(np.float32)
    whole = np.rint(by_output / scale[:, None]).astype(np.int8)
    return whole.reshape(tensor.shape), scale
