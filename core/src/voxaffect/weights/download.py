"""One file over HTTPS: resumed where it was cut, checked, and under its name only when it is whole."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from voxaffect.weights.errors import WeightsError
from voxaffect.weights.folder import sha256_of

Progress = Callable[[str, int, int | None], None]
"""Called with the file's name, bytes so far, and bytes in all where the server says so."""

ATTEMPTS = 6
FIRST_PAUSE_S = 0.5
TIMEOUT_S = 30.0
_BLOCK_BYTES = 2**18


def download(
    url: str,
    target: Path,
    *,
    sha256: str | None = None,
    progress: Progress | None = None,
    first_pause_s: float = FIRST_PAUSE_S,
) -> str:
    """Fetch a file, going on where an earlier call was cut if the server still has the same one.

    Args:
        sha256: what it must be; None accepts whatever came whole.
        first_pause_s: before the first repetition, in seconds; it doubles each time.

    Returns:
        The SHA-256 of the file, in hexadecimal.

    Raises:
        WeightsError: no network, a file that is not there, a wrong checksum, a full disk.
    """
    partial = target.with_name(target.name + ".partial")
    error: Exception
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(first_pause_s * 2 ** (attempt - 1))
            try:
                if _receive(url, partial, progress):
                    break
                error = ConnectionError("the connection was cut")
            except urllib.error.HTTPError as refused:
                refused.close()
                if refused.code < 500 and refused.code != 429:
                    raise WeightsError(f"cannot fetch {url}: {refused}") from refused
                error = refused
            except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as cut:
                error = cut
        else:
            raise WeightsError(
                f"cannot fetch {url}: {error}; what came is kept, and the same command goes on from there"
            ) from error
        came = sha256_of(partial)
        if sha256 is not None and came != sha256:
            partial.unlink()
            _tag_of(partial).unlink(missing_ok=True)
            raise WeightsError(f"{url} has the checksum {came}, not {sha256}: it was removed")
        os.replace(partial, target)
        _tag_of(partial).unlink(missing_ok=True)
    except OSError as failed:
        raise WeightsError(f"cannot write {target}: {failed.strerror or failed}") from failed
    return came


def _receive(url: str, partial: Path, progress: Progress | None) -> bool:
    """One request; whether the file is whole now."""
    request = urllib.request.Request(url, headers={"User-Agent": "voxaffect", "Accept-Encoding": "identity"})
    tag, have = _known_tag(partial, url), partial.stat().st_size if partial.exists() else 0
    if tag and have:
        request.add_header("Range", f"bytes={have}-")
        request.add_header("If-Range", tag)
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as refused:
        if refused.code != 416:  # more is asked for than there is: begin again
            raise
        refused.close()
        partial.unlink()
        return False
    with response:
        if response.status != 206:
            have = 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length is not None else None
        _remember_tag(partial, url, response.headers.get("ETag"))
        free = shutil.disk_usage(partial.parent).free
        if total is not None and total - have > free:
            raise WeightsError(
                f"{partial.parent} has {free / 1e9:.1f} GB left of {total / 1e9:.1f} GB needed"
            )
        with partial.open("ab" if have else "wb") as file:
            while block := response.read(_BLOCK_BYTES):
                file.write(block)
                have += len(block)
                if progress is not None:
                    progress(partial.stem, have, total)
            file.flush()
            os.fsync(file.fileno())
    return total is None or have == total


def _tag_of(partial: Path) -> Path:
    return partial.with_name(partial.name + ".json")


def _known_tag(partial: Path, url: str) -> str | None:
    """The server's mark of the version that the partial file is of; None where it is not known."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        noted: Any = json.loads(_tag_of(partial).read_text(encoding="utf-8"))
        return str(noted["etag"]) if noted.get("url") == url and noted.get("etag") else None
    return None


def _remember_tag(partial: Path, url: str, tag: str | None) -> None:
    # A weak tag promises no equal bytes, hence cannot be resumed on (RFC 9110, 13.1.5).
    strong = tag if tag and not tag.startswith("W/") else None
    _tag_of(partial).write_text(json.dumps({"url": url, "etag": strong}), encoding="utf-8")
