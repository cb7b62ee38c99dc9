from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import signal
from voxaffect_prosodic.activity import detect_activity
from voxaffect_prosodic.f0 import F0Track, track_f0
from voxaffect_prosodic.spectrum import RATE_HZ, power_spectrogram
from voxaffect_prosodic.speech_presence import is_speech, speech_seconds

T = np.arange(2 * RATE_HZ) / RATE_HZ
FORMANTS_HZ = np.array([[300, 2300], [700, 1200], [350, 800], [500, 1800]])


def seconds(samples: np.ndarray) -> float:
    samples = samples.astype(np.float32)
    power = power_spectrogram(samples)
    return speech_seconds(power, detect_activity(power), track_f0(samples))


def babble(seed: int = 0) -> np.ndarray:
    """Two seconds of breathy vowels gliding into one another at 4 a second; 0.3 s of silence around."""
    rng = np.random.default_rng(seed)
    knots = np.arange(0, 2.25, 0.25)
    formants = FORMANTS_HZ[rng.permutation(len(knots)) % 4]
    f1, f2 = (np.interp(T, knots, column) for column in formants.T)
    f0_hz = np.interp(T, np.arange(0, 2.02, 0.02), 130 + 15 * np.cumsum(rng.normal(0, 0.15, 101)))
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE_HZ
    voice = np.zeros_like(T)
    for k in range(1, 30):
        resonance = sum(1 / (1 + ((k * f0_hz - f) / 120) ** 2) for f in (f1, f2))
        voice += (resonance + 0.01) * np.sin(k * phase)
    loudness = 0.15 + np.sin(2 * np.pi * 2 * T) ** 2
    voice = loudness * voice + rng.uniform(0, 0.3, 41)[(20 * T).astype(int)] * rng.standard_normal(len(T))
    return 0.1 * np.pad(voice, int(0.3 * RATE_HZ)) + 1e-4 * rng.standard_normal(len(T) + int(0.6 * RATE_HZ))


def harmonics(f0_hz: float | np.ndarray, n: int = 12) -> np.ndarray:
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(f0_hz, T.shape)) / RATE_HZ
    return sum(np.sin(k * phase) / k for k in range(1, n + 1))


def notes(n: int) -> np.ndarray:
    """Four decaying notes a second."""
    scale = np.random.default_rng(3).choice([0, 2, 4, 5, 7, 9, 12], 8)
    return harmonics(np.repeat(200 * 2 ** (scale / 12), RATE_HZ // 4), n) * np.exp(-(T % 0.25) / 0.1)


RNG = np.random.default_rng(4)
NOISE = RNG.standard_normal(len(T))
NOT_SPEECH: dict[str, Callable[[], np.ndarray]] = {
    "digital silence": lambda: np.zeros_like(T),
    "white noise": lambda: NOISE,
    "brown noise": lambda: np.cumsum(NOISE) / 100,
    "bursts of noise": lambda: NOISE * (T % 0.4 < 0.2),
    "hum": lambda: harmonics(50),
    "a tone": lambda: np.sin(2 * np.pi * 220 * T),
    "a tone that beats at the pace of syllables": lambda: harmonics(150) * np.sin(2 * np.pi * 2 * T) ** 2,
    "a chord": lambda: sum(harmonics(f, 5) for f in (131.0, 165.0, 196.0)),
    "a melody of sines": lambda: notes(1),
    "a melody of harmonic notes": lambda: notes(12),
    "a melody in noise": lambda: notes(12) + 0.1 * NOISE,
    "a chirp": lambda: signal.chirp(T, 100, 2, 450),
    "a harmonic chirp": lambda: harmonics(np.linspace(100, 300, len(T))),
    "a siren": lambda: np.sin(2 * np.pi * np.cumsum(300 * 2 ** (0.5 * np.sin(np.pi * T))) / RATE_HZ),
    "clicks": lambda: (np.arange(len(T)) % 3001 == 0).astype(float),
}


@pytest.mark.parametrize("name", NOT_SPEECH)
def test_no_speech_is_heard_in(name: str) -> None:
    assert seconds(0.1 * NOT_SPEECH[name]()) == 0


@pytest.mark.parametrize("seed", range(4))
def test_gliding_vowels_are_speech_for_as_long_as_they_last(seed: int) -> None:
    assert seconds(babble(seed)) == pytest.approx(2.0, abs=0.25)


@pytest.mark.parametrize("gain_db", [-30, -15])
def test_gain_changes_nothing(gain_db: float) -> None:
    assert seconds(babble() * 10 ** (gain_db / 20)) == seconds(babble())


def test_speech_is_recognised_in_noise() -> None:
    samples = babble()
    hiss = np.random.default_rng(5).standard_normal(len(samples))
    assert seconds(samples + hiss * np.sqrt(np.mean(samples**2) / 10)) > 1.5


@pytest.mark.parametrize("n_samples", [0, 1, 200, 1000])
def test_too_little_sound_is_not_speech(n_samples: int) -> None:
    assert seconds(np.ones(n_samples)) == 0


def test_no_frames_are_not_speech() -> None:
    nothing = np.zeros(0, np.float32)
    assert not is_speech(np.zeros((0, 257), np.float32), np.zeros(0, np.bool_), F0Track(nothing, nothing))
