"""`voxaffect listen`: a recording, a pipe and a microphone give the events that they should."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from rich.console import Console
from voxaffect import AudioError, InvalidValueError, Pipeline, load_audio
from voxaffect.audio import resample
from voxaffect.cli import main
from voxaffect.cli.live_view import LiveView
from voxaffect.examples import clips
from voxaffect.sound_input import file_chunks, raw_chunks
from voxaffect.streaming import UtteranceResult, WindowResult, hear_timeline
from voxaffect.testing.machine import PATIENCE_S, needs
from voxaffect.trajectory import Direction, Trajectory

pytestmark = pytest.mark.slow
LISTEN = [sys.executable, "-m", "voxaffect", "listen", "--backend", "prosodic", "--activity", "builtin"]
ANGRY = clips("anger")[0].path


def told(*arguments: str, stdin: bytes | None = None) -> list[dict[str, Any]]:
    done = subprocess.run([*LISTEN, *arguments], input=stdin, capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def without_clock(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for event in events:
        event.get("result", {}).pop("timestamp", None)
    return events


def pcm16(path: Path) -> bytes:
    return bytes(soundfile.read(path, dtype="int16")[0].astype("<i2").tobytes())


@pytest.fixture(scope="module")
def from_the_recording() -> list[dict[str, Any]]:
    return without_clock(told(str(ANGRY), "--fast"))


def test_a_recording_gives_the_events_of_its_timeline(from_the_recording: list[dict[str, Any]]) -> None:
    pipeline = Pipeline.from_config({"classifier": "prosodic"})
    events = list(hear_timeline(pipeline, ANGRY, activity="builtin"))
    assert len(from_the_recording) == len(events)
    windows = [event for event in events if isinstance(event, WindowResult)]
    heard = [event for event in from_the_recording if event["type"] == "window"]
    assert [(e["start_s"], e["end_s"]) for e in heard] == [(w.start_s, w.end_s) for w in windows]
    assert [e["result"]["categorical"][0]["emotion"] for e in heard] == [
        str(window.result.top.emotion) for window in windows
    ]
    assert from_the_recording[-1]["type"] == "utterance"
    assert from_the_recording[-1]["final"] is True


def test_a_timeline_tells_the_same_in_the_same_words(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["analyze", str(ANGRY), "--backend", "prosodic", "--timeline", "--format", "jsonl"]
    assert main(arguments) == 0
    timeline = json.loads(capsys.readouterr().out)
    listened = without_clock(told(str(ANGRY), "--fast"))
    assert without_clock(timeline["events"]) == listened


def test_raw_pcm_in_a_pipe_gives_the_same_events(from_the_recording: list[dict[str, Any]]) -> None:
    assert without_clock(told("-", stdin=pcm16(ANGRY))) == from_the_recording


def test_two_channels_of_floats_in_a_pipe_do_too(from_the_recording: list[dict[str, Any]]) -> None:
    samples = load_audio(ANGRY).samples
    both = np.stack([samples, samples], axis=1).astype("<f4").tobytes()
    stereo = without_clock(told("-", "--channels", "2", "--encoding", "f32le", stdin=both))
    assert [event["type"] for event in stereo] == [event["type"] for event in from_the_recording]


def test_a_frame_that_is_cut_off_is_left_out() -> None:
    chunks = list(raw_chunks(io.BytesIO(b"\x01\x00\x02\x00\x03"), rate_hz=16_000))
    assert np.concatenate(chunks).tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rate_hz": 100}, "8000..192000"),
        ({"rate_hz": 16_000, "channels": 0}, "channels must be within"),
        ({"rate_hz": 16_000, "encoding": "mp3"}, "s16le"),
    ],
)
def test_impossible_raw_pcm_is_refused_before_it_is_read(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises((AudioError, InvalidValueError), match=message):
        raw_chunks(io.BytesIO(), **wrong)


def test_a_recording_is_given_at_the_pace_it_was_spoken() -> None:
    rate_hz, chunks = file_chunks(ANGRY)
    begun, given = time.monotonic(), 0
    for chunk in chunks:
        given += len(chunk)
        assert time.monotonic() - begun >= given / rate_hz - 0.01
    assert given == len(load_audio(ANGRY).samples)


ALSA = """
pcm.!default {{ type file slave.pcm "nowhere" file "/dev/null" infile "{sound}" format "raw" }}
pcm.nowhere {{ type null }}
ctl.!default {{ type null }}
"""


@pytest.fixture
def microphone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's microphone, as PortAudio finds it: it hears one recording over and over, at 44.1 kHz."""
    if sys.platform != "linux":
        pytest.skip("ALSA's configuration is what makes a microphone of a file")
    samples = resample(load_audio(ANGRY).samples, 16_000, 44_100)
    sound = tmp_path / "sound.raw"
    sound.write_bytes((np.tile(samples, 40) * 32767).astype("<i2").tobytes())
    config = tmp_path / "asound.conf"
    config.write_text(ALSA.format(sound=sound))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(config))


@needs("PortAudio")
@pytest.mark.usefixtures("microphone")
def test_the_microphone_is_heard_until_it_is_told_to_end() -> None:
    with subprocess.Popen(LISTEN, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["type"] == "window" and event["result"]["speech"]:
                break
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    assert json.loads(rest.splitlines()[-1])["type"] == "utterance"


@needs("PortAudio")
@pytest.mark.usefixtures("microphone")
def test_a_microphone_that_is_not_there_is_an_error_that_names_those_that_are() -> None:
    command = [*LISTEN, "--device", "nosuch"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no microphone to open" in done.stderr.splitlines()[-1]
    assert "default" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_on_a_terminal_there_is_a_screen() -> None:
    reading, writing = pty.openpty()
    with subprocess.Popen([*LISTEN, str(ANGRY), "--fast"], stdout=writing, stderr=writing) as process:
        os.close(writing)
        shown = b""
        with contextlib.suppress(OSError):  # how Linux says that the other end has gone
            while part := os.read(reading, 65_536):
                shown += part
        assert process.wait(timeout=PATIENCE_S) == 0
    os.close(reading)
    text = shown.decode()
    assert "\x1b[" in text
    for word in ("now", "valence", "arousal", "F0", "level", "trajectory"):
        assert word in text


def test_the_screen_shows_what_was_told_last() -> None:
    view = LiveView("microphone")
    pipeline = Pipeline.from_config({"classifier": "prosodic"})
    going = Trajectory(Direction.DECLINING, -0.4, 0.1, -0.2, 0.1, 12, 120.0)
    events = list(hear_timeline(pipeline, ANGRY, activity="builtin"))
    for event in events:
        view.update(event, going)
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(view)
    screen = console.export_text()
    last = events[-1]
    assert isinstance(last, UtteranceResult)
    assert last.result.to_context_string()[:40] in screen
    assert going.explain()[:40] in screen
    assert "goes on" not in screen
    assert "silent" in screen
