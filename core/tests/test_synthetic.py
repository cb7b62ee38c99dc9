"""Synthetic audio really has the values it was asked to have."""

from __future__ import annotations

import numpy as np
import pytest
from voxaffect.synthetic import noise, silence, speech_like, tones, vowel


def test_a_vowel_has_its_length_peak_and_type() -> None:
    sound = vowel(duration_s=0.5, amplitude=0.25)
    assert sound.shape == (8000,)
    assert sound.dtype == np.float32
    assert np.max(np.abs(sound)) == pytest.approx(0.25)


@pytest.mark.parametrize("f0_hz", [90.0, 125.0, 250.0])
def test_a_vowel_repeats_at_its_f0(f0_hz: float) -> None:
    sound = vowel(duration_s=1, f0_hz=f0_hz)
    spectrum = np.abs(np.fft.rfft(sound))  # 1 Hz a bin
    harmonics = spectrum[np.round(f0_hz * np.arange(1, 9)).astype(int)]
    between = spectrum[np.round(f0_hz * (np.arange(1, 9) + 0.5)).astype(int)]
    assert np.all(harmonics > 10 * between)


def test_the_f0_contour_is_followed() -> None:
    rising = vowel(duration_s=2, f0_hz=[100.0, 200.0])
    assert _strongest_hz(rising[:3200], 60, 150) == pytest.approx(105, abs=8)
    assert _strongest_hz(rising[-3200:], 150, 250) == pytest.approx(195, abs=8)


def test_jitter_spreads_the_harmonics() -> None:
    steady, rough = (vowel(duration_s=1, f0_hz=100, jitter=jitter) for jitter in (0.0, 0.03))
    assert _share_near_harmonics(steady) > 0.99
    assert _share_near_harmonics(rough) < 0.9


@pytest.mark.parametrize("hnr_db", [10.0, 20.0])
def test_the_harmonics_to_noise_ratio_is_exact(hnr_db: float) -> None:
    clean = vowel(duration_s=2).astype(float)
    noisy = vowel(duration_s=2, hnr_db=hnr_db).astype(float)
    voice = clean * (noisy @ clean) / (clean @ clean)  # the two differ in gain, too
    assert 10 * np.log10(np.sum(voice**2) / np.sum((noisy - voice) ** 2)) == pytest.approx(hnr_db, abs=0.3)


def test_the_seed_decides() -> None:
    first, again, other = (vowel(duration_s=0.3, jitter=0.02, hnr_db=15, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_speech_has_its_syllables_and_pauses() -> None:
    speech = speech_like(syllables=12, rate_sps=4, pauses_s=(0.5, 0.3))
    assert len(speech) == round((12 / 4 + 0.8) * 16_000)
    level = np.sqrt(np.convolve(speech**2, np.hanning(800) / 400, "same"))
    loud = level > 0.15 * level.max()
    assert np.count_nonzero(np.diff(loud.astype(int)) == 1) == 12
    assert np.mean(level < 0.002) == pytest.approx(0.8 / 3.8, abs=0.06)


def test_pauses_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="2 pauses"):
        speech_like(syllables=2, pauses_s=(0.1, 0.1))


def test_tones_hold_their_frequencies() -> None:
    melody = tones(chords_hz=[[440.0], [660.0]], note_s=0.5)
    assert len(melody) == 16_000
    assert _strongest_hz(melody[:8000], 50, 8000) == pytest.approx(440, abs=3)
    assert _strongest_hz(melody[8000:], 50, 8000) == pytest.approx(660, abs=3)


@pytest.mark.parametrize(("color", "db_per_octave"), [("white", 0), ("pink", -3), ("brown", -6)])
def test_noise_falls_as_its_color_says(color: str, db_per_octave: float) -> None:
    sound = noise(duration_s=4, color=color, rms=0.05)  # type: ignore[arg-type]
    power = np.abs(np.fft.rfft(sound)) ** 2  # 0.25 Hz a bin
    octaves_db = [10 * np.log10(np.mean(power[4 * low : 8 * low])) for low in (250, 500, 1000, 2000)]
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(0.05, rel=1e-3)
    assert np.mean(np.diff(octaves_db)) == pytest.approx(db_per_octave, abs=0.3)


def test_silence_is_zero_and_nothing_lasts_no_time() -> None:
    assert not silence(duration_s=0.1).any()
    assert len(silence(duration_s=0.1)) == 1600
    assert len(vowel(duration_s=0)) == len(noise(duration_s=0)) == len(speech_like(syllables=0)) == 0


def _strongest_hz(sound: np.ndarray, low_hz: float, high_hz: float) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 16_000))  # 1 Hz a bin
    return float(low_hz + np.argmax(spectrum[int(low_hz) : int(high_hz)]))


def _share_near_harmonics(sound: np.ndarray) -> float:
    """Of a voice of 100 Hz and 1 s."""
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    near = np.abs((np.arange(len(power)) + 50) % 100 - 50) <= 5
    return float(power[near].sum() / power.sum())
