"""Contracts that a plugin's tests inherit: one class a stage.

    class TestShout(RendererContract):
        component = "shout"

Each finds the component by name through the installed entry points, as a user would, and holds it to what
the rest of voxaffect relies on. Synthetic audio with known answers is in `voxaffect.synthetic`.
"""

# Here the tests' names are the sentences.
# ruff: noqa: D102, PT017

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

import attrs
import numpy as np

from voxaffect import synthetic
from voxaffect.components import Classification, Features, Heard, Stage, StreamingExtractor
from voxaffect.emotions import EmotionCategory
from voxaffect.errors import ConfigurationError
from voxaffect.expression import emotion_to_prosody, render_with
from voxaffect.host import PluginHost
from voxaffect.pipeline import Pipeline
from voxaffect.types import (
    NEUTRAL_PROSODY,
    Audio,
    Carried,
    EmotionResult,
    PrimaryDimensions,
    ProsodicMarkers,
    ProsodyParameters,
    Rendering,
    Utterance,
)

RATES_HZ = (8_000, 16_000, 44_100, 192_000)


def speech_like_audio(rate_hz: int = 16_000) -> Audio:
    """Two seconds of synthetic syllables."""
    return Audio(synthetic.speech_like(syllables=8, rate_sps=4.0, f0_hz=140.0, rate_hz=rate_hz), rate_hz)


def odd_audio() -> dict[str, Audio]:
    """Sound that is no speech, but that every extractor must survive."""
    square = np.sign(np.sin(np.arange(16_000) / 20)).astype(np.float32)
    return {
        "one sample": Audio(np.array([0.5], np.float32), 16_000),
        "ten samples": Audio(np.full(10, 0.5, np.float32), 16_000),
        "digital silence": Audio(np.zeros(16_000, np.float32), 16_000),
        "constant": Audio(np.full(16_000, 0.25, np.float32), 16_000),
        "full-scale square wave": Audio(square, 16_000),
        "hardly any signal": Audio(square * 1e-7, 16_000),
    }


RELATIVE_ROUNDING, ABSOLUTE_ROUNDING = 1e-3, 1e-5
"""How far a measured number of a stream may lie from that of the stretch alone: so much of itself, and so
much besides. BLAS may round a row's sums differently where other rows are around it. Ten times what that did
to the prosodic backend with 64 rows at a time under OpenBLAS's Haswell kernel, where a row's place matters:
`tests/benchmarks/blas_kernels.py --rows 64`."""

EMBEDDING_ROUNDING = 1e-4
"""The same for an embedding and for frames: the length of the difference over their own."""

RESULT_ROUNDING = 1e-4
"""The same for a dimension or a probability."""


def assert_measured_alike(streamed: Features, alone: Features) -> None:
    """What a stream measured of a stretch is what `extract` measures of it alone, to rounding."""
    assert streamed.speech_s == alone.speech_s, f"speech_s: {streamed.speech_s}, alone {alone.speech_s}"
    assert streamed.frame_s == alone.frame_s, f"frame_s: {streamed.frame_s}, alone {alone.frame_s}"
    names, expected = set(streamed.functionals), set(alone.functionals)
    assert names == expected, f"functionals of only one of them: {sorted(names ^ expected)}"
    for name, value in alone.functionals.items():
        _assert_close(name, streamed.functionals[name], value)
    _assert_markers_alike(streamed.markers, alone.markers)
    for name in ("embedding", "frames"):
        one, other = getattr(streamed, name), getattr(alone, name)
        assert (one is None) == (other is None), f"{name}: only one of them has it"
        if other is not None:
            assert one.shape == other.shape, f"{name}: shape {one.shape}, alone {other.shape}"
            apart, most = np.linalg.norm(one - other), EMBEDDING_ROUNDING * np.linalg.norm(other)
            assert apart <= most, f"{name}: {apart:.3g} apart, at most {most:.3g} is rounding"


def assert_heard_alike(streamed: EmotionResult, alone: EmotionResult) -> None:
    """A stream's result of a stretch is that of `Pipeline.hear` for it alone.

    Every decision is the same: speech or none, clear or not, the likeliest emotions and their order, the
    categories and counts among the markers, and so the line for a language model. Numbers are alike to
    rounding.
    """
    for name in ("speech", "unclear", "backend", "fallback_reason"):
        one, other = getattr(streamed, name), getattr(alone, name)
        assert one == other, f"{name}: {one}, alone {other}"
    emotions, expected = ([str(p.emotion) for p in r.categorical] for r in (streamed, alone))
    assert emotions == expected, f"likeliest: {emotions}, alone {expected}"
    for name in ("valence", "arousal", "dominance"):
        apart = abs(getattr(streamed.primary, name) - getattr(alone.primary, name))
        assert apart <= RESULT_ROUNDING, f"{name}: {apart:.3g} apart, at most {RESULT_ROUNDING:g} is rounding"
    for emotion, probability in alone.posterior.items():
        apart = abs(streamed.posterior[emotion] - probability)
        assert apart <= RESULT_ROUNDING, f"probability of {emotion}: {apart:.3g} apart"
    _assert_markers_alike(streamed.prosodic, alone.prosodic)
    line, expected_line = streamed.to_context_string(), alone.to_context_string()
    assert line == expected_line, f"the line: {line}, alone {expected_line}"


