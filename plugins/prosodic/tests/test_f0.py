"""F0 and periodicity of sounds whose F0 and noise are known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from voxaffect_prosodic.f0 import F0Track, track_f0
from voxaffect_prosodic.spectrum import RATE_HZ, n_frames

Samples = npt.NDArray[np.float32]

FORMANTS_HZ = ((700, 80), (1200, 90), (2600, 150))
"""Centre and bandwidth, of an open vowel."""


def vowel(f0_hz: float | npt.NDArray[np.float64], *, duration_s: float = 1.0) -> Samples:
    """A glottal pulse train through formants, harmonic by harmonic below 3.4 kHz, RMS 0.1."""
    contour_hz = np.broadcast_to(np.asarray(f0_hz, float), (round(duration_s * RATE_HZ),))
    phase = 2 * np.pi * np.cumsum(contour_hz) / RATE_HZ
    sound = np.zeros(len(contour_hz))
    for harmonic in range(1, int(3400 / contour_hz.min()) + 1):
        frequency_hz = harmonic * contour_hz
        gain = (frequency_hz < 3400) / (1 + frequency_hz / 300)
        for centre_hz, bandwidth_hz in FORMANTS_HZ:
            s, pole = 1j * frequency_hz, -bandwidth_hz / 2 + 1j * centre_hz
            gain = gain * abs(pole) ** 2 / abs((s - pole) * (s - pole.conjugate()))
        sound += gain * np.cos(harmonic * phase)
    scaled: Samples = (0.1 * sound / np.sqrt(np.mean(sound**2))).astype(np.float32)
    return scaled


def sine(f0_hz: float, *, duration_s: float = 1.0) -> Samples:
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    return (0.1 * np.sin(2 * np.pi * f0_hz * time_s)).astype(np.float32)


def white_noise(duration_s: float, *, rms: float = 0.1) -> Samples:
    rng = np.random.default_rng(0)
    return (rms * rng.standard_normal(round(duration_s * RATE_HZ))).astype(np.float32)


def inner(values: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Without the frames whose window reaches beyond the sound."""
    return values[3:-3]


def cents_off(track: F0Track, f0_hz: float | npt.NDArray[np.floating]) -> float:
    """Largest distance from the true F0; infinite if an inner frame is unvoiced."""
    with np.errstate(divide="ignore"):
        return float(np.max(np.abs(1200 * np.log2(inner(track.f0_hz) / f0_hz))))


def hnr_db(track: F0Track) -> float:
    strength = np.minimum(inner(track.strength).astype(float), 1 - 1e-7)
    return float(np.mean(10 * np.log10(strength / (1 - strength))))


@pytest.mark.parametrize("f0_hz", [63, 70, 100.3, 150, 221.7, 330, 490, 620, 780, 950])
def test_the_f0_of_a_vowel_is_right_within_a_cent(f0_hz: float) -> None:
    assert cents_off(track_f0(vowel(f0_hz)), f0_hz) < 1


@pytest.mark.parametrize("f0_hz", [120, 150, 220, 450, 700, 1100])
def test_the_f0_of_a_sine_is_right_within_a_cent(f0_hz: float) -> None:
    assert cents_off(track_f0(sine(f0_hz)), f0_hz) < 1


