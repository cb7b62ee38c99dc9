from __future__ import annotations

import sys
import tracemalloc
from functools import partial

import attrs
import numpy as np
import numpy.typing as npt
import pytest
from voxaffect import Audio, ComponentUnavailableError, UnknownNameError, Utterance, load_audio
from voxaffect.examples import clips
from voxaffect.synthetic import noise, speech_like, vowel
from voxaffect.testing import odd_audio
from voxaffect_prosodic.f0 import track_f0
from voxaffect_psola import testing
from voxaffect_psola.renderer import PsolaRenderer
from voxaffect_psola.testing import EVERYTHING, AudioRendererContract, harmonics_f0_hz, level_db

RATE_HZ = 16_000
Samples = npt.NDArray[np.float32]
render, rendered = partial(testing.render, PsolaRenderer()), partial(testing.rendered, PsolaRenderer())


class TestPsolaRenderer(AudioRendererContract):
    component = "psola"
    largest_error_cents = 3.0
    heavy_modules = ("scipy", "librosa", "numba")


@pytest.fixture(params=["bungee", "signalsmith"])
def library(request: pytest.FixtureRequest) -> PsolaRenderer:
    pytest.importorskip({"bungee": "bungee_python", "signalsmith": "python_stretch"}[request.param])
    return PsolaRenderer(tempo=request.param)


def test_a_library_for_the_tempo_leaves_the_pitch_to_overlap_add(library: PsolaRenderer) -> None:
    before = vowel(duration_s=1.0, f0_hz=150.0)
    for rate in (0.7, 1.25, 1.5):
        for semitones in (0, -3):
            asked = {"speech_rate": rate, "pitch_shift_semitones": semitones}
            after = testing.rendered(library, before, **asked)
            assert len(after) == round(len(before) / rate)
            hz = harmonics_f0_hz(after[1000:-1000], RATE_HZ)
            assert hz == pytest.approx(150 * 2 ** (semitones / 12), rel=0.003)


def test_a_library_for_the_tempo_survives_odd_sound_and_is_the_same_each_time(library: PsolaRenderer) -> None:
    for audio in odd_audio().values():
        for asked in EVERYTHING:
            first, second = (library.render(asked, Utterance(audio=audio)).output for _ in range(2))
            assert isinstance(first, Audio)
            assert isinstance(second, Audio)
            assert len(first.samples) == max(1, round(len(audio.samples) / asked.speech_rate))
            assert np.isfinite(first.samples).all()
            assert np.array_equal(first.samples, second.samples)


def test_a_library_that_is_not_installed_is_named_with_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bungee_python", None)
    monkeypatch.delitem(sys.modules, "bungee_python.bungee", raising=False)
    with pytest.raises(ComponentUnavailableError, match=r'pip install "voxaffect-psola\[bungee\]"'):
        PsolaRenderer(tempo="bungee")


def test_an_unknown_library_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="bungee, psola, signalsmith"):
        PsolaRenderer(tempo="rubberband")


def whisper() -> Samples:
    """Speech-like in level, without a voice."""
    envelope = np.abs(np.sin(np.arange(2 * RATE_HZ) * (np.pi * 4 / RATE_HZ))).astype(np.float32)
    return noise(duration_s=2.0) * envelope


def test_a_whisper_gets_its_tempo_and_level_and_no_pitch() -> None:
    for asked in EVERYTHING:
        rendering = render(whisper(), **attrs.asdict(asked))
        assert {"pitch_shift_semitones", "pitch_variance"} <= set(rendering.unexpressed)
        assert "speech_rate" not in rendering.unexpressed


def f0_st(samples: Samples, low_hz: float = 60, high_hz: float = 500) -> npt.NDArray[np.float64]:
    f0_hz = track_f0(samples, fmin_hz=low_hz, fmax_hz=high_hz).f0_hz
    return 12 * np.log2(np.where(f0_hz > 0, f0_hz, np.nan).astype(float))


@pytest.mark.parametrize("factor", [0.5, 1.5, 2.0])
def test_the_spread_of_f0_is_scaled_about_its_mean(factor: float) -> None:
    contour_st = 3 * np.sin(np.linspace(0, 4 * np.pi, 200))
    before = vowel(duration_s=3.0, f0_hz=170 * 2 ** (contour_st / 12))
    change = f0_st(rendered(before, pitch_variance=factor)), f0_st(before)
    after_st, before_st = (each[5:-5] for each in change)
    assert np.nanstd(after_st) == pytest.approx(factor * np.nanstd(before_st), rel=0.02)
    assert np.nanmean(after_st) == pytest.approx(np.nanmean(before_st), abs=0.1)


