"""Pauses made longer or shorter, the speech between them untouched."""

from __future__ import annotations

import numpy as np

from voxaffect_psola.level import measure
from voxaffect_psola.sound import Sound

EDGE_S = 0.02
"""Left as it is at either end of a pause, so that speech fades out and in as it did."""

CROSSFADE_S = 0.01


def find_pauses(samples: Sound, rate_hz: int) -> list[tuple[int, int]]:
    """(start, end) in samples of each silence between two stretches of speech."""
    level = measure(samples, rate_hz)
    bounds = np.diff(level.speech.astype(int))
    ends, starts = np.flatnonzero(bounds == -1) + 1, np.flatnonzero(bounds == 1) + 1
    # Each end of speech is paired with the next start; silence before the first and after the last is left.
    return [
        (int(end) * level.hop, int(start) * level.hop) for end in ends for start in starts[starts > end][:1]
    ]


def scale_pauses(samples: Sound, rate_hz: int, factor: float) -> Sound | None:
    """Speech whose pauses are `factor` times as long; None where it has none."""
    edge, fade = round(EDGE_S * rate_hz), max(1, round(CROSSFADE_S * rate_hz))
    parts, done = [], 0
    for start, end in find_pauses(samples, rate_hz):
        core = samples[start + edge : end - edge]
        length = round((end - start) * factor) - 2 * edge
        if len(core) > fade and length > fade:
            parts += [samples[done : start + edge], _resized(core, length, fade)]
            done = end - edge
    if not parts:
        return None
    return np.concatenate([*parts, samples[done:]])


def _resized(silence: Sound, length: int, fade: int) -> Sound:
    """(length,) samples: the beginning and the end of a silence, each mirrored on where it is too short."""
    missing = max(0, length - len(silence))
    head = np.pad(silence, (0, missing), mode="symmetric")[:length]
    tail = np.pad(silence, (missing, 0), mode="symmetric")[-length:]
    towards_tail = np.clip((np.arange(length) - (length - fade) / 2) / fade, 0, 1)
    # Noise that is not correlated adds in power, hence the square roots.
    return (head * np.sqrt(1 - towards_tail) + tail * np.sqrt(towards_tail)).astype(np.float32)
