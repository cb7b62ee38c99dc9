"""Who is asking, and how much of the server each has in hand."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import ipaddress
import time
from collections.abc import Iterator

from voxaffect.server.limits import Limits
from voxaffect.server.refusals import RefusedError

REMEMBERED = 4096
"""Addresses; beyond, the one that asked longest ago and has nothing in hand is forgotten."""


class TokenBucket:
    """So much a second, and so much at once.

    Args:
        per_s: what comes in; 0 lets nothing through once `at_once` is used up.
        at_once: how much the full bucket holds.
    """

    def __init__(self, per_s: float, at_once: float) -> None:
        self._per_s, self._at_once = per_s, at_once
        self._level, self._then = at_once, time.monotonic()

    def take(self, amount: float) -> float:
        """Take it, and the seconds to wait until the bucket has made it good; 0 if it had so much."""
        self._fill()
        self._level -= amount
        if self._level >= 0:
            return 0.0
        return -self._level / self._per_s if self._per_s else 3600.0

    def take_if_there(self, amount: float) -> float:
        """Take it if the bucket has so much; if not, nothing, and the seconds until it will."""
        self._fill()
        if self._level >= amount:
            self._level -= amount
            return 0.0
        return (amount - self._level) / self._per_s if self._per_s else 3600.0

    def _fill(self) -> None:
        now = time.monotonic()
        self._level = min(self._at_once, self._level + (now - self._then) * self._per_s)
        self._then = now


class Client:
    """One address.

    Attributes:
        turn: held while work of this client runs, so that another's never waits behind more than one.
    """

    def __init__(self, limits: Limits) -> None:
        self.requests = self.streams = 0
        self.turn = asyncio.Lock()
        self._bucket = TokenBucket(limits.requests_per_minute / 60, limits.requests_per_minute)

    def count(self) -> None:
        """One more request.

        Raises:
            RefusedError: 429, too many lately.
        """
        if wait_s := self._bucket.take_if_there(1):
            headers = {"retry-after": str(int(wait_s) + 1)}
            raise RefusedError(429, "rate", "too many requests: slow down", headers=headers)


class Clients:
    """All of them: an address is one client, and an IPv6 network of 64 bits is one, too."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._known: collections.OrderedDict[str, Client] = collections.OrderedDict()
        self.requests = self.streams = 0

    def of(self, address: str) -> Client:
        """The client at an address, known or new."""
        key = network_of(address)
        client = self._known.pop(key, None) or Client(self._limits)
        self._known[key] = client
        if len(self._known) > REMEMBERED:
            idle = (k for k, c in self._known.items() if not (c.requests or c.streams) and c is not client)
            if (oldest := next(idle, None)) is not None:
                del self._known[oldest]
        return client

    @contextlib.contextmanager
    def request(self, client: Client) -> Iterator[None]:
        """A place for a request that carries work.

        Raises:
            RefusedError: 429 or 503, there is none.
        """
        if client.requests >= self._limits.requests_at_once_per_client:
            raise RefusedError(429, "busy", "too many requests at once from this address", headers=_SOON)
        if self.requests >= self._limits.requests_at_once:
            raise RefusedError(503, "busy", "the server is busy", headers=_SOON)
        client.requests += 1
        self.requests += 1
        try:
            yield
        finally:
            client.requests -= 1
            self.requests -= 1

    @contextlib.contextmanager
    def stream(self, client: Client) -> Iterator[None]:
        """A place for a stream.

        Raises:
            RefusedError: 429 or 503, there is none.
        """
        if client.streams >= self._limits.streams_per_client:
            raise RefusedError(
                429, "busy", "too many streams from this address: close another one, or wait", headers=_SOON
            )
        if self.streams >= self._limits.streams:
            raise RefusedError(
                503, "busy", "all places for streams are taken: try again later", headers=_SOON
            )
        client.streams += 1
        self.streams += 1
        try:
            yield
        finally:
            client.streams -= 1
            self.streams -= 1


_SOON = {"retry-after": "5"}


def network_of(address: str) -> str:
    """What counts as one client: an IPv4 address, or the 64 bits that one IPv6 customer gets.

    All that is no address is one: a proxy can pass on what somebody made up.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
        return str(parsed.ipv4_mapped)
    return str(parsed)
