"""`VoicePipeline`: hear a voice, tell the language model, answer in a fitting voice."""

from __future__ import annotations

import asyncio
import inspect
import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect._validate import require
from voxaffect.audio import AudioSource
from voxaffect.detector import VoiceEmotionDetector
from voxaffect.errors import InvalidValueError
from voxaffect.expression import Delivery, check_strategy, choose_delivery
from voxaffect.prompt import PromptPolicy, with_line
from voxaffect.streaming import Event, SpeechStart, UtteranceResult, WindowResult
from voxaffect.types import Audio, EmotionResult, ProsodyParameters

Answer = TypeVar("Answer")

STALE_S = 4.0
"""An utterance that goes on for so long after it was last heard as a whole may have changed its tone."""

LanguageModel = Callable[[str], str | Awaitable[str]]
"""Prompt -> answer; a coroutine function for `respond_async` alone."""

Speech = Audio | npt.NDArray[np.generic] | bytes | str | None
"""What a synthesiser gives back, in whatever form the caller wants it."""

Synthesiser = Callable[[str, ProsodyParameters], Speech | Awaitable[Speech]]
"""(Text, prosody) -> speech; `voxaffect.espeak.EspeakSynthesiser` is one."""


@attrs.frozen(eq=False)
class Turn:
    """One exchange.

    Attributes:
        heard: what the voice sounded like; None if nothing was heard yet.
        prompt: what the language model was given: the context line, then the user's words.
        answer: what it said.
        delivery: how it was to be said, from which emotion, and why.
        speech: what the synthesiser returned.
    """

    heard: EmotionResult | None
    prompt: str
    answer: str
    delivery: Delivery
    speech: Speech


class Listener:
    """Follows the user's voice through a conversation: what is heard now, what to tell of it, how to answer.

    Args:
        detector: hears the user; one with the default backend if None.
        strategy: how to answer; see `voxaffect.expression.STRATEGIES`.
        policy: what the language model may be told of the voice.

    Attributes:
        current: what the voice sounded like last; None if nothing was heard yet.

    Raises:
        UnknownNameError: no such strategy.
        InvalidValueError: a detector or policy that is none.
    """

    def __init__(
        self,
        detector: VoiceEmotionDetector | None = None,
        *,
        strategy: str = "complement",
        policy: PromptPolicy | None = None,
    ) -> None:
        check_strategy(strategy)
        require(
            detector,
            VoiceEmotionDetector | None,
            "detector must be a VoiceEmotionDetector",
            instead="VoiceEmotionDetector() is one",
        )
        require(policy, PromptPolicy | None, "policy must be a PromptPolicy", instead="PromptPolicy() is one")
        self.detector = detector or VoiceEmotionDetector()
        self.strategy, self.policy = strategy, policy or PromptPolicy()
        self.current: EmotionResult | None = None
        self._utterance_end_s = -math.inf

    def listen(self, chunk: npt.NDArray[np.generic], rate_hz: int | None = None) -> list[Event]:
        """Feed the next chunk of the user's voice; see `VoiceEmotionDetector.stream_events`.

        The current emotion is that of the utterance, as far as it was last heard; before that, and where
        that is more than 4 s ago, it is the last window's. Silence leaves it as it is: a pause is no change
        of mood.
        """
        events = self.detector.stream_events(chunk, rate_hz)
        for event in events:
            if isinstance(event, SpeechStart):
                self._utterance_end_s = -math.inf
            elif isinstance(event, UtteranceResult):
                self._utterance_end_s = event.end_s
                self._take(event.result)
            elif isinstance(event, WindowResult) and event.end_s - self._utterance_end_s > STALE_S:
                self._take(event.result)
        return events

    def hear(self, audio: AudioSource, rate_hz: int | None = None) -> EmotionResult:
        """Hear a whole utterance at once; it becomes the current emotion.

        See `VoiceEmotionDetector.hear_utterance`.
        """
        self.current = self.detector.hear_utterance(audio, rate_hz)
        return self.current

    def prompt(self, user_text: str) -> str:
        """The context line, where the policy allows one, and the user's words below it.

        The only square brackets in it are the line's: see `voxaffect.prompt.as_said`.
        """
        return with_line(self.policy.line(self.current), user_text)

    def delivery(self) -> Delivery:
        """How to answer what is heard now, and why."""
        return choose_delivery(self.current, self.strategy)

    def _take(self, result: EmotionResult) -> None:
        if result.speech or self.current is None:
            self.current = result


