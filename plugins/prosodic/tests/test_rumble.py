"""What is no part of a voice, an offset or mains hum, enters no measure."""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt
import pytest
from voxaffect import EmotionResult, Pipeline, create_backend, load_audio
from voxaffect.examples import clips
from voxaffect.synthetic import noise
from voxaffect_prosodic.rumble import HUM_HZ, LOWEST_HZ, REACH, without_rumble
from voxaffect_prosodic.spectrum import RATE_HZ

Samples = npt.NDArray[np.float32]


@functools.cache
def pipeline() -> Pipeline:
    return create_backend("prosodic")


@functools.cache
def heard(emotion: str, disturbance: str = "") -> EmotionResult:
    samples = load_audio(clips(emotion)[0].path).samples
    return pipeline().hear(samples + DISTURBANCES[disturbance](samples), rate_hz=RATE_HZ)


def hum(like: Samples, mains_hz: float, *harmonics: float) -> Samples:
    """10 dB below the speech, with harmonics of these levels."""
    time = np.arange(len(like)) / RATE_HZ
    rms = np.sqrt(np.mean(np.square(like, dtype=np.float64))) * 10 ** (-10 / 20)
    shares = enumerate((1.0, *harmonics), start=1)
    tones = [share * np.sin(2 * np.pi * k * mains_hz * time + k) for k, share in shares]
    return (rms * np.sqrt(2) * np.sum(tones, axis=0)).astype(np.float32)


DISTURBANCES = {
    "": lambda _: np.float32(0),
    "offset of .05": lambda _: np.float32(0.05),
    "offset of .1": lambda _: np.float32(0.1),
    "hum of 50 Hz": lambda samples: hum(samples, 50),
    "hum of 60 Hz": lambda samples: hum(samples, 60),
    "hum of 50, 100 and 150 Hz": lambda samples: hum(samples, 50, 0.1, 0.1),
}


@pytest.mark.parametrize("disturbance", list(DISTURBANCES)[1:])
@pytest.mark.parametrize("emotion", ["anger", "neutral", "fear", "sadness", "happiness"])
def test_neither_an_offset_nor_mains_hum_moves_what_is_heard(emotion: str, disturbance: str) -> None:
    clean, disturbed = heard(emotion), heard(emotion, disturbance)
    assert disturbed.speech
    assert abs(disturbed.primary.valence - clean.primary.valence) < 0.15
    assert abs(disturbed.primary.arousal - clean.primary.arousal) < 0.05
    assert disturbed.prosodic is not None
    assert clean.prosodic is not None
    ratio = disturbed.prosodic.pitch_mean_hz / clean.prosodic.pitch_mean_hz  # type: ignore[operator]
    assert abs(12 * math.log2(ratio)) < 0.5


def test_what_a_voice_has_is_kept_and_what_lies_below_is_not() -> None:
    time = np.arange(RATE_HZ) / RATE_HZ
    for frequency_hz, least_db, most_db in (
        (0.0, -np.inf, -100),
        (HUM_HZ - 10, -np.inf, -38),
        (HUM_HZ, -np.inf, -34),
        (LOWEST_HZ, -0.3, 0.3),
        (200.0, -0.1, 0.1),
        (1000.0, -0.1, 0.1),  # where the filter's slow rate would fold
        (7000.0, -0.1, 0.1),
    ):
        tone = np.cos(2 * np.pi * frequency_hz * time).astype(np.float32)
        left = without_rumble(tone)[REACH:-REACH]
        with np.errstate(divide="ignore"):
            gain_db = 10 * np.log10(np.mean(left**2) / np.mean(tone[REACH:-REACH] ** 2))
        assert least_db <= gain_db <= most_db, frequency_hz


@pytest.mark.parametrize("n_samples", [0, 1, 159, 160, 161, 1_387, 1_388, 1_600, 5_000])
def test_an_offset_leaves_nothing_at_any_length(n_samples: int) -> None:
    left = without_rumble(np.full(n_samples, 0.5, np.float32))
    assert left.shape == (n_samples,)
    assert np.abs(left).max(initial=0) < 1e-6


def test_a_sample_depends_on_its_neighbourhood_alone() -> None:
    samples = noise(duration_s=0.5)
    part = without_rumble(samples[1_600:4_800])[REACH:-REACH]
    np.testing.assert_allclose(part, without_rumble(samples)[1_600 + REACH : 4_800 - REACH], atol=1e-6)
