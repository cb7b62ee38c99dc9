"""What tests ask of the machine they run on: programs, libraries, and time.

    @needs("espeak-ng")
    def test_a_sentence_is_spoken(): ...

    pytestmark = needs("chromium")  # of all tests of a file

Where something is missing its tests are skipped, with a sentence that says what and how to install it.
"""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable

import attrs
import pytest

PATIENCE_S = 300.0
"""For what must come, such as the end of a process or the answer of a server: only what never comes takes so
long, however busy the machine is."""


def _on_the_path(*names: str) -> Callable[[], str | None]:
    return lambda: next(filter(None, map(shutil.which, names)), None)


def _portaudio() -> str | None:
    try:  # it looks for the library when it is imported
        return importlib.import_module("sounddevice").__name__
    except (ImportError, OSError):
        return None


@attrs.frozen
class _Need:
    find: Callable[[], str | None]
    package: str


_NEEDS = {
    "chromium": _Need(_on_the_path("chromium", "chromium-browser", "google-chrome"), "chromium"),
    "curl": _Need(_on_the_path("curl"), "curl"),
    "espeak-ng": _Need(_on_the_path("espeak-ng"), "espeak-ng"),
    "ffmpeg": _Need(_on_the_path("ffmpeg"), "ffmpeg"),
    "openssl": _Need(_on_the_path("openssl"), "openssl"),
    "PortAudio": _Need(_portaudio, "libportaudio2"),
}
"""Packages as Debian and Ubuntu name them."""


def found(name: str) -> str | None:
    """Where a program is; of a library its name; None where it is missing."""
    return _NEEDS[name].find()


def missing(*names: str) -> str:
    """The sentence that a test is skipped with; empty where all of them are here."""
    absent = [name for name in names if not found(name)]
    packages = " ".join(_NEEDS[name].package for name in absent)
    return f"needs {' and '.join(absent)}: apt-get install {packages}" if absent else ""


def needs(*names: str) -> pytest.MarkDecorator:
    """Skip a test, or with `pytestmark` a file, where one of these is missing."""
    reason = missing(*names)
    return pytest.mark.skipif(bool(reason), reason=reason)
