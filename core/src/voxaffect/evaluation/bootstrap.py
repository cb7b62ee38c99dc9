"""Intervals of any figure, from drawing speakers, not clips: clips of one voice are no independent trials."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs
import numpy as np
import numpy.typing as npt

RESAMPLES = 1000
CONFIDENCE = 0.95

Indices = npt.NDArray[np.intp]
Measure = Callable[[Indices], Mapping[str, float]]


@attrs.frozen
class Estimate:
    """A figure and its interval; NaN where it is undefined."""

    value: float
    low: float
    high: float


def speaker_bootstrap(
    measure: Measure,
    speakers: Sequence[str],
    *,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Every figure of `measure` on all clips, with its percentile interval over resampled speakers.

    Args:
        measure: clips' indices, (n,), in which a clip may occur again -> {name: figure}.
        speakers: (n_clips,) who speaks in each clip.
        resamples: draws of as many speakers as there are, with replacement, each with all of their clips.
        confidence: share of the draws that lies inside the interval.
        seed: of the draws; the same seed draws the same speakers, so that figures can be paired.

    Returns:
        {name: estimate}; draws in which a figure is undefined do not count, and with one speaker the
        interval is undefined.

    Source: Efron & Tibshirani (1993), "An introduction to the bootstrap", chapter 13 (percentile); Field &
    Welsh (2007), "Bootstrapping clustered data", J. R. Statist. Soc. B 69 (the cluster as the unit).
    """
    values = measure(np.arange(len(speakers)))
    drawn = [measure(indices) for indices in speaker_draws(speakers, resamples=resamples, seed=seed)]
    tails = [50 * (1 - confidence), 50 * (1 + confidence)]
    estimates = {}
    for name, value in values.items():
        defined = [draw[name] for draw in drawn if not np.isnan(draw.get(name, np.nan))]
        low, high = np.percentile(defined, tails) if defined else (np.nan, np.nan)
        estimates[name] = Estimate(float(value), float(low), float(high))
    return estimates


def speaker_draws(speakers: Sequence[str], *, resamples: int = RESAMPLES, seed: int = 0) -> Iterator[Indices]:
    """Indices of the clips of each draw of speakers; none where there is one speaker only."""
    names, index = np.unique(np.asarray(speakers, dtype=str), return_inverse=True)
    if len(names) < 2:
        return
    clips = [np.flatnonzero(index == number) for number in range(len(names))]
    generator = np.random.default_rng(seed)
    for _ in range(resamples):
        yield np.concatenate([clips[number] for number in generator.integers(len(names), size=len(names))])
