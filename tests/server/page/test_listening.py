"""The page at `/` hears, shows what is heard, and says whether it listens."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from voxaffect import VoicePipeline, load_audio, save_audio
from voxaffect.audio import Audio
from voxaffect.examples import clips
from voxaffect.narration import Narrator
from voxaffect.testing.machine import needs

pytestmark = [needs("chromium"), pytest.mark.slow]

FINAL = "#utterances tr:not(.provisional)"


def drop(browser: Any, name: str, content: bytes, media_type: str) -> None:
    """A file on the page."""
    encoded = base64.b64encode(content).decode()
    browser.run(
        f"""(() => {{
            const bytes = Uint8Array.from(atob("{encoded}"), (c) => c.charCodeAt(0));
            const dropped = new DataTransfer();
            dropped.items.add(new File([bytes], {name!r}, {{type: {media_type!r}}}));
            document.dispatchEvent(new DragEvent("drop", {{dataTransfer: dropped, bubbles: true}}));
        }})()"""
    )


def test_the_page_hears_the_microphone(browser, serve):
    browser.open(f"http://{serve().address}/")
    browser.shot("idle")
    browser.click()
    browser.wait("document.querySelectorAll('#likeliest li').length")
    browser.shot("so-far")
    browser.wait(f"document.querySelectorAll('{FINAL}').length >= 2")
    likeliest = browser.run("[...document.querySelectorAll('#likeliest li')].map(e => e.innerText).join()")
    assert browser.text("emotion") in f"{likeliest} unclear"
    browser.wait("document.getElementById('pitch').textContent.endsWith(' Hz')")
    assert browser.run("document.querySelectorAll('#trail circle').length") > 2
    assert browser.complaints() == []


def test_the_button_shows_that_the_page_listens_and_stops_it(browser, serve):
    running = serve()
    browser.open(f"http://{running.address}/")
    assert browser.text("listen") == "Listen to the microphone"
    browser.click()
    browser.wait_for("listen", "Listening: press to stop")
    browser.wait_for("status", "Someone speaks.")
    assert running.service.clients.streams == 1
    browser.click()
    browser.wait_for("listen", "Listen to the microphone")
    assert browser.text("status") == "Not listening."
    assert browser.run("document.querySelectorAll('#utterances tr').length") >= 1  # what was heard stays
    browser.wait("document.getElementById('headline').classList.contains('over')")
    browser.shot("stopped")


def test_a_press_while_the_page_waits_for_the_microphone_ends_it(browser, running):
    browser.open(f"http://{running.address}/")
    browser.run(
        """(() => {
            const media = navigator.mediaDevices, real = media.getUserMedia.bind(media);
            globalThis.asked = new Promise((tell) => {
                media.getUserMedia = (wanted) => new Promise((resolve) => {
                    tell();
                    globalThis.allow = async () => resolve(globalThis.given = await real(wanted));
                });
            });
        })()"""
    )
    browser.click()
    browser.run("asked")
    browser.click()
    browser.wait_for("listen", "Listen to the microphone")
    browser.run("allow()")
    browser.wait("given.getTracks().every((track) => track.readyState === 'ended')")
    assert browser.text("listen") == "Listen to the microphone"


def test_the_page_hears_a_dropped_file_to_its_end(browser, running, recording):
    browser.open(f"http://{running.address}/")
    drop(browser, "anger.flac", recording, "audio/flac")
    browser.wait(f"document.querySelectorAll('{FINAL}').length === 1")
    browser.wait_for("listen", "Listen to the microphone")
    assert browser.text("of") == "The whole utterance."
    browser.shot("final")
    assert browser.complaints() == []


def test_the_headline_is_the_utterance_so_far_as_a_voice_pipeline_has_it(browser, running):
    """Through silence, short utterances, and one so long that its windows take over."""
    silence = np.zeros(16_000, np.float32)
    speech = [load_audio(clip.path).samples for clip in clips()]
    parts = [silence, speech[0], silence, speech[1][:24_000], silence, *speech[:4], silence]
    audio = np.concatenate(parts)
    assistant, narrator = VoicePipeline(str, lambda text, prosody: text), Narrator()
    chunks, expected = [], []
    for begin in range(0, len(audio), 1600):
        events = assistant.listen(audio[begin : begin + 1600], 16_000)
        chunks.append(list(narrator.messages(events)))
        heard = assistant.current
        expected.append(
            None if heard is None or not heard.speech else [heard.top.emotion, heard.top.confidence]
        )
    browser.open(f"http://{running.address}/")
    shown, of, over = browser.run(
        f"""import("/headline.js").then(({{ Headline }}) => {{
            const headline = new Headline(), shown = [], of = [], over = [];
            for (const messages of {json.dumps(chunks)}) {{
                for (const message of messages) headline.take(message);
                const top = headline.result?.speech ? headline.result.categorical[0] : null;
                shown.push(top && [top.emotion, top.confidence]);
                of.push(headline.of);
                over.push(headline.over);
            }}
            return [shown, of, over];
        }})"""
    )
    assert [each and [str(each[0]), pytest.approx(each[1])] for each in expected] == shown
    assert {"so far", "last second", "final"} <= set(of)
    assert (of[-1], over[-1]) == ("final", True)
    assert False in over[over.index(True) :]  # the next utterance, which takes its place


def test_the_headline_fades_in_silence(browser, running, tmp_path):
    samples = np.append(load_audio(clips()[0].path).samples, np.zeros(60 * 16_000, np.float32))
    save_audio(tmp_path / "then-silence.wav", Audio(samples, 16_000))
    browser.open(f"http://{running.address}/")
    drop(browser, "then-silence.wav", (tmp_path / "then-silence.wav").read_bytes(), "audio/wav")
    browser.wait("document.getElementById('headline').classList.contains('over')")
    browser.wait_for("of", "The whole utterance.")
    assert browser.text("now-title") == "Last heard"
    faint = browser.run("getComputedStyle(document.getElementById('status')).color")
    browser.wait(f"getComputedStyle(document.getElementById('emotion')).color === {faint!r}")
    browser.shot("silence")
    browser.click()
    browser.wait_for("listen", "Listen to the microphone")
