"""What a client says before its sound: by the first message of its stream, or by the query of the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from starlette.datastructures import Headers
from starlette.websockets import WebSocket

from voxaffect.errors import InvalidValueError, UnknownNameError, VoxaffectError
from voxaffect.server.answers import choose
from voxaffect.server.guard import bearer
from voxaffect.server.inputs import parse_json
from voxaffect.server.refusals import RefusedError, refusal_of
from voxaffect.server.service import Service
from voxaffect.types import check_rate

START_VALUES = ("type", "api_key", "rate_hz", "channels", "backend", "adapt")


@attrs.frozen
class Start:
    """What a client wants heard.

    Attributes:
        adapt: whether the stream may learn its speaker's usual voice, where the server lets streams do so.
    """

    rate_hz: int
    channels: int
    backend: str
    adapt: bool


def start_in_query(socket: WebSocket, service: Service) -> Start | None:
    """What the address says; None where it says no rate.

    Raises:
        RefusedError: it says nothing that can be heard; or the server has a key and no header has it.
    """
    query = dict(socket.query_params)
    if "rate_hz" not in query:
        return None
    if _needs_key(socket, service):  # which is not taken from here: addresses are kept in logs and histories
        raise _no_key()
    return _start({name: _value(value) for name, value in query.items()}, service)


def start_in_message(message: str | bytes, socket: WebSocket, service: Service) -> Start:
    """What the first message says.

    Raises:
        RefusedError: it says nothing that can be heard, or not the key.
    """
    try:
        said = parse_json(message) if isinstance(message, str) else None
    except InvalidValueError as error:
        raise refusal_of(error) from error
    if not isinstance(said, dict) or said.get("type") != "start":
        raise RefusedError(400, "start", 'begin with {"type": "start", "rate_hz": 16000, "channels": 1}')
    if _needs_key(socket, service):
        key = said.get("api_key")
        if not isinstance(key, str) or not service.knows(key):
            raise _no_key()
    return _start(said, service)


def _no_key() -> RefusedError:
    return RefusedError(401, "key", "give the API key, as api_key in the first message")


def _needs_key(socket: WebSocket, service: Service) -> bool:
    """Whether `Guard` has not seen it in a header."""
    return service.api_key is not None and bearer(Headers(scope=socket.scope)) is None


def _start(said: Mapping[str, Any], service: Service) -> Start:
    try:
        return _checked(said, service)
    except VoxaffectError as error:
        raise refusal_of(error) from error


def _checked(said: Mapping[str, Any], service: Service) -> Start:
    for name in said:
        if name not in START_VALUES:
            raise UnknownNameError("value of start", name, START_VALUES)
    rate_hz: Any = said.get("rate_hz")
    channels, backend = said.get("channels", 1), said.get("backend")
    check_rate(rate_hz)
    most_hz, most_channels = service.limits.stream_rate_hz, service.limits.stream_channels
    if rate_hz > most_hz:
        raise InvalidValueError(
            f"a stream has at most {most_hz:g} Hz, got {rate_hz}: lower the sampling rate"
        )
    if type(channels) is not int or not 1 <= channels <= most_channels:
        raise InvalidValueError(f"channels must be 1 to {most_channels:g}, got {channels!r:.100}")
    if backend is not None and not isinstance(backend, str):
        raise InvalidValueError(f"backend must be a name, got {backend!r:.100}")
    adapt = said.get("adapt", True)
    if not isinstance(adapt, bool):
        raise InvalidValueError(f"adapt must be true or false, got {adapt!r:.100}")
    return Start(rate_hz, channels, choose(service.backends, backend), adapt)


def _value(text: str) -> Any:
    """A number, true or false; else the text."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text
