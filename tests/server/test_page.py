"""The page at `/`, in a real browser, with a real recording as its microphone."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voxaffect import load_audio, save_audio
from voxaffect.audio import Audio
from voxaffect.examples import clips
from voxaffect.testing_machine import PATIENCE_S, found, needs

connect = pytest.importorskip("websockets.sync.client").connect

SHOTS = os.environ.get("SERVER_PAGE_SHOTS")

pytestmark = needs("chromium")


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
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && document.getElementById('microphone')")

    def wait(self, expression: str, seconds: float = PATIENCE_S) -> None:
        deadline = time.monotonic() + seconds
        while not self.run(f"Boolean({expression})"):
            shown = self.run("document.body ? document.body.innerText : ''")
            assert time.monotonic() < deadline, f"never: {expression}\n{shown}"
            time.sleep(0.05)

    def shot(self, name: str) -> None:
        if SHOTS:
            picture = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
            (Path(SHOTS) / f"{name}.png").write_bytes(base64.b64decode(picture))

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


@pytest.fixture(scope="module")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WAV file of two acted clips with silence around them, at the rate that Chromium's fake device has."""
    silence = np.zeros(16_000, np.float32)
    parts = [load_audio(clip.path).samples for clip in clips() if clip.acted in ("anger", "sadness")][:2]
    samples = np.concatenate([silence, parts[0], silence, parts[1], silence, silence])
    path = tmp_path_factory.mktemp("microphone") / "speech.wav"
    save_audio(
        path, Audio(np.repeat(samples, 3), 48_000)
    )  # an exact multiple; no filter is needed to hear it
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, microphone: Path) -> Iterator[Browser]:
    opened = Browser(tmp_path_factory.mktemp("chromium"), microphone)
    try:
        yield opened
    finally:
        opened.close()


def test_the_page_hears_the_microphone(browser: Browser, serve: Callable[..., Any]) -> None:
    running = serve()
    browser.open(f"http://{running.address}/")
    browser.run("document.getElementById('microphone').click()")
    browser.wait("document.querySelectorAll('#utterances tr:not(.provisional)').length >= 1")
    browser.shot("microphone-light")
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    browser.wait("document.querySelectorAll('#utterances tr:not(.provisional)').length >= 2")
    browser.shot("microphone-dark")
    likeliest = browser.run("[...document.querySelectorAll('#likeliest li')].map(e => e.innerText).join()")
    assert browser.text("emotion") in f"{likeliest} unclear"
    assert browser.text("pitch").endswith(" Hz")
    assert browser.run("document.querySelectorAll('#trail circle').length") > 2
    browser.run("document.getElementById('stop').click()")
    browser.wait("document.getElementById('stop').disabled")
    assert browser.complaints() == []


def test_the_page_hears_a_dropped_file(browser: Browser, serve: Callable[..., Any], recording: bytes) -> None:
    running = serve()
    browser.open(f"http://{running.address}/")
    encoded = base64.b64encode(recording).decode()
    browser.run(
        f"""(async () => {{
            const bytes = Uint8Array.from(atob("{encoded}"), (c) => c.charCodeAt(0));
            const dropped = new DataTransfer();
            dropped.items.add(new File([bytes], "anger.flac", {{type: "audio/flac"}}));
            document.dispatchEvent(new DragEvent("drop", {{dataTransfer: dropped, bubbles: true}}));
        }})()"""
    )
    browser.wait("document.querySelectorAll('#utterances tr:not(.provisional)').length === 1")
    browser.wait("document.getElementById('stop').disabled")
    assert browser.complaints() == []


def test_nothing_comes_from_elsewhere(browser: Browser, serve: Callable[..., Any]) -> None:
    running = serve()
    browser.events.clear()
    browser.open(f"http://{running.address}/")
    browser.run("document.fonts.ready.then(() => 0)")
    own = (f"http://{running.address}/", f"ws://{running.address}/", "data:", "blob:")
    assert all(url.startswith(own) for url in browser.requested())
    assert any(url.endswith("/page.js") for url in browser.requested())


def test_a_refusal_is_shown(browser: Browser, serve: Callable[..., Any]) -> None:
    running = serve(api_key="correct horse battery")
    browser.open(f"http://{running.address}/")
    browser.wait("!document.getElementById('key-field').hidden")
    browser.run(
        "document.getElementById('key').value = 'wrong'; document.getElementById('microphone').click()"
    )
    browser.wait("!document.getElementById('error').hidden")
    assert "API key" in browser.text("error")


def test_every_control_has_a_name(browser: Browser, serve: Callable[..., Any]) -> None:
    browser.open(f"http://{serve().address}/")
    browser.call("Accessibility.enable")
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    controls = {"button", "combobox", "textbox", "meter", "image", "region", "table"}
    named = [
        (node["role"]["value"], node.get("name", {}).get("value")) for node in nodes if not node["ignored"]
    ]
    assert [role for role, name in named if role in controls and not name and role != "table"] == []
    assert ("button", "Listen to the microphone") in named


def test_a_narrow_screen_is_wide_enough(browser: Browser, serve: Callable[..., Any]) -> None:
    browser.open(f"http://{serve().address}/")
    browser.call(
        "Emulation.setDeviceMetricsOverride", width=340, height=800, deviceScaleFactor=1, mobile=True
    )
    try:
        browser.wait("innerWidth === 340")
        browser.shot("narrow")
        assert browser.run("document.documentElement.scrollWidth") <= 340
    finally:
        browser.call("Emulation.clearDeviceMetricsOverride")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(browser: Browser, serve: Callable[..., Any], scheme: str) -> None:
    browser.open(f"http://{serve().address}/")
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.wait(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
    names = ("ink", "faint", "ground", "card", "bar", "accent", "on-accent", "alarm", "alarm-ground")
    colour = {
        name: browser.run(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}')")
        for name in names
    }
    pairs = [("ink", "ground"), ("ink", "card"), ("ink", "bar"), ("faint", "ground"), ("faint", "card")]
    pairs += [("on-accent", "accent"), ("alarm", "alarm-ground")]
    assert {pair: contrast(colour[pair[0]], colour[pair[1]]) >= 4.5 for pair in pairs} == dict.fromkeys(
        pairs, True
    )


def contrast(one: str, other: str) -> float:
    """Of two colours "#rrggbb", 1..21; 4.5 is enough for words. Source: WCAG 2.2, "contrast ratio"."""

    def luminance(colour: str) -> float:
        parts = [int(colour.strip()[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
