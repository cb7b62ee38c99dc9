"""What happens to recordings on their way, and sounds that are no speech; shared by the benchmarks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
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
    "-20 dBFS": at_peak(-20),
    "0 dBFS": at_peak(0),
    "telephone": telephone,
    "offset": offset,
    "hum": hum,
    "over music": over_music,
    "in silence": in_silence,
    "white 20 dB": noisy("white", 20),
    "white 10 dB": noisy("white", 10),
    "white 5 dB": noisy("white", 5),
}

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
