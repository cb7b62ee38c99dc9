"""The paths of the server: each reads its request, and has `Answers` work it off."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from voxaffect.server.inputs import read_inputs
from voxaffect.server.metrics import CONTENT_TYPE
from voxaffect.server.service import Service

EXPRESSED = ("text", "renderer", "options")


async def analyze(request: Request) -> Response:
    """See `Answers.analyze`."""
    service: Service = request.app.state.service
    inputs = await read_inputs(request, service.limits, ("backend",))
    return await _answered(request, "analyze", inputs)


async def express(request: Request) -> Response:
    """See `Answers.express`."""
    service: Service = request.app.state.service
    inputs = await read_inputs(request, service.limits, ("emotion", "intensity", "prosody", *EXPRESSED))
    return await _answered(request, "express", inputs, request.headers.get("accept", ""))


async def respond(request: Request) -> Response:
    """See `Answers.respond`."""
    service: Service = request.app.state.service
    inputs = await read_inputs(request, service.limits, ("backend", "strategy", *EXPRESSED))
    return await _answered(request, "respond", inputs, request.headers.get("accept", ""))


async def backends(request: Request) -> Response:
    """See `Answers.backends`."""
    return await _answered(request, "backends")


async def _answered(request: Request, method: str, *args: object) -> Response:
    service: Service = request.app.state.service
    answer = await service.answer(request.state.client, method, *args)
    return Response(answer.body, media_type=answer.media_type, headers=dict(answer.headers))


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
