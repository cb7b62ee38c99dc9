"""Each error that a person can meet on the page has its sentence, which says what to do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from voxaffect.testing.machine import needs

pytestmark = [needs("chromium"), pytest.mark.slow]

KEY = "correct horse battery"
REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "server.md"


def submit(browser: Any, key: str) -> None:
    """A key."""
    browser.run(f"document.getElementById('key').value = {key!r}")
    browser.click("#key-form button")


def assert_idle(browser: Any) -> None:
    """The page can begin again."""
    browser.wait_for("listen", "Listen to the microphone")
    assert browser.text("status") == "Not listening."


def test_over_plain_http_from_another_machine_the_page_says_what_to_do(browser, serve, elsewhere):
    running = serve(names=(elsewhere,))
    browser.open(f"http://{elsewhere}:{running.port}/")
    browser.wait_for("error", "only over HTTPS")
    browser.run("document.getElementById('error').textContent = ''")
    browser.click()
    browser.wait_for("error", f"http://localhost:{running.port}")
    browser.shot("insecure")
    assert_idle(browser)
    assert [each for each in browser.complaints() if "exceptionDetails" in each] == []


def test_a_key_is_asked_for_and_a_wrong_one_refused_in_the_pages_words(browser, serve):
    running = serve(api_key=KEY, backends=("prosodic", "prosodic_rules"))
    browser.open(f"http://{running.address}/")
    browser.wait_for("error", "This server asks for a key. Enter it under “API key”")
    browser.shot("no-key")
    browser.click()
    browser.wait_for("error", "asks for a key")
    assert_idle(browser)
    submit(browser, "wrong")
    browser.wait_for("error", "The server does not take this key.")
    browser.shot("wrong-key")
    assert browser.run("document.getElementById('backend-field').hidden")
    submit(browser, f" {KEY} ")
    browser.wait("!document.getElementById('backend-field').hidden")
    assert browser.run("document.getElementById('error').hidden")
    names = browser.run("[...document.querySelectorAll('#backend option')].map((each) => each.value)")
    assert names == ["prosodic", "prosodic_rules"]
    browser.shot("right-key")
    browser.run("document.getElementById('backend').value = 'prosodic_rules'")
    browser.click()
    browser.wait_for("status", "with prosodic_rules.")
    browser.click()
    assert_idle(browser)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NotAllowedError", "did not let this page use the microphone"),
        ("SecurityError", "did not let this page use the microphone"),
        ("NotFoundError", "No microphone was found"),
        ("NotReadableError", "another program may hold it"),
        ("AbortError", "another program may hold it"),
        ("UnknownError", "Something failed in the browser: so it says. Load the page again."),
    ],
)
def test_a_microphone_that_cannot_be_had(browser, running, name, words):
    browser.open(f"http://{running.address}/")
    refusal = f"Promise.reject(new DOMException('so it says', '{name}'))"
    browser.run(f"navigator.mediaDevices.getUserMedia = () => {refusal}")
    browser.click()
    browser.wait_for("error", words)
    browser.shot(f"microphone-{name}")
    assert_idle(browser)


GIVEN = """(() => {
    const media = navigator.mediaDevices, real = media.getUserMedia.bind(media);
    media.getUserMedia = async (wanted) => {
        const stream = await real(wanted);
        [globalThis.track] = stream.getTracks();
        return stream;
    };
})()"""


def test_a_microphone_that_goes_ends_the_stream_with_what_was_heard(browser, running):
    browser.open(f"http://{running.address}/")
    browser.run(GIVEN)
    browser.click()
    browser.wait("/speaks|Silence/.test(document.getElementById('status').textContent)")
    browser.run("track.dispatchEvent(new Event('ended'))")
    browser.wait_for("error", "The microphone has gone.")
    assert_idle(browser)
    assert browser.run("document.querySelectorAll('#utterances tr:not(.provisional)').length") >= 1


def test_a_microphone_that_is_muted_is_told_until_it_is_not(browser, running):
    browser.open(f"http://{running.address}/")
    browser.run(GIVEN)
    browser.click()
    browser.wait_for("listen", "Listening")
    browser.run("track.dispatchEvent(new Event('mute'))")
    browser.wait_for("error", "The system has muted the microphone.")
    browser.run("track.dispatchEvent(new Event('unmute'))")
    browser.wait("document.getElementById('error').hidden")
    browser.click()
    assert_idle(browser)


def test_sound_that_the_browser_pauses_goes_on_with_a_click(browser, running):
    browser.open(f"http://{running.address}/")
    browser.run(
        """globalThis.AudioContext = class extends AudioContext {
            constructor(...given) { super(...given); globalThis.opened = this; }
        }"""
    )
    browser.click()
    browser.wait("document.querySelectorAll('#likeliest li').length")
    browser.run("opened.suspend()")
    browser.wait_for("error", "The browser has paused the sound. Click on the page to go on. ")
    browser.shot("paused")
    browser.click("h1")
    browser.wait("opened.state === 'running' && document.getElementById('error').hidden")
    browser.click()
    assert_idle(browser)


def test_sound_that_the_browser_does_not_begin_waits_for_a_click(browser, running):
    browser.open(f"http://{running.address}/")
    browser.run(
        """globalThis.AudioContext = class extends AudioContext {
            constructor(...given) { super(...given); this.suspend(); }
            resume() { return globalThis.allowed ? super.resume() : Promise.resolve(); }
        }"""
    )
    browser.click()
    browser.wait_for("error", "The browser has paused the sound.")
    browser.run("globalThis.allowed = true")
    browser.click("h1")
    browser.wait("document.querySelectorAll('#likeliest li').length")
    assert browser.run("document.getElementById('error').hidden")
    browser.click()
    assert_idle(browser)


def give_rate(browser: Any, rate_hz: int) -> None:
    """A browser that has only this rate, as Firefox has only the microphone's."""
    browser.run(
        f"""globalThis.AudioContext = class extends AudioContext {{
            constructor(options) {{
                if (options.sampleRate) throw new DOMException("another rate", "NotSupportedError");
                super({{ sampleRate: {rate_hz} }});
            }}
        }}"""
    )


