"""A small plugin installed as a stranger's would be, and results made by hand."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from voxaffect import (
    AudioQuality,
    EmotionCategory,
    EmotionPrediction,
    EmotionResult,
    Intensity,
    PluginHost,
    PrimaryDimensions,
    ProsodicMarkers,
)
from voxaffect.cli import main

TINY = """
import numpy as np
from voxaffect import *

@hookimpl
def voxaffect_feature_extractors():
    yield Component(name="level", target="tiny:Level", summary="RMS")

@hookimpl
def voxaffect_classifiers():
    return [Component(name="ear", target="tiny:Ear", summary="loud is good", quality=3)]

@hookimpl
def voxaffect_prosody_renderers():
    return [Component(name=n, target=f"tiny:{c}", makes=kind) for n, c, kind in
            [("ssml", "Text", "ssml"), ("librosa_audio", "Sound", "audio"), ("rvc", "Table", "parameters")]]

class Level:
    def __init__(self, gain=1.0):
        self.gain = gain

    def extract(self, audio, *, baseline=None):
        rms = float(np.sqrt(np.mean(np.square(audio.samples, dtype=np.float64)))) * self.gain
        return Features(functionals={"rms": rms}, speech_s=audio.duration_s if rms > 1e-3 else 0.0,
                        baseline=baseline)

class Ear:
    requires = ("level",)

    def __init__(self, *, bias=0.0, members=()):
        self.bias, self.members = bias, members

    def classify(self, features):
        level = features["level"]
        if not level.speech_s:
            return Classification(speech=False)
        rms = level.functionals["rms"] - (level.baseline.functionals["rms"] if level.baseline else 0)
        return Classification(dimensions=PrimaryDimensions(
            float(np.clip(4 * rms - 1 + self.bias, -1, 1)), float(np.clip(rms, 0, 1)), 0.5))

class Text:
    needs = ("text",)

    def render(self, prosody, utterance):
        return Rendering("ssml", f"<speak>{utterance.text}</speak>", unexpressed={"tremolo_amount": "no tag"},
                         residual=ProsodyParameters(tremolo_amount=prosody.tremolo_amount))

class Sound:
    needs = ("audio",)

    def render(self, prosody, utterance):
        return Rendering("audio", utterance.audio)

class Table:
    needs = ()

    def render(self, prosody, utterance):
        return Rendering("parameters", {"f0_up_key": round(prosody.pitch_shift_semitones)})
"""

Install = Callable[..., None]
HostOf = Callable[..., PluginHost]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """install(module, source, entry_points): a distribution `voxaffect-MODULE` of one module."""
    made: list[str] = []

    def install_one(module: str, source: str, points: Mapping[str, str] | None = None) -> None:
        folder = tmp_path / f"site-{module}"
        info = folder / f"voxaffect_{module}-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / f"{module}.py").write_text(source, encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: voxaffect-{module}\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in (points or {module: module}).items()]
        (info / "entry_points.txt").write_text("\n".join(["[voxaffect]", *lines]))
        monkeypatch.syspath_prepend(str(folder))
        importlib.invalidate_caches()
        made.append(module)

    yield install_one
    for module in made:
        sys.modules.pop(module, None)


@pytest.fixture
def host_of() -> HostOf:
    """host_of(names): the built-in plugin and these, whatever else is installed here."""

    def host(*names: str) -> PluginHost:
        wanted = {"builtin", *names}
        return PluginHost(entry for entry in entry_points(group="voxaffect") if entry.name in wanted)

    return host


@pytest.fixture
def host(install: Install, host_of: HostOf) -> PluginHost:
    """With extractor `level`, classifier `ear`, and renderers `ssml`, `librosa_audio` and `rvc`."""
    install("tiny", TINY)
    return host_of("tiny")


TOY = Path(__file__).parent / "cli_plugin"
"""A plugin with every stage and every way to fail."""


@pytest.fixture
def only_the_toy_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line has the plugin in `cli_plugin` and no other."""
    others = {entry.name for entry in entry_points(group="voxaffect")} - {"builtin"}
    monkeypatch.setenv("VOXAFFECT_DISABLED_PLUGINS", ",".join(others | {"toy_broken"}))
    monkeypatch.setenv("PYTHONPATH", str(TOY))  # for processes of their own
    monkeypatch.syspath_prepend(str(TOY))
    for name in ("COLUMNS", "FORCE_COLOR", "VOXAFFECT_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line in this process: (exit code, standard output, standard error)."""

    def run_here(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_here


MakeResult = Callable[..., EmotionResult]


@pytest.fixture
def make_result() -> MakeResult:
    """make_result({emotion: confidence}, ...): what was heard; the rest of the posterior is spread evenly."""

    def make(
        confidences: Mapping[str, float] | None = None,
        *,
        intensity: Intensity = Intensity.MODERATE,
        valence: float = 0.0,
        **changes: Any,
    ) -> EmotionResult:
        given = {EmotionCategory(name): p for name, p in (confidences or {"neutral": 0.6}).items()}
        rest = (1 - sum(given.values())) / (26 - len(given))
        posterior = {emotion: given.get(emotion, rest) for emotion in EmotionCategory}
        top: Iterable[EmotionCategory] = sorted(EmotionCategory, key=lambda e: -posterior[e])[:3]
        values: dict[str, Any] = {
            "speech": True,
            "primary": PrimaryDimensions(valence, 0.5, 0.5),
            "categorical": tuple(EmotionPrediction(e, posterior[e], intensity) for e in top),
            "posterior": posterior,
            "prosodic": None,
            "quality": AudioQuality(0.0, -20.0, 12.0, 40.0),
            "duration_s": 1.0,
            "timestamp": 0.0,
            "backend": "ear",
        }
        return EmotionResult(**{**values, **changes})

    return make


@pytest.fixture
def make_markers() -> Callable[..., ProsodicMarkers]:
    """make_markers(pitch_mean_hz=..., ...): whatever is not given was not measured."""

    def make(**measured: Any) -> ProsodicMarkers:
        unmeasured = dict.fromkeys(ProsodicMarkers.__match_args__)
        return ProsodicMarkers(**{**unmeasured, **measured})

    return make
