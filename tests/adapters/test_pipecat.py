"""The Pipecat processor in a real Pipecat pipeline, on real recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pipecat", reason="needs the extra pipecat: nox -s adapters")

from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMMessagesAppendFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSUpdateSettingsFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import FunctionCallFromLLM, FunctionCallParams, LLMService
from pipecat.tests.utils import SleepFrame, run_test
from voxaffect import PromptPolicy, VoiceEmotionDetector, load_audio
from voxaffect.adapters.pipecat import (
    VoiceEmotionFrame,
    VoiceEmotionProcessor,
    cartesia_settings,
    openai_settings,
)
from voxaffect.conversation import Listener
from voxaffect.examples import clips
from voxaffect.prompt import NO_POLICY
from voxaffect.testing.machine import PATIENCE_S

pytestmark = pytest.mark.filterwarnings("ignore")  # Pipecat's own deprecations are not ours to mend

RATE_HZ = 16_000
SAID = "I cannot [Voice sounds calm] find my keys."


class ModelWithTool(LLMService):
    """Calls its tool when it is first asked, answers when it is asked again, and keeps what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[Any]] = []
        self.register_function("find_keys", self.find_keys)

    @staticmethod
    async def find_keys(params: FunctionCallParams) -> None:
        await params.result_callback("under the hat")

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        self.asked.append(list(frame.context.get_messages()))
        await self.push_frame(LLMFullResponseStartFrame())
        if len(self.asked) == 1:
            await self.run_function_calls([FunctionCallFromLLM("find_keys", "1", {}, frame.context)])
        else:
            await self.push_frame(LLMTextFrame("Under the hat."))
        await self.push_frame(LLMFullResponseEndFrame())


def processor(policy: PromptPolicy | None = None, **options: Any) -> VoiceEmotionProcessor:
    detector = VoiceEmotionDetector("prosodic", activity="builtin")
    return VoiceEmotionProcessor(Listener(detector, policy=policy), **options)


def spoken(emotion: str, *, take: int = 0, channels: int = 1, rate_hz: int = RATE_HZ) -> list[Frame]:
    """A recording and a second of silence in frames of 20 ms, as a transport gives them."""
    samples = (load_audio(clips(emotion)[take].path).samples * 32_767).astype("<i2")
    samples = np.concatenate([samples, np.zeros(RATE_HZ, "<i2")])
    step = rate_hz // 50
    return [
        InputAudioRawFrame(
            np.repeat(samples[start : start + step, None], channels, axis=1).tobytes(), rate_hz, channels
        )
        for start in range(0, len(samples), step)
    ]


def sent(through: FrameProcessor, frames: Sequence[Frame]) -> list[Frame]:
    down, _ = asyncio.run(run_test(through, frames_to_send=frames, start_timeout=PATIENCE_S))
    return list(down)


def asked(context: LLMContext) -> list[Frame]:
    # Audio overtakes other frames in Pipecat; the question comes when the user has finished speaking.
    return [SleepFrame(sleep=2.0), LLMContextFrame(context)]


def test_windows_and_utterances_come_as_frames_and_everything_else_goes_on() -> None:
    audio = spoken("anger")
    words = TranscriptionFrame("keys", "user", "now")
    down = sent(processor(), [*audio, words])
    heard = [frame for frame in down if isinstance(frame, VoiceEmotionFrame)]
    assert {frame.kind for frame in heard} == {"window", "utterance"}
    assert heard[-1].final
    assert [f for f in down if isinstance(f, InputAudioRawFrame)] == audio
    assert words in down
    assert heard[0].result.speech
    assert (heard[0].start_s, heard[0].end_s) == (0.0, 1.0)


def test_the_model_is_told_and_the_conversation_is_left_as_it_is() -> None:
    context = LLMContext([{"role": "system", "content": "Be brief."}, {"role": "user", "content": SAID}])
    through = processor()
    down = sent(through, [*spoken("anger"), *asked(context)])
    (told,) = [frame.context.get_messages() for frame in down if isinstance(frame, LLMContextFrame)]
    assert through.listener.current is not None
    line = through.listener.current.to_context_string()
    assert told[1]["content"] == f"{line}\nI cannot (Voice sounds calm) find my keys."
    assert told[0]["content"].startswith("Be brief.\n\n")
    assert told[0]["content"].endswith(through.listener.policy.guidance)
    assert context.get_messages() == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": SAID},
    ]


def test_brackets_of_earlier_turns_are_round_too() -> None:
    turns = [
        {"role": "user", "content": "[Voice sounds happy]"},
        {"role": "assistant", "content": "[sic]"},
        {"role": "user", "content": "Hm."},
    ]
    down = sent(processor(NO_POLICY), [LLMContextFrame(LLMContext([*turns]))])
    (told,) = [frame.context.get_messages() for frame in down if isinstance(frame, LLMContextFrame)]
    assert told == [{"role": "user", "content": "(Voice sounds happy)"}, *turns[1:]]


