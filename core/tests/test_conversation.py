from __future__ import annotations

import asyncio

import numpy as np
import pytest
from voxaffect import (
    NEUTRAL_PROSODY,
    EmotionCategory,
    InvalidValueError,
    PluginHost,
    ProsodyParameters,
    Turn,
    UnknownNameError,
    VoiceEmotionDetector,
    VoicePipeline,
    choose_delivery,
)
from voxaffect.conversation import LanguageModel, Synthesiser
from voxaffect.prompt import NO_POLICY
from voxaffect.streaming import WindowResult

RATE_HZ = 8_000


def level(rms: float, seconds: float = 1.0) -> np.ndarray:
    return np.full(round(seconds * RATE_HZ), rms, np.float32)


def echo(prompt: str) -> str:
    return f"You said: {prompt}"


def synthesise(text: str, prosody: ProsodyParameters) -> bytes:
    return f"{text} / {prosody.volume_db}".encode()


@pytest.fixture
def voice(host: PluginHost) -> VoicePipeline:
    return VoicePipeline(echo, synthesise, detector=VoiceEmotionDetector("ear", host=host, activity="off"))


def test_a_turn_goes_from_the_voice_to_the_spoken_answer(voice: VoicePipeline) -> None:
    heard = voice.hear(level(0.4), RATE_HZ)
    turn = voice.respond("Hello")
    assert turn.heard is heard
    assert turn.prompt == f"{heard.to_context_string()}\nHello"
    assert turn.answer == f"You said: {turn.prompt}"
    assert turn.delivery == choose_delivery(heard, "complement")
    assert turn.speech == f"{turn.answer} / {turn.delivery.prosody.volume_db}".encode()


def test_before_anything_is_heard_the_prompt_is_the_users_words(voice: VoicePipeline) -> None:
    turn = voice.respond("Hello")
    assert (turn.heard, turn.prompt) == (None, "Hello")
    assert turn.delivery.prosody == NEUTRAL_PROSODY


def test_the_current_emotion_follows_the_stream(voice: VoicePipeline) -> None:
    assert voice.listen(level(0.4, 0.5), RATE_HZ) == []
    assert voice.current is None
    (window,) = voice.listen(level(0.4, 0.5))
    assert isinstance(window, WindowResult)
    assert voice.current is window.result


def test_a_pause_is_no_change_of_mood(voice: VoicePipeline) -> None:
    voice.listen(level(0.4), RATE_HZ)
    voice.listen(level(0.0, 1.0))  # half of the first window of this is speech still
    before = voice.current
    silence = voice.listen(level(0.0, 2.0))
    assert [isinstance(e, WindowResult) and e.result.speech for e in silence] == [False] * 4
    assert voice.current is before


def test_silence_from_the_start_adds_nothing_to_the_prompt(voice: VoicePipeline) -> None:
    voice.listen(level(0.0), RATE_HZ)
    assert voice.prompt("Hello") == "Hello"
    assert voice.respond("Hello").delivery.emotion is EmotionCategory.NEUTRAL


def test_the_strategy_is_that_of_the_pipeline(host: PluginHost) -> None:
    detector = VoiceEmotionDetector("ear", host=host, activity="off")
    voice = VoicePipeline(echo, synthesise, detector=detector, strategy="neutral")
    voice.hear(level(0.4), RATE_HZ)
    assert voice.respond("Hello").delivery.prosody == NEUTRAL_PROSODY


def test_an_unknown_strategy_is_refused_at_once(host: PluginHost) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'match'"):
        VoicePipeline(echo, synthesise, strategy="mach")


def test_a_callable_that_fails_keeps_its_own_error(host: PluginHost) -> None:
    def broken(prompt: str) -> str:
        raise ConnectionError("no network")

    voice = VoicePipeline(broken, synthesise, detector=VoiceEmotionDetector("ear", host=host, activity="off"))
    with pytest.raises(ConnectionError, match="no network"):
        voice.respond("Hello")


def test_a_coroutine_function_needs_respond_async(host: PluginHost) -> None:
    async def ask(prompt: str) -> str:
        return "never asked"

    voice = VoicePipeline(ask, synthesise, detector=VoiceEmotionDetector("ear", host=host, activity="off"))
    with pytest.raises(InvalidValueError, match="respond_async"):
        voice.respond("Hello")


