"""A plugin for the tests of the command line: every stage, and every way to fail."""

from __future__ import annotations

import signal

import attrs
import numpy as np
import voxaffect as vox


class Level:
    """Measures the level alone; a clip of digital silence has no speech."""

    def extract(self, audio, *, baseline=None):
        rms = float(np.sqrt(np.mean(np.square(audio.samples, dtype=np.float64))))
        return vox.Features(functionals={"rms": rms}, speech_s=audio.duration_s if rms else 0.0)


class InterruptedAtTheThird(Level):
    """Somebody presses Ctrl-C while the third clip is measured."""

    def __init__(self):
        self._heard = []

    def extract(self, audio, *, baseline=None):
        if not any(np.array_equal(audio.samples, other) for other in self._heard):
            self._heard.append(audio.samples)
        if len(self._heard) > 2:
            signal.raise_signal(signal.SIGINT)
        return super().extract(audio)


class LoudIsAngry:
    """Loud is angry, soft is sad."""

    requires = ("toy_level",)

    def classify(self, features):
        rms = features["toy_level"].functionals["rms"]
        if not rms:
            return vox.Classification(speech=False)
        return vox.Classification(
            {"angry": 0.8, "stressed": 0.2} if rms > 0.1 else {"sad": 0.8, "tired": 0.2},
            explanation=("the level",),
        )


class Interrupted(LoudIsAngry):
    """Hears by `InterruptedAtTheThird`."""

    requires = ("toy_interrupted",)

    def classify(self, features):
        return super().classify({"toy_level": features["toy_interrupted"]})


class Fallback(LoudIsAngry):
    """Answers as another would, and says so."""

    def classify(self, features):
        return attrs.evolve(super().classify(features), fallback_reason="no weights")


class Crash:
    """Fails at whatever it is asked to do."""

    requires = ("toy_level",)
    needs = ()

    def classify(self, features):
        raise ZeroDivisionError("a bug\nin two lines")

    def render(self, prosody, utterance):
        raise ZeroDivisionError("a bug\nin two lines")


class Markup:
    """SSML without breathiness."""

    needs = ("text",)

    def __init__(self, volume: bool = True):
        self.volume = volume

    def render(self, prosody, utterance):
        lacking = {} if not prosody.breathiness else {"breathiness": "no such tag"}
        rough = {"volume_db": "rounded"} if self.volume and prosody.volume_db else {}
        return vox.Rendering("ssml", f"<speak>{utterance.text}</speak>", rough, lacking, prosody)


class Gain:
    """Audio at another volume."""

    needs = ("audio",)

    def render(self, prosody, utterance):
        gained = utterance.audio.samples * np.float32(10 ** (prosody.volume_db / 20))
        return vox.Rendering("audio", vox.Audio(gained, utterance.audio.rate_hz))


class Numbers:
    """Parameters, of numpy's types."""

    needs = ()

    def render(self, prosody, utterance):
        return vox.Rendering("parameters", {"shift": np.float64(prosody.pitch_shift_semitones)})


@vox.hookimpl
def voxaffect_feature_extractors():
    yield vox.Component(name="toy_level", target="voxaffect_toy:Level")
    yield vox.Component(name="toy_interrupted", target="voxaffect_toy:InterruptedAtTheThird")


@vox.hookimpl
def voxaffect_classifiers():
    yield vox.Component(
        name="toy", target="voxaffect_toy:LoudIsAngry", summary="Loud is angry.", quality=2, speed="fast"
    )
    yield vox.Component(name="toy_fallback", target="voxaffect_toy:Fallback", weights_licence="CC0-1.0")
    yield vox.Component(name="toy_interrupted", target="voxaffect_toy:Interrupted")
    yield vox.Component(name="toy_crash", target="voxaffect_toy:Crash")
    yield vox.Component(
        name="toy_absent",
        target="voxaffect_toy:Crash",
        quality=5,
        modules=("a_module_that_is_not_there",),
        install="pip install it",
        weights_licence="CC-BY-4.0",
    )


@vox.hookimpl
def voxaffect_prosody_renderers():
    yield vox.Component(name="toy_ssml", target="voxaffect_toy:Markup")
    yield vox.Component(name="toy_audio", target="voxaffect_toy:Gain")
    yield vox.Component(name="toy_numbers", target="voxaffect_toy:Numbers")
    yield vox.Component(name="toy_crash", target="voxaffect_toy:Crash")
