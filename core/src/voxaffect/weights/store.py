"""Where weights are looked for: what was given, the environment, the cache, the hubs' caches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import attrs
import platformdirs

from voxaffect.weights.catalogue import Catalogue, Source, Variant
from voxaffect.weights.convert import read_checkpoint
from voxaffect.weights.errors import CheckpointError, WeightsMissingError
from voxaffect.weights.folder import SOURCE, Weights, read_folder, read_source

WEIGHTS_VARIABLE = "VOXAFFECT_WEIGHTS"
"""A folder of weights, or a folder with one of each variant's name; looked at before any cache."""

CACHE_VARIABLE = "VOXAFFECT_CACHE"
"""The folder to keep weights in, instead of the user's cache."""


@attrs.frozen
class Found:
    """Weights on this machine.

    Attributes:
        path: a folder of converted weights, or a published checkpoint.
        place: "given", "environment", "cache", "huggingface" or "modelscope".
    """

    path: Path
    place: str

    @property
    def converted(self) -> bool:
        """Whether it is a folder that `convert` or `fetch` made."""
        return self.path.is_dir()


def cache_folder() -> Path:
    """Where fetched weights are kept: VOXAFFECT_CACHE, or the user's cache."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return (Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("voxaffect")) / "weights"


def find_weights(variant: Variant) -> Found | None:
    """The first place that has them, in the order of this module's first line; None if none has.

    Raises:
        WeightsMissingError: VOXAFFECT_WEIGHTS names a folder that is not there.
    """
    for place, folder in _folders(variant):
        path = _weights_in(folder, variant)
        if path is not None:
            return Found(path, place)
    return None


def locate_weights(
    catalogue: Catalogue, variant: Variant, given: str | os.PathLike[str] | None = None
) -> Found:
    """The weights at a path, or else the first that are found.

    Args:
        given: a folder of converted weights, a folder with a published checkpoint, or a checkpoint.

    Raises:
        WeightsMissingError: there are none; the message has the command to get them.
    """
    if given is not None:
        path = Path(given).expanduser()
        inside = path if path.is_file() else _weights_in(path, variant, whatever=True)
        if inside is None:
            raise WeightsMissingError(f"no weights of {catalogue.model} at {path}")
        return Found(inside, "given")
    found = find_weights(variant)
    if found is None:
        raise WeightsMissingError(
            f"the weights of {variant.name} are not on this machine; "
            f"get them: voxaffect weights fetch {variant.name}"
        )
    return found


def load_weights(
    catalogue: Catalogue, variant: Variant | str, given: str | os.PathLike[str] | None = None
) -> Weights:
    """Find weights and map them into memory; nothing is copied where the file holds float32.

    Args:
        variant: one of the catalogue, or its name.
        given: see `locate_weights`.

    Raises:
        WeightsMissingError: there are none.
        CheckpointError: they are refused.
        UnknownNameError: no variant of that name.
    """
    wanted = catalogue.find(variant) if isinstance(variant, str) else variant
    found = locate_weights(catalogue, wanted, given)
    if found.converted:
        return read_folder(found.path, catalogue)
    return read_checkpoint(catalogue, wanted, found.path)


def _folders(variant: Variant) -> Iterator[tuple[str, Path]]:
    named = os.environ.get(WEIGHTS_VARIABLE)
    if named:
        folder = Path(named).expanduser()
        if not folder.is_dir():
            raise WeightsMissingError(f"{WEIGHTS_VARIABLE} names {folder}, which is no folder")
        yield "environment", folder
        yield "environment", folder / variant.name
    yield "cache", cache_folder() / variant.name
    for source in variant.sources:
        for folder in hub_folders(source):
            yield source.hub, folder


def hub_folders(source: Source) -> Iterator[Path]:
    """Where a hub's own package, or FunASR, keeps that revision."""
    if source.hub == "huggingface":
        yield (
            huggingface_cache()
            / f"models--{source.repository.replace('/', '--')}/snapshots/{source.revision}"
        )
    else:
        cache = Path(os.environ.get("MODELSCOPE_CACHE") or Path.home() / ".cache/modelscope/hub")
        yield cache / "models" / source.repository
        yield cache / source.repository


def huggingface_cache() -> Path:
    """The hub's cache, by the same variables and in the same order as its own package."""
    environ = os.environ
    home = (
        environ.get("HF_HOME")
        or Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    )
    return Path(environ.get("HF_HUB_CACHE") or Path(home) / "hub").expanduser()


def _weights_in(folder: Path, variant: Variant, *, whatever: bool = False) -> Path | None:
    """What that folder itself holds of a variant; `whatever` variant it says, where the user chose it."""
    if (folder / SOURCE).is_file():
        try:
            held = read_source(folder)["variant"]
        except CheckpointError:
            if whatever:
                raise
        else:
            if whatever or held == variant.name:
                return folder
    checkpoint = folder / variant.checkpoint
    return checkpoint if checkpoint.is_file() else None
