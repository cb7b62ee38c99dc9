"""Glottal cycles one by one: how long each lasts, how strong it is. Jitter and shimmer follow."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt
from voxaffect.one_thread import row_products

from voxaffect_prosodic.cycle_marks import mark_cycles
from voxaffect_prosodic.f0 import F0Track
from voxaffect_prosodic.fourier import irfft, rfft
from voxaffect_prosodic.framing import hopped
from voxaffect_prosodic.moving import moving_mean
from voxaffect_prosodic.order_statistics import mean
from voxaffect_prosodic.spectrum import RATE_HZ

LARGEST_PERIOD_FACTOR = 1.3
"""Neighbouring periods that differ by more are no jitter but a slip (Praat manual, "Jitter (local)")."""

LOWEST_LIKENESS = 0.6
"""Weighted correlation of aligned cycles below which the shift between them says nothing.

Loose, because a stricter bound would leave out the irregular cycles that jitter is about; with this one
EMO-DB reads 1.9 % in the median, Praat 2.5 %.
"""

FEWEST_PAIRS = 20
"""Pairs of neighbouring periods from which jitter and shimmer are given."""

LARGEST_NOISE_JITTER = 0.01
"""Where noise alone lets expect this much jitter, jitter is not given: beyond it everyone reads noise."""

QUIETEST = 1e-6
"""A frequency 60 dB under the strongest is taken for noise even in a voice without any."""

SEARCH = 0.2
"""Shift searched around the expected next cycle, in periods: four times the jitter of a very hoarse voice."""

_TINY = np.finfo(np.float32).tiny
_N_FFT = 256  # a period of 62.5 Hz; of lower voices the middle of the period is used
_OMEGA = 2 * np.pi * np.arange(_N_FFT // 2 + 1) / _N_FFT  # a sample
_OMEGA_32 = _OMEGA.astype(np.float32)
_INDEX = np.arange(-_N_FFT // 2, _N_FFT // 2, dtype=np.float32)
_SMOOTHED_BINS = 7
_LARGEST_COHERENCE = 0.95  # of a noiseless voice too, else one strong harmonic would decide everything
_HANN_INDEPENDENCE = 0.514  # (sum of w^2)^2 / (n * sum of w^4): independent bins in a windowed spectrum


@attrs.frozen(eq=False)
class GlottalCycles:
    """Glottal cycles in order of time; empty without voicing.

    Attributes:
        start_s: (n_cycles,) seconds, at the same phase of every cycle of a stretch.
        period_s: (n_cycles,) seconds until the next cycle.
        period_error_s: (n_cycles,) standard error of `period_s` to be expected from the noise.
        amplitude: (n_cycles,) RMS of the cycle, in the unit of the samples.
        linked: (n_cycles,) bool; the cycle before is this one's neighbour and both are reliable.
    """

    start_s: npt.NDArray[np.float64]
    period_s: npt.NDArray[np.float64]
    period_error_s: npt.NDArray[np.float64]
    amplitude: npt.NDArray[np.float64]
    linked: npt.NDArray[np.bool_]


_NONE = GlottalCycles(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, np.bool_))


def join_cycles(blocks: Sequence[GlottalCycles]) -> GlottalCycles:
    """The cycles of several blocks as one; no cycle is linked across a border."""
    names = [field.name for field in attrs.fields(GlottalCycles)]
    return GlottalCycles(**{n: np.concatenate([getattr(b, n) for b in (_NONE, *blocks)]) for n in names})


def jitter_local(cycles: GlottalCycles) -> float:
    """Mean absolute difference of neighbouring periods over the mean period, less what noise adds to it.

    Noise in the signal shifts every cycle a little and adds to the true jitter as the root of the sum of the
    squares; the amount that the noise lets expect is taken off again.

    Returns:
        A ratio, 0.01 = 1 %; NaN for fewer than `FEWEST_PAIRS` pairs or a voice too noisy for a figure.

    Source: Praat manual, "Jitter (local)".
    """
    linked = cycles.linked
    if np.count_nonzero(linked) < FEWEST_PAIRS:
        return float("nan")
    period_s = mean(cycles.period_s[linked])
    seen = _change(cycles.period_s, linked) / period_s
    # A cycle's own error enters two periods with opposite signs: 1, -2, 1 in the difference against 1, -1.
    of_noise = math.sqrt(mean(cycles.period_error_s[linked] ** 2) * 3 * 2 / math.pi) / period_s
    if of_noise > LARGEST_NOISE_JITTER:
        return float("nan")
    return math.sqrt(max(0.0, seen**2 - of_noise**2))


def shimmer_local(cycles: GlottalCycles) -> float:
    """Mean absolute difference of neighbouring amplitudes over the mean amplitude; NaN for too few pairs.

    Formants that ring on into the next cycle even it out, the more the higher the F0; in speech the change
    of loudness within a syllable is part of it. EMO-DB reads 8 % in the median, Praat 9.5 %.

    Source: Praat manual, "Shimmer (local)".
    """
    linked = cycles.linked
    if np.count_nonzero(linked) < FEWEST_PAIRS:
        return float("nan")
    return _change(cycles.amplitude, linked) / mean(cycles.amplitude[linked])


def _change(values: npt.NDArray[np.float64], linked: npt.NDArray[np.bool_]) -> float:
    """Mean absolute difference of each linked cycle from the one before; the first of all has none."""
    later = linked[1:]
    return mean(np.abs(values[1:][later] - values[:-1][later]))


def find_cycles(samples: npt.NDArray[np.float32], track: F0Track, *, fewest: int = 0) -> GlottalCycles:
    """(n_samples,) float32 at 16 kHz and its F0 -> its glottal cycles.

    Args:
        fewest: linked cycles; of fewer none is given, and the work is spared.

    The time from a cycle to the next is the shift at which they match best: a cross-correlation in which
    every frequency counts by how alike all neighbouring cycles are there. So frequencies full of noise count
    little, and a formant that rings from one cycle into the next, which pulls a plain cross-correlation
    towards the mean period, is evened out.

    Source: C. Knapp & G. Carter, "The generalized correlation method for estimation of time delay" (1976),
    the maximum-likelihood weighting.
    """
    marks = mark_cycles(samples, track)
    at = np.rint(marks.at).astype(np.intp)
    usable = (at >= _N_FFT // 2) & (at <= len(samples) - _N_FFT // 2)
    at, period, stretch = at[usable], marks.period[usable], marks.stretch[usable]
    together = stretch[1:] == stretch[:-1]  # (n_pairs,): pair i is of the marks i and i + 1
    if np.count_nonzero(together) < 2 or np.count_nonzero(together[1:] & together[:-1]) < fewest:
        return _NONE
    spectra = _cycle_spectra(samples, at, period)
    cross = spectra[1:] * spectra[:-1].conj()  # (n_pairs, 129)
    power = spectra.real**2 + spectra.imag**2
    power = (power[1:] + power[:-1]) / 2
    together &= power.sum(axis=1) > _TINY
    if np.count_nonzero(together) < 2:
        return _NONE

    reach = SEARCH * period[:-1]
    shift = _best_shift(cross, reach, upsampling=1)
    aligned = _aligned(cross, shift)
    weight, variance = _likelihood_weight(aligned[together], power[together])
    shift = _best_shift(cross * weight, reach, upsampling=2)
    aligned = _aligned(cross, shift)
    whole = np.maximum(row_products(power, weight), _TINY)
    likeness = row_products(aligned, weight) / whole

    lag = at[1:] - at[:-1] + shift
    reliable = together & (likeness > LOWEST_LIKENESS)
    linked = np.zeros(len(lag), np.bool_)
    linked[1:] = reliable[1:] & reliable[:-1]
    linked[1:] &= np.maximum(lag[1:], lag[:-1]) <= LARGEST_PERIOD_FACTOR * np.minimum(lag[1:], lag[:-1])
    if np.count_nonzero(linked) < fewest:
        return _NONE
    independent = _HANN_INDEPENDENCE * np.minimum(period[:-1], _N_FFT) / _N_FFT
    start = _aligned_marks(at, shift, together)
    return GlottalCycles(
        start_s=start / RATE_HZ,
        period_s=lag / RATE_HZ,
        period_error_s=np.sqrt(variance / independent) / RATE_HZ,
        amplitude=_amplitude(samples, start, period[:-1]),
        linked=linked,
    )


def _cycle_spectra(
    samples: npt.NDArray[np.float32], at: npt.NDArray[np.intp], period: npt.NDArray[np.float64]
) -> npt.NDArray[np.complex64]:
    """(n_marks, 129) spectrum of the pre-emphasised period round each mark."""
    emphasised = np.empty_like(samples)
    emphasised[:1] = 0
    np.subtract(samples[1:], samples[:-1], out=emphasised[1:])
    window = _window(np.zeros(len(at), np.float32), period)
    framed = hopped(emphasised, window.shape[1], 1)[at - window.shape[1] // 2]
    return rfft(framed * window, _N_FFT)


def _window(off_centre: npt.NDArray[np.float32], period: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """(n, width) Hann windows as long as the period, their middle so many samples right of width // 2.

    The width is that of the longest period, even, at most 256.
    """
    length = np.minimum(period, _N_FFT).astype(np.float32)[:, None]
    half_width = min(_N_FFT // 2, 1 + int(length.max()) // 2)
    angle = np.abs(_INDEX[_N_FFT // 2 - half_width : _N_FFT // 2 + half_width] - off_centre[:, None])
    angle *= np.float32(np.pi) / length
    np.minimum(angle, np.float32(np.pi / 2), out=angle)
    half: npt.NDArray[np.float32] = np.cos(angle, out=angle)
    return np.square(half, out=half)


def _best_shift(
    cross: npt.NDArray[np.complex64], reach: npt.NDArray[np.float64], *, upsampling: int
) -> npt.NDArray[np.float64]:
    """(n_pairs,) samples within reach at which the cross-correlation is largest, refined by a parabola."""
    widest = int(reach.max() * upsampling) + 1
    circular = irfft(cross, _N_FFT * upsampling)
    correlation = np.concatenate([circular[:, -widest:], circular[:, : widest + 1]], axis=1)
    beyond = np.abs(np.arange(1 - widest, widest)) > (reach * upsampling)[:, None]
    best = 1 + np.where(beyond, np.float32(-np.inf), correlation[:, 1:-1]).argmax(axis=1)
    rows = np.arange(len(best))
    left, top, right = (correlation[rows, best + i].astype(float) for i in (-1, 0, 1))
    bend = np.minimum(left - 2 * top + right, -_TINY)
    offset = np.minimum(np.maximum((left - right) / (2 * bend), -0.5), 0.5)
    shift: npt.NDArray[np.float64] = (best - widest + offset) / upsampling
    return shift


def _aligned(cross: npt.NDArray[np.complex64], shift: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """(n_pairs, 129) real part of the cross-spectra, each shifted by so many samples."""
    angle = shift.astype(np.float32)[:, None] * _OMEGA_32
    aligned: npt.NDArray[np.float32] = cross.real * np.cos(angle)
    aligned -= cross.imag * np.sin(angle)
    return aligned


def _likelihood_weight(
    aligned: npt.NDArray[np.float32], power: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], float]:
    """(129,) weight of each frequency; variance of the shift, samples squared, were all bins independent.

    With S the power that cycles share and P their whole power, the cross-spectrum of aligned cycles has an
    imaginary part of variance (P^2 - S^2) / 2, and the shift is where its weighted sum crosses 0.
    """
    level = power.sum(axis=1, keepdims=True)  # so that loud cycles do not outvote the others
    total = moving_mean((power / level).mean(axis=0), _SMOOTHED_BINS)
    shared = moving_mean((aligned / level).mean(axis=0), _SMOOTHED_BINS)
    total += QUIETEST * total.max()
    by_chance = 1 / math.sqrt(len(power))
    coherence = np.minimum(np.maximum(shared / total - by_chance, 1e-6), _LARGEST_COHERENCE)
    weight = coherence / (1 - coherence**2) / total
    scatter = ((weight * _OMEGA * total) ** 2 * (1 - coherence**2) / 2).sum()
    steepness = (weight * _OMEGA**2 * coherence * total).sum()
    return weight.astype(np.float32), float(scatter / steepness**2)


def _aligned_marks(
    at: npt.NDArray[np.intp], shift: npt.NDArray[np.float64], together: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """(n_pairs,) sample positions of the marks, moved so that all of a stretch lie at the same phase."""
    run = np.concatenate([[0], np.cumsum(~together)[:-1]])
    moved = np.concatenate([[0.0], np.cumsum(np.where(together, shift, 0.0))[:-1]])
    usual = np.bincount(run, moved) / np.maximum(1, np.bincount(run))
    aligned: npt.NDArray[np.float64] = at[:-1] + moved - usual[run]
    return aligned


def _amplitude(
    samples: npt.NDArray[np.float32], start: npt.NDArray[np.float64], period: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """(n_pairs,) RMS of the Hann-windowed period round each start."""
    middle = np.maximum(np.rint(start).astype(np.intp), _N_FFT // 2)
    middle = np.minimum(middle, len(samples) - _N_FFT // 2)
    window = _window((start - middle).astype(np.float32), period)
    framed = hopped(samples, window.shape[1], 1)[middle - window.shape[1] // 2]
    energy = np.einsum("ij,ij,ij->i", window, framed, framed) / np.maximum(window.sum(axis=1), 1)
    amplitude: npt.NDArray[np.float64] = np.sqrt(energy).astype(np.float64)
    return amplitude