def test_a_browser_with_a_rate_of_its_own_is_heard(browser, running):
    browser.open(f"http://{running.address}/")
    give_rate(browser, 44_100)
    browser.click()
    browser.wait("document.querySelectorAll('#utterances tr:not(.provisional)').length")
    browser.click()
    assert_idle(browser)
    assert browser.complaints() == []


def test_a_rate_that_the_server_does_not_take_is_told(browser, running):
    browser.open(f"http://{running.address}/")
    give_rate(browser, 96_000)
    browser.click()
    browser.wait_for("error", "The server cannot take this sound: a stream has at most 48000 Hz, got 96000")
    browser.shot("rate-of-sound")
    assert_idle(browser)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"streams": 0}, "All places for streams are taken: try again later."),
        ({"streams_per_client": 0}, "Too many streams from this address: close another one, or wait."),
        ({"stream_s": 0}, "as long as the server allows"),
    ],
)
def test_a_limit_of_the_server_is_told(browser, serve, limits, words):
    browser.open(f"http://{serve(**limits).address}/")
    browser.click()
    browser.wait_for("error", words)
    browser.shot("limit-" + next(iter(limits)))
    assert_idle(browser)


def test_an_address_that_asks_too_often_is_told_to_wait(browser, serve):
    browser.open(f"http://{serve(requests_per_minute=20).address}/")
    browser.run(
        """Promise.all(Array.from({ length: 20 }, () => fetch("health")))
            .then(() => document.getElementById("listen").click())"""
    )
    browser.wait_for("error", "Wait a minute")
    assert_idle(browser)


def test_a_stream_without_sound_is_ended_and_the_page_says_why(browser, serve):
    browser.open(f"http://{serve(stream_idle_s=0.5).address}/")
    browser.run("AudioNode.prototype.connect = (to) => to")  # nothing comes through
    browser.click()
    browser.wait_for("error", "No sound reached the server for a while")
    assert_idle(browser)


def test_a_server_that_goes_and_comes_back_with_another_key_is_told(browser, serve):
    first = serve()
    browser.open(f"http://{first.address}/")
    browser.click()
    browser.wait("document.querySelectorAll('#likeliest li').length")
    first.stop()
    browser.wait_for("error", "The server is shutting down. This page says so when it is back.")
    browser.shot("closing")
    assert_idle(browser)
    browser.click()
    browser.wait_for("error", "The server does not answer.")
    browser.shot("away")
    assert_idle(browser)
    serve(api_key=KEY, port=first.port)
    browser.wait_for("error", "The server is back.")
    browser.shot("back")
    browser.click()
    browser.wait_for("error", "This server asks for a key.")
    submit(browser, KEY)
    browser.wait("document.getElementById('error').hidden")


def test_a_key_that_is_taken_back_is_told(browser, serve):
    running = serve(api_key=KEY)
    browser.open(f"http://{running.address}/")
    submit(browser, KEY)
    browser.wait("document.getElementById('error').hidden")
    running.service.api_key = "another one by now"
    browser.click()
    browser.wait_for("error", "The server does not take this key.")
    assert_idle(browser)


def test_a_connection_that_breaks_off_is_told(browser, serve):
    running = serve(processes=0)
    browser.open(f"http://{running.address}/")
    browser.run(
        """globalThis.WebSocket = class extends WebSocket {
            constructor(address) { super(address); globalThis.wire = this; }
        }"""
    )
    browser.click()
    browser.wait("document.querySelectorAll('#likeliest li').length")
    browser.run("wire.close()")
    browser.wait_for("error", "The connection to the server broke off.")
    browser.wait_for("error", "The server is back.")
    assert_idle(browser)


def test_a_stream_that_cannot_be_opened_is_told(browser, running):
    browser.open(f"http://{running.address}/")
    browser.run(
        """globalThis.WebSocket = class extends WebSocket {
            constructor(address) { super(new URL("/nothing", address)); }
        }"""
    )
    browser.click()
    browser.wait_for("error", "Is there a proxy between?")
    assert_idle(browser)


def test_a_file_that_is_no_sound_is_told(browser, running):
    browser.open(f"http://{running.address}/")
    browser.run(
        """(() => {
            const chosen = new DataTransfer();
            chosen.items.add(new File(["no sound"], "notes.txt", { type: "text/plain" }));
            document.dispatchEvent(new DragEvent("drop", { dataTransfer: chosen, bubbles: true }));
        })()"""
    )
    browser.wait_for("error", "The browser cannot play this file. Try it as WAV, MP3 or FLAC.")
    browser.shot("no-sound")
    assert_idle(browser)


def test_every_code_that_ends_a_stream_has_a_sentence_of_the_page(browser, running):
    (table,) = re.findall(r"^## Errors\n(.*?)^## ", REFERENCE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    codes = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    browser.open(f"http://{running.address}/")
    told = browser.run(
        f"""import("/words.js").then(({{ Refusal, sentences }}) =>
            {codes!r}.map((code) => sentences(new Refusal(code, "the words of the server"))))"""
    )
    assert all(re.fullmatch(r"[A-Z].*\.", text) for text in told), told
