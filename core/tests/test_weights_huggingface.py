"""Fetching through the hub's own package, from a server on this machine that cuts the connection."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("huggingface_hub", reason="the hub's package is optional")

COMMIT = "0123456789abcdef0123456789abcdef01234567"

PROGRAM = f"""
import sys
from voxaffect.weights import Catalogue, Source, Variant, WeightsError, load_weights
from voxaffect.weights.fetch import fetch_weights

variant = Variant(
    name="toy", summary="", licence="", terms="", config={{}}, download_bytes=1, labels=None,
    checkpoint="model.npz",
    sources=(Source(hub="huggingface", repository="toys/toy", revision="{COMMIT}"),),
)
catalogue = Catalogue(
    model="toy", variants=(variant,), shapes=lambda config: {{"w": (6_000_000,)}},
    rename=lambda key: key, read_labels=lambda text: (),
)
try:
    fetched = fetch_weights(catalogue, variant, offline="--offline" in sys.argv, replace=True)
except WeightsError as error:
    sys.exit(f"refused: {{error}}")
print(fetched.checked, int(load_weights(catalogue, variant).tensors["w"].sum()))
"""


class Hub(ThreadingHTTPServer):
    """Answers as the hub does, and cuts the next answers after so many bytes."""

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.content, self.tag = content, hashlib.sha256(content).hexdigest()
        self.cuts: list[int] = []
        self.gets: list[int] = []


class Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self.answer(0, body=False)

    def do_GET(self) -> None:
        if "/resolve/" not in self.path:
            self.send_error(404)  # the package also asks what nobody asked it to
            return
        start = int((re.findall(r"bytes=(\d+)-", self.headers.get("Range") or "") or ["0"])[0])
        self.server.gets.append(start)
        self.answer(start, body=True)

    def answer(self, start: int, *, body: bool) -> None:
        hub = self.server
        if self.path != f"/toys/toy/resolve/{COMMIT}/model.npz":
            self.send_error(404)
            return
        content = hub.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(hub.content) - 1}/{len(hub.content)}")
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("X-Linked-Size", str(len(hub.content)))
        self.send_header("X-Linked-ETag", f'"{hub.tag}"')
        self.send_header("ETag", f'"{hub.tag}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content[: hub.cuts.pop(0)] if hub.cuts else content)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    np.savez(tmp_path / "made.npz", w=np.ones(6_000_000, np.float32))
    server = Hub((tmp_path / "made.npz").read_bytes())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def fetch(hub: Hub, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        inherited = {
            key: value for key, value in os.environ.items() if not key.startswith(("HF_", "VOXAFFECT_"))
        }
        environment = {
            "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_address[1]}",
            "HF_HOME": str(tmp_path / "hf"),
            "VOXAFFECT_CACHE": str(tmp_path / "cache"),
        }
        command = [sys.executable, "-W", "ignore", "-c", PROGRAM, *arguments]
        return subprocess.run(command, env=inherited | environment, capture_output=True, text=True)

    return run


def test_it_comes_into_the_hubs_cache_and_is_checked_against_the_hub(
    fetch: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = fetch()
    assert (done.returncode, done.stdout) == (0, "hub 6000000\n"), done.stderr
    assert (tmp_path / f"hf/hub/models--toys--toy/snapshots/{COMMIT}/model.npz").exists()
    assert "%" not in done.stderr, "no progress bar where nobody sees it"


def test_offline_asks_nobody(fetch: Callable[..., subprocess.CompletedProcess[str]], hub: Hub) -> None:
    refused = fetch("--offline")
    assert refused.returncode != 0
    assert "refused: --offline: model.npz of toys/toy" in refused.stderr
    assert hub.gets == []
    fetch()
    hub.gets.clear()
    assert fetch("--offline").stdout == "hub 6000000\n"
    assert hub.gets == []


def test_a_cut_connection_is_resumed(
    fetch: Callable[..., subprocess.CompletedProcess[str]], hub: Hub
) -> None:
    hub.cuts = [15_000_000]
    assert fetch().stdout == "hub 6000000\n"
    assert len(hub.gets) == 2
    assert hub.gets[1] > 0, "it goes on from the last block that came whole"


def test_a_damaged_file_in_the_hubs_cache_is_refused(
    fetch: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    fetch()
    cached = (tmp_path / f"hf/hub/models--toys--toy/snapshots/{COMMIT}/model.npz").resolve()
    content = bytearray(cached.read_bytes())
    content[-1000] ^= 1
    cached.write_bytes(content)
    refused = fetch("--offline")
    assert f"delete {cached} and fetch again" in refused.stderr
    source = json.loads((tmp_path / "cache/weights/toy/source.json").read_text())
    assert source["from"]["sha256"] == cached.name, "the sound weights of before are still there"
