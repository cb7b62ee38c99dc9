"""Everything that a server refuses: a status or close code, a word for programs, a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse

from voxaffect.errors import ComponentUnavailableError, PluginError, VoxaffectError

NORMAL, POLICY_VIOLATION, INTERNAL_ERROR, RESTARTING, TRY_LATER = 1000, 1008, 1011, 1012, 1013
"""Close codes of a WebSocket. Source: IANA, "WebSocket Close Code Number Registry"."""


class RefusedError(Exception):
    """A request or stream that is refused.

    Args:
        status: of HTTP.
        code: one word, for programs.
        message: a sentence, for people.
        headers: of the response.
    """

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})

    @property
    def close_code(self) -> int:
        """The nearest thing that a WebSocket has to the status."""
        if self.code == "closing":
            return RESTARTING
        return {500: INTERNAL_ERROR, 503: TRY_LATER, 429: TRY_LATER}.get(self.status, POLICY_VIOLATION)

    def response(self) -> JSONResponse:
        """`{"error": {"code": ..., "message": ...}}`."""
        body = {"error": {"code": self.code, "message": self.message}}
        return JSONResponse(body, self.status, headers=self.headers)


def refusal_of(error: VoxaffectError) -> RefusedError:
    """What a client is told of an error of voxaffect; a plugin's own failure is none of its fault."""
    if isinstance(error, ComponentUnavailableError):
        return RefusedError(503, "unavailable", str(error))
    if isinstance(error, PluginError):
        return RefusedError(500, "failed", "a component of the server failed; its log says more")
    return RefusedError(400, "invalid", str(error))
