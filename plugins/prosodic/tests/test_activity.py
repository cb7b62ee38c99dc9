from __future__ import annotations

import numpy as np
import pytest
from voxaffect_prosodic.activity import detect_activity, pause_ratio, pauses, speech_segments
from voxaffect_prosodic.spectrum import RATE_HZ, power_spectrogram


def bursts(*spans_s: tuple[float, float], length_s: float, noise: float = 1e-3) -> np.ndarray:
    """A buzz of 120 Hz in the given spans over white noise."""
    t = np.arange(int(length_s * RATE_HZ)) / RATE_HZ
    buzz = sum(np.sin(2 * np.pi * 120 * k * t) / k for k in range(1, 30))
    on = np.any([(t >= start) & (t < stop) for start, stop in spans_s], axis=0)
    hiss = np.random.default_rng(0).standard_normal(len(t))
    return (0.1 * buzz * on + noise * hiss).astype(np.float32)


def active(samples: np.ndarray) -> np.ndarray:
    return detect_activity(power_spectrogram(samples))


@pytest.mark.parametrize("noise", [0.0, 1e-4, 1e-2, 5e-2])
def test_sound_is_found_to_within_50_ms_whatever_the_noise(noise: float) -> None:
    found = speech_segments(active(bursts((0.5, 1.2), (1.8, 2.5), length_s=3, noise=noise)))
    assert found == pytest.approx(np.array([[50, 120], [180, 250]]), abs=5)


@pytest.mark.parametrize("gain_db", [-30, -20, -10])
def test_gain_changes_nothing(gain_db: float) -> None:
    samples = bursts((0.4, 1.0), (1.5, 1.9), length_s=2.5)
    quieter = samples * np.float32(10 ** (gain_db / 20))
    assert np.array_equal(active(quieter), active(samples))


def test_a_gap_of_150_ms_is_not_a_pause_and_one_of_300_ms_is() -> None:
    mask = active(bursts((0.3, 1.0), (1.15, 1.8), (2.1, 2.7), length_s=3.2))
    assert pauses(mask) == pytest.approx(np.array([[180, 210]]), abs=5)


def test_silence_at_the_ends_is_no_pause() -> None:
    mask = active(bursts((1.0, 2.0), length_s=3))
    assert len(pauses(mask)) == 0
    assert pause_ratio(mask) == 0


def test_pause_ratio_is_the_share_of_the_time_between_the_ends_of_speech() -> None:
    mask = active(bursts((0.5, 1.5), (2.0, 2.5), length_s=4))
    assert pause_ratio(mask) == pytest.approx(0.5 / 2.0, abs=0.04)


def test_a_click_is_not_activity() -> None:
    samples = bursts((1.0, 2.0), length_s=3)
    samples[int(0.5 * RATE_HZ)] = 1.0
    assert not active(samples)[:80].any()


@pytest.mark.parametrize("scale", [1e-6, 1e-2, 0.3])
def test_stationary_noise_is_not_activity(scale: float) -> None:
    noise = np.random.default_rng(1).standard_normal(3 * RATE_HZ).astype(np.float32)
    assert not active(noise * np.float32(scale)).any()


def test_a_clip_without_any_silence_is_active_nearly_throughout() -> None:
    t = np.arange(2 * RATE_HZ) / RATE_HZ
    louder_and_softer = 0.1 + np.sin(2 * np.pi * 2 * t) ** 2  # a syllable every 250 ms
    assert active((bursts((0, 2), length_s=2) * louder_and_softer).astype(np.float32)).mean() > 0.85


@pytest.mark.parametrize(
    "samples",
    [np.zeros(0), np.zeros(1), np.ones(1), np.zeros(RATE_HZ), np.ones(RATE_HZ), np.ones(200)],
    ids=["nothing", "one zero", "one sample", "digital silence", "constant", "less than a frame"],
)
def test_degenerate_input_has_no_pauses(samples: np.ndarray) -> None:
    mask = active(samples.astype(np.float32))
    assert len(mask) == 1 + len(samples) // 160
    assert len(pauses(mask)) == 0
    assert pause_ratio(mask) == 0


def test_no_frames_give_no_frames() -> None:
    mask = detect_activity(np.zeros((0, 257), np.float32))
    assert mask.shape == (0,)
    assert speech_segments(mask).shape == pauses(mask).shape == (0, 2)
    assert pause_ratio(mask) == 0