@pytest.mark.parametrize(("from_hz", "to_hz"), [(80, 320), (400, 100), (280, 1120)])
def test_a_glide_of_two_octaves_is_followed(from_hz: float, to_hz: float) -> None:
    contour_hz = np.geomspace(from_hz, to_hz, 2 * RATE_HZ)
    track = track_f0(vowel(contour_hz, duration_s=2.0))
    at_frames = np.minimum(np.arange(len(track.f0_hz)) * RATE_HZ // 100, len(contour_hz) - 1)
    assert cents_off(track, inner(contour_hz[at_frames])) < 10


def test_frame_i_is_centred_on_i_hundredths_of_a_second() -> None:
    quiet = np.zeros(RATE_HZ // 2, np.float32)
    track = track_f0(np.concatenate([quiet, vowel(200, duration_s=0.5), quiet]))
    voiced_s = np.flatnonzero(track.f0_hz) / 100
    assert voiced_s[0] == pytest.approx(0.5, abs=0.0151)
    assert voiced_s[-1] == pytest.approx(1.0, abs=0.0151)


def test_a_vowel_of_five_seconds_stays_voiced() -> None:
    assert np.all(inner(track_f0(vowel(140, duration_s=5.0)).f0_hz) > 0)


def test_white_noise_is_unvoiced() -> None:
    assert np.mean(track_f0(white_noise(5.0)).f0_hz > 0) < 0.01


def test_a_vowel_among_noise_does_not_jump_octaves() -> None:
    sound = vowel(120, duration_s=3.0)
    f0_hz = track_f0(sound + white_noise(3.0, rms=0.1 * 10 ** (-5 / 20))).f0_hz  # 5 dB
    assert np.all(np.abs(inner(f0_hz) / 120 - 1) < 0.05)


def test_alternating_loud_and_soft_cycles_keep_their_octave() -> None:
    sound = vowel(200, duration_s=2.0) + np.float32(0.1) * vowel(100, duration_s=2.0)
    assert np.all(np.abs(inner(track_f0(sound).f0_hz) / 200 - 1) < 0.05)


@pytest.mark.parametrize("f0_hz", [70, 120, 250, 450])
@pytest.mark.parametrize("true_db", [5, 10, 20, 30, 40])
def test_strength_gives_the_harmonics_to_noise_ratio(f0_hz: float, true_db: float) -> None:
    sound = vowel(f0_hz, duration_s=2.0)
    # Noise of as much power below 4 kHz, where strength is measured, lies above.
    noise = white_noise(2.0, rms=0.1 * np.sqrt(2) * 10 ** (-true_db / 20))
    assert hnr_db(track_f0(sound + noise)) == pytest.approx(true_db, abs=1.0)


def test_strength_stays_within_one() -> None:
    for sound in (vowel(100), vowel(333.3), sine(70), white_noise(1.0)):
        strength = track_f0(sound).strength
        assert strength.min() >= 0
        assert strength.max() <= 1


@pytest.mark.parametrize("gain_db", [-30, 15])
def test_the_track_does_not_depend_on_gain(gain_db: float) -> None:
    sound = np.concatenate([vowel(140), white_noise(0.5, rms=0.01), vowel(np.geomspace(200, 150, RATE_HZ))])
    track, other = track_f0(sound), track_f0(sound * np.float32(10 ** (gain_db / 20)))
    np.testing.assert_allclose(other.f0_hz, track.f0_hz, rtol=1e-4)


def test_a_clipped_vowel_keeps_its_f0() -> None:
    assert cents_off(track_f0(np.clip(10 * vowel(140), -1, 1)), 140) < 3


def test_an_offset_of_the_signal_changes_nothing() -> None:
    sound = np.concatenate([np.zeros(8000, np.float32), vowel(140)])
    np.testing.assert_allclose(track_f0(sound + np.float32(0.5)).f0_hz, track_f0(sound).f0_hz, rtol=1e-3)


@pytest.mark.parametrize("n_samples", [0, 1, 2, 100, 159, 160, 161, 319, 5000])
@pytest.mark.parametrize("kind", ["zeros", "constant", "noise"])
def test_what_has_no_pitch_is_unvoiced_at_any_length(n_samples: int, kind: str) -> None:
    samples = {
        "zeros": np.zeros(n_samples, np.float32),
        "constant": np.full(n_samples, 0.5, np.float32),
        "noise": white_noise(1.0)[:n_samples],
    }[kind]
    track = track_f0(samples)
    assert track.f0_hz.shape == track.strength.shape == (n_frames(n_samples),)
    assert track.f0_hz.dtype == track.strength.dtype == np.float32
    assert np.all(track.f0_hz == 0)
    assert np.all(np.isfinite(track.strength))


@pytest.mark.parametrize("other_hz", [100.0, 400.0])
def test_a_second_voice_an_octave_away_keeps_its_own_pitch(other_hz: float) -> None:
    first, second = vowel(200, duration_s=3.0), vowel(other_hz, duration_s=3.0)
    f0_hz = track_f0(np.concatenate([first, second])).f0_hz
    assert np.all(np.abs(f0_hz[10:290] / 200 - 1) < 0.01)
    assert np.all(np.abs(f0_hz[310:590] / other_hz - 1) < 0.01)


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_mains_hum_is_no_voice_and_moves_none(mains_hz: float) -> None:
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    hum = sum(
        level * np.sin(2 * np.pi * k * mains_hz * time_s) for k, level in ((1, 1.0), (2, 0.1), (3, 0.1))
    )
    voice = np.concatenate([np.zeros(RATE_HZ, np.float32), vowel(140)])
    heard = track_f0(voice + (0.1 * np.sqrt(2) * 10 ** (-10 / 20) * hum).astype(np.float32))
    assert np.all(heard.f0_hz[5:95] == 0)
    assert np.all(np.abs(heard.f0_hz[105:195] / 140 - 1) < 0.01)


def test_the_search_range_is_kept() -> None:
    assert np.all(track_f0(vowel(300), fmin_hz=60, fmax_hz=200).f0_hz <= 200)
    assert cents_off(track_f0(vowel(700), fmin_hz=60, fmax_hz=800), 700) < 1
    assert cents_off(track_f0(vowel(52), fmin_hz=45, fmax_hz=500), 52) < 1
