"""The page at `/`: it hears the microphone or a dropped file, and shows what the server hears in it."""

from __future__ import annotations

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

SCRIPTS = ("page", "capture", "charts", "headline", "screen", "server", "session", "sources", "words")

FILES = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    **{f"/{name}.js": (f"{name}.js", "text/javascript") for name in SCRIPTS},
}
"""Path: file of this folder, type. No others are ever read."""


def content_security_policy(host: str) -> str:
    """Nothing from elsewhere, no inline code; `host` is the server's own, checked by `Guard`.

    'self' does not cover WebSockets in every browser, so they are named.
    """
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src blob:; "
        f"connect-src 'self' ws://{host} wss://{host}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


async def page_file(request: Request) -> Response:
    """One of `FILES`."""
    name, media_type = FILES[request.url.path]
    headers = {
        "cache-control": "no-cache",
        "content-security-policy": content_security_policy(request.headers["host"]),
        "permissions-policy": "microphone=(self)",
    }
    content = files(__package__).joinpath(name).read_bytes()
    return Response(content, media_type=media_type, headers=headers)