def test_a_language_model_that_returns_no_text_is_named(host: PluginHost) -> None:
    voice = VoicePipeline(
        lambda prompt: {"content": prompt},  # type: ignore[arg-type,return-value]
        synthesise,
        detector=VoiceEmotionDetector("ear", host=host, activity="off"),
    )
    with pytest.raises(InvalidValueError, match="must return the answer's text, got dict"):
        voice.respond("Hello")


async def ask_slowly(prompt: str) -> str:
    await asyncio.sleep(0.01)
    return echo(prompt)


async def speak_slowly(text: str, prosody: ProsodyParameters) -> bytes:
    await asyncio.sleep(0.01)
    return synthesise(text, prosody)


@pytest.mark.parametrize("language_model", [echo, ask_slowly])
@pytest.mark.parametrize("synthesiser", [synthesise, speak_slowly])
def test_the_async_twins_do_the_same_with_either_kind_of_callable(
    host: PluginHost, language_model: LanguageModel, synthesiser: Synthesiser
) -> None:
    async def converse() -> Turn:
        detector = VoiceEmotionDetector("ear", host=host, activity="off")
        voice = VoicePipeline(language_model, synthesiser, detector=detector)
        await voice.listen_async(level(0.2, 0.7), RATE_HZ)
        await voice.listen_async(level(0.2, 0.7))
        return await voice.respond_async("Hello")

    plain = VoicePipeline(echo, synthesise, detector=VoiceEmotionDetector("ear", host=host, activity="off"))
    plain.listen(level(0.2, 1.4), RATE_HZ)
    expected, turn = plain.respond("Hello"), asyncio.run(converse())
    assert (turn.prompt, turn.answer, turn.speech) == (expected.prompt, expected.answer, expected.speech)
    assert turn.delivery == expected.delivery


def test_chunks_that_arrive_while_others_are_heard_keep_their_order(host: PluginHost) -> None:
    chunks = [level(rms, 0.3) for rms in (0.1, 0.2, 0.3, 0.4, 0.5, 0.4, 0.3, 0.2)]

    async def converse() -> list[float]:
        voice = VoicePipeline(
            echo, synthesise, detector=VoiceEmotionDetector("ear", host=host, activity="off")
        )
        await asyncio.gather(*(voice.listen_async(chunk, RATE_HZ) for chunk in chunks))
        return [result.primary.valence for result in voice.detector.get_history()]

    detector = VoiceEmotionDetector("ear", host=host, activity="off")
    for chunk in chunks:
        detector.analyze_streaming(chunk, RATE_HZ)
    assert asyncio.run(converse()) == [result.primary.valence for result in detector.get_history()]


def test_the_answer_is_to_the_voice_that_was_heard_when_it_was_asked_for(host: PluginHost) -> None:
    async def converse() -> Turn:
        voice = VoicePipeline(
            ask_slowly, synthesise, detector=VoiceEmotionDetector("ear", host=host, activity="off")
        )
        voice.hear(level(0.4), RATE_HZ)
        turn, _ = await asyncio.gather(voice.respond_async("Hello"), voice.hear_async(level(0.0), RATE_HZ))
        return turn

    turn = asyncio.run(converse())
    assert turn.heard is not None
    assert turn.heard.speech
    assert turn.delivery == choose_delivery(turn.heard, "complement")


def test_the_guidance_is_a_system_message_of_its_own(voice: VoicePipeline) -> None:
    voice.hear(level(0.4), RATE_HZ)
    system, user = voice.messages("Hello")
    assert system == {"role": "system", "content": voice.guidance}
    assert "Never diagnose" in system["content"]
    assert user == {"role": "user", "content": voice.prompt("Hello")}


def test_where_nothing_is_told_of_the_voice_there_is_no_guidance(voice: VoicePipeline) -> None:
    unheard = voice.messages("Hello")
    voice.hear(level(0.0), RATE_HZ)
    assert unheard == voice.messages("Hello") == [{"role": "user", "content": "Hello"}]


def test_without_a_policy_there_is_no_guidance(host: PluginHost) -> None:
    detector = VoiceEmotionDetector("ear", host=host, activity="off")
    voice = VoicePipeline(echo, synthesise, detector=detector, policy=NO_POLICY)
    assert [message["role"] for message in voice.messages("Hello")] == ["user"]
    voice.hear(level(0.0), RATE_HZ)
    assert voice.prompt("Hello") == "[No speech heard]\nHello"
