"""A stream heard by a network and by acoustics, each of which carries work from window to window."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from voxaffect import create_backend, load_audio
from voxaffect.examples import clips
from voxaffect.streaming import EmotionStream, UtteranceResult, WindowResult
from voxaffect.testing import assert_heard_alike

RATE_HZ = 16_000


@pytest.mark.parametrize(
    ("seed", "backend"),
    [
        (0, {"name": "hybrid", "members": [{"use": "whisper_mlx"}, {"use": "prosodic"}]}),
        (1, {"name": "whisper_mlx"}),
    ],
    ids=["as members of a hybrid", "one for the emotion, the other for the markers"],
)
def test_a_network_and_acoustics_together_hear_a_stream_as_they_hear_each_stretch(
    seed: int, backend: dict[str, Any]
) -> None:
    pipeline = create_backend(**backend)
    audio = np.concatenate([load_audio(clip.path).samples for clip in clips()[:3]])[: 5 * RATE_HZ]
    cuts = np.sort(np.random.default_rng(seed).integers(0, len(audio), 10))
    stream = EmotionStream(pipeline, rate_hz=RATE_HZ, adapt=False, activity="builtin")
    events = [event for chunk in np.split(audio, cuts) for event in stream.feed(chunk)]
    results = [
        event for event in [*events, *stream.finish()] if isinstance(event, (WindowResult, UtteranceResult))
    ]
    assert {type(event) for event in results} == {WindowResult, UtteranceResult}
    for event in results:
        stretch = audio[round(event.start_s * RATE_HZ) : round(event.end_s * RATE_HZ)]
        if not event.result.speech:
            continue
        alone = attrs.evolve(pipeline, activity="off").hear(stretch, rate_hz=RATE_HZ)
        assert_heard_alike(event.result, alone)
        assert event.result.prosodic is not None
        assert event.result.prosodic.pitch_mean_hz
