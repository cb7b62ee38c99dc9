"""Voice quality frame by frame: vocal effort, harmonics-to-noise ratio, breathiness.

Nothing here depends on the gain. What cannot be measured is NaN: a frame that is silent or unvoiced. The
caller joins the frames of all blocks and pools them with `voiced_median`.

The measures of effort are those of the Geneva parameter set: F. Eyben et al., "The Geneva Minimalistic
Acoustic Parameter Set (GeMAPS)", IEEE Transactions on Affective Computing 7 (2016).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect_prosodic.f0 import F0Track
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


def alpha_ratio_db(power: FrameValues) -> FrameValues:
    """(n_frames, 257) power -> (n_frames,) dB, energy of 1-5 kHz over that of 50-1000 Hz.

    More vocal effort, higher value (the sign of openSMILE, not that of the paper).
    """
    return _db(_share(power, 1000, 5000).sum(axis=1) / _share(power, 50, 1000).sum(axis=1))


def hammarberg_index_db(power: FrameValues) -> FrameValues:
    """(n_frames, 257) power -> (n_frames,) dB, strongest bin of 0-2 kHz over that of 2-5 kHz.

    More vocal effort, lower value.
    """
    return _db(_share(power, 0, 2000).max(axis=1) / _share(power, 2000, 5000).max(axis=1))


def spectral_slope_db_per_khz(power: FrameValues, *, low_hz: float, high_hz: float) -> FrameValues:
    """(n_frames, 257) power -> (n_frames,) slope of the regression line through the bins' levels.

    GeMAPS takes 0-500 and 500-1500 Hz.
    """
    khz = FREQUENCIES_HZ[(low_hz <= FREQUENCIES_HZ) & (high_hz >= FREQUENCIES_HZ)] / 1000
    khz = khz - khz.mean()
    slope: FrameValues = _db(_share(power, low_hz, high_hz)) @ (khz / np.sum(khz**2))
    return slope


def spectral_flatness(power: FrameValues) -> FrameValues:
    """(n_frames, 257) power -> (n_frames,) geometric over arithmetic mean of 1-3.4 kHz.

    Near 0 for a voice; about 0.56 for white noise, whose single bins scatter, not 1.
    """
    band = _share(power, *FLATNESS_BAND_HZ)
    flatness: FrameValues = np.exp(np.mean(np.log(band), axis=1)) / np.mean(band, axis=1)
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
    share = _share(power[voiced], 0, np.inf)
    high = share[:, FREQUENCIES_HZ > F0_BAND_HZ].sum(axis=1)
    low = share.sum(axis=1) - high
    strength = np.clip(track.strength[voiced], 1e-3, LARGEST_STRENGTH)
    noise = (1 - strength) * low
    hnr_db[voiced] = _db(strength * low / (noise + np.minimum(noise, high)))
    return hnr_db


def breathiness(hnr_db: npt.ArrayLike, flatness: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """How breathy, 0..1, element by element, of frames or of pooled values; NaN where either is.

    A logistic curve of HNR's distance under `BREATHY_HNR_DB`, moved by at most one width as spectral flatness
    is above or below that of a modal voice: the vowel alone moves flatness by more than breath does.
    """
    flatness_db = 10 * np.log10(np.maximum(np.asarray(flatness, float), DYNAMIC_RANGE))
    noisy = (BREATHY_HNR_DB - np.asarray(hnr_db, float)) / HNR_WIDTH_DB
    noisy = noisy + np.clip((flatness_db - MODAL_FLATNESS_DB) / FLATNESS_WIDTH_DB, -1, 1)
    result: npt.NDArray[np.float64] = np.asarray(1 / (1 + np.exp(-noisy)))
    return result


def voiced_median(values: FrameValues, voiced: npt.NDArray[np.bool_]) -> float:
    """Median over the voiced frames that have a value; NaN if there is none."""
    kept = values[voiced & np.isfinite(values)]
    return float(np.median(kept)) if len(kept) else float("nan")


def _share(power: FrameValues, low_hz: float, high_hz: float) -> FrameValues:
    """(n_frames, n_bins) of a band, relative to the whole frame and never 0; NaN in a silent frame."""
    whole = power.sum(axis=1, keepdims=True)
    first = np.searchsorted(FREQUENCIES_HZ, low_hz)
    stop = np.searchsorted(FREQUENCIES_HZ, high_hz, side="right")
    with np.errstate(divide="ignore", invalid="ignore"):  # 0 / 0 is the NaN that is wanted
        share: FrameValues = power[:, first:stop] / whole
    return np.maximum(share, np.float32(DYNAMIC_RANGE), out=share)


def _db(ratio: FrameValues) -> FrameValues:
    level: FrameValues = np.float32(10) * np.log10(ratio)
    return level
