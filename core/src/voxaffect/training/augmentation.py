"""The same recording as other rooms and microphones would give it.

Trained on such copies too, a model stops taking the microphone for the emotion. The ranges below are choices:
from a good microphone in a quiet room to a telephone in a lively one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect.audio import resample
from voxaffect.types import Audio

Array = npt.NDArray[np.floating]

EQUALISER_HZ = np.array([60.0, 200.0, 500.0, 1200.0, 2800.0, 5000.0, 8000.0])
EQUALISER_DB = 4.0
"""Standard deviation of the gain at each of these frequencies."""

LOW_PASS_HZ, LOW_PASS_SHARE = (3400.0, 7000.0), 0.35
HIGH_PASS_HZ, HIGH_PASS_SHARE = (80.0, 300.0), 0.35
"""Cut-offs between a telephone's and a good microphone's; 48 and 12 dB an octave."""

REVERBERATION_S, REVERBERATION_LEVEL, REVERBERATION_SHARE = (0.1, 0.5), (0.1, 0.4), 0.5
"""Decay by 60 dB, and the room's level relative to the direct sound."""

SNR_DB, NOISE_TILT, NOISE_SHARE = (10.0, 35.0), (0.0, 0.7), 0.7
"""Loud frames over noise; exponent by which the noise falls with frequency."""

TELEPHONE_HZ, TELEPHONE_RATE_HZ, TELEPHONE_ORDER = (300.0, 3400.0), 8_000, 4
"""ITU-T G.712: the band and rate of a telephone channel; slopes of 24 dB an octave."""

PEAK = 0.5
_LOUD_QUANTILE, _FRAME_S = 0.9, 0.025


def through_another_channel(audio: Audio, rng: np.random.Generator) -> Audio:
    """A copy through a random equaliser, band limits, room and noise, its peak at 0.5; silence stays."""
    samples = audio.samples.astype(np.float64)
    if not samples.any():
        return audio
    n_fft = 1 << int(np.ceil(np.log2(len(samples) + REVERBERATION_S[1] * audio.rate_hz)))
    frequency_hz = np.fft.rfftfreq(n_fft, 1 / audio.rate_hz)
    response: npt.NDArray[np.inexact] = 10 ** (_channel_db(frequency_hz, rng) / 20)
    if rng.random() < REVERBERATION_SHARE:
        response = response * np.fft.rfft(_room(audio.rate_hz, rng), n_fft)
    heard = np.fft.irfft(np.fft.rfft(samples, n_fft) * response, n_fft)[: len(samples)]
    if rng.random() < NOISE_SHARE:
        heard += _noise(heard, audio.rate_hz, rng)
    return Audio((heard * PEAK / np.abs(heard).max()).astype(np.float32), audio.rate_hz)


def through_a_telephone(audio: Audio) -> Audio:
    """A copy through a telephone's band, in which most voices have lost their fundamental."""
    low_hz, high_hz = TELEPHONE_HZ
    frequency_hz = np.maximum(np.fft.rfftfreq(len(audio.samples), 1 / audio.rate_hz), 1e-3)
    steepness = 2 * TELEPHONE_ORDER
    response = 1 / np.sqrt(
        (1 + (low_hz / frequency_hz) ** steepness) * (1 + (frequency_hz / high_hz) ** steepness)
    )
    heard = np.fft.irfft(np.fft.rfft(audio.samples) * response, len(audio.samples)).astype(np.float32)
    narrow = resample(heard, audio.rate_hz, TELEPHONE_RATE_HZ)
    return Audio(resample(narrow, TELEPHONE_RATE_HZ, audio.rate_hz)[: len(heard)], audio.rate_hz)


def _channel_db(frequency_hz: Array, rng: np.random.Generator) -> Array:
    """(n_bins,) gain of microphone and line."""
    octaves = np.log2(np.maximum(frequency_hz, 1.0))
    gain_db = np.interp(octaves, np.log2(EQUALISER_HZ), rng.normal(0, EQUALISER_DB, len(EQUALISER_HZ)))
    if rng.random() < LOW_PASS_SHARE:
        gain_db -= 48 * np.maximum(octaves - np.log2(rng.uniform(*LOW_PASS_HZ)), 0)
    if rng.random() < HIGH_PASS_SHARE:
        gain_db -= 12 * np.maximum(np.log2(rng.uniform(*HIGH_PASS_HZ)) - octaves, 0)
    return gain_db


def _room(rate_hz: int, rng: np.random.Generator) -> Array:
    """(n_taps,) the direct sound, then noise that dies away."""
    length = int(rng.uniform(*REVERBERATION_S) * rate_hz)
    tail = rng.normal(size=length) * 10 ** (-3 * np.arange(length) / length)
    tail *= rng.uniform(*REVERBERATION_LEVEL) / np.sqrt(np.sum(tail**2))
    tail[0] += 1
    return tail


def _noise(samples: Array, rate_hz: int, rng: np.random.Generator) -> Array:
    """(n_samples,) stationary noise, between white and nearly pink."""
    spectrum = np.fft.rfft(rng.normal(size=len(samples)))
    frequency_hz = np.fft.rfftfreq(len(samples), 1 / rate_hz)
    noise = np.fft.irfft(spectrum / np.maximum(frequency_hz, 50) ** rng.uniform(*NOISE_TILT), len(samples))
    frame = max(1, int(_FRAME_S * rate_hz))
    energy = np.add.reduceat(np.square(samples), np.arange(0, len(samples), frame)) / frame
    power = np.quantile(energy, _LOUD_QUANTILE) * 10 ** (-rng.uniform(*SNR_DB) / 10)
    noise *= np.sqrt(power / max(np.mean(noise**2), np.finfo(float).tiny))
    return noise
