"""One file over HTTPS: resumed where it was cut, and under its name only when it is whole."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from voxaffect.errors import reason_of
from voxaffect.weights.errors import WeightsError

Progress = Callable[[str, int, int | None], None]
"""Called with the file's name, bytes so far, and bytes in all where the server says so."""

FAILURES = 5
"""So many answers in a row that bring nothing, and it is given up."""
FIRST_PAUSE_S = 0.5
"""Before asking again; it doubles each time that nothing came."""
TIMEOUT_S = 30.0
_BLOCK_BYTES = 2**18


def download(url: str, target: Path, *, progress: Progress | None = None) -> None:
    """Fetch a file, going on where an earlier call was cut if the server still has the same one.

    Raises:
        WeightsError: no network, a file that is not there, a full disk.
    """
    partial = target.with_name(target.name + ".partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target):
            _receive_all(url, partial, progress)
            os.replace(partial, target)
            _tag_of(partial).unlink(missing_ok=True)
    except OSError as failed:
        raise WeightsError(f"cannot write {target}: {reason_of(failed)}") from failed


def _receive_all(url: str, partial: Path, progress: Progress | None) -> None:
    error: Exception
    failures = most = 0
    while failures < FAILURES:
        try:
            if _receive(url, partial, progress):
                return
            error = ConnectionError("the connection was cut")
        except urllib.error.HTTPError as refused:
            refused.close()
            if refused.code < 500 and refused.code != 429:
                raise WeightsError(f"cannot fetch {url}: {refused}") from refused
            error = refused
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as cut:
            error = cut
        came = partial.stat().st_size if partial.exists() else 0
        failures = 0 if came > most else failures + 1
        most = max(came, most)
        time.sleep(FIRST_PAUSE_S * 2**failures)
    raise WeightsError(
        f"cannot fetch {url}: {reason_of(error)}; what came is kept, and the same command goes on from there"
    ) from error


@contextlib.contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Keep a second process from writing into the same partial file."""
    lock = target.with_name(target.name + ".lock")
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WeightsError(f"{target} is being fetched by another process") from error
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


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
