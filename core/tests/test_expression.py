from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
import pytest
from voxaffect import (
    EMOTION_QUADRANTS,
    NEUTRAL_PROSODY,
    STRATEGIES,
    Audio,
    AudioError,
    ComponentUnavailableError,
    EmotionCategory,
    EmotionResult,
    EmotionToProsody,
    InvalidValueError,
    PluginError,
    PluginHost,
    ProsodyApplicator,
    ProsodyParameters,
    UnknownNameError,
    Utterance,
    choose_delivery,
    emotion_to_prosody,
    scale_prosody,
)

Install = Callable[..., None]
HostOf = Callable[..., PluginHost]
MakeResult = Callable[..., EmotionResult]
AUDIO = Audio(np.full(100, 0.1, np.float32), 16_000)

QUIET = """
from voxaffect import *

@hookimpl
def voxaffect_prosody_renderers():
    yield Component(name="quiet", target=__name__ + ":Quiet", makes="audio")

class Quiet:
    needs = ("audio",)

    def render(self, prosody, utterance):
        return Rendering("audio", utterance.audio, unexpressed={"volume_db": "it cannot"})
"""

# Strategies


def test_match_mirrors_the_emotion_at_80_percent_of_its_confidence(make_result: MakeResult) -> None:
    delivery = choose_delivery(make_result({"happy": 0.5}), "match")
    assert delivery.emotion is EmotionCategory.HAPPY
    assert delivery.intensity == pytest.approx(0.4)
    assert delivery.prosody == emotion_to_prosody("happy", 0.4)


@pytest.mark.parametrize("emotion", EMOTION_QUADRANTS["negative", "high"])
def test_complement_answers_activation_with_calm(make_result: MakeResult, emotion: str) -> None:
    assert choose_delivery(make_result({emotion: 0.5}), "complement").emotion is EmotionCategory.CALM


@pytest.mark.parametrize("emotion", EMOTION_QUADRANTS["negative", "low"])
def test_complement_answers_dejection_with_affection(make_result: MakeResult, emotion: str) -> None:
    assert choose_delivery(make_result({emotion: 0.5}), "complement").emotion is EmotionCategory.AFFECTIONATE


@pytest.mark.parametrize(
    "emotion",
    [e for sign in ("high", "low") for e in EMOTION_QUADRANTS["positive", sign]],  # type: ignore[index]
)
def test_complement_matches_what_is_positive(make_result: MakeResult, emotion: str) -> None:
    result = make_result({emotion: 0.5})
    assert choose_delivery(result, "complement") == choose_delivery(result, "match")


def test_complement_is_as_sure_as_the_whole_group(make_result: MakeResult) -> None:
    result = make_result({"anxious": 0.4, "nervous": 0.3, "stressed": 0.3})
    assert choose_delivery(result, "complement").intensity == pytest.approx(1.0)


def test_amplify_goes_beyond_the_whole_profile_by_the_confidence(make_result: MakeResult) -> None:
    delivery = choose_delivery(make_result({"sad": 0.5}), "amplify")
    assert delivery.emotion is EmotionCategory.SAD
    assert delivery.prosody == scale_prosody(emotion_to_prosody("sad"), 1.5)
    assert delivery.prosody.pitch_shift_semitones == pytest.approx(-2.25)
    assert delivery.prosody.breathiness == pytest.approx(0.45)


def test_neutral_changes_nothing(make_result: MakeResult) -> None:
    assert choose_delivery(make_result({"angry": 0.9}), "neutral").prosody == NEUTRAL_PROSODY


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_nothing_heard_is_answered_neutrally(make_result: MakeResult, strategy: str) -> None:
    for result in (None, make_result({"angry": 0.9}, speech=False)):
        delivery = choose_delivery(result, strategy)
        assert delivery.prosody == NEUTRAL_PROSODY
        assert delivery.emotion is EmotionCategory.NEUTRAL


def test_an_unknown_strategy_suggests_the_nearest_even_when_nothing_was_heard() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown strategy 'mach'; did you mean 'match'\?"):
        choose_delivery(None, "mach")


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("emotion", list(EmotionCategory))
def test_every_strategy_answers_every_emotion_within_the_ranges(
    make_result: MakeResult, strategy: str, emotion: str
) -> None:
    prosody = EmotionToProsody().from_emotion_result(make_result({emotion: 1.0}), strategy)
    assert isinstance(prosody, ProsodyParameters)


def test_emotion_to_prosody_takes_names_and_refuses_unknown_ones() -> None:
    assert EmotionToProsody().get_prosody("Angry", "intense").volume_db == 3
    with pytest.raises(UnknownNameError, match="did you mean 'angry'"):
        EmotionToProsody().get_prosody("angri")
    with pytest.raises(InvalidValueError, match="got 2"):
        EmotionToProsody().get_prosody("angry", 2)


def test_scaling_is_held_within_each_range() -> None:
    assert scale_prosody(ProsodyParameters(volume_db=3, speech_rate=0.8), 10) == ProsodyParameters(
        volume_db=6, speech_rate=0.7
    )
    assert scale_prosody(ProsodyParameters(volume_db=3), 0) == NEUTRAL_PROSODY


