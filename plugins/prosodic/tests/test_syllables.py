from __future__ import annotations

import numpy as np
import pytest
from scipy import signal
from voxaffect_prosodic.activity import detect_activity
from voxaffect_prosodic.f0 import F0Track, track_f0
from voxaffect_prosodic.spectrum import RATE_HZ, power_spectrogram
from voxaffect_prosodic.syllables import count_hesitations, speech_rate_sps, syllable_nuclei


def vowels(times_s: np.ndarray, length_s: float, *, hiss: float = 1e-4) -> np.ndarray:
    """An open vowel swelling at each of the times over a weak murmur, as if after a nasal."""
    t = np.arange(int(length_s * RATE_HZ)) / RATE_HZ
    pulses = np.zeros(len(t))
    pulses[:: RATE_HZ // 125] = 1.0
    vowel = signal.lfilter([1], [1, -0.97], pulses)
    for formant_hz in (700.0, 1200.0):
        radius, angle = np.exp(-np.pi * 100 / RATE_HZ), 2 * np.pi * formant_hz / RATE_HZ
        vowel = signal.lfilter([1], [1, -2 * radius * np.cos(angle), radius**2], vowel)
    width_s = 0.045
    swell = np.exp(-0.5 * ((t[:, None] - times_s) / width_s) ** 2).sum(1) + 0.05
    speaking = (t > times_s[0] - 0.1) & (t < times_s[-1] + 0.1)
    noise = np.random.default_rng(0).standard_normal(len(t))
    return (0.3 * vowel / np.abs(vowel).max() * swell * speaking + hiss * noise).astype(np.float32)


def measure(samples: np.ndarray) -> tuple[np.ndarray, float]:
    """Nuclei in s, syllables a second."""
    power = power_spectrogram(samples)
    active = detect_activity(power)
    nuclei_s = syllable_nuclei(power, active, track_f0(samples))
    return nuclei_s, speech_rate_sps(nuclei_s, active)


def hesitations(samples: np.ndarray) -> int:
    power = power_spectrogram(samples)
    return count_hesitations(power, detect_activity(power))


@pytest.mark.parametrize("rate_sps", [2.5, 4.0, 6.0])
@pytest.mark.parametrize("hiss", [1e-5, 3e-3])
def test_each_vowel_is_one_nucleus_where_it_is_loudest(rate_sps: float, hiss: float) -> None:
    times_s = 0.4 + np.arange(10) / rate_sps
    found_s, _ = measure(vowels(times_s, times_s[-1] + 0.4, hiss=hiss))
    assert len(found_s) == 10
    assert found_s == pytest.approx(times_s, abs=0.04)


@pytest.mark.parametrize("rate_sps", [2.5, 4.0, 6.0])
def test_the_rate_is_that_of_the_vowels(rate_sps: float) -> None:
    times_s = 0.4 + np.arange(12) / rate_sps
    _, measured_sps = measure(vowels(times_s, times_s[-1] + 0.4))
    assert measured_sps == pytest.approx(12 / (11 / rate_sps + 0.2), rel=0.06)


def test_pauses_lower_the_rate() -> None:
    fluent_s = 0.4 + 0.2 * np.arange(10)
    halting_s = fluent_s + 1.0 * (np.arange(10) >= 5)
    assert measure(vowels(halting_s, 4))[1] < 0.75 * measure(vowels(fluent_s, 3))[1]


@pytest.mark.parametrize("gain_db", [-30, -15])
def test_gain_changes_nothing(gain_db: float) -> None:
    samples = vowels(0.4 + 0.2 * np.arange(8), 2.4)
    quieter = samples * np.float32(10 ** (gain_db / 20))
    assert np.array_equal(measure(quieter)[0], measure(samples)[0])
    assert hesitations(quieter) == hesitations(samples)


def test_noise_that_swells_has_no_nuclei() -> None:
    t = np.arange(2 * RATE_HZ) / RATE_HZ
    noise = np.random.default_rng(1).standard_normal(len(t)) * np.sin(2 * np.pi * 2 * t) ** 2
    assert len(measure((0.1 * noise).astype(np.float32))[0]) <= 1


@pytest.mark.parametrize(("gap_s", "expected"), [(0.05, 0), (0.2, 1), (0.3, 1), (0.6, 0)])
def test_only_a_dip_of_100_to_400_ms_is_a_hesitation(gap_s: float, expected: int) -> None:
    t = np.arange(3 * RATE_HZ) / RATE_HZ
    spoken = (np.abs(t - 1.5) < 1) & (np.abs(t - 1.5) > gap_s / 2)
    buzz = sum(np.sin(2 * np.pi * 125 * k * t) / k for k in range(1, 20)) * spoken
    noise = np.random.default_rng(2).standard_normal(len(t))
    assert hesitations((0.1 * buzz + 1e-4 * noise).astype(np.float32)) == expected


@pytest.mark.parametrize("hiss", [0.0, 1e-3, 1e-2])
def test_every_dip_inside_speech_counts_and_the_silence_around_it_does_not(hiss: float) -> None:
    t = np.arange(3 * RATE_HZ) / RATE_HZ
    spoken = np.any([(t > a) & (t < b) for a, b in ((0.2, 0.9), (1.1, 1.8), (2.0, 2.7))], axis=0)
    buzz = sum(np.sin(2 * np.pi * 125 * k * t) / k for k in range(1, 20)) * spoken
    noise = np.random.default_rng(3).standard_normal(len(t))
    assert hesitations((0.1 * buzz + hiss * noise).astype(np.float32)) == 2


@pytest.mark.parametrize(
    "samples", [np.zeros(0), np.zeros(1), np.ones(1), np.zeros(RATE_HZ), np.ones(RATE_HZ), np.ones(200)]
)
def test_degenerate_input_has_neither_syllables_nor_hesitations(samples: np.ndarray) -> None:
    nuclei_s, rate_sps = measure(samples.astype(np.float32))
    assert len(nuclei_s) == rate_sps == hesitations(samples.astype(np.float32)) == 0


def test_no_frames_have_no_syllables() -> None:
    power, mask, track = np.zeros((0, 257), np.float32), np.zeros(0, np.bool_), np.zeros(0, np.float32)
    assert len(syllable_nuclei(power, mask, F0Track(track, track))) == count_hesitations(power, mask) == 0
