"""`voxaffect say` and its synthesiser, with a program in espeak-ng's place and with the real one."""

from __future__ import annotations

import io
import json
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voxaffect import (
    ComponentUnavailableError,
    InvalidValueError,
    ProsodyParameters,
    VoicePipeline,
    VoxaffectError,
    emotion_to_prosody,
    load_audio,
)
from voxaffect.audio import resample
from voxaffect.cli import main
from voxaffect.espeak import MAX_CHARACTERS, EspeakSynthesiser
from voxaffect.testing.machine import needs
from voxaffect.types import NEUTRAL_PROSODY

pytest.importorskip("voxaffect_ssml")
SILENT_BELOW = 1e-3

RECORDER = """#!{python}
import json, sys, wave
said = sys.stdin.buffer.read()
json.dump({{"arguments": sys.argv[1:], "text": said.decode()}}, open({log!r}, "w"))
with wave.open(sys.stdout.buffer, "wb") as file:
    file.setparams((1, 2, 22050, 0, "NONE", ""))
    file.writeframes(b"\\0\\x10\\0\\xf0" * 11025)
"""


def program(folder: Path, name: str, script: str) -> Path:
    file = folder / name
    file.write_text(script, encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IEXEC)
    return file


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """A program on the PATH that stands in for espeak-ng, alone; what it was last given."""
    folder, log = tmp_path / "bin", tmp_path / "said.json"
    folder.mkdir()
    program(folder, "espeak-ng", RECORDER.format(python=sys.executable, log=str(log)))
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.chdir(tmp_path)
    return lambda: json.loads(log.read_text())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def _run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return _run


def test_without_espeak_ng_one_line_says_how_to_install_it(run, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    code, out, err = run("say", "Hello", "--emotion", "calm")
    assert (code, out) == (1, "")
    assert err == (
        "error: espeak-ng is not installed: sudo apt-get install espeak-ng (Debian, Ubuntu), "
        "brew install espeak-ng (macOS)\n"
    )
    with pytest.raises(ComponentUnavailableError):
        EspeakSynthesiser()


def test_a_text_is_spoken_with_the_emotions_prosody_and_written(run, said, tmp_path):
    code, out, err = run(
        *("say", "It is late.", "--emotion", "sad", "--voice", "en-us+f3", "--output", tmp_path / "out.wav")
    )
    assert (code, out) == (0, "")
    assert f"wrote {tmp_path / 'out.wav'}\n" in err
    assert "not expressed: breathiness" in err
    assert load_audio(tmp_path / "out.wav").duration_s == pytest.approx(1)
    assert said()["arguments"] == ["-b", "1", "-v", "en-us+f3", "-m", "--stdin", "--stdout"]
    assert re.fullmatch(r'<speak><prosody pitch="-\d+%" .*>It is late\.</prosody></speak>', said()["text"])


def test_where_no_player_is_the_speech_is_written_beside_and_said_so(run, said, tmp_path):
    code, _, err = run("say", "Hello", "--emotion", "calm")
    assert code == 0
    assert "no program to play it" in err
    assert load_audio(tmp_path / "voxaffect-say.wav").duration_s == pytest.approx(1)


def test_where_a_player_is_it_plays_and_nothing_is_left_behind(run, said, tmp_path):
    program(tmp_path / "bin", "aplay", f'#!/bin/sh\necho "$@" > {tmp_path / "played"}\n')
    assert run("say", "Hello", "--emotion", "calm")[0] == 0
    assert re.fullmatch(r"-q /.*\.wav\n", (tmp_path / "played").read_text())
    assert not list(tmp_path.glob("*.wav"))


def test_a_player_that_fails_is_one_line_that_names_a_way_out(run, said, tmp_path):
    program(tmp_path / "bin", "aplay", "#!/bin/sh\necho 'no sound card' >&2\nexit 1\n")
    code, _, err = run("say", "Hello", "--emotion", "calm")
    assert code == 1
    assert err == "error: aplay could not play it: no sound card; --output OUT.wav writes a file instead\n"


def test_a_renderer_of_audio_changes_neutral_speech_instead(run, said, tmp_path):
    pytest.importorskip("voxaffect_librosa_audio")
    arguments = ("say", "It is late.", "--emotion", "bored", "--to", "librosa_audio", "--output")
    code, _, err = run(*arguments, tmp_path / "out.wav")
    assert code == 0, err
    assert said()["text"] == "<speak>It is late.</speak>"
    assert load_audio(tmp_path / "out.wav").duration_s == pytest.approx(1 / 0.7, rel=0.02)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["say", "Hello", "--emotion", "clam"], "did you mean 'calm'?"),
        (["say", "Hello", "--emotion", "calm", "--voice", "-x"], "voice must be a name"),
        (["say", "Hello", "--emotion", "calm", "--voice", "../../etc/passwd"], "voice must be a name"),
        (["say", "Hello", "--emotion", "calm", "--to", "ssml"], "does not change audio"),
        (["say", "Hello", "--emotion", "calm", "--to", "nothing"], "unknown renderer 'nothing'"),
        (["say", "Hello", "--emotion", "calm", "--option", "a=b"], "--option goes with --to"),
        (["say", "--emotion", "calm"], "TEXT"),
    ],
)
def test_a_usage_error_is_one_line_and_code_2(run, said, arguments, reason):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert reason in err
    assert err.count("\n") == 1