class VoicePipeline:
    """Audio -> current emotion -> prompt -> answer -> prosody -> speech.

    Every step has a twin ending in `_async`, for which both callables may be coroutine functions; those
    that are not run in a thread, as the analysis does, so that the event loop stays free.

    Args:
        language_model: any callable from a prompt to an answer.
        synthesiser: any callable from a text and its prosody to speech.
        detector, strategy, policy: see `Listener`.

    Raises:
        UnknownNameError: no such strategy.
        InvalidValueError: a language model or synthesiser that cannot be called, or what `Listener` refuses.
    """

    def __init__(
        self,
        language_model: LanguageModel,
        synthesiser: Synthesiser,
        *,
        detector: VoiceEmotionDetector | None = None,
        strategy: str = "complement",
        policy: PromptPolicy | None = None,
    ) -> None:
        require(
            language_model, Callable, "language_model must be callable", instead="give a function of a prompt"
        )
        require(
            synthesiser,
            Callable,
            "synthesiser must be callable",
            instead="give a function of a text and its prosody",
        )
        self.listener = Listener(detector, strategy=strategy, policy=policy)
        self._language_model, self._synthesiser = language_model, synthesiser
        self._hearing = asyncio.Lock()

    @property
    def current(self) -> EmotionResult | None:
        """What the voice sounded like last; None if nothing was heard yet."""
        return self.listener.current

    @property
    def detector(self) -> VoiceEmotionDetector:
        """What hears."""
        return self.listener.detector

    @property
    def guidance(self) -> str:
        """For the system prompt: what the bracketed line is, and what must not be made of it.

        It is the same at every turn; where a turn's prompt has no line, it need not be sent.
        """
        return self.listener.policy.guidance

    def listen(self, chunk: npt.NDArray[np.generic], rate_hz: int | None = None) -> list[Event]:
        """See `Listener.listen`."""
        return self.listener.listen(chunk, rate_hz)

    def hear(self, audio: AudioSource, rate_hz: int | None = None) -> EmotionResult:
        """See `Listener.hear`."""
        return self.listener.hear(audio, rate_hz)

    def prompt(self, user_text: str) -> str:
        """See `Listener.prompt`."""
        return self.listener.prompt(user_text)

    def messages(self, user_text: str) -> list[dict[str, str]]:
        """The same as chat messages: the `user`'s, and where it has a line, guidance in the `system` role."""
        line = self.listener.policy.line(self.current)
        user = {"role": "user", "content": with_line(line, user_text)}
        guided = line is not None and self.guidance
        return [{"role": "system", "content": self.guidance}, user] if guided else [user]

    def respond(self, user_text: str) -> Turn:
        """Ask the language model, and speak its answer in a fitting voice.

        Raises:
            InvalidValueError: the language model gave no text, or a callable is a coroutine function.
        """
        heard, prompt, delivery = self.current, self.prompt(user_text), self.listener.delivery()
        answer = _text(_done(self._language_model(prompt), "language model"))
        speech = _done(self._synthesiser(answer, delivery.prosody), "synthesiser")
        return Turn(heard, prompt, answer, delivery, speech)

    async def listen_async(self, chunk: npt.NDArray[np.generic], rate_hz: int | None = None) -> list[Event]:
        """`listen` in a thread; calls that overlap take their turns."""
        async with self._hearing:
            return await asyncio.to_thread(self.listen, chunk, rate_hz)

    async def hear_async(self, audio: AudioSource, rate_hz: int | None = None) -> EmotionResult:
        """`hear` in a thread; calls that overlap take their turns."""
        async with self._hearing:
            return await asyncio.to_thread(self.hear, audio, rate_hz)

    async def respond_async(self, user_text: str) -> Turn:
        """`respond`; the voice may go on being heard meanwhile, without changing this answer.

        Raises:
            InvalidValueError: the language model gave no text.
        """
        heard, prompt, delivery = self.current, self.prompt(user_text), self.listener.delivery()
        answer = _text(await _called(self._language_model, prompt))
        speech = await _called(self._synthesiser, answer, delivery.prosody)
        return Turn(heard, prompt, answer, delivery, speech)


def _text(answer: object) -> str:
    if not isinstance(answer, str):
        raise InvalidValueError(
            f"the language model must return the answer's text, got {type(answer).__name__}: "
            "wrap it in a function that takes the text out"
        )
    return answer


def _done(given: Answer | Awaitable[Answer], what: str) -> Answer:
    if inspect.isawaitable(given):
        if inspect.iscoroutine(given):
            given.close()
        raise InvalidValueError(f"the {what} is a coroutine function: call respond_async instead of respond")
    return given


async def _called(function: Callable[..., Answer | Awaitable[Answer]], *arguments: object) -> Answer:
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        given = function(*arguments)
    else:
        given = await asyncio.to_thread(function, *arguments)
    return await given if inspect.isawaitable(given) else given
