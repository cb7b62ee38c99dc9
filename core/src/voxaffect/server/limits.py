"""What a server gives to one client, one request and one stream, and no more."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from voxaffect._validate import at_least
from voxaffect.errors import InvalidValueError, UnknownNameError

MIB = 1 << 20


def _limit(default: float) -> float:
    value: float = attrs.field(default=default, converter=float, validator=at_least(0))
    return value


@attrs.frozen
class Limits:
    """Every bound of the server; docs/reference/server.md says what happens beyond each.

    Attributes:
        body_bytes: of a request's body.
        audio_s: seconds of sound that a request may carry, after decoding.
        text_characters: of what is to be said.
        requests_at_once: that carry work, waiting or running, of all clients.
        requests_at_once_per_client: of one address; it runs one at a time.
        requests_per_minute: of one address, whatever they ask for; as many may come at one time.
        connections: open ones, of all clients.
        connections_per_client: of one address.
        header_s: for a client to send a request's header.
        body_s: for a client to send a request's body.
        send_s: for a client to take what is sent to it.
        streams: open ones, of all clients.
        streams_per_client: of one address.
        stream_rate_hz: of a stream's sound.
        stream_channels: of a stream's sound.
        message_bytes: of a message on a stream.
        stream_idle_s: without a message from the client.
        stream_s: from a stream's start to its end.
        stream_pace: seconds of sound that a stream takes in a second, once it has run ahead.
        stream_ahead_s: seconds of sound that a stream takes at once before that.
    """

    body_bytes: float = _limit(16 * MIB)
    audio_s: float = _limit(300)
    text_characters: float = _limit(5_000)
    requests_at_once: float = _limit(16)
    requests_at_once_per_client: float = _limit(4)
    requests_per_minute: float = _limit(600)
    connections: float = _limit(512)
    connections_per_client: float = _limit(128)
    header_s: float = _limit(10)
    body_s: float = _limit(30)
    send_s: float = _limit(10)
    streams: float = _limit(64)
    streams_per_client: float = _limit(16)
    stream_rate_hz: float = _limit(48_000)
    stream_channels: float = _limit(2)
    message_bytes: float = _limit(MIB / 4)
    stream_idle_s: float = _limit(30)
    stream_s: float = _limit(4 * 3600)
    stream_pace: float = _limit(4)
    stream_ahead_s: float = _limit(10)

    @classmethod
    def parse(cls, settings: Iterable[str]) -> Limits:
        """The defaults, changed by texts such as "streams=100".

        Raises:
            UnknownNameError: no such limit.
            InvalidValueError: no `=`, or no number of 0 or more behind it.
        """
        changed: dict[str, float] = {}
        for setting in settings:
            name, _, value = setting.partition("=")
            if name not in attrs.fields_dict(cls):
                raise UnknownNameError("limit", name, attrs.fields_dict(cls))
            try:
                changed[name] = float(value)
            except ValueError:
                raise InvalidValueError(f"a limit is NAME=NUMBER, got {setting!r}") from None
        return cls(**changed)
