"""Which pages of others may use the server."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from voxaffect.errors import InvalidValueError

DEFAULT_PORTS = {"http": 80, "https": 443}


def parse_origins(texts: Iterable[str]) -> frozenset[str]:
    """As browsers send them: `https://app.example` or `http://localhost:3000`, in lower case.

    Raises:
        InvalidValueError: `*`, which would let every page that somebody opens use the server in their name;
            or no address of a page.
    """
    return frozenset(map(_origin, texts))


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna").decode()
        scheme, port = parts.scheme.lower(), parts.port
    except ValueError as error:
        raise InvalidValueError(f"an origin is written https://app.example, got {text!r}: {error}") from error
    beyond = parts.path.rstrip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if scheme not in DEFAULT_PORTS or not host or beyond or "*" in host:
        every = ": every page that somebody opens could then use the server" if "*" in text else ""
        raise InvalidValueError(
            f"an origin is a scheme and a host, such as https://app.example, got {text!r}{every}; "
            "name each page's own"
        )
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}" if port in (None, DEFAULT_PORTS[scheme]) else f"{scheme}://{host}:{port}"
