"""Fetching from a hub: a server on this machine that cuts, changes, refuses and lies. No network."""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from voxaffect.weights import Catalogue, CheckpointError, Source, Variant, WeightsError, load_weights
from voxaffect.weights import fetch as fetching
from voxaffect.weights.download import download
from voxaffect.weights.fetch import fetch_weights

CONTENT = np.random.default_rng(1).bytes(700_000)


class Hub(ThreadingHTTPServer):
    """A hub with the manners that a test gives it.

    Attributes:
        files: {path: content}.
        cuts: after how many bytes each of the next answers is cut; None sends all.
        statuses: instead of an answer, each of the next requests gets this status.
        ranges: the Range header of each request so far.
        resumable: whether parts can be asked for.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files: dict[str, bytes] = {}
        self.cuts: list[int | None] = []
        self.statuses: list[int] = []
        self.ranges: list[str | None] = []
        self.resumable = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        hub, asked = self.server, self.headers.get("Range")
        hub.ranges.append(asked)
        content = hub.files.get(self.path)
        status = hub.statuses.pop(0) if hub.statuses else 404 if content is None else 200
        if content is None or status != 200:
            self.send_error(status)
            return
        tag = f'"{hashlib.sha256(content).hexdigest()}"'
        start = int(re.findall(r"\d+", asked)[0]) if asked else 0
        if not (asked and hub.resumable and self.headers.get("If-Range") == tag):
            start = 0
        if start > len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if hub.resumable:
            self.send_header("ETag", tag)
        self.end_headers()
        cut = hub.cuts.pop(0) if hub.cuts else None
        self.wfile.write(content[start:] if cut is None else content[start : start + cut])

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    server.files["/file"] = CONTENT
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def get(hub: Hub, tmp_path: Path) -> Callable[..., Path]:
    def get_file(**options: Any) -> Path:
        download(f"{hub.url}/file", tmp_path / "file", **options)
        return tmp_path / "file"

    return get_file


def test_a_file_comes_whole(get: Callable[..., Path], tmp_path: Path) -> None:
    assert get().read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_cut_connection_is_resumed_where_it_was_cut(get: Callable[..., Path], hub: Hub) -> None:
    hub.cuts = [100_000, 200_000]
    assert get().read_bytes() == CONTENT
    assert hub.ranges == [None, "bytes=100000-", "bytes=300000-"]


def test_a_server_that_cannot_resume_is_asked_for_all_of_it(get: Callable[..., Path], hub: Hub) -> None:
    hub.resumable, hub.cuts = False, [100_000]
    assert get().read_bytes() == CONTENT
    assert hub.ranges == [None, None]


def test_a_busy_server_is_asked_again(get: Callable[..., Path], hub: Hub) -> None:
    hub.statuses = [503, 429]
    assert get().read_bytes() == CONTENT


def test_a_network_that_stays_away_leaves_no_file_and_the_next_call_goes_on(
    get: Callable[..., Path], hub: Hub, tmp_path: Path
) -> None:
    hub.cuts = [50_000, *[0] * 20]
    with pytest.raises(WeightsError, match="the same command goes on from there"):
        get()
    assert not (tmp_path / "file").exists()
    hub.cuts.clear()
    hub.ranges.clear()
    assert get().read_bytes() == CONTENT
    assert hub.ranges == ["bytes=50000-"]


def test_a_file_that_changed_meanwhile_is_fetched_anew(get: Callable[..., Path], hub: Hub) -> None:
    hub.cuts = [50_000, *[0] * 20]
    with pytest.raises(WeightsError):
        get()
    hub.cuts.clear()
    hub.files["/file"] = other = CONTENT[::-1]
    assert get().read_bytes() == other


def test_a_leftover_that_is_too_long_is_thrown_away(
    get: Callable[..., Path], hub: Hub, tmp_path: Path
) -> None:
    hub.cuts = [50_000, *[0] * 20]
    with pytest.raises(WeightsError):
        get()
    hub.cuts.clear()
    with (tmp_path / "file.partial").open("ab") as file:
        file.write(bytes(900_000))
    assert get().read_bytes() == CONTENT


def test_a_file_that_is_not_there_is_a_clear_error(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="404"):
        download(f"{hub.url}/nothing", tmp_path / "nothing")
    assert hub.ranges == [None]


def test_no_server_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot fetch"):
        download("http://127.0.0.1:9/file", tmp_path / "file")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_a_clear_error(get: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "file.partial").symlink_to("/dev/full")
    with pytest.raises(WeightsError, match=r"cannot write .*: no space left on device"):
        get()
    assert not (tmp_path / "file").exists()


def test_two_processes_do_not_write_into_one_file(get: Callable[..., Path], tmp_path: Path) -> None:
    with (tmp_path / "file.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(WeightsError, match="another process"):
            get()
    assert get().read_bytes() == CONTENT


def test_progress_is_told(get: Callable[..., Path]) -> None:
    told: list[tuple[str, int, int | None]] = []
    get(progress=lambda *what: told.append(what))
    assert told[-1] == ("file", len(CONTENT), len(CONTENT))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def npz(**tensors: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **tensors)
    return file.getvalue()


CHECKPOINT = npz(w=np.arange(2, dtype=np.float32))
VARIANT = Variant(
    name="toy_small",
    summary="a toy",
    licence="CC0-1.0",
    terms="Do as you like.",
    config={},
    checkpoint="model.npz",
    download_bytes=1000,
    labels="tokens.txt",
    sources=(
        Source(hub="huggingface", repository="toys/toy_small", revision="c0ffee"),
        Source(hub="modelscope", repository="play/toy_small", revision="master"),
    ),
)
CATALOGUE = Catalogue(
    model="toy",
    variants=(VARIANT,),
    shapes=lambda config: {"w": (2,)},
    rename=lambda key: key,
    read_labels=lambda text: tuple(text.split()),
)
PATHS = {
    "huggingface": "/toys/toy_small/resolve/c0ffee/",
    "modelscope": "/models/play/toy_small/resolve/master/",
}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: Hub) -> Path:
    """Without the hub's own package, which has its own tests; both hubs are the server here."""
    for path in PATHS.values():
        hub.files |= {f"{path}model.npz": CHECKPOINT, f"{path}tokens.txt": b"yes no"}
    monkeypatch.setattr("voxaffect.weights.download.FIRST_PAUSE_S", 0.0)
    for name in ("VOXAFFECT_WEIGHTS", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(fetching, "HUB_PACKAGE", "no_such_package")
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("MODELSCOPE_DOMAIN", hub.url)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("VOXAFFECT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "weights"


@pytest.mark.parametrize("source", VARIANT.sources, ids=lambda source: source.hub)
def test_weights_are_fetched_converted_and_found(source: Source, cache: Path) -> None:
    fetched = fetch_weights(CATALOGUE, VARIANT, source=source)
    assert fetched.folder == cache / "toy_small"
    assert (fetched.sha256, fetched.checked) == (hashlib.sha256(CHECKPOINT).hexdigest(), "nothing")
    weights = load_weights(CATALOGUE, "toy_small")
    assert weights.labels == ("yes", "no")
    assert np.array_equal(weights.tensors["w"], [0, 1])
    assert weights.source["sha256"] == fetched.sha256
    assert weights.source["revision"] == source.revision
    assert (fetched.folder / "LICENCE.txt").read_text() == "Do as you like.\n"
    assert not any((cache / "downloads" / source.hub).rglob("*.npz")), "the download is not kept twice"


SHA256 = hashlib.sha256(CHECKPOINT).hexdigest()
LISTINGS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "huggingface": (
        "/api/models/toys/toy_small/tree/c0ffee",
        lambda sha256: [
            {"path": "tokens.txt", "oid": "0" * 40},
            {"path": "model.npz", "oid": "0" * 40, "lfs": {"oid": sha256, "size": 9}},
        ],
    ),
    "modelscope": (
        "/api/v1/models/play/toy_small/repo/files?Revision=master",
        lambda sha256: {"Code": 200, "Data": {"Files": [{"Path": "model.npz", "Sha256": sha256}]}},
    ),
}


@pytest.mark.parametrize("source", VARIANT.sources, ids=lambda source: source.hub)
def test_what_no_one_pinned_is_checked_against_the_hubs_own_listing(
    source: Source, cache: Path, hub: Hub
) -> None:
    path, listing = LISTINGS[source.hub]
    hub.files[path] = json.dumps(listing(SHA256)).encode()
    assert fetch_weights(CATALOGUE, VARIANT, source=source).checked == "hub"
    hub.files[path] = json.dumps(listing("0" * 64)).encode()
    with pytest.raises(WeightsError, match="it was removed"):
        fetch_weights(CATALOGUE, VARIANT, source=source, replace=True)


@pytest.mark.parametrize(
    "listing", [b"", b"{", b"[]", b"3", b'[{"path": 3}]', b"[" * 99_999, b'{"Data": null}']
)
def test_a_listing_that_makes_no_sense_says_nothing(listing: bytes, cache: Path, hub: Hub) -> None:
    hub.files[LISTINGS["huggingface"][0]] = listing
    assert fetch_weights(CATALOGUE, VARIANT).checked == "nothing"


def pinned(sha256: str) -> Variant:
    return attrs.evolve(VARIANT, sources=(attrs.evolve(VARIANT.sources[0], sha256=sha256),))


def test_a_pinned_checksum_is_held_to(cache: Path) -> None:
    assert fetch_weights(CATALOGUE, pinned(SHA256)).checked == "pinned"


def test_a_checkpoint_that_is_not_the_pinned_one_is_never_converted(cache: Path) -> None:
    with pytest.raises(WeightsError, match="it was removed"):
        fetch_weights(CATALOGUE, pinned("0" * 64))
    assert not (cache / "toy_small").exists()
    assert not list(cache.rglob("*.npz"))


def test_a_cut_fetch_is_never_taken_for_whole(cache: Path, hub: Hub) -> None:
    hub.cuts = [100, *[0] * 20]
    with pytest.raises(WeightsError, match="goes on from there"):
        fetch_weights(CATALOGUE, VARIANT)
    assert not (cache / "toy_small").exists()
    hub.cuts.clear()
    hub.ranges.clear()
    fetch_weights(CATALOGUE, VARIANT)
    assert hub.ranges[0] == "bytes=100-"


def test_what_is_another_network_is_refused_and_nothing_is_written(cache: Path, hub: Hub) -> None:
    hub.files[PATHS["huggingface"] + "model.npz"] = npz(w=np.ones(3))
    with pytest.raises(CheckpointError, match="misshapen"):
        fetch_weights(CATALOGUE, VARIANT)
    assert not (cache / "toy_small").exists()


def test_offline_nothing_is_asked_for(cache: Path, hub: Hub) -> None:
    with pytest.raises(WeightsError, match="--offline"):
        fetch_weights(CATALOGUE, VARIANT, offline=True)
    assert hub.ranges == []


def test_offline_uses_what_was_downloaded(cache: Path, hub: Hub) -> None:
    folder = cache / "downloads/huggingface/toys/toy_small/c0ffee"
    folder.mkdir(parents=True)
    (folder / "model.npz").write_bytes(CHECKPOINT)
    (folder / "tokens.txt").write_text("yes no")
    assert fetch_weights(CATALOGUE, VARIANT, offline=True).folder == cache / "toy_small"
    assert hub.ranges == []


def test_a_cache_that_cannot_be_written_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VOXAFFECT_CACHE", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="cannot write"):
        fetch_weights(CATALOGUE, VARIANT)
    assert os.listdir(tmp_path) == ["file"]
