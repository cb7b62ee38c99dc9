"""Whether a speaker's baseline still fits what is heard: another voice, another microphone, a cold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect.baseline import SpeakerBaseline
from voxaffect.components import Features

RECENT = 12
"""Utterances that are compared: about half a minute of speech. Fewer vary too much to tell."""

FARTHEST = 5.0
"""Standard deviations at which one measurement's distance is held, so that no single one decides."""

FITS_BELOW = 1.05
"""Distance that 5 % of speakers exceed against their own baseline, on twelve clips in any emotion, in EMO-DB
and in CREMA-D alike (tests/benchmarks/baseline_drift.py)."""

NAMED = 3

Array = npt.NDArray[np.float64]


@attrs.frozen
class BaselineDrift:
    """How far recent utterances lie from a baseline.

    Attributes:
        distance: root mean square, over the measurements, of the difference of the recent mean from the
            baseline in the recent utterances' own standard deviations.
        fits: whether it is below 1.05. An emotional stretch moves it too, so a single False is a hint;
            calibrate again where it stays.
        n_utterances: that were compared.
        farthest: names of the measurements that moved most, `extractor/functional`.
    """

    distance: float
    fits: bool
    n_utterances: int
    farthest: tuple[str, ...]

    def explain(self) -> str:
        """One line: `the baseline no longer fits: ...`."""
        verdict = "the baseline fits" if self.fits else "the baseline no longer fits, calibrate again"
        return (
            f"{verdict}: distance {self.distance:.2f} (up to {FITS_BELOW:g} fits) over {self.n_utterances} "
            f"utterances, most in {', '.join(self.farthest)}"
        )


def measure_drift(
    baseline: SpeakerBaseline, recent: Sequence[Mapping[str, Features]]
) -> BaselineDrift | None:
    """Compare the last 12 utterances with a baseline.

    Args:
        recent: {extractor: features} of utterances with speech, oldest first.

    Returns:
        None for fewer than 12, or where nothing was measured in all of them and in the baseline.
    """
    recent = recent[-RECENT:]
    if len(recent) < RECENT:
        return None
    distances: dict[str, float] = {}
    for extractor, usual in baseline.features.items():
        own = [features[extractor] for features in recent if extractor in features]
        if len(own) == RECENT:
            distances |= {f"{extractor}/{name}": d for name, d in _distances(usual, own).items()}
    if not distances:
        return None
    distance = float(np.sqrt(np.mean(np.square(list(distances.values())))))
    farthest = sorted(distances, key=lambda name: -distances[name])[:NAMED]
    return BaselineDrift(distance, distance < FITS_BELOW, RECENT, tuple(farthest))


def _distances(usual: Features, recent: Sequence[Features]) -> dict[str, float]:
    names = [n for n in usual.functionals if all(n in features.functionals for features in recent)]
    measured = np.array([[features.functionals[n] for n in names] for features in recent])
    distances = _standardised(np.array([usual.functionals[n] for n in names]), measured)
    named = dict(zip(names, distances.tolist(), strict=True))
    embeddings = [features.embedding for features in recent if features.embedding is not None]
    if usual.embedding is not None and len(embeddings) == len(recent):
        spread = _standardised(usual.embedding.astype(np.float64), np.array(embeddings, np.float64))
        named["embedding"] = float(np.sqrt(np.mean(np.square(spread))))
    return named


def _standardised(usual: Array, recent: Array) -> Array:
    """(n,), (n_utterances, n) -> (n,); 0 where a measurement never moved and equals the baseline."""
    difference = np.abs(recent.mean(axis=0) - usual)
    spread = recent.std(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.where(difference > 0, difference / spread, 0.0)
    return np.minimum(distance, FARTHEST)
