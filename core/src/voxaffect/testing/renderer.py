"""What holds for every renderer."""

# Here the tests' names are the sentences.
# ruff: noqa: D102

from __future__ import annotations

from typing import Any, ClassVar
from xml.parsers import expat

import attrs
import numpy as np

from voxaffect.components import ProsodyRenderer, Stage
from voxaffect.emotions import EmotionCategory
from voxaffect.errors import InvalidValueError
from voxaffect.expression import emotion_to_prosody, render_with
from voxaffect.host import PluginHost
from voxaffect.testing.component import ComponentContract, must
from voxaffect.testing.same import differing, same
from voxaffect.testing.sounds import speech_like_audio, voices
from voxaffect.types import (
    NEUTRAL_PROSODY,
    PROSODY_RANGES,
    Audio,
    Carried,
    ProsodyParameters,
    Rendering,
    Utterance,
)

ODD_TEXTS = ("", " ", "...", 'Tom & "Jerry" < 3', "</speak>", "夜も遅い。行こうか。", "\n\n", "[sad] {x} <i>")


class RendererContract(ComponentContract):
    """Inherit and set `component`."""

    stage = Stage.RENDERER

    EXTREMES: ClassVar[tuple[ProsodyParameters, ...]] = (
        NEUTRAL_PROSODY,
        ProsodyParameters(-6, 0.5, 0.7, 0.5, -6, 0.5, 1, 1),
        ProsodyParameters(6, 2, 1.5, 2, 6, 1.5, 0, 0),
    )

    def utterance(self) -> Utterance:
        """With text and audio both, of two sentences."""
        return Utterance(text="It is late. Shall we go?", audio=speech_like_audio(pauses_s=(0.4,)))

    def render(self, prosody: ProsodyParameters, renderer: ProsodyRenderer | None = None) -> Rendering:
        """With this contract's utterance."""
        rendering = (renderer or self.build()).render(prosody, self.utterance())
        assert isinstance(rendering, Rendering), must("render must give voxaffect.Rendering")
        return rendering

    def test_every_extreme_is_rendered_or_reported(self) -> None:
        renderer = self.build()
        for prosody in self.EXTREMES:
            rendering = self.render(prosody, renderer)
            reported = {**rendering.approximated, **rendering.unexpressed}
            unknown = set(reported) - set(PROSODY_RANGES)
            assert not unknown, must(
                f"it reports on {unknown}, which are no parameters: {', '.join(PROSODY_RANGES)}"
            )
            silent = [name for name, reason in reported.items() if not reason]
            assert not silent, must(f"it gives no reason for {silent}")
            if isinstance(rendering.output, Audio):
                peak = np.abs(rendering.output.samples).max()
                assert peak <= 1, must(f"the audio peaks at {peak:.3f}, full scale is 1")

    def test_it_makes_what_its_description_says(self) -> None:
        makes = PluginHost().find(self.stage, self.component).component.makes
        kind = self.render(NEUTRAL_PROSODY).kind
        assert makes in (None, kind), must(f"Component.makes is {makes!r}, Rendering.kind is {kind!r}")

    def test_a_neutral_delivery_has_nothing_to_report(self) -> None:
        rendering = self.render(NEUTRAL_PROSODY)
        assert not rendering.approximated, must(
            "a neutral delivery asks for nothing that could be approximated"
        )
        assert not rendering.unexpressed, must("a neutral delivery asks for nothing that could be left out")
        assert rendering.residual == NEUTRAL_PROSODY, must("a neutral delivery leaves nothing to do")

    def test_what_sounds_alike_is_not_said_to_carry_the_emotion(self) -> None:
        """Of opposite valence and as active as each other; see `voxaffect.types.Carried`."""
        renderer = self.build()
        pairs = (("happy", "angry"), ("excited", "panicked"), ("calm", "sad"), ("content", "disappointed"))
        for pair in pairs:
            made = []
            for emotion in map(EmotionCategory, pair):
                utterance = attrs.evolve(self.utterance(), emotion=emotion)
                made.append(render_with(renderer, emotion_to_prosody(emotion), utterance))
            accounts = [rendering.emotion_account for rendering in made]
            assert all(accounts), must(f"{pair}: an account of each emotion, see Rendering.emotion_account")
            if same(made[0].output, made[1].output):
                carried = [account.carried for account in accounts if account is not None]
                assert not {Carried.NAME, Carried.PROSODY} & set(carried), must(
                    f"{pair} give the same output, and Rendering.emotion_account says that it is carried by "
                    f"{' and '.join(carried)}: say by its arousal, or lost"
                )

    def test_what_is_not_expressed_is_left_in_the_residual(self) -> None:
        renderer = self.build()
        for prosody in self.EXTREMES:
            rendering = self.render(prosody, renderer)
            left = set(rendering.residual.changed())
            dropped = set(rendering.unexpressed) - left
            assert not dropped, must(
                f"{dropped} are in Rendering.unexpressed and neutral in Rendering.residual: "
                "the residual holds what another renderer is to do"
            )
            hidden = left - set(rendering.unexpressed) - set(rendering.approximated)
            assert not hidden, must(
                f"{hidden} are left in Rendering.residual, and neither in Rendering.unexpressed nor in "
                "Rendering.approximated: say why they are left"
            )

    def test_what_is_expressed_changes_the_output(self) -> None:
        renderer = self.build()
        neutral = self.render(NEUTRAL_PROSODY, renderer)
        for name in PROSODY_RANGES:
            for end in _ends(name):
                made = self.render(end, renderer)
                assert name in made.unexpressed or not same(made.output, neutral.output), must(
                    f"{name} = {getattr(end, name):g} alone changes nothing of the output and is not in "
                    "Rendering.unexpressed: say there why the target cannot express it"
                )

    def test_what_it_says_that_it_expresses_it_does(self) -> None:
        renderer = self.build()
        for name in getattr(renderer, "expresses", ()):
            reasons = [self.render(end, renderer).unexpressed.get(name) for end in _ends(name)]
            assert None in reasons, must(f"{name} is in `expresses`, and unexpressed at both ends: {reasons}")

    def test_the_same_delivery_is_rendered_alike(self) -> None:
        renderer = self.build()
        first = [self.render(prosody, renderer) for prosody in self.EXTREMES]
        second = [self.render(prosody, renderer) for prosody in self.EXTREMES]
        for one, other in zip(first, second, strict=True):
            fields = differing(one, other)
            assert not fields, must(
                f"{', '.join(fields)} of the same prosody and utterance differ when they come again: "
                "nothing may be left to chance, nor kept from one utterance to the next"
            )

    def test_another_utterance_is_rendered_otherwise(self) -> None:
        renderer = self.build()
        others: dict[str, Any] = {"text": "Good morning. The sun is up.", "audio": voices()["acted anger"]}
        for need in renderer.needs:
            one, other = (
                renderer.render(NEUTRAL_PROSODY, utterance).output
                for utterance in (self.utterance(), attrs.evolve(self.utterance(), **{need: others[need]}))
            )
            assert not same(one, other), must(
                f"the same output for another {need}, which it says that it needs"
            )

    def test_what_it_does_not_need_may_be_missing(self) -> None:
        renderer = self.build()
        whole = self.utterance()
        least = attrs.evolve(
            whole,
            text=whole.text if "text" in renderer.needs else None,
            audio=whole.audio if "audio" in renderer.needs else None,
        )
        for prosody in self.EXTREMES:
            self._rendered_or_refused(renderer, prosody, least)

    def test_any_text_is_rendered_or_refused(self) -> None:
        renderer = self.build()
        if renderer.needs == ("audio",):  # what is said was said already
            return
        for text in ODD_TEXTS:
            for prosody in self.EXTREMES:
                utterance = attrs.evolve(self.utterance(), text=text)
                made = self._rendered_or_refused(renderer, prosody, utterance)
                if made is not None and made.kind == "ssml":
                    _check_xml(str(made.output), text)

    def test_the_input_is_left_as_it_was(self) -> None:
        utterance = self.utterance()
        assert utterance.audio is not None
        before = utterance.audio.samples.copy()
        renderer = self.build()
        for prosody in self.EXTREMES:
            renderer.render(prosody, utterance)
        assert np.array_equal(utterance.audio.samples, before), must(
            "render changed the samples of utterance.audio: work on a copy"
        )

    @staticmethod
    def _rendered_or_refused(
        renderer: ProsodyRenderer, prosody: ProsodyParameters, utterance: Utterance
    ) -> Rendering | None:
        try:
            return renderer.render(prosody, utterance)
        except InvalidValueError:  # the text is the user's
            return None


def _ends(name: str) -> list[ProsodyParameters]:
    """One parameter alone, at the ends of its range that are not neutral."""
    neutral = getattr(NEUTRAL_PROSODY, name)
    return [attrs.evolve(NEUTRAL_PROSODY, **{name: end}) for end in PROSODY_RANGES[name] if end != neutral]


def _check_xml(document: str, text: str) -> None:
    try:
        expat.ParserCreate().Parse(document, True)
    except expat.ExpatError as error:
        raise AssertionError(
            must(f"the SSML for the text {text!r} is no well-formed XML: {error}")
        ) from error
