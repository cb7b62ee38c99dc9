"""Which proxies are believed when they say whom they speak for."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from voxaffect.errors import InvalidValueError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
"""One address is a network, too."""


def parse_proxies(texts: Iterable[str]) -> tuple[Network, ...]:
    """From "10.0.0.7", "10.0.0.0/24", "fd00::/64" and the like.

    Raises:
        InvalidValueError: no address and no network, or one of everybody, who could then take any address.
    """
    networks = tuple(map(_network, texts))
    for network in networks:
        if not network.prefixlen:
            raise InvalidValueError(f"{network} is everybody: name the proxies alone")
    return networks


def is_among(address: str, proxies: Iterable[Network]) -> bool:
    """Whether a peer's address is one of theirs."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in proxies)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise InvalidValueError(
            f"a proxy is an IP address or a network, such as 10.0.0.0/24: {error}"
        ) from error