# Renderers


def test_what_changed_audio_lacks_is_logged_under_the_name_that_selects_the_renderer(
    install: Install, host_of: HostOf, caplog: pytest.LogCaptureFixture
) -> None:
    install("quiet", QUIET)
    install("quiet_too", QUIET)
    caplog.set_level(logging.INFO)
    ProsodyApplicator(host_of("quiet")).apply_to_audio(AUDIO, NEUTRAL_PROSODY)
    ProsodyApplicator(host_of("quiet", "quiet_too")).apply_to_audio(AUDIO, NEUTRAL_PROSODY)
    one, both = caplog.messages
    assert one == "quiet did not express volume_db: it cannot"
    assert both.startswith(("quiet/quiet did", "quiet_too/quiet did"))


def test_text_becomes_ssml_and_what_it_lacks_is_logged_once(
    host: PluginHost, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    applicator = ProsodyApplicator(host)
    for amount in (0.5, 0.6):
        assert applicator.to_ssml("Hello", ProsodyParameters(tremolo_amount=amount)) == "<speak>Hello</speak>"
    assert caplog.messages == ["ssml did not express tremolo_amount: no tag"]


def test_audio_becomes_audio(host: PluginHost) -> None:
    applied = ProsodyApplicator(host).apply_to_audio(AUDIO.samples, NEUTRAL_PROSODY, rate_hz=16_000)
    assert np.array_equal(applied.samples, AUDIO.samples)


def test_prosody_becomes_parameters(host: PluginHost) -> None:
    params = ProsodyApplicator(host).get_rvc_params(ProsodyParameters(pitch_shift_semitones=3))
    assert params == {"f0_up_key": 3}


def test_a_renderer_that_gives_no_audio_is_named(host: PluginHost) -> None:
    with pytest.raises(PluginError, match="'rvc' gave no audio"):
        ProsodyApplicator(host).apply_to_audio(AUDIO, NEUTRAL_PROSODY, renderer="rvc")


def test_audio_that_cannot_be_read_is_an_audio_error(host: PluginHost) -> None:
    with pytest.raises(AudioError, match="does not exist"):
        ProsodyApplicator(host).apply_to_audio("nowhere.wav", NEUTRAL_PROSODY)


@pytest.mark.parametrize(("renderer", "need"), [("ssml", "text"), ("librosa_audio", "audio")])
def test_a_renderer_without_what_it_needs_says_what_it_needs(
    host: PluginHost, renderer: str, need: str
) -> None:
    with pytest.raises(InvalidValueError, match=f"'{renderer}' needs {need}"):
        ProsodyApplicator(host).render(renderer, NEUTRAL_PROSODY, Utterance())


def test_an_unknown_renderer_suggests_the_nearest(host: PluginHost) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'ssml'"):
        ProsodyApplicator(host).render("smsl", NEUTRAL_PROSODY)


BETTER = """
import attrs
from voxaffect import Component, Rendering, hookimpl

@hookimpl
def voxaffect_prosody_renderers():
    about = [("half", 2, "audio", ()), ("table", 5, "parameters", ()), ("absent", 4, "audio", ("no_such",))]
    return [Component(name=n, target="better:Half", quality=q, makes=kind, modules=modules)
            for n, q, kind, modules in about]

class Half:
    needs = ("audio",)

    def render(self, prosody, utterance):
        return Rendering("audio", attrs.evolve(utterance.audio, samples=utterance.audio.samples / 2))
"""


def test_audio_is_changed_by_the_best_renderer_of_audio_unless_one_is_named(
    host: PluginHost, install: Install, host_of: HostOf
) -> None:
    install("better", BETTER)
    applicator = ProsodyApplicator(host_of("tiny", "better"))
    halved = applicator.apply_to_audio(AUDIO, NEUTRAL_PROSODY)
    assert np.array_equal(halved.samples, AUDIO.samples / 2)
    assert applicator.apply_to_audio(AUDIO, NEUTRAL_PROSODY, renderer="librosa_audio") is AUDIO


def test_without_a_renderer_of_audio_the_error_says_what_to_install(host_of: HostOf) -> None:
    with pytest.raises(ComponentUnavailableError, match=r"no renderer of audio.*voxaffect-psola"):
        ProsodyApplicator(host_of()).apply_to_audio(AUDIO, NEUTRAL_PROSODY)


@pytest.mark.parametrize("strategy", ["complement", "amplify"])
def test_an_unclear_voice_is_answered_neutrally(make_result: MakeResult, strategy: str) -> None:
    delivery = choose_delivery(make_result({"angry": 0.3, "happy": 0.25}, unclear=True), strategy)
    assert delivery.prosody == NEUTRAL_PROSODY
    assert delivery.reason == "neutral, since nothing clear was heard"


def test_an_unclear_voice_that_is_upset_in_some_way_is_calmed(make_result: MakeResult) -> None:
    upset = make_result({"angry": 0.3, "anxious": 0.3, "stressed": 0.2}, unclear=True)
    delivery = choose_delivery(upset, "complement")
    assert delivery.emotion is EmotionCategory.CALM
    assert delivery.reason.startswith("answers a negative and activated voice (8")
