from __future__ import annotations

from collections.abc import Mapping

import pytest
from voxaffect import UnknownNameError, Utterance
from voxaffect.testing import RendererContract
from voxaffect.types import NEUTRAL_PROSODY, PROSODY_RANGES, ProsodyParameters, Rendering
from voxaffect_rvc import FLAVOURS, RvcRenderer


class TestRvcRenderer(RendererContract):
    component = "rvc"


class TestApplioRenderer(RendererContract):
    component = "rvc"
    options = {"flavour": "applio"}  # noqa: RUF012


def render(prosody: ProsodyParameters, flavour: str = "webui") -> Rendering:
    rendering = RvcRenderer(flavour=flavour).render(prosody, Utterance())
    assert rendering.kind == "parameters"
    assert isinstance(rendering.output, Mapping)
    return rendering


NAMES = {
    "webui": {"f0_up_key", "f0_method", "index_rate", "resample_sr", "rms_mix_rate", "protect"},
    "rvc-python": {
        "f0up_key", "f0method", "index_rate", "filter_radius", "resample_sr", "rms_mix_rate", "protect",
    },
    "infer-rvc-python": {
        "pitch_lvl", "pitch_algo", "index_influence", "respiration_median_filtering", "envelope_ratio",
        "consonant_breath_protection", "resample_sr",
    },
    "inferrvc": {"f0_up_key", "f0_method", "index_rate", "filter_radius", "protect", "output_volume"},
    "applio": {"pitch", "f0_method", "index_rate", "volume_envelope", "protect"},
}  # fmt: skip
PITCH = {
    "webui": "f0_up_key",
    "rvc-python": "f0up_key",
    "infer-rvc-python": "pitch_lvl",
    "inferrvc": "f0_up_key",
    "applio": "pitch",
}


@pytest.mark.parametrize("flavour", NAMES)
def test_each_package_gets_the_names_of_its_own_parameters(flavour: str) -> None:
    assert set(render(NEUTRAL_PROSODY, flavour).output) == NAMES[flavour]


def test_every_package_that_is_offered_is_tested_here() -> None:
    assert set(FLAVOURS) == set(NAMES)


@pytest.mark.parametrize("flavour", sorted(set(NAMES) - {"inferrvc"}))
@pytest.mark.parametrize(("asked", "whole"), [(-6, -6), (-1.6, -2), (0, 0), (2.4, 2), (2.6, 3), (6, 6)])
def test_semitones_are_whole_where_the_package_takes_whole_ones(
    flavour: str, asked: float, whole: int
) -> None:
    rendering = render(ProsodyParameters(pitch_shift_semitones=asked), flavour)
    pitch = rendering.output[PITCH[flavour]]
    assert isinstance(pitch, int)
    assert pitch == whole
    assert rendering.residual.pitch_shift_semitones == pytest.approx(asked - whole)
    assert ("pitch_shift_semitones" in rendering.approximated) == (asked != whole)


def test_less_than_half_a_semitone_is_not_expressed() -> None:
    rendering = render(ProsodyParameters(pitch_shift_semitones=0.4))
    assert rendering.output["f0_up_key"] == 0
    assert "pitch_shift_semitones" in rendering.unexpressed
    assert rendering.residual.pitch_shift_semitones == 0.4


def test_inferrvc_gets_the_float_it_declares_and_the_report_says_what_it_cuts_off() -> None:
    rendering = render(ProsodyParameters(pitch_shift_semitones=-2.75), "inferrvc")
    assert rendering.output["f0_up_key"] == -2.75
    assert "fraction" in rendering.approximated["pitch_shift_semitones"]
    assert rendering.residual.pitch_shift_semitones == -0.75
    assert isinstance(render(NEUTRAL_PROSODY, "inferrvc").output["f0_up_key"], float)


@pytest.mark.parametrize("flavour", NAMES)
def test_breathiness_protects_the_sources_own_breath_and_says_that_it_adds_none(flavour: str) -> None:
    protect = FLAVOURS[flavour].protect
    values = [render(ProsodyParameters(breathiness=b), flavour).output[protect] for b in (0, 0.5, 1)]
    assert values[0] == FLAVOURS[flavour].defaults[protect]
    assert values[1] == pytest.approx(values[0] / 2)
    assert values[2] == 0
    rendering = render(ProsodyParameters(breathiness=0.5), flavour)
    assert "breathiness" in rendering.approximated
    assert rendering.residual.breathiness == 0.5


def test_what_rvc_cannot_do_is_reported_and_left_whole() -> None:
    asked = ProsodyParameters(
        pitch_variance=1.5, speech_rate=0.8, pause_multiplier=1.5, volume_db=3, dynamic_range=1.2,
        tremolo_amount=0.4,
    )  # fmt: skip
    rendering = render(asked)
    assert set(rendering.unexpressed) == set(asked.changed())
    assert rendering.residual == asked


def test_the_output_differs_from_the_defaults_only_where_prosody_was_expressed() -> None:
    before = render(NEUTRAL_PROSODY).output
    after = render(ProsodyParameters(pitch_shift_semitones=3, speech_rate=1.2)).output
    assert {name for name in before if before[name] != after[name]} == {"f0_up_key"}


@pytest.mark.parametrize("flavour", NAMES)
@pytest.mark.parametrize("name", PROSODY_RANGES)
def test_at_the_ends_of_the_ranges_what_is_not_reported_shows_in_the_parameters(
    flavour: str, name: str
) -> None:
    for value in PROSODY_RANGES[name]:
        asked = ProsodyParameters(**{name: value})
        rendering = render(asked, flavour)
        same = rendering.output == render(NEUTRAL_PROSODY, flavour).output
        assert same == (name in rendering.unexpressed or asked == NEUTRAL_PROSODY)


def test_an_unknown_package_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"applio.*rvc-python.*webui"):
        RvcRenderer(flavour="gradio")


def test_a_package_that_is_no_name_is_the_same_error() -> None:
    with pytest.raises(UnknownNameError, match="RVC flavour"):
        RvcRenderer(flavour=["webui"])  # type: ignore[arg-type]
