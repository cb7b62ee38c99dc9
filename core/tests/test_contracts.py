"""The contracts of `voxaffect.testing` find what a plugin's author forgets."""

from __future__ import annotations

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


class Carrying(Level):
    """Its stream measures the length of a stretch, and is `wrong` about all but the first."""

    def __init__(self, *, wrong):
        super().__init__()
        self.wrong = wrong

    def extract(self, audio, *, baseline=None):
        return Features(functionals={"samples": float(len(audio.samples))}, baseline=baseline)

    def stream(self, rate_hz):
        return self

    def feed(self, samples):
        pass

    def features(self, start, stop, *, baseline=None):
        return Features(functionals={"samples": float(stop - start + self.wrong * start)}, baseline=baseline)

    def forget(self, before):
        pass


def test_a_stream_that_measures_as_the_extractor_keeps_it():
    contract(Carrying(wrong=0)).test_a_stream_gives_what_each_stretch_alone_gives()


def test_a_stream_that_carries_what_is_not_the_same_breaks_it():
    with pytest.raises(AssertionError, match="samples"):
        contract(Carrying(wrong=1)).test_a_stream_gives_what_each_stretch_alone_gives()
