"""The LiveKit agent in a real AgentSession, on real recordings."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

pytest.importorskip("livekit.agents", reason="needs the extra livekit: nox -s adapters")

from livekit import rtc
from livekit.agents import Agent, AgentSession, llm, stt, tts
from livekit.agents.voice import io
from voxaffect import PromptPolicy, VoiceEmotionDetector, load_audio
from voxaffect.adapters.livekit import VoiceEmotionAgent, cartesia_options
from voxaffect.conversation import Listener
from voxaffect.errors import InvalidValueError
from voxaffect.examples import clips
from voxaffect.streaming import UtteranceResult, WindowResult
from voxaffect.testing.machine import PATIENCE_S

pytestmark = pytest.mark.filterwarnings("ignore")  # LiveKit's own deprecations are not ours to mend

RATE_HZ = 16_000
SAID = "I cannot [Voice sounds calm] find my keys."
LINE_FREE = "I cannot (Voice sounds calm) find my keys."


def frames(emotion: str, *, rate_hz: int = RATE_HZ, channels: int = 1) -> list[rtc.AudioFrame]:
    """A recording and a second of silence in frames of 10 ms, as a room gives them."""
    samples = (load_audio(clips(emotion)[-1].path).samples * 32_767).astype("<i2")
    samples = np.concatenate([samples, np.zeros(RATE_HZ, "<i2")])
    step = rate_hz // 100
    whole = len(samples) // step * step
    return [
        rtc.AudioFrame(np.repeat(part[:, None], channels, axis=1).tobytes(), rate_hz, channels, step)
        for part in samples[:whole].reshape(-1, step)
    ]


class Room(io.AudioInput):
    """Gives its frames, the last one after a pause, then stays open, as a room with a silent user does."""

    def __init__(self, given: list[rtc.AudioFrame]) -> None:
        super().__init__(label="room")
        self._given = deque(given)

    async def __anext__(self) -> rtc.AudioFrame:
        await asyncio.sleep(0.5 if len(self._given) == 1 else 0.001)
        if not self._given:
            await asyncio.Event().wait()
        return self._given.popleft()


class Loudspeaker(io.AudioOutput):
    def __init__(self) -> None:
        super().__init__(label="loudspeaker", capabilities=io.AudioOutputCapabilities(pause=False))
        self.played_s = 0.0

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        self.played_s += frame.duration

    def flush(self) -> None:
        super().flush()
        self.on_playback_finished(playback_position=self.played_s, interrupted=False)

    def clear_buffer(self) -> None:
        pass


class Recogniser(stt.STT[Any]):
    """Has understood `SAID` when it was given so many frames."""

    def __init__(self, n_frames: int) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=False))
        self.n_frames, self.given = n_frames, list[rtc.AudioFrame]()

    async def _recognize_impl(self, *_: Any, **__: Any) -> stt.SpeechEvent:
        raise NotImplementedError

    def stream(self, *, language: Any = None, conn_options: Any) -> stt.RecognizeStream:
        return Recognising(stt=self, conn_options=conn_options)


class Recognising(stt.RecognizeStream):
    async def _run(self) -> None:
        recogniser = self._stt
        assert isinstance(recogniser, Recogniser)
        said = stt.SpeechData(language="en", text=SAID, confidence=1.0)  # type: ignore[arg-type]
        async for frame in self._input_ch:
            if not isinstance(frame, rtc.AudioFrame):
                continue
            recogniser.given.append(frame)
            if len(recogniser.given) == recogniser.n_frames:
                for kind in ("START_OF_SPEECH", "FINAL_TRANSCRIPT", "END_OF_SPEECH"):
                    event = stt.SpeechEvent(stt.SpeechEventType[kind], alternatives=[said])
                    self._event_ch.send_nowait(event)


class Model(llm.LLM[Any]):
    """Keeps what it is asked, and answers in a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[llm.ChatContext] = []

    def chat(
        self, *, chat_ctx: llm.ChatContext, tools: Any = None, conn_options: Any, **_: Any
    ) -> llm.LLMStream:
        self.asked.append(chat_ctx)
        return Answering(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class Answering(llm.LLMStream):
    async def _run(self) -> None:
        delta = llm.ChoiceDelta(role="assistant", content="Let us look for them.")
        self._event_ch.send_nowait(llm.ChatChunk(id="answer", delta=delta))


class Voice(tts.TTS[Any]):
    """Keeps its options in the order in which they came, and what was spoken with them."""

    def __init__(self) -> None:
        capabilities = tts.TTSCapabilities(streaming=False)
        super().__init__(capabilities=capabilities, sample_rate=RATE_HZ, num_channels=1)
        self.done: list[Any] = []

    def update_options(self, **options: Any) -> None:
        self.done.append(options)

    def synthesize(self, text: str, *, conn_options: Any) -> tts.ChunkedStream:
        return Speaking(tts=self, input_text=text, conn_options=conn_options)


class Speaking(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        voice = self._tts
        assert isinstance(voice, Voice)
        voice.done.append(self.input_text)
        output_emitter.initialize(
            request_id="speech", sample_rate=RATE_HZ, num_channels=1, mime_type="audio/pcm"
        )
        output_emitter.push(bytes(2 * RATE_HZ // 10))
        output_emitter.flush()


class StubbornVoice(Voice):
    update_options = None  # type: ignore[assignment]


class Assistant(VoiceEmotionAgent):
    def __init__(self, **options: Any) -> None:
        super().__init__(instructions="Be brief.", **options)
        self.heard: list[WindowResult | UtteranceResult] = []

    async def on_voice_emotion(self, heard: WindowResult | UtteranceResult) -> None:
        self.heard.append(heard)


def listener(policy: PromptPolicy | None = None) -> Listener:
    return Listener(VoiceEmotionDetector("prosodic", activity="builtin"), policy=policy)


def converse(
    agent: Agent, given: list[rtc.AudioFrame] | None = None, *, typed: str | None = None
) -> tuple[AgentSession[None], Recogniser, Model, Voice]:
    """One turn, spoken or typed, until the answer has been spoken."""

    async def turn() -> tuple[AgentSession[None], Recogniser, Model, Voice]:
        recogniser, model, voice = Recogniser(len(given or ())), Model(), Voice()
        session: AgentSession[None] = AgentSession(
            stt=recogniser,
            llm=model,
            tts=voice,
            vad=None,
            turn_handling={"turn_detection": "stt", "endpointing": {"min_delay": 0.0, "max_delay": 0.0}},
        )
        answered = asyncio.Event()

        def added(event: Any) -> None:
            if event.item.type == "message" and event.item.role == "assistant":
                answered.set()

        session.on("conversation_item_added", added)
        session.output.audio = Loudspeaker()
        if given is not None:
            session.input.audio = Room(given)
        await session.start(agent)
        if typed is not None:
            await session.run(user_input=typed)
        await asyncio.wait_for(answered.wait(), timeout=PATIENCE_S)
        await session.aclose()
        return session, recogniser, model, voice

    return asyncio.run(turn())


def words(context: llm.ChatContext, role: str) -> list[str | None]:
    return [message.text_content for message in context.messages() if message.role == role]


def test_the_model_is_told_and_the_conversation_is_left_as_it_is() -> None:
    agent = Assistant(listener=listener())
    session, _, model, _ = converse(agent, frames("anger"))
    (asked,) = model.asked
    assert agent.listener.current is not None
    line = agent.listener.current.to_context_string()
    assert words(asked, "user") == [f"{line}\n{LINE_FREE}"]
    assert words(asked, "system") == [f"Be brief.\n{agent.listener.policy.guidance}"]
    for kept in (session.history, agent.chat_ctx):
        assert words(kept, "user") == [SAID]
        assert words(kept, "assistant") == ["Let us look for them."]
    assert words(agent.chat_ctx, "system") == ["Be brief."]


def test_every_frame_reaches_the_recogniser_as_it_came() -> None:
    given = frames("anger")
    _, recogniser, _, _ = converse(Assistant(listener=listener()), given)
    reached = recogniser.given[: len(given)]  # LiveKit itself sends some silence at the end
    assert [frame.data.tobytes() for frame in reached] == [frame.data.tobytes() for frame in given]


def test_the_application_follows_windows_and_utterances() -> None:
    agent = Assistant(listener=listener())
    converse(agent, frames("anger"))
    assert {type(heard) for heard in agent.heard} == {WindowResult, UtteranceResult}
    assert (agent.heard[0].start_s, agent.heard[0].end_s) == (0.0, 1.0)
    assert agent.heard[0].result.speech


def test_an_application_that_fails_to_follow_does_not_end_the_conversation(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Clumsy(Assistant):
        async def on_voice_emotion(self, heard: WindowResult | UtteranceResult) -> None:
            raise RuntimeError("dropped it")

    _, _, model, _ = converse(Clumsy(listener=listener()), frames("anger"))
    assert "Voice sounds" in str(words(model.asked[0], "user")[0])
    assert "dropped it" in caplog.text


def test_typed_words_are_told_nothing_of_but_their_brackets_are_round() -> None:
    _, _, model, _ = converse(Assistant(listener=listener()), typed=SAID)
    assert words(model.asked[0], "user") == [LINE_FREE]
    assert words(model.asked[0], "system") == ["Be brief."]


def test_brackets_of_earlier_turns_are_round_too_and_images_stay() -> None:
    earlier = llm.ChatContext.empty()
    image = llm.ImageContent(image="data:image/png;base64,")
    earlier.add_message(role="user", content=["[Voice sounds happy]", image])
    _, _, model, _ = converse(Assistant(listener=listener(), chat_ctx=earlier), typed="Hm.")
    first, second = [message for message in model.asked[0].messages() if message.role == "user"]
    assert first.content == ["(Voice sounds happy)", image]
    assert second.content == ["Hm."]
    assert earlier.messages()[0].content == ["[Voice sounds happy]", image]


def test_the_speech_service_is_told_how_to_answer_before_it_speaks() -> None:
    agent = Assistant(listener=listener(), speech_options=cartesia_options)
    _, _, _, voice = converse(agent, frames("anger"))
    options, *spoken = voice.done
    assert options == cartesia_options(agent.listener.delivery())
    assert options["speed"] < 1  # an angry voice is answered calmly
    assert spoken == ["Let us look for them."]


def test_a_speech_service_without_options_is_named() -> None:
    async def speak() -> None:
        agent = Assistant(listener=listener(), speech_options=cartesia_options, tts=StubbornVoice())

        async def nothing() -> Any:
            yield ""

        async for _ in agent.tts_node(nothing(), None):  # type: ignore[arg-type]
            pass

    with pytest.raises(InvalidValueError, match="StubbornVoice"):
        asyncio.run(speak())


def test_a_real_cartesia_service_takes_the_options() -> None:
    cartesia = pytest.importorskip("livekit.plugins.cartesia")
    follows = listener()
    follows.hear(clips("anger")[0].path)
    options: Mapping[str, Any] = cartesia_options(follows.delivery())

    async def update() -> Any:
        service = cartesia.TTS(api_key="none", model="sonic-3")
        service.update_options(**options)
        return service._opts  # it has no public getter

    given = asyncio.run(update())
    assert (given.speed, given.volume) == (options["speed"], options["volume"])
    assert given.emotion == [options["emotion"]]


def test_another_number_of_channels_in_the_middle_begins_another_stream() -> None:
    agent = Assistant(listener=listener())
    converse(agent, [*frames("anger", channels=2), *frames("sadness")])
    windows = [heard for heard in agent.heard if isinstance(heard, WindowResult)]
    assert sum(window.start_s == 0.0 for window in windows) == 2


def test_a_room_at_another_rate_is_heard() -> None:
    agent = Assistant(listener=listener())
    converse(agent, frames("sadness", rate_hz=24_000))
    assert agent.heard


def test_a_backend_that_fails_is_reported_once_and_the_conversation_goes_on(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = Assistant(listener=listener())

    def deaf(*_: Any) -> Any:
        raise RuntimeError("no ears")

    monkeypatch.setattr(agent.listener, "listen", deaf)
    with caplog.at_level(logging.WARNING, "voxaffect"):
        _, recogniser, model, _ = converse(agent, frames("anger"))
    assert words(model.asked[0], "user") == [LINE_FREE]
    assert len(recogniser.given) >= recogniser.n_frames
    assert len([record for record in caplog.records if record.name.startswith("voxaffect")]) == 1
