"""Converted weights on disk: one folder, there as a whole or not at all.

`model.safetensors`; `config.json`, what the network's builder needs; `labels.txt`, one class a line, absent
without a head; `source.json`, where it came from and its checksum; `LICENCE.txt`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import attrs

from voxaffect.errors import reason_of
from voxaffect.text_file import read_text
from voxaffect.weights.catalogue import Catalogue
from voxaffect.weights.errors import CheckpointError, WeightsError
from voxaffect.weights.mapping import Tensors, map_parameters
from voxaffect.weights.safetensors_file import read_safetensors, write_safetensors

TENSORS, CONFIG, LABELS = "model.safetensors", "config.json", "labels.txt"
SOURCE, LICENCE = "source.json", "LICENCE.txt"
FORMAT = 1
_HASH_BLOCK_BYTES = 2**20


@attrs.frozen(eq=False, kw_only=True)
class Weights:
    """A network's parameters and what goes with them.

    Attributes:
        model, variant: names, e.g. "emotion2vec" and "emotion2vec_plus_base".
        config: what the network's builder needs.
        labels: of the classes, in the order of the head's outputs; empty without a head.
        tensors: {parameter: float32 array}, read-only.
        terms: the licence, as far as it is known.
        source: where they came from: hub, repository, revision, sha256, or the file's name.
        path: the folder, or the file that was read.
    """

    model: str
    variant: str
    config: Mapping[str, Any]
    labels: tuple[str, ...]
    tensors: Tensors
    terms: str = ""
    source: Mapping[str, Any] = attrs.field(factory=dict)
    path: Path | None = None


def write_folder(folder: Path, weights: Weights, *, replace: bool = False) -> Path:
    """Write all files beside the place, then move them there in one step.

    Args:
        replace: whether weights that are there already may go.

    Raises:
        WeightsError: something is there already; a full disk; a place that cannot be written.
    """
    check_place(folder, replace=replace)
    partial = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.partial")
    try:
        partial.mkdir(parents=True)
        with _synced(partial / TENSORS) as file:
            checksum = write_safetensors(file, weights.tensors)
        source = {"format": FORMAT, "variant": weights.variant, "sha256": checksum, "from": weights.source}
        texts = {
            CONFIG: json.dumps({"model_type": weights.model, **weights.config}, indent=2),
            SOURCE: json.dumps(source, indent=2),
            LICENCE: weights.terms.rstrip(),
            **({LABELS: "\n".join(weights.labels)} if weights.labels else {}),
        }
        for name, text in texts.items():
            with _synced(partial / name) as file:
                file.write(f"{text}\n".encode())
        with _out_of_the_way(folder):
            partial.rename(folder)
        _sync_folder(folder.parent)
    except OSError as error:
        raise WeightsError(f"cannot write {folder}: {reason_of(error)}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def check_place(folder: Path, *, replace: bool) -> None:
    """Whether weights may be written there.

    Raises:
        WeightsError: something is there, and it may not be replaced or is no weights.
    """
    if folder.exists() and not replace:
        raise WeightsError(f"{folder} is there already; --force replaces it")
    if folder.exists() and not (folder / SOURCE).is_file():
        raise WeightsError(f"{folder} holds something else than weights: it is left alone")


def read_folder(folder: Path, catalogue: Catalogue) -> Weights:
    """Map a folder of converted weights; their bytes are read when they are used.

    Raises:
        CheckpointError: another network's, another format's, damaged, or not complete.
    """
    config, source = read_table(folder / CONFIG), read_source(folder)
    model = config.pop("model_type", None)
    if model != catalogue.model:
        raise CheckpointError(f"{folder} holds weights of {model!r}, not of {catalogue.model}")
    try:
        shapes = catalogue.shapes(config)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{folder / CONFIG}: {reason_of(error)}") from error
    return Weights(
        model=catalogue.model,
        variant=source["variant"],
        config=config,
        labels=tuple(_text(folder / LABELS).splitlines()),
        tensors=map_parameters(read_safetensors(folder / TENSORS), shapes),
        terms=_text(folder / LICENCE),
        source=source["from"],
        path=folder,
    )


def read_source(folder: Path) -> dict[str, Any]:
    """`variant`, `sha256` and `from` of a folder of converted weights.

    Raises:
        CheckpointError: there is no such description, or not of this format.
    """
    source = read_table(folder / SOURCE)
    if source.get("format") != FORMAT:
        raise CheckpointError(f"{folder}: not of format {FORMAT}, the one that this version reads")
    for key, kind in {"variant": str, "sha256": str, "from": dict}.items():
        if type(source.get(key)) is not kind:
            raise CheckpointError(f"{folder / SOURCE}: {key} is missing or no {kind.__name__}")
    return source


def read_table(path: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        CheckpointError: no such file, or something else in it.
    """
    try:
        table = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"cannot read {path}: {reason_of(error)}") from error
    if type(table) is not dict:
        raise CheckpointError(f"{path} holds no table")
    return table


def sha256_of(path: Path) -> str:
    """Of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"cannot read {path}: {reason_of(error)}") from error


@contextlib.contextmanager
def _synced(path: Path) -> Iterator[BinaryIO]:
    with path.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _out_of_the_way(folder: Path) -> Iterator[None]:
    """Move what is there aside, delete it once the new one stands, bring it back if that fails."""
    if not folder.exists():
        yield
        return
    old = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.old")
    folder.rename(old)
    try:
        yield
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old) if old.is_dir() else old.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
