"""Weights from a hub: downloaded, checked against what is pinned, converted into the cache."""

from __future__ import annotations

import importlib
import importlib.util
import re
import shutil
import sys
from pathlib import Path

import attrs

from voxaffect.errors import unforeseen
from voxaffect.weights.catalogue import Catalogue, Source, Variant
from voxaffect.weights.convert import read_checkpoint
from voxaffect.weights.download import Progress, download
from voxaffect.weights.errors import WeightsError
from voxaffect.weights.folder import check_place, sha256_of, write_folder
from voxaffect.weights.hubs import announced_sha256, file_url
from voxaffect.weights.mapping import check_finite
from voxaffect.weights.store import cache_folder, hub_folders

HUB_PACKAGE = "huggingface_hub"


@attrs.frozen
class Fetched:
    """What a fetch brought.

    Attributes:
        folder: the converted weights.
        sha256: of the checkpoint as it came.
        checked: against what: "pinned", "hub" (what the hub says of that revision) or "nothing".
    """

    folder: Path
    sha256: str
    checked: str


def fetch_weights(
    catalogue: Catalogue,
    variant: Variant,
    *,
    source: Source | None = None,
    folder: Path | None = None,
    offline: bool = False,
    replace: bool = False,
    progress: Progress | None = None,
) -> Fetched:
    """Get a variant from a hub and convert it.

    Args:
        source: one of the variant's; its first if None.
        folder: where the converted weights go; the cache if None.
        offline: use only what has been downloaded before.
        replace: whether weights that are there already may go.

    Raises:
        WeightsError: no network, a wrong checksum, a full disk, something there already.
        CheckpointError: what came is not that network.
    """
    source = source or variant.sources[0]
    folder = folder or cache_folder() / variant.name
    check_place(folder, replace=replace)
    names = [variant.checkpoint, *([variant.labels] if variant.labels else [])]
    downloads = cache_folder() / "downloads" / source.hub / source.repository / source.revision
    if offline:
        paths = [_downloaded_before(source, name, downloads) for name in names]
    elif source.hub == "huggingface" and importlib.util.find_spec(HUB_PACKAGE) is not None:
        paths = [_from_huggingface_package(source, name) for name in names]
    else:
        paths = [_over_https(source, name, downloads, progress) for name in names]
    checkpoint = paths[0]
    sha256, checked = _checked_sha256(source, variant.checkpoint, checkpoint, offline=offline)
    weights = read_checkpoint(
        catalogue,
        variant,
        checkpoint,
        labels=paths[1] if variant.labels else None,
        source={**attrs.asdict(source), "file": variant.checkpoint, "sha256": sha256},
    )
    check_finite(weights.tensors)
    write_folder(folder, weights, replace=replace)
    shutil.rmtree(downloads, ignore_errors=True)  # converted, they are not needed any more
    return Fetched(folder, sha256, checked)


def _checked_sha256(source: Source, name: str, path: Path, *, offline: bool) -> tuple[str, str]:
    """The file's checksum, and against what it was checked."""
    announced = None
    if source.sha256 is None:
        announced = _cached_under_sha256(path) or (None if offline else announced_sha256(source, name))
    expected, came = source.sha256 or announced, sha256_of(path)
    if expected not in (None, came):
        ours = path.is_relative_to(cache_folder())
        if ours:
            path.unlink()  # or the next fetch would find it again
        raise WeightsError(
            f"{name} of {source.repository} came with the checksum {came}, not {expected}: "
            + ("it was removed" if ours else f"delete {path.resolve()} and fetch again")
        )
    return came, "pinned" if source.sha256 else "hub" if announced else "nothing"


def _cached_under_sha256(path: Path) -> str | None:
    """Hugging Face's cache names a large file by what the hub says is its checksum."""
    name = path.resolve().name
    return name if re.fullmatch(r"[0-9a-f]{64}", name) else None


def _downloaded_before(source: Source, name: str, downloads: Path) -> Path:
    """Without the hub's package, which asks its server even when told to use local files only."""
    folders = [downloads, *hub_folders(source)]
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise WeightsError(
        f"--offline: {name} of {source.repository} at {source.revision} is not in "
        + ", ".join(map(str, folders))
    )


def _from_huggingface_package(source: Source, name: str) -> Path:
    """Through the hub's own package, hence its cache, its tokens, its resuming and its progress bar."""
    hub = importlib.import_module(HUB_PACKAGE)
    if not sys.stderr.isatty():
        importlib.import_module(f"{HUB_PACKAGE}.utils").disable_progress_bars()
    try:
        return Path(hub.hf_hub_download(source.repository, name, revision=source.revision))
    except Exception as error:  # its own, those of the HTTP library of the day, or OSError
        raise WeightsError(f"cannot fetch {name} of {source.repository}: {unforeseen(error)}") from error


def _over_https(source: Source, name: str, folder: Path, progress: Progress | None) -> Path:
    target = folder / name
    if not target.exists():
        # The checkpoint's checksum is looked at once, after whatever way it came.
        download(file_url(source, name), target, progress=progress)
    return target
