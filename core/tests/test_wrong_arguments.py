"""An argument of the wrong type is refused where it enters: what was expected, what came, what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from voxaffect import (
    NEUTRAL_PROSODY,
    Audio,
    AudioError,
    BaselineStore,
    Delivery,
    EmotionCategory,
    EmotionResult,
    EmotionToProsody,
    InvalidValueError,
    PluginHost,
    PromptPolicy,
    ProsodyApplicator,
    Rendering,
    SpeakerBaseline,
    SpeechRateCategory,
    UnknownNameError,
    Utterance,
    VoiceEmotionDetector,
    VoicePipeline,
    choose_delivery,
    load_audio,
    save_audio,
    scale_prosody,
    to_dict,
)
from voxaffect.errors import ConfigurationError
from voxaffect.pipeline import Pipeline
from voxaffect.streaming import EmotionStream

WRONG: tuple[Any, ...] = (5, "fear", b"fear", [1.0], {}, object())
MakeResult = Callable[..., EmotionResult]


def refused(call: Callable[[Any], object], *allowed: type) -> list[str]:
    """What was said to each value of a type that is not allowed."""
    said = []
    for value in WRONG:
        if not isinstance(value, allowed):
            with pytest.raises(InvalidValueError, match=r"got |unknown") as refusal:
                call(value)
            said.append(str(refusal.value))
    assert said
    return said


@pytest.fixture
def detector(host: PluginHost) -> VoiceEmotionDetector:
    return VoiceEmotionDetector("ear", host=host, activity="off")


@pytest.fixture
def applicator(host: PluginHost) -> ProsodyApplicator:
    return ProsodyApplicator(host)


# Prosody


def test_a_prosody_is_no_name_of_an_emotion(applicator: ProsodyApplicator) -> None:
    for said in (
        *refused(lambda wrong: applicator.to_ssml("hi", wrong)),
        *refused(lambda wrong: applicator.get_rvc_params(wrong)),
        *refused(lambda wrong: applicator.render_chain(["rvc"], wrong)),
        *refused(lambda wrong: scale_prosody(wrong, 1.0)),
        *refused(lambda wrong: Delivery(wrong, EmotionCategory.SAD, 1.0)),
    ):
        assert "ProsodyParameters" in said
    with pytest.raises(InvalidValueError, match="got 'sad': emotion_to_prosody makes them"):
        applicator.to_ssml("hi", "sad")  # type: ignore[arg-type]


def test_what_is_answered_is_a_result_and_no_name(make_result: MakeResult) -> None:
    for said in refused(lambda wrong: EmotionToProsody().from_emotion_result(wrong)):
        assert "emotion_to_prosody takes an emotion's name" in said
    for wrong in (None, ["match"], {}, 5):
        with pytest.raises(UnknownNameError, match="Known: amplify"):
            choose_delivery(make_result(), wrong)  # type: ignore[arg-type]


def test_the_amount_of_a_prosody_and_a_speech_rate_are_numbers() -> None:
    refused(lambda wrong: scale_prosody(NEUTRAL_PROSODY, wrong), int)
    refused(SpeechRateCategory.from_rate, int)
    assert scale_prosody(NEUTRAL_PROSODY, np.float32(0.5)) == NEUTRAL_PROSODY  # type: ignore[arg-type]


def test_an_utterance_holds_text_audio_and_an_emotion() -> None:
    refused(lambda wrong: Utterance(text=wrong), str)
    refused(lambda wrong: Utterance(audio=wrong))
    assert Utterance(emotion="sad").emotion is EmotionCategory.SAD  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="did you mean 'sad'"):
        Utterance(emotion="sadd")  # type: ignore[arg-type]


def test_a_chain_takes_a_list_of_renderers(applicator: ProsodyApplicator) -> None:
    for wrong in ("rvc", {"use": "rvc"}, None, 5):
        with pytest.raises(InvalidValueError, match=r'a list of renderers, e\.g\. \["rvc"'):
            applicator.render_chain(wrong, NEUTRAL_PROSODY)  # type: ignore[arg-type]


def test_a_renderer_is_given_an_utterance(applicator: ProsodyApplicator) -> None:
    with pytest.raises(InvalidValueError, match=r"must be an Utterance, got 'hi': write Utterance\(text="):
        applicator.render("ssml", NEUTRAL_PROSODY, "hi")  # type: ignore[arg-type]


def test_the_plugins_are_a_host() -> None:
    refused(ProsodyApplicator)
    refused(lambda wrong: VoiceEmotionDetector("ear", host=wrong))


def test_a_renderer_cannot_give_a_rendering_without_its_account() -> None:
    refused(lambda wrong: Rendering("ssml", "", residual=wrong))
    refused(lambda wrong: Rendering("ssml", "", unexpressed=wrong), dict)


# Hearing


def test_samples_in_a_list_are_to_be_made_an_array(detector: VoiceEmotionDetector) -> None:
    for wrong in ([0.1, 0.2], (0.1, 0.2), {}, 5, None):
        for rate_hz in (None, 16_000):
            with pytest.raises(AudioError, match=r"a numpy array with its rate_hz, e\.g\. numpy\.asarray"):
                detector.analyze(wrong, rate_hz)  # type: ignore[arg-type]


@pytest.mark.parametrize("rate_hz", [16_000.0, "16000", np.float32(16_000)])
def test_a_rate_that_is_no_whole_number_is_refused_with_what_to_write(rate_hz: Any) -> None:
    with pytest.raises(AudioError, match=r"whole number.*: write 16000$"):
        load_audio(np.zeros(100), rate_hz)


@pytest.mark.parametrize("rate_hz", [16_000.5, "fast", True, 44.1, float("nan"), [16_000], b"x"])
def test_a_rate_that_cannot_be_guessed_is_refused_with_what_came(rate_hz: Any) -> None:
    with pytest.raises(AudioError, match=r"whole number within 8000\.\.192000 Hz, got [^:]*$"):
        load_audio(np.zeros(100), rate_hz)


def test_a_baseline_is_calibrated_with_a_list_of_samples(detector: VoiceEmotionDetector) -> None:
    for said in refused(detector.calibrate_baseline, list):
        assert '["one.wav", "two.wav", "three.wav"]' in said
    with pytest.raises(InvalidValueError, match=r"a list of 3 to 5 neutral samples.*got 'fear\.flac'"):
        detector.calibrate_baseline("fear.flac")


def test_a_window_of_the_history_is_a_number(detector: VoiceEmotionDetector) -> None:
    refused(detector.get_history, int)


def test_a_baseline_is_no_name_of_a_speaker(detector: VoiceEmotionDetector, tmp_path: Path) -> None:
    for said in refused(lambda wrong: setattr(detector, "baseline", wrong)):
        assert "BaselineStore().load(name)" in said
    store = BaselineStore(tmp_path)
    refused(lambda wrong: store.save("ada", wrong))
    refused(store.load, str)
    refused(BaselineStore, str)
    refused(SpeakerBaseline, dict)


def test_a_detector_is_made_of_what_it_says() -> None:
    refused(lambda wrong: VoiceEmotionDetector("prosodic", options=wrong), dict)
    refused(lambda wrong: VoiceEmotionDetector(pipeline=wrong))
    refused(lambda wrong: VoiceEmotionDetector("prosodic", clock=wrong))
    refused(lambda wrong: VoiceEmotionDetector("prosodic", adapt=wrong))


def test_a_missing_baseline_is_refused_with_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(
        UnknownNameError, match=r"There is none\. Make one: voxaffect speakers calibrate bob FILE"
    ):
        BaselineStore(tmp_path).load("bob")


# Results


def test_what_is_saved_or_written_down_is_a_value_of_voxaffect(tmp_path: Path) -> None:
    refused(lambda wrong: save_audio(tmp_path / "out.wav", wrong))
    refused(to_dict)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "field", ["primary", "categorical", "posterior", "prosodic", "quality", "duration_s"]
)
def test_a_result_is_made_of_its_parts(make_result: MakeResult, field: str) -> None:
    result = make_result()
    refused(lambda wrong: attrs.evolve(result, **{field: wrong}), *([int] if field == "duration_s" else []))


def test_a_long_value_is_shown_by_its_beginning(applicator: ProsodyApplicator) -> None:
    with pytest.raises(InvalidValueError) as refusal:
        applicator.to_ssml("hi", bytes(1_000_000))  # type: ignore[arg-type]
    assert len(str(refusal.value)) < 200


# Conversation


def test_a_conversation_takes_two_functions(detector: VoiceEmotionDetector) -> None:
    for said in refused(lambda wrong: VoicePipeline(wrong, print, detector=detector)):
        assert said.startswith("language_model must be callable")
    for said in refused(lambda wrong: VoicePipeline(str, wrong, detector=detector)):
        assert said.startswith("synthesiser must be callable")
    with pytest.raises(InvalidValueError, match="language_model must be callable, got None"):
        VoicePipeline(None, None)  # type: ignore[arg-type]


def test_a_conversation_takes_a_detector_a_policy_and_words(detector: VoiceEmotionDetector) -> None:
    refused(lambda wrong: VoicePipeline(str, print, detector=wrong))
    refused(lambda wrong: VoicePipeline(str, print, detector=detector, policy=wrong))
    voice = VoicePipeline(str, print, detector=detector)  # type: ignore[arg-type]
    refused(voice.respond, str)
    refused(voice.messages, str)
    with pytest.raises(InvalidValueError, match="must be text, got None: give what they said"):
        voice.respond(None)  # type: ignore[arg-type]


def test_a_policy_holds_text_and_a_tokeniser(make_result: MakeResult) -> None:
    refused(lambda wrong: PromptPolicy(guidance=wrong), str)
    refused(lambda wrong: PromptPolicy(mention_silence=wrong))
    refused(lambda wrong: PromptPolicy(count_tokens=wrong))
    refused(PromptPolicy().line)


def test_audio_is_of_an_array() -> None:
    for wrong in WRONG:
        with pytest.raises(AudioError, match="load_audio converts any array"):
            Audio(wrong, 16_000)


@pytest.mark.parametrize("wrong", [None, 5, "ear", ["classifier"]])
def test_a_pipeline_is_made_of_a_table(host: PluginHost, wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="a pipeline must be a table"):
        Pipeline.from_config(wrong, host=host)


def test_a_pipeline_hears_against_a_baseline_and_no_name_of_one(host: PluginHost) -> None:
    pipeline, baseline = Pipeline.from_config({"classifier": "ear"}, host=host), "anna"
    with pytest.raises(InvalidValueError, match="baseline must be a SpeakerBaseline"):
        pipeline.hear(np.zeros(16_000, np.float32), rate_hz=16_000, baseline=baseline)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [None, "prosodic", {}])
def test_a_stream_is_heard_by_a_pipeline(wrong: Any) -> None:
    with pytest.raises(InvalidValueError, match="must be a Pipeline"):
        EmotionStream(wrong, rate_hz=16_000)
