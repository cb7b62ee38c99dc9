"""Several renderers, each doing what the one before left."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from voxaffect import (
    Audio,
    Chain,
    InvalidValueError,
    PluginHost,
    ProsodyApplicator,
    ProsodyParameters,
    Utterance,
)
from voxaffect.components import ProsodyRenderer
from voxaffect.expression import render_chain
from voxaffect.types import NEUTRAL_PROSODY, Rendering

ASKED = ProsodyParameters(pitch_shift_semitones=2.4, speech_rate=0.8, volume_db=3)
AUDIO = Audio(np.full(100, 0.1, np.float32), 16_000)


class WholeSemitones:
    needs = ()

    def render(self, prosody: ProsodyParameters, utterance: Utterance) -> Rendering:
        whole = round(prosody.pitch_shift_semitones)
        rest = attrs.evolve(prosody, pitch_shift_semitones=prosody.pitch_shift_semitones - whole)
        return Rendering(
            "parameters",
            {"key": whole},
            {"pitch_shift_semitones": "whole semitones only"},
            {name: "no such control" for name in rest.changed() if name != "pitch_shift_semitones"},
            rest,
        )


class Gain:
    """Louder audio, up to 2 dB."""

    needs = ("audio",)

    def render(self, prosody: ProsodyParameters, utterance: Utterance) -> Rendering:
        assert utterance.audio is not None
        done_db = min(prosody.volume_db, 2.0)
        rest = attrs.evolve(prosody, volume_db=prosody.volume_db - done_db)
        return Rendering(
            "audio",
            Audio(utterance.audio.samples * np.float32(10 ** (done_db / 20)), utterance.audio.rate_hz),
            {"volume_db": "2 dB at most"} if rest.volume_db else {},
            {name: "a gain is a gain" for name in rest.changed() if name != "volume_db"},
            rest,
        )


def chain(*renderers: ProsodyRenderer, prosody: ProsodyParameters = ASKED) -> Chain:
    return render_chain([(type(each).__name__, each) for each in renderers], prosody, Utterance(audio=AUDIO))


def test_each_renderer_is_handed_what_the_one_before_left() -> None:
    made = chain(WholeSemitones(), Gain())
    assert made.renderings[0].output == {"key": 2}
    assert made.renderings[1].residual == attrs.evolve(made.renderings[0].residual, volume_db=1)
    assert made.residual.pitch_shift_semitones == pytest.approx(0.4)
    assert made.residual.speech_rate == 0.8


def test_what_a_later_renderer_did_is_no_longer_reported() -> None:
    alone, both = chain(WholeSemitones()), chain(WholeSemitones(), Gain(), Gain())
    assert "volume_db" in alone.unexpressed
    assert "volume_db" not in {**both.approximated, **both.unexpressed}
    assert both.residual.volume_db == 0


def test_what_was_done_in_part_is_reported_as_such_even_if_a_later_renderer_can_add_nothing() -> None:
    made = chain(Gain(), WholeSemitones())
    assert made.approximated == {
        "volume_db": "2 dB at most",
        "pitch_shift_semitones": "whole semitones only",
    }
    assert made.unexpressed == {"speech_rate": "no such control"}


def test_audio_is_handed_on() -> None:
    made = chain(Gain(), Gain())
    assert made.audio is not None
    assert made.audio.samples[0] == pytest.approx(0.1 * 10 ** (3 / 20))
    assert chain(WholeSemitones()).audio is None


def test_a_neutral_delivery_has_nothing_to_report() -> None:
    made = chain(Gain(), Gain(), prosody=NEUTRAL_PROSODY)
    assert made.residual == NEUTRAL_PROSODY
    assert not made.approximated
    assert not made.unexpressed


def test_a_chain_of_none_is_an_error() -> None:
    with pytest.raises(InvalidValueError, match="at least one"):
        chain()


def test_a_renderer_that_lacks_audio_is_named() -> None:
    with pytest.raises(InvalidValueError, match="'Gain' needs audio"):
        render_chain([("Gain", Gain())], ASKED)


def test_renderers_are_found_by_name(host: PluginHost) -> None:
    made = ProsodyApplicator(host).render_chain(["rvc", "librosa_audio"], ASKED, Utterance(audio=AUDIO))
    assert made.renderings[0].output == {"f0_up_key": 2}
    assert made.audio is not None
