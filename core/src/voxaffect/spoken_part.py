"""What is heard of a recording: the speech in it, and a little around."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import attrs
import numpy as np

from voxaffect.speech_tracking import find_speech
from voxaffect.types import Audio

MARGIN_S = 0.25
"""Kept before and after speech: enough of the room to tell the voice from it."""

LONGEST_GAP_S = 1.0
"""What is kept of a longer gap between two stretches of speech: a long pause is still one, and most of the
music, the ringing tone or the minute of silence in it is not heard."""


def spoken_part(audio: Audio, stretches: Sequence[tuple[int, int]] | None = None) -> Audio | None:
    """The speech of a recording, `MARGIN_S` around it, longer gaps cut short; None where nobody speaks.

    Args:
        stretches: of speech, where `find_speech` has found them already.
    """
    stretches = find_speech(audio) if stretches is None else stretches
    if not stretches:
        return None
    margin, half_gap = round(MARGIN_S * audio.rate_hz), round(LONGEST_GAP_S / 2 * audio.rate_hz)
    edges = [max(0, stretches[0][0] - margin)]
    for (_, stop), (start, _) in itertools.pairwise(stretches):
        if start - stop > 2 * half_gap:
            edges += [stop + half_gap, start - half_gap]
    edges.append(min(len(audio.samples), stretches[-1][1] + margin))
    kept = [audio.samples[start:stop] for start, stop in zip(edges[::2], edges[1::2], strict=True)]
    return attrs.evolve(audio, samples=kept[0] if len(kept) == 1 else np.concatenate(kept))