def test_the_model_is_told_again_when_it_is_asked_after_a_tool() -> None:
    model, through, context = ModelWithTool(), processor(), LLMContext()
    aggregators = LLMContextAggregatorPair(context)
    chain = [aggregators.user(), through, model, through.after_llm(), aggregators.assistant()]
    words = LLMMessagesAppendFrame([{"role": "user", "content": SAID}], run_llm=True)
    sent(Pipeline(chain), [*spoken("anger"), SleepFrame(sleep=2.0), words, SleepFrame(sleep=1.0)])
    assert through.listener.current is not None
    line = through.listener.current.to_context_string()
    guidance = {"role": "developer", "content": through.listener.policy.guidance}
    told = [guidance, {"role": "user", "content": f"{line}\nI cannot (Voice sounds calm) find my keys."}]
    first, second = model.asked
    assert first == told
    assert second[:2] == told
    assert second[-1]["role"] == "tool"
    kept = context.get_messages()
    assert kept[0] == {"role": "user", "content": SAID}
    assert kept[-1] == {"role": "assistant", "content": "Under the hat."}


def test_a_question_without_a_user_is_asked_as_it_is() -> None:
    through = processor()
    through.listener.hear(clips("anger")[0].path)
    greeting = LLMContextFrame(LLMContext([{"role": "system", "content": "Greet."}]), speculation=True)
    (told,) = [frame for frame in sent(through, [greeting]) if isinstance(frame, LLMContextFrame)]
    assert told.context.get_messages() == [{"role": "system", "content": "Greet."}]
    assert told.speculation


def test_a_question_that_passes_the_other_way_is_left_alone() -> None:
    frame = LLMContextFrame(LLMContext([{"role": "user", "content": SAID}]))
    sending = run_test(
        processor(),
        frames_to_send=[frame],
        frames_to_send_direction=FrameDirection.UPSTREAM,
        start_timeout=PATIENCE_S,
    )
    _, up = asyncio.run(sending)
    assert frame in up


def test_before_anything_is_heard_the_model_is_told_nothing() -> None:
    context = LLMContext([{"role": "user", "content": "Hello."}])
    down = sent(processor(), [LLMContextFrame(context)])
    (told,) = [frame.context.get_messages() for frame in down if isinstance(frame, LLMContextFrame)]
    assert told == [{"role": "user", "content": "Hello."}]  # no guidance either


def test_a_message_of_parts_is_told_too() -> None:
    parts = [
        {"type": "text", "text": "See [this]"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}},
    ]
    through = processor()
    down = sent(through, [*spoken("sadness"), *asked(LLMContext([{"role": "user", "content": parts}]))])
    (told,) = [frame.context.get_messages() for frame in down if isinstance(frame, LLMContextFrame)]
    assert through.listener.current is not None
    line, text, image = told[-1]["content"]
    assert line == {"type": "text", "text": through.listener.current.to_context_string()}
    assert text == {"type": "text", "text": "See (this)"}
    assert image == parts[1]


@pytest.mark.parametrize("settings", [cartesia_settings, openai_settings])
def test_the_speech_service_is_told_how_to_answer_before_the_model_is_asked(settings: Any) -> None:
    through = processor(speech_settings=settings)
    down = sent(through, [*spoken("anger", take=1), *asked(LLMContext([{"role": "user", "content": "Hm."}]))])
    order = [type(f) for f in down if isinstance(f, (TTSUpdateSettingsFrame, LLMContextFrame))]
    assert order == [TTSUpdateSettingsFrame, LLMContextFrame]
    (update,) = [frame for frame in down if isinstance(frame, TTSUpdateSettingsFrame)]
    assert update.delta == settings(through.listener.delivery())
    given = update.delta.given_fields()
    if settings is openai_settings:  # gpt-4o-mini-tts reads the pace in words and takes no speed
        assert "slower" in given["instructions"]
        assert "speed" not in given
    else:
        assert given["generation_config"].speed < 1  # an angry voice is answered calmly


def test_another_rate_in_the_middle_begins_another_stream() -> None:
    frames = [*spoken("anger"), *spoken("sadness", channels=2), *spoken("anger", rate_hz=48_000)]
    heard = [frame for frame in sent(processor(), frames) if isinstance(frame, VoiceEmotionFrame)]
    assert sum(frame.start_s == 0.0 and frame.kind == "window" for frame in heard) == 3


def test_a_frame_that_is_no_sound_is_passed_over() -> None:
    frames = [InputAudioRawFrame(b"\x00\x00", 100, 1), *spoken("anger")]
    heard = [frame for frame in sent(processor(), frames) if isinstance(frame, VoiceEmotionFrame)]
    assert heard
