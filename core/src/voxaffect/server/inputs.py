"""From a request to named values and sound, whichever of three ways it came."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
from starlette.requests import Request

from voxaffect.errors import InvalidValueError, UnknownNameError, reason_of
from voxaffect.server.forms import read_form
from voxaffect.server.limits import Limits
from voxaffect.server.refusals import RefusedError

SOUNDS = ("audio", "answer_audio")


@attrs.frozen
class Inputs:
    """What a request said.

    Attributes:
        values: of the query, and of the JSON object or the form's fields.
        sounds: bytes of files by their name: "audio", "answer_audio".
        file: the name that the client's file has, or None.
    """

    values: Mapping[str, Any]
    sounds: Mapping[str, bytes] = attrs.field(factory=dict, repr=False)
    file: str | None = None

    def text(self, name: str) -> str | None:
        """A value that must be text, where it is there.

        Raises:
            InvalidValueError: it is not text.
        """
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise InvalidValueError(f"{name} must be text, got {value!r:.100}")
        return value

    def table(self, name: str) -> Mapping[str, Any]:
        """A value that must be an object, or the JSON of one; empty where it is not there.

        Raises:
            InvalidValueError: it is not.
        """
        value = self.values.get(name)
        if value is None:
            return {}
        if isinstance(value, str):
            value = parse_json(value)
        if not isinstance(value, Mapping):
            raise InvalidValueError(f"{name} must be a JSON object, got {value!r:.100}")
        return value


async def read_inputs(request: Request, limits: Limits, known: Iterable[str]) -> Inputs:
    """A JSON object; a form with the sound in the file `audio`; or the sound itself, by whatever type.

    The query's values go with each of the three.

    Raises:
        RefusedError: 408, the body did not come in time.
        InvalidValueError: a name that is not known or is given twice, or JSON that is none.
    """
    try:
        async with asyncio.timeout(limits.body_s):
            inputs = await _read(request)
    except TimeoutError as error:
        raise RefusedError(408, "slow", f"the body did not come within {limits.body_s:g} s") from error
    for name in inputs.values:
        if name not in known:
            raise UnknownNameError("value", name, known)
    return inputs


async def _read(request: Request) -> Inputs:
    declared = request.headers.get("content-type", "")
    content_type = declared.partition(";")[0].strip().lower()
    pairs: list[tuple[str, Any]] = list(request.query_params.multi_items())
    body = await request.body()
    if content_type == "multipart/form-data":
        parts = read_form(declared, body)
        files = [part for part in parts if part.file is not None]
        pairs += [(part.name, part.text()) for part in parts if part.file is None]
        for part in files:
            if part.name not in SOUNDS:
                raise InvalidValueError(f"a form's files are {' and '.join(SOUNDS)}, got {part.name!r:.100}")
        sounds = _once((part.name, part.content) for part in files)
        name = next((part.file for part in files if part.name == SOUNDS[0]), None)
        return Inputs(_once(pairs), sounds, name)
    if content_type == "application/json":
        given = parse_json(body)
        if not isinstance(given, dict):
            raise InvalidValueError("the body must be a JSON object")
        return Inputs(_once([*pairs, *given.items()]))
    return Inputs(_once(pairs), {SOUNDS[0]: body} if body else {})


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in values:
            raise InvalidValueError(f"{name!r:.100} is given twice")
        values[name] = value
    return values


def parse_json(text: str | bytes) -> Any:
    """JSON as its standard has it: no NaN, no infinity.

    Raises:
        InvalidValueError: it is none.
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InvalidValueError(f"this is no JSON: {reason_of(error):.200}") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
