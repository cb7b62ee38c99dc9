from __future__ import annotations

import subprocess
import sys
from functools import partial

import numpy as np
import numpy.typing as npt
import pytest
from voxaffect import load_audio
from voxaffect.examples import Clip, clips
from voxaffect.synthetic import noise, vowel
from voxaffect_librosa_audio import spectrum
from voxaffect_librosa_audio.renderer import LibrosaAudioRenderer
from voxaffect_prosodic.f0 import track_f0
from voxaffect_psola import testing
from voxaffect_psola.testing import AudioRendererContract, harmonics_f0_hz, level_db

RATE_HZ = 16_000
Samples = npt.NDArray[np.float32]
render = partial(testing.render, LibrosaAudioRenderer())
rendered = partial(testing.rendered, LibrosaAudioRenderer())


class TestLibrosaAudioRenderer(AudioRendererContract):
    component = "librosa_audio"
    largest_error_cents = 3.0
    heavy_modules = ("librosa", "numba", "scipy")


@pytest.mark.parametrize("factor", [0.5, 1.5, 2.0])
def test_the_spread_of_f0_is_scaled_about_its_mean(factor: float) -> None:
    contour_st = 3 * np.sin(np.linspace(0, 4 * np.pi, 200))
    before = vowel(duration_s=3.0, f0_hz=170 * 2 ** (contour_st / 12))
    tracks_hz = [
        track_f0(s).f0_hz[5:-5].astype(float) for s in (rendered(before, pitch_variance=factor), before)
    ]
    after_st, before_st = (12 * np.log2(np.where(f0_hz > 0, f0_hz, np.nan)) for f0_hz in tracks_hz)
    assert np.nanstd(after_st) == pytest.approx(factor * np.nanstd(before_st), rel=0.03)
    assert np.nanmean(after_st) == pytest.approx(np.nanmean(before_st), abs=0.1)


@pytest.mark.parametrize(
    "asked", [{"speech_rate": 0.7}, {"speech_rate": 1.5}, {"pitch_shift_semitones": -4.0}]
)
def test_harmonics_stay_clear_of_what_lies_between_them(asked: dict[str, float]) -> None:
    f0_hz = 130 * 2 ** (asked.get("pitch_shift_semitones", 0) / 12)
    after = rendered(vowel(duration_s=2.0, f0_hz=130.0), **asked)
    after = after[3000:-3000]
    power = np.abs(np.fft.rfft(after * np.hanning(len(after)))) ** 2
    hz = np.fft.rfftfreq(len(after), 1 / RATE_HZ)
    to_harmonic = np.abs(hz / f0_hz - np.round(hz / f0_hz))
    band = (hz > 500) & (hz < 4000)
    between = power[band & (to_harmonic > 0.25)].sum() / power[band].sum()
    assert 10 * np.log10(between) < -27


def spectral_distance(before: Samples, after: Samples) -> float:
    """Root mean square difference of the logarithms of short-time spectra."""
    window = np.hanning(512)
    frames = [np.lib.stride_tricks.sliding_window_view(s, 512)[::128] * window for s in (before, after)]
    n_frames = min(map(len, frames))
    one, other = (np.log(np.abs(np.fft.rfft(f[:n_frames])) + 1e-3) for f in frames)
    return float(np.sqrt(np.mean((one - other) ** 2)))


@pytest.mark.parametrize("clip", clips("neutral"), ids=lambda clip: str(clip.path.stem))
@pytest.mark.parametrize(
    ("parameter", "there", "back", "most"),
    [("speech_rate", 1.25, 0.8, 0.8), ("pitch_shift_semitones", 3.0, -3.0, 1.25)],
)
def test_phases_stay_together_there_and_back(
    clip: Clip, parameter: str, there: float, back: float, most: float
) -> None:
    audio = load_audio(clip.path)
    changed = rendered(audio.samples, audio.rate_hz, **{parameter: there})
    again = rendered(changed, audio.rate_hz, **{parameter: back})
    # Each bin with a phase of its own: 1.0 and 1.2 to 1.4.
    assert spectral_distance(audio.samples, again) < most


