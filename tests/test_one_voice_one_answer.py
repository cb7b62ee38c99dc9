"""What is no part of a voice changes nothing in the answer, whichever backend gives it."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from voxaffect import EmotionResult, Pipeline, create_backend, load_audio
from voxaffect.examples import clips
from voxaffect.synthetic import noise

RATE_HZ = 16_000
BACKENDS = ("prosodic", "whisper_mlx")
CLIPS = {clip.path.stem: load_audio(clip.path).samples for clip in clips()}


@functools.cache
def backend(name: str) -> Pipeline:
    return create_backend(name)


@functools.cache
def plain(name: str, clip: str) -> EmotionResult:
    return backend(name).hear(CLIPS[clip], rate_hz=RATE_HZ)


@pytest.mark.parametrize("peak_dbfs", [0, -20, -50])
@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("name", BACKENDS)
def test_the_level_of_a_recording(name: str, clip: str, peak_dbfs: float) -> None:
    samples = CLIPS[clip]
    scaled = samples * 10 ** (peak_dbfs / 20) / np.abs(samples).max()
    heard, expected = backend(name).hear(scaled, rate_hz=RATE_HZ), plain(name, clip)
    assert heard.speech
    assert heard.top.emotion == expected.top.emotion
    assert heard.primary.valence == pytest.approx(expected.primary.valence, abs=0.02)
    assert heard.primary.arousal == pytest.approx(expected.primary.arousal, abs=0.02)


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("name", BACKENDS)
def test_silence_around_it(name: str, clip: str) -> None:
    room = noise(duration_s=30, rms=1e-4)
    heard = backend(name).hear(np.concatenate([room, CLIPS[clip], room]), rate_hz=RATE_HZ)
    expected = plain(name, clip)
    assert heard.primary.valence == pytest.approx(expected.primary.valence, abs=0.15)
    assert heard.primary.arousal == pytest.approx(expected.primary.arousal, abs=0.1)
    assert "noisy" not in heard.to_context_string()


@pytest.mark.parametrize("name", BACKENDS)
def test_the_voices_that_speak_before_and_after_it(name: str) -> None:
    pause = noise(duration_s=1, rms=1e-4)
    turns = np.concatenate([part for samples in CLIPS.values() for part in (samples, pause)])
    course = backend(name).hear(turns, rate_hz=RATE_HZ).course
    assert course is not None
    starts_s = np.cumsum([0, *((len(samples) + len(pause)) / RATE_HZ for samples in CLIPS.values())])
    for clip, start_s, stop_s in zip(CLIPS, starts_s, starts_s[1:], strict=False):
        heard = [each for each in course.utterances if start_s - 0.2 <= each.start_s < stop_s - 0.2]
        lengths_s, expected = [each.length_s for each in heard], plain(name, clip)
        arousal = np.average([each.result.primary.arousal for each in heard], weights=lengths_s)
        valence = np.average([each.result.primary.valence for each in heard], weights=lengths_s)
        assert (valence, arousal) == pytest.approx(
            (expected.primary.valence, expected.primary.arousal), abs=0.15
        ), clip
