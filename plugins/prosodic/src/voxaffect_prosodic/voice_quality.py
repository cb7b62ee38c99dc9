"""Voice quality frame by frame: vocal effort, harmonics-to-noise ratio, breathiness.

Nothing here depends on the gain. What cannot be measured is NaN: a frame that is silent or unvoiced. The
caller joins the frames of all blocks and pools them with `voiced_median`.

The measures of effort are those of the Geneva parameter set: F. Eyben et al., "The Geneva Minimalistic
Acoustic Parameter Set (GeMAPS)", IEEE Transactions on Affective Computing 7 (2016).
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.f0 import F0Track
from voxaffect_prosodic.spectral_change import log_centroid
from voxaffect_prosodic.spectrum import FREQUENCIES_HZ

FrameValues = npt.NDArray[np.float32]

DYNAMIC_RANGE = 1e-9
"""A bin more than 90 dB below its frame's sum counts as that, so that empty bins have a logarithm."""

F0_BAND_HZ = 4000.0
"""The F0 tracker, and so its strength, knows nothing above this."""

LARGEST_STRENGTH = 0.99999
"""50 dB: the tracker's interpolation resolves no more."""

FLATNESS_BAND_HZ = (1000.0, 3400.0)
"""Where breath shows beside the harmonics: above the strong first formant, within what a telephone passes."""

BREATHY_HNR_DB = 6.0
HNR_WIDTH_DB = 2.5
MODAL_FLATNESS_DB = -7.0
FLATNESS_WIDTH_DB = 5.0
"""Where breathiness turns and how fast. Set on acted speech of all emotions (EMO-DB, medians 10 dB and
-7.6 dB), which is to read 0.1-0.2, and on vowels with as much noise as voice, which are to read above 0.5."""


FRAME_MEASURES = (
    "alpha_ratio_db",
    "hammarberg_index_db",
    "slope_0_500_db_per_khz",
    "slope_500_1500_db_per_khz",
    "spectral_flatness",
    "centroid_octaves",
)
"""What a frame's spectrum alone tells of the voice."""


def frame_measures(power: FrameValues) -> FrameValues:
    """(n_frames, 257) power -> (n_frames, 6), `FRAME_MEASURES`: all of them at the cost of two."""
    share = _share(power)
    level_db = _db(share[:, _bins(0, FLATNESS_BAND_HZ[1])])
    return np.stack(
        [
            _alpha_ratio_db(share),
            _hammarberg_index_db(share),
            _slope_db_per_khz(level_db, 0, 500),
            _slope_db_per_khz(level_db, 500, 1500),
            _flatness(share, level_db),
            log_centroid(power),
        ],
        axis=1,
    )


def alpha_ratio_db(power: FrameValues) -> FrameValues:
    """(n_frames, 257) power -> (n_frames,) dB, energy of 1-5 kHz over that of 50-1000 Hz.

    More vocal effort, higher value (the sign of openSMILE, not that of the paper).
    """
    return _alpha_ratio_db(_share(power))


def hammarberg_index_db(power: FrameValues) -> FrameValues:
    """(n_frames, 257) power -> (n_frames,) dB, strongest bin of 0-2 kHz over that of 2-5 kHz.

    More vocal effort, lower value.
    """
    return _hammarberg_index_db(_share(power))


def spectral_slope_db_per_khz(power: FrameValues, *, low_hz: float, high_hz: float) -> FrameValues:
    """(n_frames, 257) power -> (n_frames,) slope of the regression line through the bins' levels.

    GeMAPS takes 0-500 and 500-1500 Hz.
    """
    return _slope_db_per_khz(_db(_share(power)), low_hz, high_hz)


def spectral_flatness(power: FrameValues) -> FrameValues:
    """(n_frames, 257) power -> (n_frames,) geometric over arithmetic mean of 1-3.4 kHz.

    Near 0 for a voice; about 0.56 for white noise, whose single bins scatter, not 1.
    """
    share = _share(power)
    return _flatness(share, _db(share))


def _alpha_ratio_db(share: FrameValues) -> FrameValues:
    return _db(_band(share, 1000, 5000).sum(axis=1) / _band(share, 50, 1000).sum(axis=1))


def _hammarberg_index_db(share: FrameValues) -> FrameValues:
    return _db(_band(share, 0, 2000).max(axis=1) / _band(share, 2000, 5000).max(axis=1))


