"""The ASGI application: routes, and what becomes of errors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from voxaffect.errors import PluginError, VoxaffectError
from voxaffect.server import endpoints
from voxaffect.server.guard import Guard
from voxaffect.server.page import FILES, page_file
from voxaffect.server.refusals import RefusedError, refusal_of
from voxaffect.server.service import Service
from voxaffect.server.stream import stream

log = logging.getLogger(__name__)


def make_app(service: Service) -> Starlette:
    """An application for any ASGI server; `voxaffect.server.run` runs it on uvicorn.

    The deadlines for slow headers and for clients that do not read are those of `protocols.py`; on another
    server they are that server's.
    """
    middleware = [Middleware(Guard, service=service)]
    if service.origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=sorted(service.origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
        )
        middleware.insert(0, cors)
    app = Starlette(
        routes=[
            *(Route(path, page_file, methods=["GET"]) for path in FILES),
            Route("/v1/analyze", endpoints.analyze, methods=["POST"]),
            Route("/v1/express", endpoints.express, methods=["POST"]),
            Route("/v1/respond", endpoints.respond, methods=["POST"]),
            Route("/v1/backends", endpoints.backends, methods=["GET"]),
            WebSocketRoute("/v1/stream", stream),
            Route("/health", endpoints.health, methods=["GET"]),
            Route("/metrics", endpoints.metrics, methods=["GET"]),
        ],
        middleware=middleware,
        exception_handlers={
            RefusedError: _refused,
            VoxaffectError: _failed,
            HTTPException: _http,
            ClientDisconnect: _gone,
            Exception: _unexpected,
        },
        lifespan=_lifespan,
    )
    app.state.service = service
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    service: Service = app.state.service
    await service.start()
    try:
        yield
    finally:
        await asyncio.to_thread(service.close)


def _answer(request: Request, refusal: RefusedError) -> Response:
    request.app.state.service.metrics.count("voxaffect_refused_total", code=refusal.code)
    return refusal.response()


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return _answer(request, error)


async def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, VoxaffectError)
    if isinstance(error, PluginError):
        log.warning("%s: %s", request.url.path, error)
    return _answer(request, refusal_of(error))


async def _http(request: Request, error: Exception) -> Response:
    """Starlette's own: no such path, no such method, a form that is none."""
    assert isinstance(error, HTTPException)
    codes = {404: "path", 405: "method"}
    refusal = RefusedError(
        error.status_code, codes.get(error.status_code, "invalid"), error.detail, headers=error.headers
    )
    return _answer(request, refusal)


async def _gone(request: Request, error: Exception) -> Response:
    """The client left in the middle of its body; nobody reads this."""
    return _answer(request, RefusedError(400, "gone", "the body broke off"))


async def _unexpected(request: Request, error: Exception) -> Response:
    """A mistake in voxaffect: what it was stands in the log, not in the answer."""
    return _answer(request, RefusedError(500, "failed", "the server failed; its log says more"))
