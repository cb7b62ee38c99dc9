"""A Whisper's encoder from whatever holds it: mlx-whisper's files, OpenAI's, or ours in eight bits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
from voxaffect.weights import CheckpointError, WeightsMissingError, read_tensors
from voxaffect.weights.folder import read_table

from voxaffect_whisper_mlx.config import KERNEL, MODEL_TYPE, WhisperConfig, config_of

CONFIG = "config.json"
TENSOR_FILES = ("model.safetensors", "weights.safetensors", "weights.npz")
"""What mlx-whisper and its converters call them; the first that is there is read."""

PREFIX = "encoder."
SCALE = "_scale"
"""`NAME_scale` holds a factor for each output of the eight-bit `NAME`."""

_RENAMED = {"mlp1": "mlp.0", "mlp2": "mlp.2"}
"""mlx-whisper's names of two layers -> OpenAI's."""

_COMPUTED = ("positional_embedding", "_positional_embedding")

Tensors = Mapping[str, npt.NDArray[Any]]


@attrs.frozen(eq=False)
class Checkpoint:
    """A Whisper's encoder on disk.

    Attributes:
        config: its sizes.
        tensors: by the names and in the shapes of `parameter_shapes`, of whatever type the file has.
        levels: which levels its embedding is made of; None where the file does not say.
        pooled_over: "all" or "speech", likewise.
        path: what was read.
    """

    config: WhisperConfig
    tensors: Tensors
    levels: tuple[int, ...] | None
    pooled_over: str | None
    path: Path

    def parameters(self, config: WhisperConfig) -> dict[str, npt.NDArray[np.float32]]:
        """The float32 tensors of a network that was cut to `config`; the others are not read."""
        kept = {
            name: tensor
            for name, tensor in self.tensors.items()
            if not name.endswith(SCALE)
            and _block_of(name) < config.n_audio_layer
            and (not name.startswith("ln_post.") or config.final_norm)
        }
        return {name: self._number(name, tensor) for name, tensor in kept.items()}

    def _number(self, name: str, tensor: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        if tensor.dtype == np.int8:
            scale = self.tensors.get(name + SCALE)
            if scale is None or scale.dtype.kind != "f" or scale.shape != tensor.shape[:1]:
                raise CheckpointError(f"{self.path}: {name} is in eight bits without a scale for each output")
            tensor = tensor.astype(np.float32)
            tensor *= scale.astype(np.float32).reshape(-1, *[1] * (tensor.ndim - 1))
        if tensor.dtype.kind != "f":
            raise CheckpointError(f"{self.path}: {name} holds {tensor.dtype}, no real numbers")
        return np.ascontiguousarray(tensor, np.float32)


def read_checkpoint(path: Path) -> Checkpoint:
    """A folder with `config.json` and tensors, or a file of tensors (`.pt`, `.npz`, `.safetensors`).

    Nothing in it is executed; the decoder is not looked at.

    Raises:
        WeightsMissingError: nothing there.
        CheckpointError: quantised by MLX, of another network, with sizes that do not fit, or damaged.
    """
    file = _tensor_file(path) if path.is_dir() else path
    said = _said(file.with_name(CONFIG))
    if path.is_dir() and not said:
        raise CheckpointError(f"{path} has no {CONFIG}, which says what its tensors are")
    if "quantization" in said:
        raise CheckpointError(
            f"{path} is quantised by MLX ({said['quantization']}): take the same model without q4 or 8bit "
            "in its name"
        )
    tensors: dict[str, npt.NDArray[Any]] = {}
    for key, tensor in read_tensors(file).items():
        name = parameter_name(key)
        if name is None:
            continue
        if name in tensors:
            raise CheckpointError(f"{file} has {name} twice")
        if tensor.dtype.kind == "u" or name.endswith((".scales", ".biases")):
            raise CheckpointError(f"{file}: {key} is quantised by MLX: take the same model unquantised")
        of_mlx = tensor.ndim == 3 and tensor.shape[1] == KERNEL  # (out, kernel, in)
        tensors[name] = tensor.transpose(0, 2, 1) if of_mlx else tensor
    try:
        config = config_of(tensors, n_heads=said.get("n_audio_head"))
        _compare(said, config)
        levels, pooled_over = _levels(said, config), said.get("pooled_over")
        if pooled_over not in (None, "all", "speech"):
            raise CheckpointError(f'pooled_over is {pooled_over!r}, not "all" or "speech"')
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error
    return Checkpoint(config, tensors, levels, pooled_over, path)


def parameter_name(key: str) -> str | None:
    """A checkpoint's key as `parameter_shapes` names it; None for what the encoder does not need."""
    if not key.startswith(PREFIX):
        return None
    name = key.removeprefix(PREFIX)
    if name in _COMPUTED:
        return None
    return re.sub(r"(?<=\.)mlp[12](?=\.)", lambda found: _RENAMED[found[0]], name)


def _block_of(name: str) -> int:
    """The number of the block that a tensor belongs to; -1 of those before and after."""
    found = re.match(r"blocks\.([0-9]{1,4})\.", name)
    return -1 if found is None else int(found[1])


def _tensor_file(folder: Path) -> Path:
    for name in TENSOR_FILES:
        if (folder / name).is_file():
            return folder / name
    raise WeightsMissingError(f"{folder} has none of {', '.join(TENSOR_FILES)}")


def _said(path: Path) -> dict[str, Any]:
    """What a `config.json` says; nothing where there is none."""
    if not path.is_file():
        return {}
    said = read_table(path)
    if said.get("model_type", MODEL_TYPE) != MODEL_TYPE:
        raise CheckpointError(f"{path} describes a {said['model_type']!r}, not a {MODEL_TYPE}")
    heads = said.get("n_audio_head", 1)
    if type(heads) is not int or heads < 1:
        raise CheckpointError(f"{path}: n_audio_head is {heads!r}, no number of heads")
    return said


def _compare(said: Mapping[str, Any], config: WhisperConfig) -> None:
    for name in ("n_mels", "n_audio_state", "n_audio_layer"):
        there = getattr(config, name)
        if said.get(name, there) != there:
            raise CheckpointError(
                f"{CONFIG} says {name} {said[name]!r}, the tensors have {there}: they are of two models, "
                "or something was cut off"
            )


def _levels(said: Mapping[str, Any], config: WhisperConfig) -> tuple[int, ...] | None:
    levels = said.get("levels")
    return None if levels is None else check_levels(levels, config)


def check_levels(levels: Any, config: WhisperConfig) -> tuple[int, ...]:
    """Levels that the network has, at least one, none twice, in ascending order.

    Raises:
        CheckpointError: they are not.
    """
    good = isinstance(levels, (list, tuple)) and levels and all(type(level) is int for level in levels)
    if (
        not good
        or list(levels) != sorted(set(levels))
        or not 0 <= levels[0] <= levels[-1] <= config.last_level
    ):
        raise CheckpointError(
            f"levels must be some of 0 to {config.last_level}, ascending, e.g. [{config.n_audio_layer}]; "
            f"got {levels!r}"
        )
    return tuple(levels)
