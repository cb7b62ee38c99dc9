"""The steps that renderers of audio share, by way of `psola`."""

from __future__ import annotations

import tracemalloc
from functools import partial

import numpy as np
import numpy.typing as npt
import pytest
from voxaffect import Audio
from voxaffect.synthetic import noise, speech_like, vowel
from voxaffect_psola import testing
from voxaffect_psola.level import measure
from voxaffect_psola.renderer import PsolaRenderer
from voxaffect_psola.testing import level_db

RATE_HZ = 16_000
Samples = npt.NDArray[np.float32]
render, rendered = partial(testing.render, PsolaRenderer()), partial(testing.rendered, PsolaRenderer())


def frames_db(samples: Samples, rate_hz: int = RATE_HZ) -> npt.NDArray[np.float64]:
    hop = rate_hz // 50
    frames = samples[: len(samples) // hop * hop].reshape(-1, hop).astype(float)
    return 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)


@pytest.mark.parametrize("factor", [0.5, 1.5, 2.0])
@pytest.mark.parametrize("background_db", [-70.0, -200.0])
def test_pauses_alone_change_their_length(factor: float, background_db: float) -> None:
    before = speech_like(syllables=9, pauses_s=(0.4, 0.6), background_db=background_db)
    after = rendered(before, pause_multiplier=factor)
    grown_s = (len(after) - len(before)) / RATE_HZ
    assert grown_s == pytest.approx((factor - 1) * 1.0, abs=0.15 * abs(factor - 1) + 0.01)
    assert level_db(after) == pytest.approx(
        level_db(before) + 10 * np.log10(len(before) / len(after)), abs=0.1
    )


def test_a_changed_pause_does_not_click() -> None:
    before = speech_like(syllables=8, pauses_s=(0.5,), background_db=-60)
    after = rendered(before, pause_multiplier=2.0)
    pause = after[round(1.2 * RATE_HZ) : round(1.9 * RATE_HZ)]
    assert np.abs(np.diff(pause)).max() < 1e-2


def test_a_longer_pause_is_filled_with_its_own_background() -> None:
    before = speech_like(syllables=8, pauses_s=(0.5,), background_db=-60)
    after = rendered(before, pause_multiplier=2.0)
    assert frames_db(after).min() == pytest.approx(frames_db(before).min(), abs=2)


def test_speech_without_a_pause_has_none_to_change() -> None:
    rendering = render(vowel(duration_s=1.0), pause_multiplier=2.0)
    assert "pause_multiplier" in rendering.unexpressed
    assert rendering.residual.pause_multiplier == 2.0


def test_measuring_the_level_keeps_none_of_the_sound() -> None:
    samples = np.zeros(180 * RATE_HZ, np.float32)
    tracemalloc.start()
    measure(samples, RATE_HZ)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 15e6  # what a block takes; the whole in double precision is 23e6


@pytest.mark.parametrize("volume_db", [-6.0, -1.5, 3.0])
def test_volume_changes_the_level_by_that_much(volume_db: float) -> None:
    before = vowel(duration_s=0.5, amplitude=0.5)
    rendering = render(before, volume_db=volume_db)
    assert isinstance(rendering.output, Audio)
    assert level_db(rendering.output.samples) == pytest.approx(level_db(before) + volume_db, abs=0.01)
    assert not rendering.approximated


def test_what_would_clip_is_limited_reported_and_left_over() -> None:
    before = vowel(duration_s=0.5, amplitude=0.9)
    rendering = render(before, volume_db=6.0)
    assert isinstance(rendering.output, Audio)
    assert np.abs(rendering.output.samples).max() < 1
    reached_db = level_db(rendering.output.samples) - level_db(before)
    assert 0 < reached_db < 6
    assert rendering.residual.volume_db == pytest.approx(6 - reached_db, abs=0.01)
    assert "clip" in rendering.approximated["volume_db"]


