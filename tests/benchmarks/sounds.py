"""What happens to recordings on their way, and sounds that are no speech; shared by the benchmarks."""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import soundfile
from scipy import signal
from voxaffect import Audio
from voxaffect.audio import resample
from voxaffect.speech_tracking import find_speech
from voxaffect.synthetic import noise, tones

RATE_HZ = 16_000
HOP = 160

Samples = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Change = Callable[[Samples, int], Samples]
"""(n_samples,) at `RATE_HZ` and a seed -> the same recording as it arrives."""


def at_peak(dbfs: float) -> Change:
    """The whole scaled, its largest sample so many dB below full scale."""
    return lambda samples, _: (samples * 10 ** (dbfs / 20) / np.abs(samples).max()).astype(np.float32)


def telephone(samples: Samples, seed: int) -> Samples:
    """300 to 3400 Hz, at 8 kHz and back."""
    band = signal.butter(4, [300, 3400], "bandpass", fs=RATE_HZ, output="sos")
    narrow = resample(signal.sosfilt(band, samples).astype(np.float32), RATE_HZ, 8_000)
    return resample(narrow, 8_000, RATE_HZ)


def opus_16(samples: Samples, seed: int) -> Samples:
    """Opus at 16 kbit/s; what libsndfile writes at this level was counted to have 16.2."""
    return _coded(samples, format="OGG", subtype="OPUS", compression_level=0.96)


MP3_DELAY = 1105
"""Samples by which libsndfile's coder and decoder of MP3 shift a sound when the bit rate is constant."""


def mp3_32(samples: Samples, seed: int) -> Samples:
    """MP3 at 32 kbit/s, of 8 to 160 that there are at this rate of sampling; 32.2 were counted."""
    level = (160 - 32) / (160 - 8)
    padded = np.pad(samples, (0, MP3_DELAY))
    how = {"compression_level": level, "bitrate_mode": "CONSTANT"}
    return _coded(padded, format="MP3", subtype="MPEG_LAYER_III", **how)[MP3_DELAY:]


def _coded(samples: Samples, **how: str | float) -> Samples:
    file = io.BytesIO()
    soundfile.write(file, np.clip(samples, -1, 1), RATE_HZ, **how)
    file.seek(0)
    decoded, rate_hz = soundfile.read(file, dtype="float32")
    return resample(decoded, rate_hz, RATE_HZ)[: len(samples)]


