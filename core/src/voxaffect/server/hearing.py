"""The streams of one worker: sound in, messages out. It runs on a thread of the server or in a process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs

from voxaffect.narration import Narrator
from voxaffect.pcm import PcmFrames
from voxaffect.pipeline import Pipeline
from voxaffect.streaming import HOP_S, WINDOW_S, EmotionStream, Event

Messages = list[tuple[str, str]]
"""(Type, JSON) of each message, in order: JSON is written where the work is done, not on the event loop."""


@attrs.frozen
class Told:
    """What came of some sound, and how many bytes must still come before there can be more to tell."""

    messages: Messages
    missing_bytes: int


@attrs.frozen
class _Heard:
    stream: EmotionStream
    frames: PcmFrames
    narrator: Narrator = attrs.field(factory=Narrator)


class Hearing:
    """Streams by a name that the caller gives them; not for two threads at once."""

    def __init__(self, pipelines: Mapping[str, Pipeline]) -> None:
        self._pipelines = pipelines
        self._streams: dict[str, _Heard] = {}

    def open(self, name: str, *, backend: str, rate_hz: int, channels: int, adapt: bool) -> dict[str, Any]:
        """Begin a stream; what can be told of it.

        Raises:
            AudioError: an impossible rate.
        """
        stream = EmotionStream(self._pipelines[backend], rate_hz=rate_hz, adapt=None if adapt else False)
        self._streams[name] = _Heard(stream, PcmFrames(channels=channels))
        adapts = stream.pipeline.adapt
        return {"activity": stream.activity, "adapt": adapts, "window_s": WINDOW_S, "hop_s": HOP_S}

    def feed(self, name: str, pcm: bytes) -> Told:
        """The next bytes, little-endian PCM16 of as many channels as `open` said, cut anywhere.

        Raises:
            PluginError: a component failed on a window; the stream goes on after it.
        """
        heard = self._streams[name]
        messages = _written(heard.narrator, heard.stream.feed(heard.frames.take(pcm)))
        return Told(messages, heard.stream.missing * heard.frames.frame_bytes)

    def finish(self, name: str) -> Told:
        """The stream is over.

        Raises:
            PluginError: as `feed`.
        """
        heard = self._streams[name]
        return Told(_written(heard.narrator, heard.stream.finish()), 0)

    def close(self, name: str) -> None:
        """Forget a stream; nothing where there is none of that name."""
        self._streams.pop(name, None)


def _written(narrator: Narrator, events: list[Event]) -> Messages:
    return [(message["type"], dumps(message)) for message in narrator.messages(events)]


def dumps(message: Mapping[str, Any]) -> str:
    """A message as it goes to the client."""
    return json.dumps(message, allow_nan=False, separators=(",", ":"))
