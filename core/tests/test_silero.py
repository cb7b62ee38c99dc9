"""silero-vad's network, where it and onnxruntime are installed; what is said where they are not."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest
from voxaffect import ComponentUnavailableError, load_audio, silero
from voxaffect.examples import clips
from voxaffect.silero import FRAME, SileroActivity
from voxaffect.synthetic import noise, silence
from voxaffect.voice_activity import BuiltinActivity, open_activity

installed = pytest.mark.skipif(
    silero.why_unavailable() is not None, reason="silero-vad or onnxruntime missing"
)


@installed
def test_it_tells_speech_from_silence_and_noise() -> None:
    speech = load_audio(clips("anger")[0].path).samples
    assert np.median(SileroActivity().feed(speech)) > 0.9
    for sound in (silence(duration_s=2), noise(duration_s=2, rms=0.05)):
        assert SileroActivity().feed(sound).max() < 0.5


@installed
def test_it_tells_the_same_however_the_stream_is_cut() -> None:
    speech = load_audio(clips("fear")[0].path).samples
    whole, cut = SileroActivity(), SileroActivity()
    told = np.concatenate([cut.feed(chunk) for chunk in np.split(speech, [1, 700, 701, 9000])])
    np.testing.assert_array_equal(told, whole.feed(speech))
    assert len(told) == len(speech) // FRAME


@installed
def test_it_is_taken_where_it_is_installed_and_pytorch_is_not_imported() -> None:
    activity = open_activity("auto")
    assert activity is not None
    assert activity.name == "silero"
    assert "torch" not in sys.modules


def test_without_it_our_own_is_taken_and_asking_for_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "onnxruntime" else find_spec(name),
    )
    assert isinstance(open_activity("auto"), BuiltinActivity)
    with pytest.raises(ComponentUnavailableError, match="pip install onnxruntime"):
        open_activity("silero")
