"""Vocal tremor: the slow regular wavering of F0."""

from __future__ import annotations

import attrs
import numpy as np

from voxaffect_prosodic.f0 import F0Track
from voxaffect_prosodic.spectrum import HOP, RATE_HZ

RATE_RANGE_HZ = (3.0, 12.0)
"""Physiological tremor 6-12 Hz, neurological from 3 Hz (J. Brueckl, "Vocal tremor measurement", 2012)."""

SHORTEST_STRETCH_S = 0.5
"""One and a half cycles of the slowest tremor."""

_N_FFT = 2048  # rates 0.05 Hz apart


@attrs.frozen
class Tremor:
    """The strongest wavering of F0 at 3-12 Hz; both NaN where no voiced stretch is long enough.

    Attributes:
        rate_hz: how often a second.
        depth: amplitude relative to F0; 0.05 = 5 % up and down. In connected speech accents are part of it.
    """

    rate_hz: float
    depth: float


def measure_tremor(track: F0Track) -> Tremor:
    """Of the longest voiced stretch, after a parabola through log F0 has been taken off it."""
    voiced = np.concatenate([[False], track.f0_hz > 0, [False]])
    starts, stops = np.flatnonzero(np.diff(voiced)).reshape(-1, 2).T
    longest = int(np.argmax(stops - starts)) if len(starts) else 0
    if not len(starts) or (stops - starts)[longest] * HOP < SHORTEST_STRETCH_S * RATE_HZ:
        return Tremor(rate_hz=float("nan"), depth=float("nan"))
    log_f0 = np.log(track.f0_hz[starts[longest] : stops[longest]].astype(float))
    time = np.linspace(-1, 1, len(log_f0))
    window = np.hanning(len(log_f0) + 2)[1:-1]
    wavering = (log_f0 - np.polyval(np.polyfit(time, log_f0, 2), time)) * window
    n_fft = max(_N_FFT, len(log_f0))
    depths = 2 * np.abs(np.fft.rfft(wavering, n_fft)) / np.sum(window)
    rates_hz = np.fft.rfftfreq(n_fft, HOP / RATE_HZ)
    depths[(rates_hz < RATE_RANGE_HZ[0]) | (rates_hz > RATE_RANGE_HZ[1])] = 0
    best = int(np.argmax(depths))
    return Tremor(rate_hz=float(rates_hz[best]), depth=float(depths[best]))