def test_the_limiter_turns_down_only_around_the_peak() -> None:
    before = noise(duration_s=1.0, rms=0.05)
    before[8000] = 0.8
    after = rendered(before, volume_db=6.0)
    gain = 10 ** (6 / 20)
    assert np.allclose(after[:7800], before[:7800] * gain, atol=1e-6)
    assert np.allclose(after[8200:], before[8200:] * gain, atol=1e-6)


@pytest.mark.parametrize("factor", [0.5, 0.75, 1.25, 1.5])
def test_the_spread_of_the_level_is_scaled_and_its_rms_stays(factor: float) -> None:
    swing_db = 6 * np.sin(2 * np.pi * np.arange(2 * RATE_HZ) / RATE_HZ)
    before = (vowel(duration_s=2.0, amplitude=0.3) * 10 ** (swing_db / 20)).astype(np.float32)
    after = rendered(before, dynamic_range=factor)
    assert np.std(frames_db(after)) == pytest.approx(factor * np.std(frames_db(before)), rel=0.1)
    assert level_db(after) == pytest.approx(level_db(before), abs=0.1)


def test_the_level_within_a_syllable_is_left_to_it() -> None:
    flutter_db = 6 * np.sin(2 * np.pi * 12 * np.arange(2 * RATE_HZ) / RATE_HZ)
    before = (vowel(duration_s=2.0, amplitude=0.3) * 10 ** (flutter_db / 20)).astype(np.float32)
    after = rendered(before, dynamic_range=0.5)
    assert np.std(frames_db(after)) == pytest.approx(np.std(frames_db(before)), rel=0.15)


def test_a_smaller_dynamic_range_does_not_raise_the_background() -> None:
    before = speech_like(syllables=8, pauses_s=(0.6,), background_db=-60)
    after = rendered(before, dynamic_range=0.5)
    assert np.percentile(frames_db(after), 5) <= np.percentile(frames_db(before), 5) + 0.5


def test_breath_is_noise_of_the_same_loudness_that_grows_with_breathiness() -> None:
    before = vowel(duration_s=1.0, f0_hz=150.0)

    def harmonics_to_noise_db(samples: Samples) -> float:
        period = round(RATE_HZ / 150)
        later, earlier = samples[period:].astype(float), samples[:-period].astype(float)
        alike = float(np.corrcoef(later, earlier)[0, 1])
        return 10 * np.log10(alike / (1 - alike))

    ratios_db = [harmonics_to_noise_db(rendered(before, breathiness=b)) for b in (0, 0.3, 0.6, 1.0)]
    assert ratios_db == sorted(ratios_db, reverse=True)
    assert ratios_db[0] - ratios_db[-1] > 8
    assert level_db(rendered(before, breathiness=1.0)) == pytest.approx(level_db(before), abs=0.1)


def test_breath_follows_the_voice_and_stays_out_of_pauses() -> None:
    before = speech_like(syllables=8, pauses_s=(0.6,), background_db=-80)
    after = rendered(before, breathiness=1.0)
    middle = slice(round(1.2 * RATE_HZ), round(1.4 * RATE_HZ))
    assert level_db(after[middle]) == pytest.approx(level_db(before[middle]), abs=3)


def test_tremolo_swings_the_amplitude_at_five_and_a_half_hertz() -> None:
    before = vowel(duration_s=2.0, f0_hz=150.0)
    after = rendered(before, tremolo_amount=0.6)
    contour = 10 ** (frames_db(after) / 20)
    spectrum = np.abs(np.fft.rfft(contour - contour.mean()))
    rates_hz = np.fft.rfftfreq(len(contour), 0.02)
    assert rates_hz[int(np.argmax(spectrum))] == pytest.approx(5.5, abs=0.3)
    depth = 2 * spectrum.max() / len(contour) / contour.mean()
    assert depth == pytest.approx(0.3, abs=0.05)
