"""Pauses made longer or shorter, the speech between them untouched."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from voxaffect_psola.level import measure
from voxaffect_psola.sound import BLOCK, Sound, Source, blocks

EDGE_S = 0.02
"""Left as it is at either end of a pause, so that speech fades out and in as it did."""

CROSSFADE_S = 0.01


@attrs.frozen
class Pause:
    """A silence, from sample `start` to `stop`, and the samples it is to have."""

    start: int
    stop: int
    length: int


def find_pauses(samples: Source, rate_hz: int) -> list[tuple[int, int]]:
    """(start, end) in samples of each silence between two stretches of speech."""
    level = measure(samples, rate_hz)
    bounds = np.diff(level.speech.astype(int))
    ends, starts = np.flatnonzero(bounds == -1) + 1, np.flatnonzero(bounds == 1) + 1
    # Each end of speech is paired with the next start; silence before the first and after the last is left.
    return [
        (int(end) * level.hop, int(start) * level.hop) for end in ends for start in starts[starts > end][:1]
    ]


def plan_pauses(samples: Source, rate_hz: int, factor: float) -> list[Pause]:
    """The pauses that can be made `factor` times as long, but for their edges."""
    edge, fade = round(EDGE_S * rate_hz), _fade(rate_hz)
    planned = [
        Pause(start + edge, end - edge, round((end - start) * factor) - 2 * edge)
        for start, end in find_pauses(samples, rate_hz)
    ]
    return [pause for pause in planned if min(pause.stop - pause.start, pause.length) > fade]


def resize_pauses(samples: Source, rate_hz: int, pauses: list[Pause]) -> Iterator[Sound]:
    """Blocks of the sound with its pauses as long as planned."""
    done = 0
    for pause in pauses:
        yield from (samples[done + b.start : done + b.stop] for b in blocks(pause.start - done))
        yield from _resized(samples, pause, _fade(rate_hz))
        done = pause.stop
    yield from (samples[done + b.start : done + b.stop] for b in blocks(len(samples) - done))


def _fade(rate_hz: int) -> int:
    return max(1, round(CROSSFADE_S * rate_hz))


def _resized(samples: Source, pause: Pause, fade: int) -> Iterator[Sound]:
    """The beginning and the end of a silence, each mirrored on where it is too short."""
    half, late = (pause.length - fade) // 2, pause.stop - pause.start - pause.length
    yield from (_mirrored(samples, pause, b.start, b.stop) for b in blocks(half))
    head = _mirrored(samples, pause, half, half + fade)
    tail = _mirrored(samples, pause, half + late, half + late + fade)
    towards_tail = np.arange(fade, dtype=np.float32) / fade
    # Noise that is not correlated adds in power, hence the square roots.
    yield head * np.sqrt(1 - towards_tail) + tail * np.sqrt(towards_tail)
    rest = half + fade
    for block in blocks(pause.length - rest, BLOCK):
        yield _mirrored(samples, pause, rest + late + block.start, rest + late + block.stop)


def _mirrored(samples: Source, pause: Pause, first: int, stop: int) -> Sound:
    """Samples `first` to `stop` of a silence, which goes on backwards beyond its ends."""
    length = pause.stop - pause.start
    place = np.arange(first, stop)
    place = np.where(place < 0, -1 - place, np.where(place >= length, 2 * length - 1 - place, place))
    low = pause.start + int(place.min(initial=length))
    near = samples[low : pause.start + int(place.max(initial=-1)) + 1]
    return near[place + pause.start - low]
