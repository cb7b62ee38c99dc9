"""What an `EmotionStream` tells, as messages for JSON: docs/json.md says what they are.

`voxaffect listen`, `voxaffect analyze --timeline` and the server's `/v1/stream` all tell these.
"""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from voxaffect.report import to_dict
from voxaffect.streaming import HOP_S, Event, SpeechEnd, SpeechStart, UtteranceResult, WindowResult
from voxaffect.trajectory import TRAJECTORY_S, measure_trajectory
from voxaffect.types import EmotionResult


class Narrator:
    """Turns one stream's events into messages; knows of its past what a trajectory needs."""

    def __init__(self) -> None:
        self._heard: collections.deque[EmotionResult] = collections.deque(maxlen=round(TRAJECTORY_S / HOP_S))

    def messages(self, events: Iterable[Event]) -> Iterator[dict[str, Any]]:
        """One for each event, in their order."""
        for event in events:
            if isinstance(event, SpeechStart):
                yield {"type": "speech_start", "start_s": event.start_s}
            elif isinstance(event, SpeechEnd):
                yield {"type": "speech_end", "start_s": event.start_s, "end_s": event.end_s}
            elif isinstance(event, WindowResult):
                yield self._window(event)
            else:
                yield _utterance(event)

    def _window(self, event: WindowResult) -> dict[str, Any]:
        # The trajectory is one of the stream's own time, however fast it was sent.
        self._heard.append(attrs.evolve(event.result, timestamp=event.end_s))
        trajectory = measure_trajectory(self._heard) if event.result.speech else None
        return {
            "type": "window",
            "start_s": event.start_s,
            "end_s": event.end_s,
            "result": to_dict(event.result),
            "trajectory": None if trajectory is None else attrs.asdict(trajectory),
        }


def _utterance(event: UtteranceResult) -> dict[str, Any]:
    return {
        "type": "utterance",
        "number": event.number,
        "start_s": event.start_s,
        "end_s": event.end_s,
        "final": event.final,
        "revision": event.revision,
        "result": to_dict(event.result),
        "timeline": [
            {
                "start_s": window.start_s,
                "end_s": window.end_s,
                "speech": window.result.speech,
                "emotion": str(window.result.top.emotion),
                "confidence": window.result.top.confidence,
                **attrs.asdict(window.result.primary),
            }
            for window in event.windows
        ],
    }
