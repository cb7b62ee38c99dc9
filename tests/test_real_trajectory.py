"""The trajectory of real recordings, one after the other as in a conversation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from voxaffect import Direction, VoiceEmotionDetector
from voxaffect.examples import clips
from voxaffect.trajectory import Trajectory

CALMER = ["sadness", "sadness", "boredom", "neutral", "neutral"]
"""What the speakers acted, from the most negative to what is not. Happiness is left out: acoustics alone do
not tell it from anger surely enough."""


def after(acted: list[str]) -> Trajectory:
    minutes = itertools.count()
    now_s = 0.0
    detector = VoiceEmotionDetector("prosodic", clock=lambda: now_s)
    for emotion in acted:
        now_s = 1e9 + 40 * next(minutes)
        detector.analyze(clips(emotion)[0].path)
    trajectory = detector.get_trajectory()
    assert trajectory is not None
    return trajectory


@pytest.mark.parametrize(
    ("acted", "direction"),
    [
        (CALMER, Direction.IMPROVING),
        (CALMER[::-1], Direction.DECLINING),
        (["neutral"] * 5, Direction.STABLE),
        (["neutral", "sadness"] * 3, Direction.VOLATILE),
    ],
)
def test_the_direction_is_that_of_what_was_acted(acted: list[str], direction: Direction) -> None:
    assert after(acted).direction is direction


def test_silence_in_between_changes_nothing() -> None:
    detector = VoiceEmotionDetector("prosodic", clock=lambda: now_s)
    now_s = 1e9
    for i, emotion in enumerate(CALMER):
        now_s = 1e9 + 40 * i
        detector.analyze(clips(emotion)[0].path)
        now_s += 5
        detector.analyze(np.zeros(16_000, np.float32), 16_000)
    now_s = 1e9 + 160
    assert detector.get_trajectory() == after(CALMER)
