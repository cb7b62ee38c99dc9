"""Formants of vowels and of filters whose resonances are known."""

from __future__ import annotations

import numpy as np
import pytest
from voxaffect.synthetic import vowel
from voxaffect_prosodic.formants import formants
from voxaffect_prosodic.spectrum import FREQUENCIES_HZ, RATE_HZ, power_spectrogram


@pytest.mark.parametrize(
    ("formants_hz", "f0_hz"),
    [
        ((700, 900, 2500, 3500, 4500), 210),
        ((700, 900, 2500, 3500, 4500), 240),
        ((300, 2500, 2800, 3600, 4500), 180),
        ((300, 2500, 2800, 3600, 4500), 240),
        ((300, 1900, 2200, 3300, 4200), 180),
        ((300, 1900, 2200, 3300, 4200), 210),
    ],
)
def test_formants_close_to_one_another_are_told_apart(formants_hz: tuple[int, ...], f0_hz: float) -> None:
    error_hz = np.abs(_found(formants_hz, f0_hz) - formants_hz[:3])
    assert np.mean(error_hz, axis=0).max() < 80  # NaN, a formant not found, fails too


@pytest.mark.parametrize("f0_hz", [240, 270, 300])
def test_a_first_formant_as_low_as_the_fundamental_is_not_lost(f0_hz: float) -> None:
    assert np.median(_found((310, 2790, 3310, 4000, 4600), f0_hz)[:, 0]) == pytest.approx(310, abs=40)


@pytest.mark.parametrize("bandwidth_hz", [60.0, 120.0, 240.0])
def test_bandwidths_of_a_filter_are_found(bandwidth_hz: float) -> None:
    power = _resonator((500, 1500, 2500, 3500, 4500), bandwidth_hz)
    frequency_hz, found_hz = formants(power)
    assert frequency_hz[0] == pytest.approx([500, 1500, 2500], abs=15)
    assert found_hz[0] == pytest.approx(bandwidth_hz, rel=0.15, abs=15)


def test_a_frame_reads_the_same_alone_and_among_others() -> None:
    power = power_spectrogram(vowel(duration_s=1, f0_hz=[120, 260], hnr_db=20))
    together = np.concatenate(formants(power), axis=1)
    for start, stop in ((0, 1), (3, 4), (10, 27), (40, 101)):
        alone = np.concatenate(formants(power[start:stop]), axis=1)
        np.testing.assert_allclose(alone, together[start:stop], rtol=1e-2)


def test_silence_has_no_formants() -> None:
    frequency_hz, bandwidth_hz = formants(np.zeros((3, len(FREQUENCIES_HZ)), np.float32))
    assert np.isnan(frequency_hz).all()
    assert np.isnan(bandwidth_hz).all()


def _found(formants_hz: tuple[int, ...], f0_hz: float) -> np.ndarray:
    """(n_frames, 3) of a voice that glides by 12 % about F0."""
    sound = vowel(
        duration_s=0.4,
        f0_hz=[f0_hz * 0.94, f0_hz * 1.06],
        formants_hz=formants_hz,
        jitter=0.01,
        hnr_db=25,
        seed=1,
    )
    return formants(power_spectrogram(sound)[5:-5])[0]


def _resonator(formants_hz: tuple[int, ...], bandwidth_hz: float) -> np.ndarray:
    """(1, 257) power of the filter alone, with the tilt that pre-emphasis takes off."""
    z = np.exp(2j * np.pi * FREQUENCIES_HZ / RATE_HZ)
    response = 1 / (1 - 0.97 / z)
    for formant_hz in formants_hz:
        pole = np.exp((-np.pi * bandwidth_hz + 2j * np.pi * formant_hz) / RATE_HZ)
        response = response / ((1 - pole / z) * (1 - pole.conjugate() / z))
    power: np.ndarray = np.square(np.abs(response))[np.newaxis].astype(np.float32)
    return power
