"""Along a stream every result is that of its stretch alone."""

from __future__ import annotations

import functools
from pathlib import Path

import attrs
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from voxaffect import EmotionResult, Pipeline, create_backend, load_audio
from voxaffect.engines import Array
from voxaffect.examples import clips
from voxaffect.streaming import EmotionStream, UtteranceResult, WindowResult
from voxaffect.synthetic import silence
from voxaffect.testing import assert_heard_alike
from voxaffect_whisper_mlx.extractor import WhisperExtractor

RATE_HZ = 16_000
SMALL = Path(__file__).parent / "data" / "small"


@functools.cache
def recording() -> Array:
    """(n_samples,) two utterances with silence between them, of which the second is louder."""
    first, second = (load_audio(clips(acted)[0].path).samples for acted in ("sadness", "anger"))
    return np.concatenate([first[:28_000], silence(duration_s=1.3), second[:34_000]]).astype(np.float32)


@functools.cache
def pipeline() -> Pipeline:
    return create_backend("whisper_mlx")


@functools.cache
def alone(start: int, stop: int) -> EmotionResult:
    return attrs.evolve(pipeline(), activity="off").hear(recording()[start:stop], rate_hz=RATE_HZ)


@functools.cache
def small(engine: str = "numpy", pooled_over: str = "speech") -> WhisperExtractor:
    return WhisperExtractor(model=SMALL, levels=[0, 4], engine=engine, pooled_over=pooled_over)  # type: ignore[arg-type]


@settings(max_examples=4, deadline=None)
@given(cuts=st.lists(st.floats(0, 1), max_size=12), activity=st.sampled_from(["builtin", "off"]))
def test_every_result_is_that_of_its_stretch_alone_however_it_is_cut(
    cuts: list[float], activity: str
) -> None:
    stream = EmotionStream(pipeline(), rate_hz=RATE_HZ, adapt=False, activity=activity)  # type: ignore[arg-type]
    events = []
    for chunk in np.split(recording(), sorted(round(cut * len(recording())) for cut in cuts)):
        events += stream.feed(chunk)
    events += stream.finish()
    results = [event for event in events if isinstance(event, (WindowResult, UtteranceResult))]
    assert len([event for event in results if isinstance(event, WindowResult)]) == 9
    if activity == "builtin":
        assert len([event for event in results if isinstance(event, UtteranceResult) and event.final]) == 2
    for event in results:
        if not event.result.speech:
            continue
        expected = alone(round(event.start_s * RATE_HZ), round(event.end_s * RATE_HZ))
        assert_heard_alike(event.result, expected)
