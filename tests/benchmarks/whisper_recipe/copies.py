"""Copies of a recording as other microphones, lines, rooms and people in the background would give it.

The core's `through_another_channel` equalises, limits the band, adds a room and steady noise. Here come
other voices behind the speaker's, a telephone's band, lossy codecs, clipping and speed. Shares are choices.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import soundfile
from scipy import signal
from voxaffect import Audio
from voxaffect.audio import resample
from voxaffect.training.augmentation import through_another_channel

Samples = npt.NDArray[np.float32]

SPEEDS, SPEED_SHARE = (0.9, 1.1), 0.4
"""Pitch goes with it, as with a tape: by a semitone and a half, within what one speaker does."""

BABBLE_VOICES, BABBLE_SNR_DB, BABBLE_SHARE = 4, (8.0, 25.0), 0.25
TELEPHONE_HZ, TELEPHONE_SHARE = (300, 3400), 0.25
"""Its band: ITU-T G.712."""

CLIPPED_SHARE, CLIPPING_DB = 0.1, (3.0, 12.0)
"""Peaks cut off at so much below the highest."""

CODECS = (
    ("WAV", "ULAW", 8000, None),
    ("WAV", "GSM610", 8000, None),
    ("MP3", "MPEG_LAYER_III", 16_000, 0.8),
    ("OGG", "OPUS", 16_000, 0.95),
    ("OGG", "VORBIS", 16_000, 0.9),
)
"""Container, codec, rate it works at, libsndfile's compression level where it has one."""
CODEC_SHARE = 0.4


def random_copy(audio: Audio, others: Sequence[Audio], rng: np.random.Generator) -> Audio:
    """One copy; `others` are recordings to draw the voices in the background from, at the same rate."""
    if not audio.samples.any():
        return audio
    if rng.random() < SPEED_SHARE:
        audio = at_speed(audio, rng.choice(SPEEDS))
    if rng.random() < BABBLE_SHARE:
        audio = with_babble(audio, others, rng.uniform(*BABBLE_SNR_DB), rng)
    audio = through_another_channel(audio, rng)
    if rng.random() < TELEPHONE_SHARE:
        audio = through_telephone(audio)
    if rng.random() < CLIPPED_SHARE:
        peak = np.abs(audio.samples).max() * 10 ** (-rng.uniform(*CLIPPING_DB) / 20)
        audio = Audio(np.clip(audio.samples, -peak, peak), audio.rate_hz)
    if rng.random() < CODEC_SHARE:
        audio = through_codec(audio, *CODECS[rng.integers(len(CODECS))])
    return audio


def at_speed(audio: Audio, speed: float) -> Audio:
    """Played faster or slower."""
    return Audio(resample(audio.samples, round(audio.rate_hz * speed), audio.rate_hz), audio.rate_hz)


def through_telephone(audio: Audio) -> Audio:
    """Only what a telephone lets through."""
    band = signal.butter(4, TELEPHONE_HZ, "bandpass", fs=audio.rate_hz, output="sos")
    return Audio(signal.sosfilt(band, audio.samples).astype(np.float32), audio.rate_hz)


def with_babble(audio: Audio, others: Sequence[Audio], snr_db: float, rng: np.random.Generator) -> Audio:
    """Four other clips behind it, each repeated from a random place."""
    babble = np.zeros(len(audio.samples))
    for _ in range(BABBLE_VOICES):
        voice = others[rng.integers(len(others))].samples
        voice = voice / max(float(np.sqrt(np.mean(np.square(voice)))), 1e-9)
        babble += np.resize(np.roll(voice, rng.integers(len(voice))), len(babble))
    level = np.sqrt(np.mean(np.square(audio.samples)) / np.mean(np.square(babble))) * 10 ** (-snr_db / 20)
    return Audio((audio.samples + level * babble).astype(np.float32), audio.rate_hz)


def through_codec(audio: Audio, container: str, codec: str, rate_hz: int, compression: float | None) -> Audio:
    """Encoded, decoded, and at its old rate again; MP3 and Opus shift it by some milliseconds."""
    narrow = np.clip(resample(audio.samples, audio.rate_hz, rate_hz), -1, 1)
    file = io.BytesIO()
    how = {} if compression is None else {"compression_level": compression}
    soundfile.write(file, narrow, rate_hz, format=container, subtype=codec, **how)
    file.seek(0)
    heard, decoded_hz = soundfile.read(file, dtype="float32")
    return Audio(resample(heard, decoded_hz, audio.rate_hz), audio.rate_hz)
