"""Whether a recording can be trusted: clipping, level, crest factor, signal-to-noise."""

from __future__ import annotations

import math

import numpy as np

from voxaffect.types import Audio, AudioQuality

FRAME_S = 0.02
MIN_FRAMES = 25
"""Half a second: percentiles of fewer frames say nothing about the noise floor."""


def measure_quality(audio: Audio) -> AudioQuality:
    """Of the whole recording, at its own sampling rate, before anything is filtered or resampled."""
    samples = audio.samples
    peak = max(float(samples.max()), -float(samples.min()))
    rms = math.sqrt(float(np.einsum("n,n->", samples, samples, dtype=np.float64)) / len(samples))
    level_dbfs = 20 * math.log10(rms) if rms > 0 else -math.inf
    crest_factor_db = 20 * math.log10(peak / rms) if rms > 0 else 0.0
    return AudioQuality(
        clipping_ratio=audio.clipped_ratio,
        level_dbfs=level_dbfs,
        crest_factor_db=crest_factor_db,
        snr_db=_snr_db(audio),
    )


def _snr_db(audio: Audio) -> float | None:
    frame = round(FRAME_S * audio.rate_hz)
    count = len(audio.samples) // frame
    if count < MIN_FRAMES:
        return None
    framed = audio.samples[: count * frame].reshape(count, frame)
    ordered = np.sort(np.einsum("nf,nf->n", framed, framed, dtype=np.float64))
    quiet, loud = (np.interp(rank * (count - 1), np.arange(count), ordered) for rank in (0.05, 0.95))
    if loud <= 0:
        return None
    return min(100.0, 10 * math.log10(loud / quiet)) if quiet > 0 else 100.0
