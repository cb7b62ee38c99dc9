"""The benchmark of strangers: what it counts of what is said, and through what it sends a voice."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import attrs
import numpy as np
import pytest
from voxaffect import EmotionCategory, EmotionPrediction, EmotionResult, Intensity, create_backend, load_audio
from voxaffect.examples import clips
from voxaffect_prosodic.f0 import track_f0

BENCHMARKS = Path(__file__).parent / "benchmarks"
RATE_HZ = 16_000


@pytest.fixture
def benchmark(monkeypatch) -> Callable[[str], ModuleType]:
    """A module of the benchmarks."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module


@pytest.fixture(scope="module")
def voices() -> list[np.ndarray]:
    """Of two example clips."""
    return [load_audio(clip.path).samples[: 2 * RATE_HZ] for clip in clips()[:2]]


@pytest.fixture(scope="module")
def heard(voices) -> EmotionResult:
    """Of one of them."""
    return create_backend("prosodic").hear(voices[0], rate_hz=RATE_HZ)


def test_every_condition_gives_back_the_voice_in_its_place(benchmark, voices):
    sounds = benchmark("sounds")
    for name, change in sounds.CHANGES.items():
        for voice in voices:
            changed = change(voice, 0)
            assert changed.dtype == np.float32
            before = (len(changed) - len(voice)) // 2
            lag = lag_of(changed[before : before + len(voice)], voice)
            assert abs(lag) <= 0.002 * RATE_HZ, name


def lag_of(changed: np.ndarray, voice: np.ndarray) -> int:
    """Samples by which one comes later than the other."""
    n_fft = 2 * len(voice)
    cross = np.fft.irfft(np.fft.rfft(changed, n_fft) * np.fft.rfft(voice, n_fft).conj())
    lag = int(np.argmax(np.abs(cross)))
    return lag if lag < len(voice) else lag - n_fft


def test_a_whispered_voice_has_its_formants_and_no_pitch(benchmark, voices):
    for voice in voices:
        whispered = benchmark("voices").whispered(voice)
        assert voiced_share(voice) > 0.3
        assert voiced_share(whispered) < 0.05
        before, after = (10 * np.log10(in_bands(samples)) for samples in (voice, whispered))
        np.testing.assert_allclose(after - after.mean(), before - before.mean(), atol=6)


def voiced_share(samples: np.ndarray) -> float:
    return float(np.mean(track_f0(samples, fmin_hz=60, fmax_hz=400).f0_hz > 0))


def in_bands(samples: np.ndarray) -> np.ndarray:
    """Energy in each kHz above the first, which is weaker in a whisper."""
    return np.array([part.sum() for part in np.array_split(np.abs(np.fft.rfft(samples)) ** 2, 8)[1:]])


def test_several_backends_hear_what_each_hears_alone(benchmark, voices):
    pipelines = {name: create_backend(name) for name in ("prosodic", "prosodic_rules")}
    ears = benchmark("ears").Ears(pipelines)
    for voice in voices:
        for name, result in ears.hear(voice).items():
            assert result.posterior == pipelines[name].hear(voice, rate_hz=RATE_HZ).posterior


def test_a_speaker_is_heard_against_their_own_clips(benchmark, voices):
    ears = benchmark("ears").Ears({"prosodic": create_backend("prosodic")})
    ears.enrol("known", [voices[1]])
    known, unknown = (ears.hear(voices[0], speaker)["prosodic"] for speaker in ("known", "unknown"))
    assert (known.adapted_to, unknown.adapted_to) == (1, 0)


@pytest.mark.parametrize(
    ("posterior", "acted", "kind"),
    [
        ({"neutral": 0.6}, "", "neutral"),
        ({"calm": 0.3, "content": 0.3}, "", "neutral"),
        ({"neutral": 0.6}, "anger", "neutral"),
        ({"angry": 0.4}, "", "may"),
        ({"angry": 0.6}, "", "sounds"),
        ({"angry": 0.4}, "anger", "rightly"),
        ({"angry": 0.3, "frustrated": 0.3}, "anger", "rightly"),
        ({"sad": 0.6}, "anger", "sounds"),
        ({"anxious": 0.2, "nervous": 0.2, "angry": 0.15, "frustrated": 0.15}, "anger", "group"),
        ({"sad": 0.2}, "sadness", "nothing"),
    ],
)
def test_what_is_said_of_a_voice_is_counted_as_one_kind(benchmark, heard, posterior, acted, kind):
    strangers = benchmark("strangers")
    result = with_posterior(heard, posterior)
    assert strangers.said_of(result, acted).kind == kind
    assert strangers.said_of(attrs.evolve(result, speech=False), acted).kind == "no speech"


def with_posterior(result: EmotionResult, given: dict[str, float]) -> EmotionResult:
    """The rest is spread evenly."""
    rest = (1 - sum(given.values())) / (len(EmotionCategory) - len(given))
    posterior = {emotion: given.get(emotion, rest) for emotion in EmotionCategory}
    likeliest = sorted(posterior, key=lambda emotion: -posterior[emotion])[:3]
    top = tuple(EmotionPrediction(each, posterior[each], Intensity.MODERATE) for each in likeliest)
    return attrs.evolve(result, posterior=posterior, categorical=top, unclear=False, emotional=None)


def test_a_row_is_in_percent_of_its_clips_and_right_of_those_told_an_emotion(benchmark):
    strangers = benchmark("strangers")
    kinds = ("rightly", "rightly", "rightly", "may", "neutral", "nothing", "group", "sounds")
    row = strangers.Row([strangers.Said(kind, "", "") for kind in kinds])
    assert row.share("neutral", "nothing") == 25
    assert row.share("rightly", "may", "sounds") == 62.5
    assert row.right() == 60
    assert strangers.Row([strangers.Said("nothing", "", "")]).right() == 100
