"""Voice quality of synthetic voices whose jitter, shimmer, noise and tremor are known."""

from __future__ import annotations

import numpy as np
import pytest
from voxaffect.synthetic import noise, silence, speech_like, vowel
from voxaffect_prosodic.f0 import track_f0
from voxaffect_prosodic.glottal_cycles import find_cycles, jitter_local, join_cycles, shimmer_local
from voxaffect_prosodic.spectrum import power_spectrogram
from voxaffect_prosodic.tremor import measure_tremor
from voxaffect_prosodic.voice_quality import (
    alpha_ratio_db,
    breathiness,
    hammarberg_index_db,
    harmonics_to_noise_db,
    spectral_flatness,
    spectral_slope_db_per_khz,
    voiced_median,
)


@pytest.mark.parametrize("f0_hz", [90.0, 120.0, 180.0, 240.0, 300.0])
@pytest.mark.parametrize("jitter", [0.0, 0.01, 0.03])
@pytest.mark.parametrize("hnr_db", [20.0, np.inf])
def test_jitter_is_within_a_fifth_of_a_point(f0_hz: float, jitter: float, hnr_db: float) -> None:
    measured = _jitter(vowel(duration_s=2, f0_hz=f0_hz, jitter=jitter, hnr_db=hnr_db, seed=5))
    assert measured == pytest.approx(jitter, abs=0.002)


def test_jitter_of_a_very_hoarse_voice_is_near() -> None:
    errors = [_jitter(vowel(duration_s=3, f0_hz=f0_hz, jitter=0.05)) - 0.05 for f0_hz in (90.0, 180.0, 240.0)]
    assert np.abs(errors).max() < 0.004


def test_jitter_does_not_need_the_fundamental() -> None:
    sound = vowel(duration_s=2, f0_hz=110, jitter=0.02)
    spectrum = np.fft.rfft(sound)
    spectrum[: 2 * 300] = 0  # as a telephone does; 0.5 Hz a bin
    assert _jitter(np.fft.irfft(spectrum, len(sound)).astype(np.float32)) == pytest.approx(0.02, abs=0.002)


def test_jitter_is_the_same_upside_down() -> None:
    sound = vowel(duration_s=1, jitter=0.02, hnr_db=25)
    assert _jitter(-sound) == pytest.approx(_jitter(sound), abs=1e-4)


def test_no_jitter_is_reported_where_noise_would_pass_for_it() -> None:
    sound = vowel(duration_s=2, f0_hz=280)
    buried = sound + noise(duration_s=2, rms=float(np.sqrt(np.mean(sound**2))))
    assert np.isnan(_jitter(buried))


def test_shimmer_grows_with_the_pulses_own() -> None:
    measured = [_shimmer(vowel(duration_s=2, f0_hz=100, shimmer=shimmer)) for shimmer in (0.0, 0.03, 0.1)]
    assert measured[0] < 0.005
    assert measured[1:] == pytest.approx([0.03, 0.1], rel=0.2)


def test_cycles_are_as_many_as_were_made() -> None:
    sound = vowel(duration_s=2, f0_hz=125, jitter=0.01)
    cycles = find_cycles(sound, track_f0(sound))
    assert len(cycles.start_s) == pytest.approx(250, abs=8)
    np.testing.assert_allclose(np.diff(cycles.start_s), cycles.period_s[:-1], atol=2e-4)


def test_too_few_cycles_are_spared_and_enough_are_the_same() -> None:
    sound = vowel(duration_s=1, f0_hz=125, jitter=0.01)
    track = track_f0(sound)
    every = find_cycles(sound, track)
    linked = int(np.count_nonzero(every.linked))
    assert len(find_cycles(sound, track, fewest=linked + 1).start_s) == 0
    np.testing.assert_array_equal(find_cycles(sound, track, fewest=linked).period_s, every.period_s)


def test_blocks_join_without_a_pair_across_the_border() -> None:
    blocks = [find_cycles(s, track_f0(s)) for s in (vowel(duration_s=1, f0_hz=f) for f in (100.0, 200.0))]
    both = join_cycles(blocks)
    assert np.count_nonzero(both.linked) == sum(np.count_nonzero(block.linked) for block in blocks)
    assert jitter_local(both) < 0.002
    assert len(join_cycles([]).period_s) == 0


@pytest.mark.parametrize("hnr_db", [10.0, 12.0, 15.0, 18.0, 20.0])
@pytest.mark.parametrize("f0_hz", [90.0, 150.0, 250.0])
def test_hnr_is_within_three_decibels(hnr_db: float, f0_hz: float) -> None:
    assert _hnr(vowel(duration_s=1, f0_hz=f0_hz, hnr_db=hnr_db)) == pytest.approx(hnr_db, abs=3)


def test_hnr_counts_noise_above_the_band_of_the_f0_tracker() -> None:
    sound = vowel(duration_s=2)
    hiss = noise(duration_s=2, rms=float(np.sqrt(np.mean(sound**2))) * 10 ** (-15 / 20))
    assert _hnr(sound + hiss) == pytest.approx(15, abs=1.5)


