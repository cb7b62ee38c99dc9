"""Breath and tremor laid on a voice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import fft
from scipy.ndimage import uniform_filter1d

from voxaffect_psola.level import apply_gain, measure
from voxaffect_psola.sound import Scratch, Sound, Source, blocks, rms, stretch_of

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


def add_breath(samples: Source, rate_hz: int, breathiness: float, keep: Scratch) -> Iterator[Sound] | None:
    """A voice with breath noise through its own vocal tract; None where there is none.

    Args:
        breathiness: 0..1; the noise grows with its 1.5th power.

    Returns:
        Blocks of it.
    """
    voice_rms, level = rms(samples), measure(samples, rate_hz)
    if voice_rms == 0 or not level.speech.any():
        return None
    # 1 in speech, 0 in silence, a ramp of one frame between.
    noise = keep(_voice_shaped_noise(samples, rate_hz), len(samples))
    breath = keep(apply_gain(noise, level.speech.astype(np.float64), level.hop), len(samples))
    breath_rms = rms(breath)
    if breath_rms == 0:
        return None
    share = np.float32(BREATH_AT_FULL * breathiness**1.5 * voice_rms / breath_rms)
    return (samples[block] + share * breath[block] for block in blocks(len(samples)))


def _voice_shaped_noise(samples: Source, rate_hz: int) -> Iterator[Sound]:
    """Noise with the spectrum that the voice has at each moment, less of it below the corner; in blocks."""
    n_fft = int(2 ** np.ceil(np.log2(WINDOW_S * rate_hz)))
    hop, length = n_fft // OVERLAP, len(samples)
    window = np.hanning(n_fft + 1)[:-1].astype(np.float32)
    ratio = np.fft.rfftfreq(n_fft, 1 / rate_hz) / BREATH_CORNER_HZ
    high_pass = (ratio / np.sqrt(1 + ratio**2)).astype(np.float32)
    width = max(1, round(SMOOTHING_HZ * n_fft / rate_hz))
    random = np.random.default_rng(SEED)
    # Windows begin at every hop, the first so that OVERLAP of them lie over the first sample.
    old_noise, shaped = np.zeros((2, n_fft - hop), np.float32)
    for block in blocks(-(-length // hop) + OVERLAP - 1, FRAMES):
        start, new = (block.start - OVERLAP + 1) * hop, (block.stop - block.start) * hop
        voice = stretch_of(samples, start, start + new + n_fft - hop)
        noise = np.concatenate([old_noise, random.standard_normal(new, np.float32)])
        old_noise = noise[new:]
        voice_frames, noise_frames = (
            np.lib.stride_tricks.sliding_window_view(sound, n_fft)[::hop] * window for sound in (voice, noise)
        )
        # Power, unlike the cepstral envelope, is right for frames that speech fills only in part.
        power = np.abs(fft.rfft(voice_frames, axis=1)) ** 2
        # The filter keeps a running sum, which can come out a hair below zero.
        envelope = np.sqrt(np.maximum(uniform_filter1d(power, width, axis=1), 0))
        made = fft.irfft(fft.rfft(noise_frames, axis=1) * (envelope * high_pass), axis=1) * window
        shaped = np.concatenate([shaped, np.zeros(new, np.float32)])
        for frame, sound in enumerate(made):
            shaped[frame * hop : frame * hop + n_fft] += sound
        own, shaped = shaped[:new], shaped[new:]
        yield own[max(0, -start) : length - start]


def add_tremolo(samples: Source, rate_hz: int, amount: float) -> Iterator[Sound]:
    """A voice whose amplitude swings at `TREMOLO_HZ`, its mean power kept; in blocks."""
    depth = TREMOLO_AT_FULL * amount
    for block in blocks(len(samples)):
        swing = 1 + depth * np.sin(2 * np.pi * TREMOLO_HZ / rate_hz * np.arange(block.start, block.stop))
        yield (samples[block] * (swing / np.sqrt(1 + depth**2 / 2))).astype(np.float32)
