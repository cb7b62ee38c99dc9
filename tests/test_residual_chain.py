"""What voice conversion cannot do, an audio renderer does before or after it: the two together do it all."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import numpy as np
import pytest
from voxaffect import (
    EmotionCategory,
    ProsodyApplicator,
    ProsodyParameters,
    Stage,
    Utterance,
    emotion_to_prosody,
    load_audio,
)
from voxaffect.cli import main
from voxaffect.examples import clips
from voxaffect.host import PluginHost
from voxaffect.testing import speech_like_audio
from voxaffect.types import PROSODY_RANGES, Audio

pytest.importorskip("voxaffect_rvc")
pytest.importorskip("voxaffect_librosa_audio")
pytest.importorskip("voxaffect_prosodic")

CLIP = clips("neutral")[0].path
CHAIN = ["rvc", "librosa_audio"]
COMMAND = ["express", "--emotion", "sad", "--to", "rvc", "--then", "librosa_audio"]
NO_RENDERER_CAN = {"pause_multiplier"}
"""The clip has no pause."""


def pitch_hz(audio: Audio) -> float:
    features = PluginHost().build(Stage.EXTRACTOR, "prosodic").extract(audio)
    return float(features.markers.pitch_mean_hz)


@pytest.mark.parametrize("emotion", EmotionCategory)
def test_together_they_leave_nothing_that_either_can_do(emotion: EmotionCategory) -> None:
    made = ProsodyApplicator().render_chain(
        CHAIN, emotion_to_prosody(emotion), Utterance(audio=load_audio(CLIP))
    )
    assert made.audio is not None
    assert set(made.unexpressed) <= NO_RENDERER_CAN
    assert set(made.approximated) <= {"volume_db"}, "the limiter may take some of the level"
    assert set(made.residual.changed()) <= NO_RENDERER_CAN | {"volume_db"}


def test_the_fraction_of_a_semitone_that_conversion_drops_is_made_up_for_before_or_after_it() -> None:
    """A shift by whole semitones stands in for the conversion."""
    asked = ProsodyParameters(pitch_shift_semitones=-3.4, speech_rate=0.8)
    applicator, source = ProsodyApplicator(), speech_like_audio()

    def converted(audio: Audio, key: int) -> Audio:
        return applicator.apply_to_audio(audio, ProsodyParameters(pitch_shift_semitones=key))

    chain = applicator.render_chain(CHAIN, asked, Utterance(audio=source))
    assert chain.audio is not None
    key = chain.renderings[0].output["f0_up_key"]  # type: ignore[index]
    assert key == -3
    before = converted(chain.audio, key)
    after = applicator.render_chain(CHAIN, asked, Utterance(audio=converted(source, key))).audio
    assert after is not None
    for audio in (before, after):
        shift_st = 12 * np.log2(pitch_hz(audio) / pitch_hz(source))
        assert shift_st == pytest.approx(-3.4, abs=0.15)
        assert audio.duration_s == pytest.approx(source.duration_s / 0.8, rel=0.01)


@pytest.mark.parametrize("flavour", ["webui", "rvc-python", "infer-rvc-python", "inferrvc", "applio"])
def test_for_every_package_shift_and_residual_add_up(flavour: str) -> None:
    low, high = PROSODY_RANGES["pitch_shift_semitones"]
    for asked_st in np.linspace(low, high, 25):
        asked = ProsodyParameters(pitch_shift_semitones=float(asked_st))
        rendering = ProsodyApplicator().render({"use": "rvc", "flavour": flavour}, asked)
        assert not isinstance(rendering.output, str | Audio)
        pitch = next(value for name, value in rendering.output.items() if "f0" in name or "pitch" in name)
        done_st = int(pitch)  # what each package makes of it
        assert done_st + rendering.residual.pitch_shift_semitones == pytest.approx(asked_st)


def test_the_command_line_prints_the_parameters_and_writes_the_audio(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "sad.wav"
    code = main([*COMMAND, "--audio", str(CLIP), "--output", str(written), "--option", "flavour=applio"])
    printed = capsys.readouterr()
    assert code == 0
    assert json.loads(printed.out)["pitch"] == -2
    assert load_audio(written).duration_s > load_audio(CLIP).duration_s
    assert "speech_rate" not in printed.err
    assert "not expressed: pause_multiplier" in printed.err


def test_each_renderer_of_a_chain_takes_options_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("voxaffect_ssml")
    chain = ["express", "I see.", "--emotion", "sad", "--to", "rvc", "--then", "ssml"]
    options = ["--option", "flavour=applio", "--option", "ssml.dialect=google"]
    assert main([*chain, *options]) == 0
    parameters, document = capsys.readouterr().out.split("<speak>")
    assert json.loads(parameters)["pitch"] == -2
    assert document.startswith('<prosody pitch="+0.5st" rate="80%"')


def test_an_option_of_a_renderer_that_is_not_in_the_chain_is_a_usage_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*COMMAND, "--audio", str(CLIP), "--option", "ssml.dialect=google"]) == 2
    assert "no renderer 'ssml' here, only rvc, librosa_audio" in capsys.readouterr().err


def test_as_json_the_chain_is_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([*COMMAND, "--audio", str(CLIP), "--output", str(tmp_path / "sad.wav"), "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    assert document["renderer"] == "librosa_audio"
    assert [other["renderer"] for other in document["others"]] == ["rvc"]
    assert document["others"][0]["output"]["f0_up_key"] == -2
    assert set(document["unexpressed"]) == NO_RENDERER_CAN
    assert document["prosody"] == attrs.asdict(emotion_to_prosody("sad"))


def test_a_renderer_in_the_chain_that_lacks_audio_is_a_usage_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(COMMAND) == 2
    assert "'librosa_audio' needs a recording" in capsys.readouterr().err
