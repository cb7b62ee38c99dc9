"""Spectrogram and encoder are those of OpenAI's own code, on either engine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from voxaffect.engines import Array, TensorEngine, load_engine
from voxaffect.weights import CheckpointError
from voxaffect_whisper_mlx.checkpoint import Checkpoint
from voxaffect_whisper_mlx.mel import count_mel_frames, log_mel, mel_filters
from voxaffect_whisper_mlx.model import WhisperEncoder

Sound = Callable[[float], Array]
SECONDS = pytest.mark.parametrize("seconds", [0.025, 0.3, 1.21])
BANDS = pytest.mark.parametrize("n_mels", [80, 128])


@BANDS
def test_the_filters_are_those_of_openais_file(expected: dict[str, Array], n_mels: int) -> None:
    assert mel_filters(n_mels) == pytest.approx(expected[f"filters/{n_mels}"], abs=1e-8)


@SECONDS
@BANDS
def test_the_spectrogram_is_that_of_openai(
    expected: dict[str, Array], reference_audio: Sound, seconds: float, n_mels: int
) -> None:
    mel = log_mel(reference_audio(seconds), n_mels)
    wanted = expected[f"{seconds:g}/mel/{n_mels}"]
    assert mel.normalised(mel.loudest) == pytest.approx(wanted, abs=1e-5)


def test_the_spectrogram_is_cut_off_80_db_below_its_highest(reference_audio: Sound) -> None:
    sound = reference_audio(1.0)
    sound[8000:] *= 1e-6
    mel = log_mel(sound, 80)
    normalised = mel.normalised(mel.loudest)
    assert normalised.max() - normalised.min() == pytest.approx(2.0)


@pytest.mark.parametrize("stretch", [slice(0, 40), slice(40, 90), slice(90, 121)])
def test_a_stretch_of_a_spectrogram_is_that_of_the_whole(reference_audio: Sound, stretch: slice) -> None:
    sound = reference_audio(1.21)
    assert count_mel_frames(len(sound)) == 121
    assert log_mel(sound, 80, stretch).bands == pytest.approx(log_mel(sound, 80).bands[stretch], abs=1e-5)


@SECONDS
def test_every_level_is_that_of_openai(
    small: Checkpoint,
    parameters: dict[str, Array],
    engine: TensorEngine,
    expected: dict[str, Array],
    seconds: float,
) -> None:
    encoder = WhisperEncoder(small.config, parameters, engine)
    found = encoder.levels(expected[f"{seconds:g}/mel/80"], range(5))
    for level in range(5):
        wanted = expected[f"{seconds:g}/level/{level}"]
        assert np.abs(found[level] - wanted).max() <= 1e-5 * np.abs(wanted).max(), level


def test_no_more_is_computed_than_a_level_takes(
    small: Checkpoint, parameters: dict[str, Array], expected: dict[str, Array]
) -> None:
    """A network cut to one block has the first levels of the whole, and not the others."""
    config = small.config.cut_to(1)
    encoder = WhisperEncoder(config, small.parameters(config), load_engine("numpy"))
    found = encoder.levels(expected["0.3/mel/80"], [0, 1])
    assert set(found) == {0, 1}
    assert found[1] == pytest.approx(expected["0.3/level/1"], abs=1e-5)
    with pytest.raises(CheckpointError, match="levels 0 to 1, not 2"):
        config.cut_to(2)
