"""A program or library that is missing skips its tests with a sentence."""

from __future__ import annotations

import sys

import pytest
from voxaffect.testing.machine import found, missing, needs


def test_what_is_missing_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert missing("ffmpeg") == "needs ffmpeg: apt-get install ffmpeg"
    both = "needs chromium and PortAudio: apt-get install chromium libportaudio2"
    assert missing("chromium", "PortAudio") == both
    assert needs("chromium", "PortAudio").kwargs == {"reason": both}
    assert needs("chromium", "PortAudio").args == (True,)


def test_a_program_under_any_of_its_names_is_found(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("bin")
    (folder / "google-chrome").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(folder))
    assert found("chromium") == str(folder / "google-chrome")
    assert missing("chromium") == ""