def test_breathiness_grows_as_noise_does() -> None:
    breathy = [_breathiness(vowel(duration_s=1, hnr_db=hnr_db)) for hnr_db in (25.0, 15.0, 8.0, 4.0, 0.0)]
    assert breathy == sorted(breathy)
    assert breathy[0] < 0.05
    assert breathy[-1] > 0.5


def test_a_brighter_voice_is_one_of_more_effort() -> None:
    soft = vowel(duration_s=1)
    loud = np.diff(soft, prepend=np.float32(0))  # 6 dB more an octave
    soft_power, loud_power = (power_spectrogram(sound)[5:-5] for sound in (soft, loud))
    assert np.all(alpha_ratio_db(loud_power) > alpha_ratio_db(soft_power) + 3)
    assert np.all(hammarberg_index_db(loud_power) < hammarberg_index_db(soft_power) - 3)


def test_alpha_ratio_and_hammarberg_index_of_two_tones() -> None:
    t = np.arange(16_000) / 16_000
    tones = (0.5 * np.sin(2 * np.pi * 500 * t) + 0.05 * np.sin(2 * np.pi * 3000 * t)).astype(np.float32)
    power = power_spectrogram(tones)[5:-5]
    assert alpha_ratio_db(power) == pytest.approx(-20, abs=0.1)
    assert hammarberg_index_db(power) == pytest.approx(20, abs=0.1)


def test_the_spectral_slope_of_noise_is_that_of_its_color() -> None:
    power = power_spectrogram(noise(duration_s=4, color="brown"))
    octave_db = 6.02 * np.log2(1500 / 500)
    slope = np.mean(spectral_slope_db_per_khz(power, low_hz=500, high_hz=1500))
    assert slope == pytest.approx(-octave_db, rel=0.15)


def test_tremor_is_found() -> None:
    track = track_f0(vowel(duration_s=2, f0_hz=180, tremor_hz=6, tremor_depth=0.04))
    tremor = measure_tremor(track)
    assert tremor.rate_hz == pytest.approx(6, abs=0.3)
    assert tremor.depth == pytest.approx(0.04, abs=0.008)
    assert measure_tremor(track_f0(vowel(duration_s=2, f0_hz=[150.0, 220.0]))).depth < 0.01


@pytest.mark.parametrize("gain_db", [-30.0, -12.0])
def test_gain_changes_nothing(gain_db: float) -> None:
    sound = speech_like(syllables=8, hnr_db=18, jitter=0.01)
    quiet = sound * np.float32(10 ** (gain_db / 20))
    np.testing.assert_allclose(_everything(quiet), _everything(sound), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.float32),
        np.ones(1, np.float32),
        np.full(300, 0.1, np.float32),
        silence(duration_s=1),
        np.full(16_000, 0.5, np.float32),
        noise(duration_s=1),
    ],
    ids=["nothing", "one sample", "two frames", "silence", "direct current", "noise"],
)
def test_where_there_is_no_voice_nothing_is_measured(samples: np.ndarray) -> None:
    measured = _everything(samples)
    assert len(measured) == 11
    assert np.isnan(measured).all()


def test_frames_give_a_value_each_and_silent_ones_none() -> None:
    power = power_spectrogram(np.concatenate([silence(duration_s=0.5), vowel(duration_s=0.5)]))
    for values in (alpha_ratio_db(power), hammarberg_index_db(power), spectral_flatness(power)):
        assert values.shape == (len(power),)
        assert np.isnan(values[:40]).all()
        assert np.isfinite(values[55:]).all()


def test_clipped_audio_is_measured_without_complaint() -> None:
    clipped = np.clip(4 * speech_like(syllables=6), -1, 1)
    assert np.isfinite(np.delete(_everything(clipped), [9, 10])).all()


def _jitter(samples: np.ndarray) -> float:
    return jitter_local(find_cycles(samples, track_f0(samples)))


def _shimmer(samples: np.ndarray) -> float:
    return shimmer_local(find_cycles(samples, track_f0(samples)))


def _hnr(samples: np.ndarray) -> float:
    track = track_f0(samples)
    return voiced_median(harmonics_to_noise_db(track, power_spectrogram(samples)), track.f0_hz > 0)


def _breathiness(samples: np.ndarray) -> float:
    flatness = voiced_median(spectral_flatness(power_spectrogram(samples)), track_f0(samples).f0_hz > 0)
    return float(breathiness(_hnr(samples), flatness))


def _everything(samples: np.ndarray) -> list[float]:
    track, power = track_f0(samples), power_spectrogram(samples)
    frames = [
        alpha_ratio_db(power),
        hammarberg_index_db(power),
        spectral_slope_db_per_khz(power, low_hz=0, high_hz=500),
        spectral_slope_db_per_khz(power, low_hz=500, high_hz=1500),
        spectral_flatness(power),
        harmonics_to_noise_db(track, power),
    ]
    pooled = [voiced_median(values, track.f0_hz > 0) for values in frames]
    tremor = measure_tremor(track)
    quality = [_breathiness(samples), _jitter(samples), _shimmer(samples)]
    return [*pooled, *quality, tremor.rate_hz, tremor.depth]