def _slope_db_per_khz(level_db: FrameValues, low_hz: float, high_hz: float) -> FrameValues:
    slope: FrameValues = np.einsum("nk,k->n", _band(level_db, low_hz, high_hz), _regression(low_hz, high_hz))
    return slope


@functools.cache
def _regression(low_hz: float, high_hz: float) -> FrameValues:
    """Weights of the bins' levels that give the slope of a line through them, per kHz."""
    khz = _band(FREQUENCIES_HZ, low_hz, high_hz) / 1000
    khz = khz - khz.mean()
    weights: FrameValues = khz / np.sum(khz**2)
    return weights


def _flatness(share: FrameValues, level_db: FrameValues) -> FrameValues:
    mean_db = _band(level_db, *FLATNESS_BAND_HZ).mean(axis=1)
    flatness: FrameValues = np.exp(mean_db * np.float32(np.log(10) / 10))
    flatness /= _band(share, *FLATNESS_BAND_HZ).mean(axis=1)
    return flatness


def harmonics_to_noise_db(track: F0Track, power: FrameValues) -> FrameValues:
    """(n_frames,) dB from the strength of the periodicity; NaN where unvoiced.

    Strength r is the harmonic share of the energy below 4 kHz. Above, the energy is taken for noise too, up
    to as much as there is below: white noise is then read in full, and a bright voice at most 3 dB low.
    Jitter and a moving F0 weaken r as noise does: connected speech reads 7-16 dB where a vowel reads 20.

    Source: P. Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise
    ratio of a sampled sound" (1993).
    """
    voiced = track.f0_hz > 0
    hnr_db = np.full(len(voiced), np.nan, np.float32)
    hnr_db[voiced] = voiced_harmonics_to_noise_db(track.strength[voiced], power[voiced])
    return hnr_db


def voiced_harmonics_to_noise_db(strength: FrameValues, power: FrameValues) -> FrameValues:
    """The same of (n_frames,) strengths and (n_frames, 257) power of voiced frames."""
    high = power[:, _below(F0_BAND_HZ) :].sum(axis=1) / power.sum(axis=1)
    low = 1 - high
    strength = np.minimum(np.maximum(strength, np.float32(1e-3)), np.float32(LARGEST_STRENGTH))
    noise = (1 - strength) * low
    return _db(strength * low / (noise + np.minimum(noise, high)))


def breathiness(hnr_db: npt.ArrayLike, flatness: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """How breathy, 0..1, element by element, of frames or of pooled values; NaN where either is.

    A logistic curve of HNR's distance under `BREATHY_HNR_DB`, moved by at most one width as spectral flatness
    is above or below that of a modal voice: the vowel alone moves flatness by more than breath does.
    """
    flatness_db = 10 * np.log10(np.maximum(np.asarray(flatness, float), DYNAMIC_RANGE))
    noisy = (BREATHY_HNR_DB - np.asarray(hnr_db, float)) / HNR_WIDTH_DB
    noisy = noisy + np.minimum(np.maximum((flatness_db - MODAL_FLATNESS_DB) / FLATNESS_WIDTH_DB, -1), 1)
    result: npt.NDArray[np.float64] = np.asarray(1 / (1 + np.exp(-noisy)))
    return result


def voiced_median(values: FrameValues, voiced: npt.NDArray[np.bool_]) -> float:
    """Median over the voiced frames that have a value; NaN if there is none."""
    kept = values[voiced & np.isfinite(values)]
    return float(np.median(kept)) if len(kept) else float("nan")


def _share(power: FrameValues) -> FrameValues:
    """(n_frames, 257) relative to the whole frame and never 0; NaN in a silent frame."""
    with np.errstate(divide="ignore", invalid="ignore"):  # 0 / 0 is the NaN that is wanted
        share: FrameValues = power / power.sum(axis=1, keepdims=True)
    return np.maximum(share, np.float32(DYNAMIC_RANGE), out=share)


def _band(of_bins: FrameValues, low_hz: float, high_hz: float) -> FrameValues:
    """The bins of a band, both ends included, along the last axis."""
    return of_bins[..., _bins(low_hz, high_hz)]


@functools.cache
def _bins(low_hz: float, high_hz: float) -> slice:
    return slice(int(np.searchsorted(FREQUENCIES_HZ, low_hz)), _below(high_hz))


def _below(high_hz: float) -> int:
    return int(np.searchsorted(FREQUENCIES_HZ, high_hz, side="right"))


def _db(ratio: FrameValues) -> FrameValues:
    level: FrameValues = np.float32(10) * np.log10(ratio)
    return level
