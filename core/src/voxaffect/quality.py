"""Whether a recording can be trusted: clipping, level, crest factor, signal-to-noise."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from voxaffect.types import Audio, AudioQuality

FRAME_S = 0.02
MIN_FRAMES = 25
"""Half a second: percentiles of fewer frames say nothing about the noise floor."""


def measure_quality(audio: Audio) -> AudioQuality:
    """Of all that is given, at its own sampling rate; a constant offset is no sound."""
    samples = audio.samples - audio.samples.mean(dtype=np.float64).astype(np.float32)
    peak = max(float(samples.max()), -float(samples.min()))
    frame = round(FRAME_S * audio.rate_hz)
    whole = len(samples) // frame * frame
    energy = _energies(samples[:whole].reshape(-1, frame))
    rest = _energies(samples[np.newaxis, whole:])
    rms = math.sqrt((float(energy.sum()) + float(rest[0])) / len(samples))
    level_dbfs = 20 * math.log10(rms) if rms > 0 else -math.inf
    crest_factor_db = 20 * math.log10(peak / rms) if rms > 0 else 0.0
    return AudioQuality(
        clipping_ratio=audio.clipped_ratio,
        level_dbfs=level_dbfs,
        crest_factor_db=crest_factor_db,
        snr_db=_snr_db(energy),
    )


def _energies(framed: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """(n_frames, n_samples) -> (n_frames,)."""
    energies: npt.NDArray[np.float64] = np.einsum("nf,nf->n", framed, framed).astype(np.float64)
    return energies


def _snr_db(energy: npt.NDArray[np.float64]) -> float | None:
    """(n_frames,)."""
    if len(energy) < MIN_FRAMES:
        return None
    ordered = np.sort(energy)
    quiet, loud = (_at_rank(ordered, rank) for rank in (0.05, 0.95))
    if loud <= 0:
        return None
    return min(100.0, 10 * math.log10(loud / quiet)) if quiet > 0 else 100.0


def _at_rank(ordered: npt.NDArray[np.float64], rank: float) -> float:
    """Linear between the two nearest; `numpy.quantile` takes longer to set up than to compute."""
    place = rank * (len(ordered) - 1)
    below = int(place)
    low, high = ordered[below : below + 2].tolist()
    return float(low + (place - below) * (high - low))
