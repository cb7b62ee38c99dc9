"""`/v1/analyze`, `/v1/express`, `/v1/respond`, `/v1/backends`: what the commands of these names do."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import attrs
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from voxaffect.audio import load_audio, wav_bytes
from voxaffect.backends import get_available_backends
from voxaffect.emotions import EmotionCategory, Intensity
from voxaffect.errors import InvalidValueError
from voxaffect.expression import Delivery, choose_delivery, emotion_to_prosody, render_with
from voxaffect.report import SCHEMA_VERSION, backend_to_dict, rendering_to_dict, to_dict
from voxaffect.server.inputs import Inputs, read_inputs
from voxaffect.server.limits import Limits
from voxaffect.server.metrics import CONTENT_TYPE
from voxaffect.server.service import Service
from voxaffect.types import Audio, ProsodyParameters, Rendering, Utterance

CLIENT_OPTIONS = frozenset({"dialect", "flavour", "lang", "markup", "styles", "target", "voice"})
"""Options of renderers that a client may set: they choose a notation. Others may be paths on the server."""

MOST_OPTION_CHARACTERS = 200


async def analyze(request: Request) -> Response:
    """Sound in, what it sounds like out, as `voxaffect analyze --format json` has it."""
    service: Service = request.app.state.service
    inputs = await read_inputs(request, service.limits, ("backend",))
    pipeline = service.pipeline(inputs.text("backend"))

    def work() -> bytes:
        result = pipeline.hear(_sound(inputs, "audio", service.limits))
        return _json(to_dict(result, file=inputs.file))

    return _json_response(await service.work(request.state.client, work))


async def express(request: Request) -> Response:
    """An emotion, or prosody, and a text or sound in; SSML, parameters or sound out."""
    service: Service = request.app.state.service
    known = ("emotion", "intensity", "prosody", "text", "renderer", "options")
    inputs = await read_inputs(request, service.limits, known)

    def work() -> Response:
        delivery = _delivery(inputs)
        content, rendering = _rendered(service, inputs, delivery, sound="audio")
        return _rendering_response(request, content, rendering)

    return await service.work(request.state.client, work)


async def respond(request: Request) -> Response:
    """A voice in; what was heard, and an answer in a fitting voice out."""
    service: Service = request.app.state.service
    known = ("backend", "strategy", "text", "renderer", "options")
    inputs = await read_inputs(request, service.limits, known)
    pipeline = service.pipeline(inputs.text("backend"))

    def work() -> Response:
        strategy = inputs.text("strategy") or pipeline.strategy
        heard = pipeline.hear(_sound(inputs, "audio", service.limits))
        delivery = choose_delivery(heard, strategy)
        answer, rendering = _rendered(service, inputs, delivery, sound="answer_audio")
        content = {"heard": to_dict(heard, file=inputs.file), "strategy": strategy, "answer": answer}
        return _rendering_response(request, content, rendering)

    return await service.work(request.state.client, work)


async def backends(request: Request) -> Response:
    """Those that this server was started with, the default first."""
    service: Service = request.app.state.service

    def work() -> bytes:
        installed = {each.name: each for each in get_available_backends(host=service.host)}
        offered = [installed[pipeline.backend] for pipeline in service.pipelines.values()]
        return _json([backend_to_dict(each) for each in offered])

    return _json_response(await service.work(request.state.client, work))


async def health(request: Request) -> Response:
    """Whether the server answers; a load balancer's question, so it needs no key."""
    service: Service = request.app.state.service
    if service.closing.is_set():
        return JSONResponse({"status": "closing"}, 503)
    return JSONResponse({"status": "ok", "key": service.api_key is not None})


async def metrics(request: Request) -> Response:
    """See `voxaffect.server.metrics`."""
    service: Service = request.app.state.service
    return PlainTextResponse(service.metrics_text(), media_type=CONTENT_TYPE)


def _sound(inputs: Inputs, name: str, limits: Limits) -> Audio:
    if name not in inputs.sounds:
        raise InvalidValueError(f"this needs sound: as the body, or as the file {name!r} of a form")
    return load_audio(inputs.sounds[name], longest_s=limits.audio_s)


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


def _rendered(
    service: Service, inputs: Inputs, delivery: Delivery, *, sound: str
) -> tuple[dict[str, Any], Rendering]:
    text = inputs.text("text")
    if text is not None and len(text) > service.limits.text_characters:
        raise InvalidValueError(f"the text has more than {service.limits.text_characters:.0f} characters")
    options = inputs.table("options")
    for name, value in options.items():
        if name not in CLIENT_OPTIONS:
            raise InvalidValueError(
                f"a client may set the options {', '.join(sorted(CLIENT_OPTIONS))}, not {name!r:.100}"
            )
        if isinstance(value, Mapping) or len(str(value)) > MOST_OPTION_CHARACTERS:
            raise InvalidValueError(f"the option {name} must be text, a number or a short list")
    name, renderer = service.renderer(inputs.text("renderer"), options)
    audio = _sound(inputs, sound, service.limits) if "audio" in renderer.needs else None
    utterance = Utterance(text, audio, delivery.emotion, delivery.intensity)
    rendering = render_with(renderer, delivery.prosody, utterance, name=name)
    return rendering_to_dict(rendering, name, delivery), rendering


def _rendering_response(request: Request, content: dict[str, Any], rendering: Rendering) -> Response:
    """The document; or the sound alone, for a client that accepts nothing else."""
    made = rendering.output
    if not isinstance(made, Audio):
        return _json_response(_json({"schema_version": SCHEMA_VERSION, **content}))
    sound = wav_bytes(made)
    if request.headers.get("accept") == "audio/wav":
        lacking = ", ".join([*rendering.approximated, *rendering.unexpressed])
        return Response(sound, media_type="audio/wav", headers={"voxaffect-not-expressed": lacking})
    answer = content.get("answer", content)
    answer["audio"] = {"media_type": "audio/wav", "base64": base64.b64encode(sound).decode()}
    return _json_response(_json({"schema_version": SCHEMA_VERSION, **content}))


def _json(content: Any) -> bytes:
    return json.dumps(content, allow_nan=False, default=_plain).encode("ascii")


def _plain(value: Any) -> Any:
    """For what a plugin gives: numpy's numbers and arrays as plain ones, all else as text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _json_response(content: bytes) -> Response:
    return Response(content, media_type="application/json")
