"""What several utterances sound like together: each counts for as long as it lasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from voxaffect.components import Heard
from voxaffect.types import PrimaryDimensions, ProsodicMarkers, SpeechRateCategory

MOST_TIMES = 0.5
"""Share of the time from which what is true of some utterances is told of all."""


def mean_heard(heard: Sequence[Heard], lengths_s: Sequence[float]) -> Heard:
    """Of dimensions, posterior and intensities."""
    points = [(each.primary.valence, each.primary.arousal, each.primary.dominance) for each in heard]
    return Heard(
        PrimaryDimensions(*_mean(points, lengths_s).tolist()),
        mean_table([each.posterior for each in heard], lengths_s),
        mean_table([each.intensities for each in heard], lengths_s),
    )


def mean_table(tables: Sequence[Mapping[Any, float]], lengths_s: Sequence[float]) -> dict[Any, float]:
    """Key by key; what a table lacks is 0 there."""
    keys = list(dict.fromkeys(key for table in tables for key in table))
    rows = [[table.get(key, 0.0) for key in keys] for table in tables]
    return dict(zip(keys, _mean(rows, lengths_s).tolist(), strict=True))


def mean_embedding(
    embeddings: Sequence[npt.NDArray[np.float32] | None], lengths_s: Sequence[float]
) -> npt.NDArray[np.float32] | None:
    """(n_dims,); None where an utterance has none."""
    there = [each for each in embeddings if each is not None]
    return _mean(there, lengths_s).astype(np.float32) if len(there) == len(embeddings) else None


def mean_markers(
    markers: Sequence[ProsodicMarkers | None], lengths_s: Sequence[float]
) -> ProsodicMarkers | None:
    """Each over the utterances in which it was measured; of hesitations the sum."""
    there = [(each, length_s) for each, length_s in zip(markers, lengths_s, strict=True) if each is not None]
    if not there:
        return None

    def mean(name: str) -> float | None:
        pairs = [(getattr(each, name), s) for each, s in there if getattr(each, name) is not None]
        return float(_mean([value for value, _ in pairs], [s for _, s in pairs])) if pairs else None

    def mostly(name: str) -> bool | None:
        share = mean(name)
        return None if share is None else share >= MOST_TIMES

    rate_sps = mean("speech_rate_sps")
    hesitations = [each.hesitation_count for each, _ in there if each.hesitation_count is not None]
    return ProsodicMarkers(
        pitch_mean_hz=mean("pitch_mean_hz"),
        pitch_std_hz=mean("pitch_std_hz"),
        pitch_elevated=mostly("pitch_elevated"),
        speech_rate_sps=rate_sps,
        speech_rate_category=None if rate_sps is None else SpeechRateCategory.from_rate(rate_sps),
        pause_ratio=mean("pause_ratio"),
        voice_tremor=mostly("voice_tremor"),
        breathiness=mean("breathiness"),
        hesitation_count=sum(hesitations) if hesitations else None,
        energy_variance=mean("energy_variance"),
    )


def _mean(rows: Sequence[Any], lengths_s: Sequence[float]) -> npt.NDArray[np.float64]:
    """(n_utterances, ...) -> (...), never beyond the lowest or highest of them, which rounding can exceed."""
    values = np.asarray(rows, np.float64)
    mean: npt.NDArray[np.float64] = np.clip(
        np.average(values, axis=0, weights=lengths_s), values.min(axis=0), values.max(axis=0)
    )
    return mean
