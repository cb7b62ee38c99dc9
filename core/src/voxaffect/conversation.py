"""`VoicePipeline`: hear a voice, tell the language model, answer in a fitting voice."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect.audio import AudioSource
from voxaffect.detector import VoiceEmotionDetector
from voxaffect.errors import UnknownNameError
from voxaffect.expression import STRATEGIES, Delivery, choose_delivery
from voxaffect.types import Audio, EmotionResult, ProsodyParameters

LanguageModel = Callable[[str], str]
"""Prompt -> answer."""

Speech = Audio | npt.NDArray[np.generic] | bytes | str | None
"""What a synthesiser gives back, in whatever form the caller wants it."""

Synthesiser = Callable[[str, ProsodyParameters], Speech]
"""(Text, prosody) -> speech; `voxaffect.espeak.EspeakSynthesiser` is one."""


@attrs.frozen(eq=False)
class Turn:
    """One exchange.

    Attributes:
        heard: what the voice sounded like; None if nothing was heard yet.
        prompt: what the language model was given: the context line, then the user's words.
        answer: what it said.
        delivery: how it was to be said, and from which emotion.
        speech: what the synthesiser returned.
    """

    heard: EmotionResult | None
    prompt: str
    answer: str
    delivery: Delivery
    speech: Speech


class VoicePipeline:
    """Audio -> current emotion -> prompt -> answer -> prosody -> speech.

    Args:
        language_model: any callable from a prompt to an answer.
        synthesiser: any callable from a text and its prosody to speech.
        detector: hears the user; one with the default backend if None.
        strategy: how to answer; see `voxaffect.expression.STRATEGIES`.

    Raises:
        UnknownNameError: no such strategy.
    """

    def __init__(
        self,
        language_model: LanguageModel,
        synthesiser: Synthesiser,
        *,
        detector: VoiceEmotionDetector | None = None,
        strategy: str = "complement",
    ) -> None:
        if strategy not in STRATEGIES:
            raise UnknownNameError("strategy", strategy, STRATEGIES)
        self.detector = detector or VoiceEmotionDetector()
        self.strategy = strategy
        self.current: EmotionResult | None = None
        self._language_model, self._synthesiser = language_model, synthesiser

    def listen(self, chunk: npt.NDArray[np.generic], rate_hz: int | None = None) -> EmotionResult | None:
        """Feed the next chunk of the user's voice; see `VoiceEmotionDetector.analyze_streaming`.

        A window without speech leaves the current emotion as it is: a pause is no change of mood.
        """
        result = self.detector.analyze_streaming(chunk, rate_hz)
        if result is not None and (result.speech or self.current is None):
            self.current = result
        return result

    def hear(self, audio: AudioSource, rate_hz: int | None = None) -> EmotionResult:
        """Hear a whole utterance at once; it becomes the current emotion."""
        self.current = self.detector.analyze(audio, rate_hz)
        return self.current

    def prompt(self, user_text: str) -> str:
        """The context line, where something was heard, and the user's words below it."""
        if self.current is None or not self.current.speech:
            return user_text
        return f"{self.current.to_context_string()}\n{user_text}"

    def respond(self, user_text: str) -> Turn:
        """Ask the language model, and speak its answer in a fitting voice."""
        prompt = self.prompt(user_text)
        answer = self._language_model(prompt)
        delivery = choose_delivery(self.current, self.strategy)
        speech = self._synthesiser(answer, delivery.prosody)
        return Turn(self.current, prompt, answer, delivery, speech)
