"""The server process: where it may listen, and how it ends."""

from __future__ import annotations

import errno
import ipaddress
import logging
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from voxaffect.errors import InvalidValueError, VoxaffectError, reason_of
from voxaffect.server.app import make_app
from voxaffect.server.protocols import bounded_protocols
from voxaffect.server.service import Service

GRACE_S = 10
"""For requests and streams that are open at the end."""

SWITCH_S = 0.001
"""How long a thread at work may keep the others from theirs: with Python's own 5 ms, each of the many small
steps of the event loop could wait that long while a recording is analysed."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address.

    Raises:
        InvalidValueError: a name that has no address.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InvalidValueError(f"cannot listen on {host!r}: {reason_of(error)}") from error
    return all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found)


class _Server(uvicorn.Server):
    """Lets streams come to their end, and says when it listens."""

    def __init__(self, config: uvicorn.Config, service: Service, listening: Callable[[str], None]) -> None:
        super().__init__(config)
        self._service, self._listening = service, listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as end:  # uvicorn's own way out where it cannot listen, with a code of its own
            if not isinstance(end.__context__, OSError):
                raise
            raise _cannot_listen(self.config.host, self.config.port, end.__context__) from end.__context__
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            scheme = "https" if self.config.is_ssl else "http"
            self._listening(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.closing.set()
        await super().shutdown(sockets)


def _cannot_listen(host: str, port: int, error: OSError) -> VoxaffectError:
    if error.errno == errno.EADDRNOTAVAIL:
        instead = "--host takes an address of this machine"
    else:
        instead = "choose another port with --port N, 0 for one that is free"
    said = os.strerror(error.errno).lower() if error.errno else reason_of(error)
    return VoxaffectError(f"cannot listen on {host}, port {port}: {said}; {instead}")


def _not_told_elsewhere(record: logging.LogRecord) -> bool:
    """Nonsense of a client's is counted, and a port that is taken is raised."""
    return not (
        isinstance(record.msg, OSError) or str(record.msg).startswith("Invalid UTF-8 sequence received")
    )


def make_server(
    service: Service,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    certificate: Path | None = None,
    certificate_key: Path | None = None,
    listening: Callable[[str], None] = lambda url: None,
) -> uvicorn.Server:
    """A server that `run()` runs until a signal, or until its `should_exit` is set.

    Args:
        port: 0 for any that is free.
        certificate, certificate_key: PEM files, for HTTPS.
        listening: called with the address once it does.

    Raises:
        VoxaffectError: by its `run()`, where it cannot listen there.
    """
    http, websocket = bounded_protocols(service.limits, service.proxies)
    options: dict[str, Any] = {"http": http, "ws": websocket}
    if certificate is not None:
        options |= {"ssl_certfile": str(certificate)}
        options |= {"ssl_keyfile": str(certificate_key)} if certificate_key is not None else {}
    # Of clients that break off or send nonsense there is no end; /metrics counts them.
    uvicorn_log = logging.getLogger("uvicorn.error")
    uvicorn_log.setLevel(logging.ERROR)
    uvicorn_log.addFilter(_not_told_elsewhere)
    sys.setswitchinterval(min(SWITCH_S, sys.getswitchinterval()))
    config = uvicorn.Config(
        make_app(service),
        host=host,
        port=port,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # From anybody else X-Forwarded-For means nothing: each could otherwise take another's address.
        proxy_headers=bool(service.proxies),
        forwarded_allow_ips=[str(network) for network in service.proxies],
        ws_max_size=int(service.limits.message_bytes),
        # Compressed sound is no smaller, and a compressed message can be a bomb.
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=GRACE_S,
        **options,
    )
    return _Server(config, service, listening)
