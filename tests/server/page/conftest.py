"""A real browser for the tests of the page, with a real recording as its microphone."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voxaffect import load_audio, save_audio
from voxaffect.audio import Audio
from voxaffect.examples import clips
from voxaffect.testing.machine import PATIENCE_S, found, missing

SHOTS = os.environ.get("SERVER_PAGE_SHOTS")

ELSEWHERE = "voice.test"
"""A name of this machine that browsers take for another's: over plain HTTP they give its pages no sound."""


class Browser:
    """One page of a headless Chromium, over its DevTools protocol."""

    def __init__(self, folder: Path, microphone: Path) -> None:
        chromium = found("chromium")
        assert chromium is not None
        self._number = 0
        self.events: list[dict[str, Any]] = []
        self._open = contextlib.ExitStack()
        options = [
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio"),
            *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
            *("--remote-debugging-port=0", f"--user-data-dir={folder}", "--window-size=1000,1250"),
            *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
            f"--use-file-for-fake-audio-capture={microphone}",
            f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1",
        ]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        # A group of its own, which ends with all that the browser began.
        self._process = subprocess.Popen([chromium, *options, "about:blank"], start_new_session=True, **quiet)
        self._open.callback(self._end)
        try:
            self._socket = self._open.enter_context(self._attach(folder))
            for domain in ("Page", "Runtime", "Network", "Log"):
                self.call(f"{domain}.enable")
        except BaseException:
            self.close()
            raise

    def _attach(self, folder: Path) -> Any:
        from websockets.sync.client import connect

        port_file = folder / "DevToolsActivePort"
        deadline = time.monotonic() + PATIENCE_S
        while not (port_file.exists() and len(port_file.read_text().split()) == 2):
            assert time.monotonic() < deadline, "chromium did not start"
            assert self._process.poll() is None, "chromium ended"
            time.sleep(0.05)
        port = port_file.read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=PATIENCE_S) as response:
            page = next(target for target in json.load(response) if target["type"] == "page")
        return connect(page["webSocketDebuggerUrl"], max_size=None, proxy=None)

    def call(self, method: str, **params: Any) -> Any:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv(timeout=PATIENCE_S))
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]
            self.events.append(message)

    def run(self, expression: str) -> Any:
        """The value of JavaScript, awaited; what it does counts as the user's."""
        result = self.call(
            "Runtime.evaluate", expression=expression, userGesture=True, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def text(self, element: str) -> str:
        return str(self.run(f"document.getElementById('{element}').textContent"))

    def open(self, url: str) -> None:
        """A fresh page, of which `complaints` and `requested` then tell."""
        self.call("Page.navigate", url="about:blank")
        self.events.clear()
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && document.getElementById('listen')")

    def click(self, selector: str = "#listen") -> None:
        self.run(f"document.querySelector({selector!r}).click()")

    def wait(self, expression: str, seconds: float = PATIENCE_S) -> None:
        deadline = time.monotonic() + seconds
        while not self.run(f"Boolean({expression})"):
            shown = self.run("document.body ? document.body.innerText : ''")
            assert time.monotonic() < deadline, f"never: {expression}\n{shown}"
            time.sleep(0.05)

    def wait_for(self, element: str, words: str) -> None:
        """Until an element shows these words."""
        self.wait(f"document.getElementById({element!r}).textContent.includes({words!r})")

    @property
    def listening(self) -> bool:
        """Whether the button says so."""
        return "press to stop" in self.text("listen")

    def shot(self, name: str) -> None:
        """A picture in the folder SERVER_PAGE_SHOTS, where that is set; of a telephone's width, too."""
        if SHOTS:
            self._picture(Path(SHOTS) / f"{name}.png")
            with self.width(390):
                self._picture(Path(SHOTS) / f"{name}-390.png")

    def _picture(self, path: Path) -> None:
        picture = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(picture))

    @contextlib.contextmanager
    def width(self, pixels: int) -> Iterator[None]:
        """That of a telephone."""
        screen = {"width": pixels, "height": 844, "deviceScaleFactor": 1, "mobile": True}
        self.call("Emulation.setDeviceMetricsOverride", **screen)
        try:
            self.wait(f"innerWidth === {pixels}")
            yield
        finally:
            self.call("Emulation.clearDeviceMetricsOverride")

    def complaints(self) -> list[Any]:
        """Errors of the console, of scripts and of the content security policy."""
        self.run("0")
        return [
            event["params"]
            for event in self.events
            if event["method"] == "Runtime.exceptionThrown"
            or (event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error")
        ]

    def requested(self) -> set[str]:
        """Addresses of everything that the page asked for."""
        return {
            event["params"]["request"]["url"]
            for event in self.events
            if event["method"] == "Network.requestWillBeSent"
        }

    def close(self) -> None:
        self._open.close()

    def _end(self) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture(scope="session")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WAV file of two acted clips with silence around them, at the rate that Chromium's fake device has."""
    silence = np.zeros(16_000, np.float32)
    parts = [load_audio(clip.path).samples for clip in clips() if clip.acted in ("anger", "sadness")][:2]
    samples = np.concatenate([silence, parts[0], silence, parts[1], silence, silence])
    path = tmp_path_factory.mktemp("microphone") / "speech.wav"
    save_audio(path, Audio(np.repeat(samples, 3), 48_000))  # an exact multiple needs no filter to be heard
    return path


@pytest.fixture(scope="session")
def elsewhere() -> str:
    """See `ELSEWHERE`."""
    return ELSEWHERE


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory, microphone: Path) -> Iterator[Browser]:
    if why := missing("chromium"):
        pytest.skip(why)
    opened = Browser(tmp_path_factory.mktemp("chromium"), microphone)
    try:
        yield opened
    finally:
        opened.close()
