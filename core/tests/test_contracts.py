"""The contracts of `voxaffect.testing` find what a plugin's author forgets."""

from __future__ import annotations

import numpy as np
import pytest
from voxaffect import Features
from voxaffect.testing import ExtractorContract


class Level:
    def __init__(self, **given):
        self.given = given

    def extract(self, audio, *, baseline=None):
        return Features(**({"functionals": {"level": 1.0}, "baseline": baseline} | self.given))


def contract(extractor):
    class Contract(ExtractorContract):
        def build(self):
            return extractor

    return Contract()


def test_an_extractor_that_hands_the_baseline_on_keeps_the_contract():
    contract(Level()).test_a_speakers_own_features_are_taken_and_handed_on()


def test_an_extractor_that_drops_the_baseline_breaks_it():
    with pytest.raises(AssertionError, match="calibrating a speaker does nothing"):
        contract(Level(baseline=None)).test_a_speakers_own_features_are_taken_and_handed_on()


@pytest.mark.parametrize(
    "given", [{"functionals": {"level": float("nan")}}, {"embedding": np.full(4, np.nan, np.float32)}]
)
def test_what_is_no_number_breaks_it(given):
    with pytest.raises(AssertionError):
        contract(Level(**given)).test_speech_gives_features_at_every_rate()