def test_what_is_unvoiced_is_left_as_it_is_but_for_the_level_when_only_the_pitch_changes() -> None:
    hiss = noise(duration_s=0.5, rms=0.003)
    before = np.concatenate([hiss, vowel(duration_s=0.5, f0_hz=150.0), hiss])
    after = rendered(before, pitch_shift_semitones=4.0)
    gain = after[:7000] @ before[:7000] / (before[:7000] @ before[:7000])
    assert abs(20 * np.log10(gain)) < 2
    assert np.allclose(after[:7000], gain * before[:7000], atol=1e-5)
    # Behind the voice it lies between the samples, and what is nearest to half the rate a little lower.
    assert np.corrcoef(after[-7000:], before[-7000:])[0, 1] > 0.8
    assert level_db(after[-7000:]) == pytest.approx(level_db(gain * before[-7000:]), abs=1)


@pytest.mark.parametrize("asked", [{}, {"speech_rate": 0.8}, {"pitch_variance": 1.5}])
def test_a_lowered_voice_is_as_bright_as_it_was(asked: dict[str, float]) -> None:
    contour_st = 3 * np.sin(np.linspace(0, 4 * np.pi, 200))
    before = vowel(duration_s=2.0, f0_hz=150 * 2 ** (contour_st / 12)) + noise(duration_s=2.0, rms=0.01)
    after = rendered(before, pitch_shift_semitones=-4.0, **asked)

    def above_db(samples: Samples) -> float:
        power, hz = np.abs(np.fft.rfft(samples)) ** 2, np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
        return float(10 * np.log10(power[hz > 7000].sum() / power.sum()))

    assert above_db(after) == pytest.approx(above_db(before), abs=3.5)  # the harmonics alone: 30 dB less


def test_a_burst_is_not_smeared_by_another_tempo() -> None:
    before = noise(duration_s=1.0, rms=1e-4)
    before[8000:8080] += noise(duration_s=0.005, rms=0.2)
    power = rendered(before, speech_rate=0.8).astype(float) ** 2
    centre = round(8040 / 0.8)
    assert power[centre - 160 : centre + 160].sum() > 0.9 * power.sum()


def test_a_voice_is_not_torn_where_one_block_of_tracking_ends() -> None:
    before = vowel(duration_s=32.0, f0_hz=150.0)
    around = rendered(before, pitch_shift_semitones=3.0)[29 * RATE_HZ : 31 * RATE_HZ]
    assert harmonics_f0_hz(around, RATE_HZ) == pytest.approx(150 * 2 ** (3 / 12), rel=0.001)
    levels_db = [level_db(around[i : i + 1600]) for i in range(0, len(around), 1600)]
    assert max(levels_db) - min(levels_db) < 0.5


@pytest.mark.slow
def test_nothing_is_imported_that_librosa_compiles() -> None:
    program = (
        "import sys, numpy as np; from voxaffect import *; from voxaffect.synthetic import vowel; "
        "ProsodyApplicator().apply_to_audio(vowel(duration_s=0.5), ProsodyParameters(2, 1.5, 0.9), "
        "rate_hz=16_000, renderer='librosa_audio'); "
        "sys.exit(str([m for m in ('librosa.core.audio', 'librosa.util.utils') if m in sys.modules] or 0))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr.strip() in ("", "0")


@pytest.mark.slow
def test_spectra_are_those_that_librosa_defines_and_give_the_sound_again() -> None:
    import librosa

    samples, n_fft = vowel(duration_s=0.5), spectrum.window_length(RATE_HZ)
    hop = n_fft // spectrum.OVERLAP
    centres = np.arange(0, len(samples) + 1, hop)
    ours = spectrum.analyse(samples, centres, n_fft)
    assert np.allclose(ours.T, librosa.stft(samples, n_fft=n_fft, hop_length=hop), atol=1e-4)
    sound, _ = spectrum.overlap_add(ours, n_fft, np.zeros(n_fft, np.float32))
    again = sound[n_fft // 2 :]  # the first window begins before the first sample
    assert np.allclose(again[n_fft : len(sound) - n_fft], samples[n_fft : len(sound) - n_fft], atol=1e-5)
