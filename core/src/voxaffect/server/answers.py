"""What comes of a request: the same as of the commands of these names. It runs where the work is done."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from typing import Any

import attrs

from voxaffect.audio import load_audio, wav_bytes
from voxaffect.backends import get_available_backends
from voxaffect.components import Stage
from voxaffect.emotions import EmotionCategory, Intensity
from voxaffect.errors import InvalidValueError, UnknownNameError
from voxaffect.expression import Delivery, choose_delivery, emotion_to_prosody, render_with
from voxaffect.host import PluginHost
from voxaffect.pipeline import Pipeline
from voxaffect.report import SCHEMA_VERSION, backend_to_dict, rendering_to_dict, to_dict
from voxaffect.server.inputs import Inputs
from voxaffect.server.limits import Limits
from voxaffect.types import Audio, ProsodyParameters, Rendering, Utterance

CLIENT_OPTIONS = frozenset({"dialect", "flavour", "lang", "markup", "styles", "target", "voice"})
"""Options of renderers that a client may set: they choose a notation. Others may be paths on the server."""

MOST_OPTION_CHARACTERS = 200
JSON, WAV = "application/json", "audio/wav"


@attrs.frozen
class Answer:
    """A response's body, its type, and headers that it has beside those of all."""

    body: bytes = attrs.field(repr=False)
    media_type: str = JSON
    headers: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(eq=False)
class Answers:
    """A method for each path.

    Args:
        host: the plugins.
        pipelines: {backend: pipeline}, those that a client may ask for; the first is the default.
        renderers: {name: its table}, likewise.
        limits: what a client may use.
    """

    host: PluginHost
    pipelines: Mapping[str, Pipeline]
    renderers: Mapping[str, Mapping[str, Any]]
    limits: Limits

    def analyze(self, inputs: Inputs) -> Answer:
        """Sound in, what it sounds like out, as `voxaffect analyze --format json` has it.

        Raises:
            VoxaffectError: what cannot be, or a plugin that failed; so do the other methods.
        """
        heard = self._pipeline(inputs).hear(self._sound(inputs, "audio"))
        return _document(to_dict(heard, file=inputs.file))

    def express(self, inputs: Inputs, accept: str) -> Answer:
        """An emotion, or prosody, and a text or sound in; SSML, parameters or sound out."""
        content, rendering = self._rendered(inputs, _delivery(inputs), sound="audio")
        return _rendering(content, content, rendering, accept)

    def respond(self, inputs: Inputs, accept: str) -> Answer:
        """A voice in; what was heard, and an answer in a fitting voice out."""
        pipeline = self._pipeline(inputs)
        strategy = inputs.text("strategy") or pipeline.strategy
        heard = pipeline.hear(self._sound(inputs, "audio"))
        delivery = choose_delivery(heard, strategy)
        answer, rendering = self._rendered(inputs, delivery, sound="answer_audio")
        content = {"heard": to_dict(heard, file=inputs.file), "strategy": strategy, "answer": answer}
        return _rendering(content, answer, rendering, accept)

    def backends(self) -> Answer:
        """Those that this server was started with, the default first."""
        installed = {each.name: each for each in get_available_backends(host=self.host)}
        return _document([backend_to_dict(installed[each.backend]) for each in self.pipelines.values()])

    def _pipeline(self, inputs: Inputs) -> Pipeline:
        return self.pipelines[choose(self.pipelines, inputs.text("backend"))]

    def _sound(self, inputs: Inputs, name: str) -> Audio:
        if name not in inputs.sounds:
            raise InvalidValueError(f"this needs sound: as the body, or as the file {name!r} of a form")
        return load_audio(inputs.sounds[name], longest_s=self.limits.audio_s)

    def _rendered(
        self, inputs: Inputs, delivery: Delivery, *, sound: str
    ) -> tuple[dict[str, Any], Rendering]:
        text = inputs.text("text")
        if text is not None and len(text) > self.limits.text_characters:
            raise InvalidValueError(f"the text has more than {self.limits.text_characters:.0f} characters")
        name = inputs.text("renderer")
        name = next(iter(self.renderers), "") if name is None else name
        if name not in self.renderers:
            raise UnknownNameError("renderer of this server", name, self.renderers)
        table = {**self.renderers[name], **_options(inputs)}
        renderer = self.host.build(Stage.RENDERER, table)
        audio = self._sound(inputs, sound) if "audio" in renderer.needs else None
        utterance = Utterance(text, audio, delivery.emotion, delivery.intensity)
        rendering = render_with(renderer, delivery.prosody, utterance, name=name)
        return rendering_to_dict(rendering, name, delivery), rendering


def choose(backends: Collection[str], backend: str | None) -> str:
    """The backend of that name, the first for None.

    Raises:
        UnknownNameError: there is none of that backend.
    """
    if backend is None:
        return next(iter(backends))
    if backend not in backends:
        raise UnknownNameError("backend of this server", backend, backends)
    return backend


def _delivery(inputs: Inputs) -> Delivery:
    prosody = inputs.table("prosody")
    if prosody:
        if {"emotion", "intensity"} & set(inputs.values):
            raise InvalidValueError("give an emotion or prosody, not both")
        unknown = set(prosody) - set(attrs.fields_dict(ProsodyParameters))
        if unknown:
            raise InvalidValueError(f"prosody has no {min(unknown)!r:.100}")
        return Delivery(ProsodyParameters(**prosody), EmotionCategory.NEUTRAL, 0.0)
    emotion = inputs.text("emotion")
    if emotion is None:
        raise InvalidValueError("give an emotion, e.g. calm, or prosody")
    intensity = inputs.values.get("intensity", 1.0)
    if isinstance(intensity, bool) or not isinstance(intensity, (str, int, float)):
        raise InvalidValueError(f"intensity must be a number 0..1 or a name, got {intensity!r:.100}")
    category, score = EmotionCategory.parse(emotion), Intensity.parse(intensity)
    return Delivery(emotion_to_prosody(category, score), category, score)


def _options(inputs: Inputs) -> Mapping[str, Any]:
    options = inputs.table("options")
    for name, value in options.items():
        if name not in CLIENT_OPTIONS:
            raise InvalidValueError(
                f"a client may set the options {', '.join(sorted(CLIENT_OPTIONS))}, not {name!r:.100}"
            )
        if isinstance(value, Mapping) or len(str(value)) > MOST_OPTION_CHARACTERS:
            raise InvalidValueError(f"the option {name} must be text, a number or a short list")
    return options


def _rendering(content: dict[str, Any], answer: dict[str, Any], rendering: Rendering, accept: str) -> Answer:
    """The document; or the sound alone, for a client that accepts nothing else.

    Args:
        answer: the part of the document that is about the rendering; sound is put into it.
    """
    made = rendering.output
    if isinstance(made, Audio):
        sound = wav_bytes(made)
        if accept == WAV:
            lacking = ", ".join([*rendering.approximated, *rendering.unexpressed])
            account = rendering.emotion_account
            carried = "" if account is None else str(account.carried)
            return Answer(
                sound, WAV, {"voxaffect-not-expressed": lacking, "voxaffect-emotion-carried": carried}
            )
        answer["audio"] = {"media_type": WAV, "base64": base64.b64encode(sound).decode()}
    return _document({"schema_version": SCHEMA_VERSION, **content})


def _document(content: Any) -> Answer:
    return Answer(json.dumps(content, allow_nan=False, default=_plain).encode("ascii"))


def _plain(value: Any) -> Any:
    """For what a plugin gives: numpy's numbers and arrays as plain ones, all else as text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)