HOSTILE = {
    "--help": "--help",
    '-f /etc/passwd "; rm -rf /': '-f /etc/passwd "; rm -rf /',
    '<break time="9s"/></prosody></speak>': '&lt;break time="9s"/&gt;&lt;/prosody&gt;&lt;/speak&gt;',
    "a\x00b\x01+50Pc\x1bd\x7f": "ab+50Pcd\x7f",
    "\u202eabc\u2066d": "\u202eabc\u2066d",
    "[[h@l'oU]] [[[": "[ [h@l'oU]] [ [ [",
    "\ud800lone": "lone",
    "$(id) `id` %s \\": "$(id) `id` %s \\",
}


@pytest.mark.parametrize(("text", "spoken"), HOSTILE.items(), ids=range(len(HOSTILE)))
def test_nothing_in_a_text_is_an_option_or_markup(said, text, spoken):
    EspeakSynthesiser()(text, NEUTRAL_PROSODY)
    assert said()["text"] == f"<speak>{spoken}</speak>"
    assert said()["arguments"] == ["-b", "1", "-v", "en", "-m", "--stdin", "--stdout"]


def test_a_text_that_begins_with_a_dash_goes_after_two(run, said):
    assert run("say", "--emotion", "neutral", "--", "-5 degrees")[0] == 0
    assert said()["text"] == "<speak>-5 degrees</speak>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_comes_from_standard_input_as_any_program_writes_it(run, said, monkeypatch, encoding):
    standard_input = io.TextIOWrapper(io.BytesIO("Good evening, Zoë.".encode(encoding)))
    monkeypatch.setattr(sys, "stdin", standard_input)
    assert run("say", "-", "--emotion", "neutral")[0] == 0
    assert said()["text"] == "<speak>Good evening, Zoë.</speak>"


def test_more_text_than_fits_into_memory_as_speech_is_refused(said):
    with pytest.raises(InvalidValueError, match="too long to speak at once: at most 50000"):
        EspeakSynthesiser()("a" * (MAX_CHARACTERS + 1), NEUTRAL_PROSODY)