def test_cycles_are_placed_between_samples() -> None:
    before = vowel(duration_s=1.0, f0_hz=150.0)  # a period of 106.67 samples
    after = rendered(before, pitch_shift_semitones=2.0)
    spectrum = np.abs(np.fft.rfft(after[2000:-2000] * np.hanning(len(after) - 4000))) ** 2
    hz = np.fft.rfftfreq(len(after) - 4000, 1 / RATE_HZ)
    spacing_hz = 150 * 2 ** (2 / 12)
    to_harmonic = np.abs(hz / spacing_hz - np.round(hz / spacing_hz))
    band = (hz > 1000) & (hz < 4000)
    between = spectrum[band & (to_harmonic > 0.25)].sum() / spectrum[band].sum()
    assert 10 * np.log10(between) < -25  # placed on whole samples: -22 dB


def test_what_is_unvoiced_is_left_as_it_is_but_for_the_level_when_only_the_pitch_changes() -> None:
    hiss = noise(duration_s=0.5, rms=0.003)
    before = np.concatenate([hiss, vowel(duration_s=0.5, f0_hz=150.0), hiss])
    after = rendered(before, pitch_shift_semitones=4.0)
    gain = after[:7000] @ before[:7000] / (before[:7000] @ before[:7000])
    assert abs(20 * np.log10(gain)) < 1
    assert np.allclose(after[:7000], gain * before[:7000], atol=1e-6)
    assert np.allclose(after[-7000:], gain * before[-7000:], atol=1e-6)
    assert not np.allclose(after[9000:15000], before[9000:15000], atol=0.05)


def test_a_cycle_with_two_humps_is_still_one_cycle() -> None:
    before = vowel(duration_s=1.0, f0_hz=280.0, formants_hz=(560.0, 1800.0))
    after = rendered(before, pitch_shift_semitones=-3.0)
    assert harmonics_f0_hz(after, RATE_HZ) == pytest.approx(280 * 2 ** (-3 / 12), rel=0.003)


@pytest.mark.parametrize("clip", clips()[::3], ids=lambda clip: str(clip.path.stem))
def test_a_real_voice_moves_by_what_was_asked_and_back(clip: object) -> None:
    before = load_audio(attrs.asdict(clip)["path"]).samples  # type: ignore[call-overload]
    up = rendered(before, pitch_shift_semitones=3.0)
    moved_st = f0_st(up, 70, 600) - f0_st(before)
    assert np.nanmedian(moved_st) == pytest.approx(3, abs=0.05)
    again = rendered(up, pitch_shift_semitones=-3.0)
    back_st = f0_st(again) - f0_st(before)
    assert np.nanmedian(back_st) == pytest.approx(0, abs=0.05)


def test_all_eight_parameters_are_rendered_in_speech_with_pauses() -> None:
    samples = speech_like(syllables=9, pauses_s=(0.4, 0.6), amplitude=0.2)
    for asked in EVERYTHING:
        rendering = render(samples, **attrs.asdict(asked))
        assert not rendering.unexpressed
        assert set(rendering.approximated) <= {"volume_db"}  # what the limiter takes


def test_clipped_speech_comes_out_within_full_scale() -> None:
    clipped = np.clip(3 * speech_like(syllables=6), -1, 1)
    for asked in EVERYTHING:
        assert np.abs(rendered(clipped, **attrs.asdict(asked))).max() <= 1


def test_a_voice_is_not_torn_where_one_block_of_tracking_ends() -> None:
    before = vowel(duration_s=32.0, f0_hz=150.0)
    after = rendered(before, pitch_shift_semitones=3.0)
    around = after[29 * RATE_HZ : 31 * RATE_HZ]
    assert harmonics_f0_hz(around, RATE_HZ) == pytest.approx(150 * 2 ** (3 / 12), rel=0.001)
    hop = RATE_HZ // 10
    levels_db = [level_db(around[i : i + hop]) for i in range(0, len(around), hop)]
    assert max(levels_db) - min(levels_db) < 0.5


@pytest.mark.slow
def test_a_long_recording_takes_little_memory_beyond_its_samples() -> None:
    samples = np.tile(speech_like(syllables=20, pauses_s=(0.5,)), 50)
    tracemalloc.start()
    rendered(samples, pitch_shift_semitones=2.0, speech_rate=0.9, pitch_variance=1.3)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * samples.nbytes + 60e6
