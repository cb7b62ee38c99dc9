"""Breath and tremor laid on a voice."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d

from voxaffect_librosa_audio.level import speech_gate
from voxaffect_librosa_audio.spectrum import Sound, analyse, synthesise, window_length

BREATH_AT_FULL = 0.7
"""RMS of the breath over that of the voice at breathiness 1: -3 dB, between a breathy voice and a whisper."""

BREATH_CORNER_HZ = 1500.0
"""Aspiration noise overtakes the harmonics from about here up (Klatt & Klatt 1990)."""

SMOOTHING_HZ = 400.0
"""Wider than the harmonics of nearly all voices stand apart."""

TREMOLO_HZ = 5.5
"""In the middle of the 4-7 Hz of trembling voices."""

TREMOLO_AT_FULL = 0.5
"""Depth of the modulation at an amount of 1."""

SEED = 0
"""The same breath for the same sound."""


def add_breath(samples: Sound, rate_hz: int, breathiness: float) -> Sound | None:
    """A voice with breath noise through its own vocal tract, as loud as before; None where there is none.

    Args:
        breathiness: 0..1; the noise grows with its 1.5th power.
    """
    voice_rms = _rms(samples)
    gate = speech_gate(samples, rate_hz)
    if voice_rms == 0 or not gate.any():
        return None
    n_fft = window_length(rate_hz)
    # Power, unlike the cepstral envelope, is right for frames that speech fills only in part.
    power = np.abs(analyse(samples, n_fft)) ** 2
    width = max(1, round(SMOOTHING_HZ * n_fft / rate_hz))
    # The filter keeps a running sum, which can come out a hair below zero.
    envelope = np.sqrt(np.maximum(uniform_filter1d(power, width, axis=0), 0))
    ratio = (np.fft.rfftfreq(n_fft, 1 / rate_hz) / BREATH_CORNER_HZ)[:, None]
    white = np.random.default_rng(SEED).standard_normal(len(samples)).astype(np.float32)
    shaped = analyse(white, n_fft) * envelope * (ratio / np.sqrt(1 + ratio**2))
    noise = synthesise(shaped.astype(np.complex64), n_fft, len(samples)) * gate
    noise_rms = _rms(noise)
    if noise_rms == 0:
        return None
    breathy = samples + noise * (BREATH_AT_FULL * breathiness**1.5 * voice_rms / noise_rms)
    as_loud: Sound = (breathy * (voice_rms / _rms(breathy))).astype(np.float32)
    return as_loud


def add_tremolo(samples: Sound, rate_hz: int, amount: float) -> Sound:
    """A voice whose amplitude swings at `TREMOLO_HZ`, its mean power kept."""
    depth = TREMOLO_AT_FULL * amount
    swing = 1 + depth * np.sin(2 * np.pi * TREMOLO_HZ * np.arange(len(samples)) / rate_hz)
    trembling: Sound = (samples * swing / np.sqrt(1 + depth**2 / 2)).astype(np.float32)
    return trembling


def _rms(samples: Sound) -> float:
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))
