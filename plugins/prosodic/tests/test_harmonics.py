"""Harmonics of tones made of them."""

from __future__ import annotations

import numpy as np
import pytest
from voxaffect_prosodic.harmonics import harmonic_differences_db
from voxaffect_prosodic.spectrum import RATE_HZ, power_spectrogram


@pytest.mark.parametrize("f0_hz", [100.0, 127.0, 180.0, 260.0, 350.0])
@pytest.mark.parametrize("h1_h2_db", [-12.0, 0.0, 12.0])
def test_the_first_harmonic_over_the_second_is_as_made(f0_hz: float, h1_h2_db: float) -> None:
    t = np.arange(RATE_HZ) / RATE_HZ
    levels_db = [h1_h2_db, *(-6 * np.log2(k / 2) for k in range(2, int(7000 / f0_hz)))]
    tone = sum(
        10 ** (level_db / 20) * np.cos(2 * np.pi * k * f0_hz * t + k * k)
        for k, level_db in enumerate(levels_db, start=1)
    )
    power = power_spectrogram(np.asarray(tone, np.float32) * np.float32(0.05))[5:-5]
    found_db, _ = harmonic_differences_db(power, np.full(len(power), f0_hz, np.float32))
    assert np.median(found_db) == pytest.approx(h1_h2_db, abs=1.0)
