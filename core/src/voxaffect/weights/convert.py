"""From a published checkpoint, in whatever format, to a network's weights."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from voxaffect.errors import reason_of
from voxaffect.text_file import read_text
from voxaffect.weights.catalogue import Catalogue, Variant
from voxaffect.weights.errors import CheckpointError, WeightsMissingError
from voxaffect.weights.folder import Weights
from voxaffect.weights.mapping import map_parameters

_READERS = {
    ".pt": "torch_file:read_torch",
    ".pth": "torch_file:read_torch",
    ".bin": "torch_file:read_torch",
    ".ckpt": "torch_file:read_torch",
    ".npz": "npz_file:read_npz",
    ".safetensors": "safetensors_file:read_safetensors",
}
"""Imported when a file of theirs is read."""


def read_tensors(path: Path) -> Mapping[str, npt.NDArray[Any]]:
    """{name: tensor} of a `.pt`, `.npz` or `.safetensors` file: read-only views, nothing executed.

    Raises:
        WeightsMissingError: no such file.
        CheckpointError: another format, or a file that is refused.
    """
    if not path.is_file():
        raise WeightsMissingError(f"no such file: {path}")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise CheckpointError(f"{path}: weights are read from {', '.join(_READERS)} files")
    tensors: Mapping[str, npt.NDArray[Any]] = pkgutil.resolve_name(f"voxaffect.weights.{reader}")(path)
    return tensors


def read_checkpoint(
    catalogue: Catalogue,
    variant: Variant,
    checkpoint: Path,
    *,
    labels: Path | None = None,
    source: Mapping[str, Any] | None = None,
) -> Weights:
    """A published checkpoint as the network's weights, every tensor mapped by name.

    Args:
        labels: the file of the classes' names; the one beside the checkpoint if None.
        source: where it was published, for the record; the file's name if None.

    Raises:
        CheckpointError: refused by its reader, or tensors missing, unmapped or misshapen, or no labels.
    """
    tensors = read_tensors(checkpoint)
    try:
        parameters = map_parameters(tensors, catalogue.shapes(variant.config), catalogue.rename)
    except CheckpointError as error:
        raise CheckpointError(f"{checkpoint} as {variant.name}: {error}") from error
    return Weights(
        model=catalogue.model,
        variant=variant.name,
        config=variant.config,
        labels=_read_labels(catalogue, variant.labels, labels, checkpoint),
        tensors=parameters,
        terms=variant.terms,
        source={"file": checkpoint.name} if source is None else source,
        path=checkpoint,
    )


def _read_labels(
    catalogue: Catalogue, name: str | None, given: Path | None, checkpoint: Path
) -> tuple[str, ...]:
    if name is None:
        return ()
    path = given or checkpoint.with_name(name)
    try:
        return catalogue.read_labels(read_text(path))
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(
            f"the classes of {checkpoint} have no names: put {name} of the same repository beside it, "
            f"or give --labels ({reason_of(error)})"
        ) from error
    except ValueError as error:
        raise CheckpointError(f"{path}: {error}") from error
