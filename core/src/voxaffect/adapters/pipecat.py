"""A Pipecat processor that hears the user, tells the language model, and sets how the answer is spoken.

It stands between the user's context aggregator and the language model, where audio and context both pass;
where the model has tools, its other half stands behind the model, which is asked again from there:

    voice = VoiceEmotionProcessor()
    Pipeline([transport.input(), stt, user_aggregator, voice, llm, voice.after_llm(), tts, ...])

Needs the extra `pipecat`; written against pipecat-ai 1.14.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

try:
    from pipecat.frames.frames import (
        CancelFrame,
        EndFrame,
        Frame,
        InputAudioRawFrame,
        LLMContextFrame,
        SystemFrame,
        TTSUpdateSettingsFrame,
    )
except ModuleNotFoundError as error:
    raise ImportError("voxaffect.adapters.pipecat needs Pipecat: pip install 'voxaffect[pipecat]'") from error

from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.settings import TTSSettings

from voxaffect.adapters.background_hearing import BackgroundHearing, Heard
from voxaffect.adapters.speech_controls import controls
from voxaffect.conversation import Listener
from voxaffect.expression import Delivery
from voxaffect.prompt import as_said, with_line
from voxaffect.streaming import UtteranceResult
from voxaffect.types import EmotionResult

SpeechSettings = Callable[[Delivery], TTSSettings]
"""How the answer is to be spoken -> what to change in the speech service's settings."""


@dataclasses.dataclass
class VoiceEmotionFrame(SystemFrame):
    """What was heard in a window of 1 s, or in an utterance.

    Attributes:
        result: what it sounds like.
        start_s, end_s: seconds from the first audio frame; from the first of another rate, where it changes.
        kind: "window" or "utterance".
        final: False for an utterance that goes on.
    """

    result: EmotionResult
    start_s: float
    end_s: float
    kind: str
    final: bool = True


class VoiceEmotionProcessor(FrameProcessor):
    """Audio frames in, `VoiceEmotionFrame`s out; the context line goes into what the model is asked.

    The line and the policy's guidance are put into a copy of the context: the conversation that Pipecat
    keeps does not change, and old lines do not pile up in it. Without a line there is no guidance. Square
    brackets in the user's words become round there, so that nobody can speak a line of their own. A tool's
    handler gets the copy too, as `params.context`: what it would add to the conversation it sends as an
    `LLMMessagesAppendFrame`.

    It follows one voice: where a transport gives the audio of several users, let one user's through.

    Args:
        listener: follows the voice, with its detector, strategy and policy; a usual one if None.
        speech_settings: sent to the speech service before each answer, e.g. `cartesia_settings`.
        kwargs: of Pipecat's `FrameProcessor`.
    """

    def __init__(
        self,
        listener: Listener | None = None,
        *,
        speech_settings: SpeechSettings | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.listener = listener or Listener()
        self._speech_settings = speech_settings
        self._hearing = BackgroundHearing(self.listener, self._push_heard)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Every frame goes on; those that concern the voice are looked at."""
        await super().process_frame(frame, direction)
        if direction is FrameDirection.DOWNSTREAM and isinstance(frame, LLMContextFrame):
            await self._hearing.catch_up()
            # A speculative question too: where it is confirmed, no other one comes.
            if self._speech_settings is not None:
                settings = self._speech_settings(self.listener.delivery())
                await self.push_frame(TTSUpdateSettingsFrame(delta=settings))
            frame = _told(frame, self.listener)
        elif isinstance(frame, EndFrame):  # comes after all that it ends
            await self._hearing.catch_up(None)
        elif isinstance(frame, CancelFrame):
            await self._hearing.close()
        await self.push_frame(frame, direction)
        if direction is FrameDirection.DOWNSTREAM and isinstance(frame, InputAudioRawFrame):
            self._hearing.put(frame.audio, frame.sample_rate, frame.num_channels)

    async def cleanup(self) -> None:
        """Pipecat calls it when the pipeline is over."""
        await self._hearing.close()
        await super().cleanup()

    def after_llm(self) -> FrameProcessor:
        """To stand right behind a model with tools, which is asked again when they have answered."""
        return _AfterLLM(self.listener)

    async def _push_heard(self, heard: Heard) -> None:
        frame = VoiceEmotionFrame(heard.result, heard.start_s, heard.end_s, "window")
        if isinstance(heard, UtteranceResult):
            frame.kind, frame.final = "utterance", heard.final
        await self.push_frame(frame)


class _AfterLLM(FrameProcessor):
    """Tells the model where it is asked from behind, by the aggregator of its own answers."""

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self._listener = listener

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if direction is FrameDirection.UPSTREAM and isinstance(frame, LLMContextFrame):
            frame = _told(frame, self._listener)
        await self.push_frame(frame, direction)


def _told(frame: LLMContextFrame, listener: Listener) -> LLMContextFrame:
    """The same question with the line, the guidance, and the user's brackets made round."""
    kept = frame.context
    messages: list[Any] = list(kept.get_messages())
    users = [number for number, message in enumerate(messages) if _role(message) == "user"]
    line = listener.policy.line(listener.current) if users else None
    for number in users:
        messages[number] = _said(messages[number], line if number == users[-1] else None)
    if line is not None and listener.policy.guidance:
        messages = _with_guidance(messages, listener.policy.guidance)
    told = LLMContext(messages, kept.tools, kept.tool_choice)
    return LLMContextFrame(context=told, speculation=frame.speculation)


def _role(message: Any) -> str | None:
    """None for a message in one service's own form, which is left as it is."""
    return message.get("role") if isinstance(message, dict) else None


def _said(message: dict[str, Any], line: str | None) -> dict[str, Any]:
    content = message.get("content")
    if isinstance(content, str):
        return {**message, "content": with_line(line, content)}
    parts = [
        {**part, "text": as_said(part["text"])} if part.get("type") == "text" else part
        for part in content or ()
    ]
    if line is not None:
        parts.insert(0, {"type": "text", "text": line})
    return {**message, "content": parts}


def _with_guidance(messages: list[Any], guidance: str) -> list[Any]:
    """In the context's system message; without one, as a developer's message.

    Beside the `system_instruction` of a service most services drop a system message, but no developer's.
    """
    first = messages[0] if messages else {}
    if _role(first) == "system" and isinstance(first.get("content"), str):
        return [{**first, "content": f"{first['content']}\n\n{guidance}"}, *messages[1:]]
    return [{"role": "developer", "content": guidance}, *messages]


def cartesia_settings(delivery: Delivery) -> TTSSettings:
    """For Pipecat's Cartesia services: emotion, speed and volume. Needs voxaffect-instruct."""
    from pipecat.services.cartesia.tts import CartesiaTTSSettings, GenerationConfig

    config = controls("cartesia", delivery)["generation_config"]
    return CartesiaTTSSettings(generation_config=GenerationConfig(**config))


def openai_settings(delivery: Delivery) -> TTSSettings:
    """For Pipecat's OpenAI speech service: instructions, for gpt-4o-mini-tts. Needs voxaffect-instruct."""
    from pipecat.services.openai.tts import OpenAITTSSettings

    return OpenAITTSSettings(instructions=controls("openai", delivery)["instructions"])