def test_the_programs_own_error_is_handed_on_in_one_line(tmp_path, monkeypatch):
    program(tmp_path, "espeak-ng", "#!/bin/sh\necho 'Error: no\nsuch voice' >&2\nexit 1\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(VoxaffectError, match="failed with the voice 'xx': Error: no such voice"):
        EspeakSynthesiser(voice="xx")("Hello", NEUTRAL_PROSODY)


def test_it_is_a_synthesiser_for_a_voice_pipeline(said):
    turn = VoicePipeline(lambda prompt: "I see.", EspeakSynthesiser()).respond("No!")
    assert turn.speech.duration_s == pytest.approx(1)
    assert said()["text"] == "<speak>I see.</speak>"


# the real program


@needs("espeak-ng")
def test_real_speech_is_slower_for_a_slow_rate_and_louder_for_a_high_level():
    say = EspeakSynthesiser()
    text = "The morning train was nearly empty"
    plain, slow = say(text, NEUTRAL_PROSODY), say(text, ProsodyParameters(speech_rate=0.8))
    loud = say(text, ProsodyParameters(volume_db=3))
    assert spoken_s(slow) == pytest.approx(spoken_s(plain) / 0.8, rel=0.05)
    assert rms(loud) == pytest.approx(rms(plain) * 10 ** (3 / 20), rel=0.1)


@needs("espeak-ng")
def test_real_speech_that_psola_changes_moves_by_what_the_emotion_asks(run, tmp_path):
    pytest.importorskip("voxaffect_psola")
    from voxaffect_prosodic.f0 import track_f0

    sentence = ("say", "The morning train was nearly empty", "--output")
    assert run(*sentence, tmp_path / "plain.wav", "--emotion", "neutral")[0] == 0
    asked = emotion_to_prosody("bored")
    code, out, err = run(*sentence, tmp_path / "bored.wav", "--emotion", "bored", "--to", "psola")
    assert (code, out) == (0, "")
    assert "not expressed: pause_multiplier: no pause was found" in err
    plain, bored = (load_audio(tmp_path / f"{name}.wav") for name in ("plain", "bored"))
    assert bored.duration_s == pytest.approx(plain.duration_s / asked.speech_rate, rel=0.005)
    contours_hz = [track_f0(resample(a.samples, a.rate_hz, 16_000)).f0_hz for a in (plain, bored)]
    # Percentiles, because of the frames in the dying end that may be tracked anywhere.
    low, middle, high = np.array([np.percentile(12 * np.log2(f[f > 0]), [10, 50, 90]) for f in contours_hz]).T
    assert middle[1] - middle[0] == pytest.approx(asked.pitch_shift_semitones, abs=0.3)
    assert (high - low)[1] / (high - low)[0] == pytest.approx(asked.pitch_variance, abs=0.1)


def spoken_s(audio: Any) -> float:
    where = np.flatnonzero(np.abs(audio.samples) > SILENT_BELOW)
    return float(where[-1] - where[0]) / audio.rate_hz


def rms(audio: Any) -> float:
    samples = audio.samples[np.abs(audio.samples) > SILENT_BELOW]
    return float(np.sqrt(np.mean(samples**2)))


@needs("espeak-ng")
@pytest.mark.parametrize(
    "text", [*HOSTILE, "Gr\u00fc\u00dfe, \u4f60\u597d \U0001f600"], ids=range(len(HOSTILE) + 1)
)
def test_the_real_program_speaks_hostile_text(text):
    assert EspeakSynthesiser()(text, ProsodyParameters(speech_rate=1.3)).duration_s > 0.1


@needs("espeak-ng")
def test_markup_in_a_text_is_not_obeyed_by_the_real_program():
    say = EspeakSynthesiser()
    assert say('Yes<break time="9s"/> no', NEUTRAL_PROSODY).duration_s < 8
    assert say("[[aaaaaaaaaaaaaaaaaaaaaaaa", NEUTRAL_PROSODY).duration_s > 0.5


@needs("espeak-ng")
@pytest.mark.parametrize("text", ["", " \n", "\x00"])
def test_nothing_to_say_is_an_error(text):
    with pytest.raises(InvalidValueError, match="nothing in the text"):
        EspeakSynthesiser()(text, NEUTRAL_PROSODY)


@needs("espeak-ng")
def test_a_voice_that_is_not_there_is_named(run, tmp_path):
    said = str(tmp_path / "said.wav")
    code, _, err = run("say", "Hello", "--emotion", "calm", "--voice", "nosuch", "--output", said)
    assert code == 1
    assert "espeak-ng failed with the voice 'nosuch'" in err


@needs("espeak-ng")
def test_a_voice_and_a_text_of_another_type_are_refused():
    with pytest.raises(InvalidValueError, match="voice must be a name as"):
        EspeakSynthesiser(voice=5)
    with pytest.raises(InvalidValueError, match="must be text, got None"):
        EspeakSynthesiser()(None, NEUTRAL_PROSODY)