def in_room(decay_s: float, direct_db: float) -> Change:
    """Reverberation, dying away by 60 dB within so long, the direct sound so many dB above all of it."""
    decay = 10 ** (-3 * np.arange(round(decay_s * RATE_HZ)) / (decay_s * RATE_HZ))
    tail = np.random.default_rng(round(1000 * decay_s)).standard_normal(len(decay)) * decay
    tail[: round(FIRST_REFLECTION_S * RATE_HZ)] = 0
    tail *= 10 ** (-direct_db / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    return lambda samples, _: signal.fftconvolve(samples, tail)[: len(samples)].astype(np.float32)


FIRST_REFLECTION_S = 0.003
"""A metre's detour."""

MICROPHONE_HZ = (50, 100, 200, 400, 800, 1600, 3000, 4500, 6000, 8000)
MICROPHONES_DB: Mapping[str, tuple[float, ...]] = {
    "headset": (-2, 3, 3, 1, 0, 1, 4, 6, 3, -6),
    "laptop": (-24, -14, -5, 0, 0, 1, 3, 7, 5, -3),
    "phone": (-30, -18, -6, 0, 0, 1, 5, 3, -2, -10),
    "far field": (-18, -8, -2, 0, -3, 2, -3, -5, -8, -14),
}
"""Gains at these frequencies. Choices, not one product's: a close microphone lifts the bass and has the
presence peak that makes words clear; one in a laptop's case has little bass, and the resonance of its hole;
a phone cuts what is below its band; one across the room hears treble weakly, and what a table reflects."""


def through_microphone(name: str) -> Change:
    """Its curve, between its points along the logarithm of frequency, without delay."""

    def changed(samples: Samples, seed: int) -> Samples:
        n_fft = 2 * len(samples)
        octaves = np.log2(np.maximum(np.fft.rfftfreq(n_fft, 1 / RATE_HZ), 1))
        gain_db = np.interp(octaves, np.log2(MICROPHONE_HZ), MICROPHONES_DB[name])
        spectrum = np.fft.rfft(samples, n_fft) * 10 ** (gain_db / 20)
        return np.fft.irfft(spectrum, n_fft)[: len(samples)].astype(np.float32)

    return changed


def offset(samples: Samples, seed: int) -> Samples:
    """A constant of 0.05."""
    return samples + np.float32(0.05)


def hum(samples: Samples, seed: int) -> Samples:
    """50 Hz, 10 dB below the whole, with two weak harmonics."""
    times_s = np.arange(len(samples)) / RATE_HZ
    wave = sum(gain * np.sin(2 * np.pi * hz * times_s) for hz, gain in ((50, 1), (100, 0.1), (150, 0.1)))
    return (samples + np.std(samples) * np.sqrt(0.2) * wave).astype(np.float32)


def noisy(colour: str, snr_db: float) -> Change:
    """With noise so many dB below the speech in it."""
    return lambda samples, seed: with_noise(samples, spoken(samples), colour, snr_db, seed=seed)


def over_music(samples: Samples, seed: int) -> Samples:
    """Chords behind it, 10 dB below the whole."""
    chords = np.resize(tones(), len(samples))
    return (samples + np.std(samples) * np.sqrt(0.1) * chords / np.std(chords)).astype(np.float32)


def in_silence(samples: Samples, seed: int) -> Samples:
    """Half a minute of faint noise before and after."""
    room = noise(duration_s=30, rms=1e-4, seed=seed)
    return np.concatenate([room, samples, room])


def spoken(samples: Samples) -> Mask:
    """(n_frames,) of 10 ms, where the pipeline finds speech."""
    mask = np.zeros(1 + len(samples) // HOP, np.bool_)
    for start, stop in find_speech(Audio(samples, RATE_HZ)):
        mask[start // HOP : stop // HOP] = True
    return mask


def with_noise(samples: Samples, speech: Mask, colour: str, snr_db: float, *, seed: int) -> Samples:
    """Noise so many dB below the mean power of the frames marked as speech."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(len(samples)))
    if colour == "pink":
        spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    sound = np.fft.irfft(spectrum, len(samples))
    marked = np.repeat(speech, HOP)[: len(samples)]
    power = np.mean(samples[: len(marked)][marked].astype(np.float64) ** 2) if marked.any() else 0.0
    gain = np.sqrt(power / np.mean(sound**2) / 10 ** (snr_db / 10))
    return (samples + gain * sound).astype(np.float32)


CHANGES: dict[str, Change] = {
    "as it is": lambda samples, seed: samples,
    "-50 dBFS": at_peak(-50),
    "-35 dBFS": at_peak(-35),
    "-20 dBFS": at_peak(-20),
    "0 dBFS": at_peak(0),
    "telephone": telephone,
    "Opus 16 kbit/s": opus_16,
    "MP3 32 kbit/s": mp3_32,
    "small room": in_room(0.3, 6),
    "living room": in_room(0.6, 0),
    "hall": in_room(1.5, -3),
    **{name: through_microphone(name) for name in MICROPHONES_DB},
    "white 20 dB": noisy("white", 20),
    "white 10 dB": noisy("white", 10),
    "white 5 dB": noisy("white", 5),
    "pink 10 dB": noisy("pink", 10),
    "offset": offset,
    "hum": hum,
    "over music": over_music,
    "in silence": in_silence,
}
"""Rooms are choices: a close microphone in a furnished room, one on the table, one far away in a hall."""


def changes(text: str) -> dict[str, Change]:
    """Those named, with commas between; for a command's argument."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in CHANGES:
            raise argparse.ArgumentTypeError(f"no condition {name!r}; there are: {', '.join(CHANGES)}")
    return {name: CHANGES[name] for name in names}


_TIMES_S = np.arange(5 * RATE_HZ) / RATE_HZ
NO_SPEECH: dict[str, Samples] = {
    "white noise": noise(duration_s=5, rms=0.1),
    "pink noise": noise(duration_s=5, rms=0.1, color="pink"),
    "brown noise": noise(duration_s=5, rms=0.1, color="brown"),
    "chords": tones(),
    "tone, 440 Hz": (0.2 * np.sin(2 * np.pi * 440 * _TIMES_S)).astype(np.float32),
    "ringing, 425 Hz": (0.2 * np.sin(2 * np.pi * 425 * _TIMES_S) * (_TIMES_S % 5 < 1)).astype(np.float32),
    "saw tooth, 150 Hz": (0.2 * signal.sawtooth(2 * np.pi * 150 * _TIMES_S)).astype(np.float32),
    "clicks": (noise(duration_s=5, rms=0.2) * (np.arange(5 * RATE_HZ) % 5000 < 60)).astype(np.float32),
}
