"""Breath and tremor laid on a voice."""

from __future__ import annotations

import numpy as np
from scipy import fft
from scipy.ndimage import uniform_filter1d

from voxaffect_psola.level import apply_gain, measure
from voxaffect_psola.sound import Sound, blocks, rms

WINDOW_S = 0.04
"""At least four periods of a 100 Hz voice."""

OVERLAP = 4
"""Hann windows over each sample."""

FRAMES = 256
"""Shaped at a time."""

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
    voice_rms, level = rms(samples), measure(samples, rate_hz)
    if voice_rms == 0 or not level.speech.any():
        return None
    # 1 in speech, 0 in silence, a ramp of one frame between.
    breath = apply_gain(_voice_shaped_noise(samples, rate_hz), level.speech.astype(np.float64), level.hop)
    breath_rms = rms(breath)
    if breath_rms == 0:
        return None
    breath *= np.float32(BREATH_AT_FULL * breathiness**1.5 * voice_rms / breath_rms)
    breath += samples
    breath *= np.float32(voice_rms / rms(breath))
    return breath


def _voice_shaped_noise(samples: Sound, rate_hz: int) -> Sound:
    """(n_samples,) noise with the spectrum that the voice has at each moment, less of it below the corner."""
    n_fft = int(2 ** np.ceil(np.log2(WINDOW_S * rate_hz)))
    hop = n_fft // OVERLAP
    window = np.hanning(n_fft + 1)[:-1].astype(np.float32)
    n_frames = -(-len(samples) // hop) + OVERLAP
    voice, noise = np.zeros((2, (n_frames - 1) * hop + n_fft), np.float32)
    own = slice(n_fft, n_fft + len(samples))
    voice[own] = samples
    noise[own] = np.random.default_rng(SEED).standard_normal(len(samples), np.float32)
    voice_frames, noise_frames = (
        np.lib.stride_tricks.sliding_window_view(sound, n_fft)[::hop] for sound in (voice, noise)
    )
    ratio = np.fft.rfftfreq(n_fft, 1 / rate_hz) / BREATH_CORNER_HZ
    high_pass = (ratio / np.sqrt(1 + ratio**2)).astype(np.float32)
    width = max(1, round(SMOOTHING_HZ * n_fft / rate_hz))
    shaped = np.zeros_like(voice)
    for block in blocks(n_frames, FRAMES):
        # Power, unlike the cepstral envelope, is right for frames that speech fills only in part.
        power = np.abs(fft.rfft(voice_frames[block] * window, axis=1)) ** 2
        # The filter keeps a running sum, which can come out a hair below zero.
        envelope = np.sqrt(np.maximum(uniform_filter1d(power, width, axis=1), 0))
        made = fft.irfft(fft.rfft(noise_frames[block] * window, axis=1) * (envelope * high_pass), axis=1)
        for frame, sound in enumerate(made * window, start=block.start):
            shaped[frame * hop : frame * hop + n_fft] += sound
    return shaped[own]


def add_tremolo(samples: Sound, rate_hz: int, amount: float) -> Sound:
    """A voice whose amplitude swings at `TREMOLO_HZ`, its mean power kept."""
    depth = TREMOLO_AT_FULL * amount
    trembling = np.empty_like(samples)
    for block in blocks(len(samples)):
        swing = 1 + depth * np.sin(2 * np.pi * TREMOLO_HZ / rate_hz * np.arange(block.start, block.stop))
        trembling[block] = samples[block] * (swing / np.sqrt(1 + depth**2 / 2))
    return trembling
