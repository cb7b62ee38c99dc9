from __future__ import annotations

import numpy as np
import pytest
from voxaffect import (
    NEUTRAL_PROSODY,
    EmotionCategory,
    PluginHost,
    ProsodyParameters,
    UnknownNameError,
    VoiceEmotionDetector,
    VoicePipeline,
    choose_delivery,
)

RATE_HZ = 8_000


def level(rms: float, seconds: float = 1.0) -> np.ndarray:
    return np.full(round(seconds * RATE_HZ), rms, np.float32)


def echo(prompt: str) -> str:
    return f"You said: {prompt}"


def synthesise(text: str, prosody: ProsodyParameters) -> bytes:
    return f"{text} / {prosody.volume_db}".encode()


@pytest.fixture
def voice(host: PluginHost) -> VoicePipeline:
    return VoicePipeline(echo, synthesise, detector=VoiceEmotionDetector("ear", host=host))


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
    assert voice.listen(level(0.4, 0.5), RATE_HZ) is None
    assert voice.current is None
    result = voice.listen(level(0.4, 0.5))
    assert voice.current is result is not None


def test_a_pause_is_no_change_of_mood(voice: VoicePipeline) -> None:
    voice.listen(level(0.4), RATE_HZ)
    before = voice.current
    silence = voice.listen(level(0.0, 2.0))
    assert silence is not None
    assert not silence.speech
    assert voice.current is before


def test_silence_from_the_start_adds_nothing_to_the_prompt(voice: VoicePipeline) -> None:
    voice.listen(level(0.0), RATE_HZ)
    assert voice.prompt("Hello") == "Hello"
    assert voice.respond("Hello").delivery.emotion is EmotionCategory.NEUTRAL


def test_the_strategy_is_that_of_the_pipeline(host: PluginHost) -> None:
    detector = VoiceEmotionDetector("ear", host=host)
    voice = VoicePipeline(echo, synthesise, detector=detector, strategy="neutral")
    voice.hear(level(0.4), RATE_HZ)
    assert voice.respond("Hello").delivery.prosody == NEUTRAL_PROSODY


def test_an_unknown_strategy_is_refused_at_once(host: PluginHost) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'match'"):
        VoicePipeline(echo, synthesise, strategy="mach")


def test_a_callable_that_fails_keeps_its_own_error(host: PluginHost) -> None:
    def broken(prompt: str) -> str:
        raise ConnectionError("no network")

    voice = VoicePipeline(broken, synthesise, detector=VoiceEmotionDetector("ear", host=host))
    with pytest.raises(ConnectionError, match="no network"):
        voice.respond("Hello")
