"""A LiveKit agent that hears the user, tells the language model, and sets how the answer is spoken.

    class Assistant(VoiceEmotionAgent):
        async def on_voice_emotion(self, heard):
            print(heard.result.top.emotion)

    agent = Assistant(instructions="Be brief.", speech_options=cartesia_options)
    await AgentSession(stt=..., llm=..., tts=...).start(agent, room=room)

Needs the extra `livekit`; written against livekit-agents 1.8. A realtime model hears, thinks and speaks in
one, without the three nodes that this works in: with it, nothing is heard, told or set.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping
from contextlib import aclosing
from typing import Any

try:
    from livekit.agents import Agent, FlushSentinel, ModelSettings, llm, stt
except ModuleNotFoundError as error:
    raise ImportError(
        "voxaffect.adapters.livekit needs LiveKit Agents: pip install 'voxaffect[livekit]'"
    ) from error

from livekit import rtc
from livekit.agents.llm.chat_context import Instructions
from livekit.agents.utils import is_given

from voxaffect.adapters.background_hearing import BackgroundHearing, Heard
from voxaffect.adapters.speech_controls import controls
from voxaffect.conversation import Listener
from voxaffect.errors import InvalidValueError
from voxaffect.expression import Delivery
from voxaffect.prompt import as_said

SpeechOptions = Callable[[Delivery], Mapping[str, Any]]
"""How the answer is to be spoken -> arguments of the speech service's own `update_options`."""


class VoiceEmotionAgent(Agent):
    """An `Agent` to use or to subclass in place of LiveKit's, with its speech recogniser, model and voice.

    The line and the policy's guidance are put into a copy of the chat context: the conversation that the
    session keeps does not change, and old lines do not pile up in it. Without a line there is no guidance.
    Square brackets in the user's words become round there, so that nobody can speak a line of their own.

    A subclass with nodes of its own calls these through `super()`, e.g. `async for event in
    super().stt_node(audio, model_settings)`. Agents that hand a user over to each other share a listener.

    Args:
        instructions: as LiveKit takes them.
        listener: follows the voice, with its detector, strategy and policy; a usual one if None.
        speech_options: given to the speech service before each synthesis, e.g. `cartesia_options`.
        kwargs: of LiveKit's `Agent`.
    """

    def __init__(
        self,
        *,
        instructions: str | Instructions,
        listener: Listener | None = None,
        speech_options: SpeechOptions | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(instructions=instructions, **kwargs)
        self.listener = listener or Listener()
        self._speech_options = speech_options
        self._hearing: BackgroundHearing | None = None

    async def on_voice_emotion(self, heard: Heard) -> None:
        """Override it to follow the voice: called for every window of 1 s and every utterance, in order.

        What is heard next waits for it to return; what it raises is logged.
        """

    async def stt_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncGenerator[stt.SpeechEvent, None]:
        """Every frame goes on unchanged, and is heard."""
        hearing = self._hearing = BackgroundHearing(self.listener, self.on_voice_emotion)
        try:
            async with aclosing(Agent.default.stt_node(self, _heard(audio, hearing), model_settings)) as node:
                async for event in node:
                    yield event
        finally:
            await hearing.close()

    async def llm_node(
        self, chat_ctx: llm.ChatContext, tools: list[llm.Tool], model_settings: ModelSettings
    ) -> AsyncGenerator[llm.ChatChunk | str | FlushSentinel, None]:
        """The model is asked with what is known of the voice."""
        if self._hearing is not None:
            await self._hearing.catch_up()
        told = _told(chat_ctx, self.listener)
        async with aclosing(Agent.default.llm_node(self, told, tools, model_settings)) as node:
            async for chunk in node:
                yield chunk

    async def tts_node(
        self, text: AsyncIterable[str], model_settings: ModelSettings
    ) -> AsyncGenerator[rtc.AudioFrame, None]:
        """The speech service is told how to speak, then speaks.

        Raises:
            InvalidValueError: there are `speech_options`, and the service has no `update_options`.
        """
        if self._speech_options is not None:
            self._update_speech_service(self._speech_options(self.listener.delivery()))
        async with aclosing(Agent.default.tts_node(self, text, model_settings)) as node:
            async for frame in node:
                yield frame

    def _update_speech_service(self, options: Mapping[str, Any]) -> None:
        service = self.tts if is_given(self.tts) else self.session.tts
        update = getattr(service, "update_options", None)
        if update is None:
            raise InvalidValueError(
                f"{type(service).__name__} has no update_options: leave speech_options out, or use another"
            )
        update(**options)


async def _heard(
    audio: AsyncIterable[rtc.AudioFrame], hearing: BackgroundHearing
) -> AsyncGenerator[rtc.AudioFrame, None]:
    async for frame in audio:
        hearing.put(frame.data.tobytes(), frame.sample_rate, frame.num_channels)
        yield frame


def _told(kept: llm.ChatContext, listener: Listener) -> llm.ChatContext:
    """A copy with the line, the guidance, and the user's brackets made round; no message itself changes."""
    told = kept.copy()
    messages = {number: item for number, item in enumerate(told.items) if isinstance(item, llm.ChatMessage)}
    users = [number for number, message in messages.items() if message.role == "user"]
    systems = [number for number, message in messages.items() if message.role in ("system", "developer")]
    line = listener.policy.line(listener.current) if users else None
    for number in users:
        content = [as_said(part) if isinstance(part, str) else part for part in messages[number].content]
        if number == users[-1] and line is not None:
            content.insert(0, line)  # what is text in a message is joined by line breaks
        told.items[number] = messages[number].model_copy(update={"content": content})
    guidance = "" if line is None else listener.policy.guidance
    if guidance and systems:
        content = _with_guidance(messages[systems[0]].content, guidance)
        told.items[systems[0]] = messages[systems[0]].model_copy(update={"content": content})
    elif guidance:
        told.items.insert(0, llm.ChatMessage(role="system", content=[guidance]))
    return told


def _with_guidance(content: list[llm.ChatContent], guidance: str) -> list[llm.ChatContent]:
    """At the end of the text, before what marks where a cached prompt ends."""
    end = max((number for number, part in enumerate(content, start=1) if isinstance(part, str)), default=0)
    return [*content[:end], guidance, *content[end:]]


def cartesia_options(delivery: Delivery) -> dict[str, Any]:
    """For livekit-plugins-cartesia: emotion, speed and volume. Needs voxaffect-instruct."""
    return dict(controls("cartesia", delivery)["generation_config"])