def _assert_markers_alike(streamed: ProsodicMarkers | None, alone: ProsodicMarkers | None) -> None:
    assert (streamed is None) == (alone is None), f"markers: {streamed}, alone {alone}"
    if streamed is not None and alone is not None:
        for name, value in attrs.asdict(alone).items():
            other = getattr(streamed, name)
            if isinstance(value, float) and other is not None:
                _assert_close(name, other, value)
            else:
                assert other == value, f"{name}: {other}, alone {value}"


def _assert_close(name: str, streamed: float, alone: float) -> None:
    apart, most = abs(streamed - alone), RELATIVE_ROUNDING * abs(alone) + ABSOLUTE_ROUNDING
    assert apart <= most, f"{name}: {streamed:.9g}, alone {alone:.9g}; at most {most:.3g} apart is rounding"


class _ComponentContract:
    """What holds for a component of every stage."""

    stage: ClassVar[Stage]
    component: ClassVar[str]
    options: ClassVar[Mapping[str, Any]] = {}
    heavy_modules: ClassVar[tuple[str, ...]] = ()
    """Modules that listing the plugins must not import, e.g. ("librosa",)."""

    def build(self) -> Any:
        """The component, found by name and built as a pipeline does it."""
        return PluginHost().build(self.stage, {**self.options, "use": self.component})

    def test_it_is_found_by_name_and_describes_itself(self) -> None:
        found = PluginHost().find(self.stage, self.component).component
        assert found.summary, "a listing needs a summary"
        assert found.why_unavailable() is None

    def test_it_keeps_the_contract_of_its_stage(self) -> None:
        assert isinstance(self.build(), self.stage.protocol)

    def test_an_unknown_option_is_an_error_that_names_the_known_ones(self) -> None:
        try:
            PluginHost().build(self.stage, {**self.options, "use": self.component, "no_such_option": 1})
        except ConfigurationError as error:
            assert "no_such_option" in str(error)
        else:
            raise AssertionError("an unknown option was accepted")

    def test_listing_it_imports_nothing_heavy(self) -> None:
        program = (
            "import sys; from voxaffect.host import PluginHost; h = PluginHost(); "
            f"print([m for m in {self.heavy_modules!r} if m in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"


class ExtractorContract(_ComponentContract):
    """Inherit and set `component`; `options` if it needs some."""

    stage = Stage.EXTRACTOR

    def test_speech_gives_features_at_every_rate(self) -> None:
        extractor = self.build()
        for rate_hz in RATES_HZ:
            features = extractor.extract(speech_like_audio(rate_hz))
            assert isinstance(features, Features)
            assert all(math.isfinite(value) for value in features.functionals.values())
            assert features.functionals or features.embedding is not None
            assert features.embedding is None or np.isfinite(features.embedding).all()

    def test_odd_sound_is_survived(self) -> None:
        extractor = self.build()
        for name, audio in odd_audio().items():
            features = extractor.extract(audio)
            assert all(math.isfinite(value) for value in features.functionals.values()), name

    def test_the_input_is_left_as_it_was(self) -> None:
        audio = speech_like_audio()
        before = audio.samples.copy()
        self.build().extract(audio)
        assert np.array_equal(audio.samples, before)

    def test_a_speakers_own_features_are_taken_and_handed_on(self) -> None:
        extractor = self.build()
        own = extractor.extract(speech_like_audio())
        measured = extractor.extract(speech_like_audio(), baseline=own)
        assert measured.baseline is own, "Features(baseline=baseline), or calibrating a speaker does nothing"

    def test_the_same_audio_gives_the_same_features(self) -> None:
        extractor = self.build()
        first, second = (extractor.extract(speech_like_audio()) for _ in range(2))
        assert first.functionals == second.functionals

    def test_a_stream_gives_what_each_stretch_alone_gives(self) -> None:
        extractor, audio = self.build(), speech_like_audio()
        stream = extractor.stream(audio.rate_hz) if isinstance(extractor, StreamingExtractor) else None
        if stream is None:  # every stretch is extracted anew
            return
        window, hop = audio.rate_hz, audio.rate_hz // 2
        for start in range(0, len(audio.samples) - window + 1, hop):
            heard = 0 if not start else start - hop + window
            stream.feed(audio.samples[heard : start + window])
            streamed = stream.features(start, start + window)
            alone = extractor.extract(Audio(audio.samples[start : start + window], audio.rate_hz))
            assert_measured_alike(streamed, alone)
            stream.forget(start + hop)


class ClassifierContract(_ComponentContract):
    """Inherit and set `component`. The extractors it requires must be installed too."""

    stage = Stage.CLASSIFIER

    def classify(self, audio: Audio) -> Classification:
        """Through a pipeline's own extractors."""
        pipeline = Pipeline.from_config({"classifier": {**self.options, "use": self.component}})
        classification = pipeline.classifier.classify(pipeline.extract(audio))
        assert isinstance(classification, Classification)
        return classification

    def test_speech_is_classified_and_the_taxonomy_takes_it(self) -> None:
        classification = self.classify(speech_like_audio())
        heard = PluginHost().build(Stage.TAXONOMY, "circumplex").map(classification)
        assert math.isclose(sum(heard.posterior.values()), 1, abs_tol=1e-6)
        assert max(heard.posterior.values()) <= classification.max_confidence + 1e-9

    def test_odd_sound_is_survived(self) -> None:
        for audio in odd_audio().values():
            self.classify(audio)


class TaxonomyContract(_ComponentContract):
    """Inherit and set `component`."""

    stage = Stage.TAXONOMY

    def test_any_classification_gives_a_posterior_over_the_26(self) -> None:
        taxonomy = self.build()
        point = PrimaryDimensions(valence=-1, arousal=1, dominance=0)
        for classification in (
            Classification(dimensions=point),
            Classification(dimensions=point, dimension_errors=(1e-3, 1e-3, 1e-3), max_confidence=0.5),
            Classification(probabilities={"angry": 0.75, "sad": 0.25}),
            Classification(probabilities={"odd": 1.0}, label_dimensions={"odd": point}),
            Classification(speech=False),
        ):
            heard = taxonomy.map(classification)
            assert isinstance(heard, Heard)
            assert set(heard.posterior) == set(EmotionCategory)
            assert math.isclose(sum(heard.posterior.values()), 1, abs_tol=1e-6)
            assert max(heard.posterior.values()) <= classification.max_confidence + 1e-9
            assert all(0 <= value <= 1 for value in heard.intensities.values())


class RendererContract(_ComponentContract):
    """Inherit and set `component`."""

    stage = Stage.RENDERER

    EXTREMES: ClassVar[tuple[ProsodyParameters, ...]] = (
        NEUTRAL_PROSODY,
        ProsodyParameters(-6, 0.5, 0.7, 0.5, -6, 0.5, 1, 1),
        ProsodyParameters(6, 2, 1.5, 2, 6, 1.5, 0, 0),
    )

    def utterance(self) -> Utterance:
        """With text and audio both."""
        return Utterance(text="It is late. Shall we go?", audio=speech_like_audio())

    def render(self, prosody: ProsodyParameters) -> Rendering:
        """With this contract's utterance."""
        rendering = self.build().render(prosody, self.utterance())
        assert isinstance(rendering, Rendering)
        return rendering

    def test_every_extreme_is_rendered_or_reported(self) -> None:
        known = set(attrs.asdict(NEUTRAL_PROSODY))
        for prosody in self.EXTREMES:
            rendering = self.render(prosody)
            assert set(rendering.approximated) | set(rendering.unexpressed) <= known
            assert all([*rendering.approximated.values(), *rendering.unexpressed.values()])
            if isinstance(rendering.output, Audio):
                assert np.isfinite(rendering.output.samples).all()
                assert np.abs(rendering.output.samples).max() <= 1

    def test_a_neutral_delivery_has_nothing_to_report(self) -> None:
        rendering = self.render(NEUTRAL_PROSODY)
        assert not rendering.approximated
        assert not rendering.unexpressed
        assert rendering.residual == NEUTRAL_PROSODY

    def test_what_sounds_alike_is_not_said_to_carry_the_emotion(self) -> None:
        """Of opposite valence and as active as each other; see `voxaffect.types.Carried`."""
        pairs = (("happy", "angry"), ("excited", "panicked"), ("calm", "sad"), ("content", "disappointed"))
        for pair in pairs:
            made = []
            for emotion in map(EmotionCategory, pair):
                utterance = attrs.evolve(self.utterance(), emotion=emotion)
                made.append(render_with(self.build(), emotion_to_prosody(emotion), utterance))
            accounts = [rendering.emotion_account for rendering in made]
            assert all(accounts), f"{pair}: an account of each emotion, see Rendering.emotion_account"
            if _same_output(*made):
                carried = [account.carried for account in accounts if account is not None]
                assert not {Carried.NAME, Carried.PROSODY} & set(carried), f"{pair} give the same output"

    def test_what_is_not_expressed_is_left_in_the_residual(self) -> None:
        for prosody in self.EXTREMES:
            rendering = self.render(prosody)
            assert set(rendering.unexpressed) <= set(rendering.residual.changed())


def _same_output(one: Rendering, other: Rendering) -> bool:
    if isinstance(one.output, Audio) and isinstance(other.output, Audio):
        return np.array_equal(one.output.samples, other.output.samples)
    return bool(one.output == other.output)
