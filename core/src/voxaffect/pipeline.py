"""The straight line from a configuration: extractors, classifier, taxonomy, strategy, renderer."""

from __future__ import annotations

import os
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from voxaffect.audio import AudioSource, load_audio
from voxaffect.baseline import SpeakerBaseline
from voxaffect.builtin.taxonomy import likeliest
from voxaffect.components import (
    Classification,
    Classifier,
    FeatureExtractor,
    Features,
    Heard,
    ProsodyRenderer,
    Stage,
    Taxonomy,
)
from voxaffect.emotions import Intensity
from voxaffect.errors import ConfigurationError, UnknownNameError
from voxaffect.expression import STRATEGIES, Delivery, choose_delivery, render_with
from voxaffect.families import nothing_clear
from voxaffect.host import PluginHost, expect, plugin_boundary
from voxaffect.quality import measure_quality
from voxaffect.types import Audio, EmotionPrediction, EmotionResult, Rendering, Utterance

KEYS = ("classifier", "extractors", "taxonomy", "strategy", "renderer")
TOP = 3


@attrs.frozen(eq=False)
class Response:
    """What was heard, how to answer it, and the answer rendered (None without a renderer)."""

    heard: EmotionResult
    delivery: Delivery
    rendering: Rendering | None


@attrs.frozen(eq=False)
class Pipeline:
    """Everything that a configuration selects, built and ready.

    Attributes:
        backend: name of the classifier.
        extractors: {name: extractor}, as the classifier requires them.
        strategy: how `respond` answers; see `voxaffect.expression.STRATEGIES`.
        renderer_name, renderer: how `respond` expresses the answer; None where none was selected.
    """

    backend: str
    classifier: Classifier
    extractors: Mapping[str, FeatureExtractor]
    taxonomy: Taxonomy
    strategy: str = "complement"
    renderer_name: str = ""
    renderer: ProsodyRenderer | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any], *, host: PluginHost | None = None) -> Pipeline:
        """Build from a table such as a TOML file holds; every key may be left out.

        Args:
            config: `classifier`, `taxonomy` and `renderer` are names or tables with `use` and options;
                `extractors` is {name: options}, where `use` puts another extractor in its place, e.g.
                one of the two plugins that offer the name; `strategy` is a name.
            host: the plugins; those installed if None.

        Raises:
            ConfigurationError: an unknown key or option, or a value of the wrong kind.
            UnknownNameError: a component or strategy that is not there.
            ComponentUnavailableError: a component that cannot run here.
        """
        for key in config:
            if key not in KEYS:
                raise ConfigurationError(str(UnknownNameError("key of a pipeline", key, KEYS)))
        host = host or PluginHost()
        classifier_table = _table(config, "classifier", "auto")
        if classifier_table["use"] == "auto":
            classifier_table["use"] = host.best(Stage.CLASSIFIER).full_name
        strategy = config.get("strategy", "complement")
        if not isinstance(strategy, str):
            raise ConfigurationError(f"strategy must be a name, got {strategy!r}")
        if strategy not in STRATEGIES:
            raise UnknownNameError("strategy", strategy, STRATEGIES)
        classifier = host.build(Stage.CLASSIFIER, classifier_table)
        options = _extractor_options(config, classifier.requires)
        renderer = _table(config, "renderer", None) if "renderer" in config else None
        return cls(
            backend=host.find(Stage.CLASSIFIER, classifier_table["use"]).component.name,
            classifier=classifier,
            extractors={
                name: host.build(Stage.EXTRACTOR, _extractor_table(name, classifier, options.get(name, {})))
                for name in classifier.requires
            },
            taxonomy=host.build(Stage.TAXONOMY, _table(config, "taxonomy", "circumplex")),
            strategy=strategy,
            renderer_name="" if renderer is None else renderer["use"],
            renderer=None if renderer is None else host.build(Stage.RENDERER, renderer),
        )

    @classmethod
    def from_toml(cls, path: str | os.PathLike[str], *, host: PluginHost | None = None) -> Pipeline:
        """Build from a TOML file; see `from_config`.

        Raises:
            ConfigurationError: a file that is missing or no TOML; and what `from_config` raises.
        """
        return cls.from_config(read_toml(path), host=host)

    def extract(self, audio: Audio, baseline: SpeakerBaseline | None = None) -> dict[str, Features]:
        """{extractor: what it measured}, the first stage alone."""
        known = {} if baseline is None else baseline.features
        features = {}
        for name, extractor in self.extractors.items():
            with plugin_boundary(f"the extractor {name!r}"):
                measured = extractor.extract(audio, baseline=known.get(name))
            features[name] = expect(Features, measured, f"the extractor {name!r}")
        return features

    def hear(
        self, source: AudioSource, *, rate_hz: int | None = None, baseline: SpeakerBaseline | None = None
    ) -> EmotionResult:
        """Audio in, emotion out.

        Args:
            source, rate_hz: see `load_audio`.
            baseline: the speaker's own.

        Raises:
            AudioError: sound that cannot be read.
            PluginError: a component that failed.
        """
        audio = load_audio(source, rate_hz)
        return self.conclude(audio, self.extract(audio, baseline))

    def conclude(
        self, audio: Audio, features: Mapping[str, Features], *, timestamp: float | None = None
    ) -> EmotionResult:
        """The rest of the line, for features that were extracted already.

        Args:
            audio: what they were measured on.
            features: as `extract` gives them.
            timestamp: when the audio ended, seconds since the epoch; now if None.

        Raises:
            PluginError: a component that failed.
        """
        with plugin_boundary(f"the classifier {self.backend!r}"):
            concluded = self.classifier.classify(features)
        classification = expect(Classification, concluded, f"the classifier {self.backend!r}")
        return self._result(audio, classification, timestamp)

    def no_speech(self, audio: Audio, why: str, *, timestamp: float | None = None) -> EmotionResult:
        """The result for audio that nothing had to listen to, with the reason as its explanation."""
        return self._result(audio, Classification(speech=False, explanation=(why,)), timestamp)

    def _result(self, audio: Audio, classification: Classification, timestamp: float | None) -> EmotionResult:
        with plugin_boundary("the taxonomy"):
            heard = expect(Heard, self.taxonomy.map(classification), "the taxonomy")
            categorical = tuple(
                EmotionPrediction(
                    emotion, heard.posterior[emotion], Intensity.from_score(heard.intensities[emotion])
                )
                for emotion in likeliest(heard.posterior, TOP)
            )
        return EmotionResult(
            speech=classification.speech,
            primary=heard.primary,
            categorical=categorical,
            posterior=heard.posterior,
            prosodic=classification.markers if classification.speech else None,
            quality=measure_quality(audio),
            duration_s=audio.duration_s,
            timestamp=time.time() if timestamp is None else timestamp,
            backend=self.backend,
            fallback_reason=classification.fallback_reason,
            embedding=classification.embedding,
            explanation=classification.explanation,
            classes=classification.probabilities,
            unclear=is_unclear(classification, heard),
        )

    def respond(
        self,
        source: AudioSource,
        *,
        rate_hz: int | None = None,
        text: str | None = None,
        answer_audio: Audio | None = None,
        baseline: SpeakerBaseline | None = None,
    ) -> Response:
        """Hear a voice, choose how to answer it, and render the answer.

        Args:
            source, rate_hz, baseline: what is heard; see `hear`.
            text, answer_audio: what is said in answer, as the renderer needs it.
        """
        heard = self.hear(source, rate_hz=rate_hz, baseline=baseline)
        delivery = choose_delivery(heard, self.strategy)
        utterance = Utterance(text, answer_audio, delivery.emotion, delivery.intensity)
        rendering = None
        if self.renderer is not None:
            rendering = render_with(self.renderer, delivery.prosody, utterance, name=self.renderer_name)
        return Response(heard, delivery, rendering)


def is_unclear(classification: Classification, heard: Heard) -> bool:
    """Whether nothing clear was heard: as the classifier says, else by the families of the posterior."""
    if classification.unclear is None or not classification.speech:
        return classification.speech and nothing_clear(heard.posterior)
    return classification.unclear


def read_toml(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        ConfigurationError: missing, unreadable, or no TOML.
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # ValueError: no UTF-8, no TOML, a NUL in the name
        raise ConfigurationError(f"cannot read the pipeline {os.fspath(path)}: {error}") from error


def _table(config: Mapping[str, Any], key: str, default: str | None) -> dict[str, Any]:
    value = config.get(key, default)
    table = {"use": value} if isinstance(value, str) else value
    if not isinstance(table, Mapping) or not isinstance(table.get("use"), str):
        raise ConfigurationError(f'{key} must be a name or a table with `use = "name"`, got {value!r}')
    return dict(table)


def _extractor_table(name: str, classifier: Classifier, given: Mapping[str, Any]) -> dict[str, Any]:
    """The user's options over the classifier's own, which are for the extractor of that name alone."""
    own = {} if "use" in given else getattr(classifier, "extractor_options", {}).get(name, {})
    return {"use": name, **own, **given}


def _extractor_options(config: Mapping[str, Any], required: tuple[str, ...]) -> Mapping[str, Any]:
    options = config.get("extractors", {})
    if not isinstance(options, Mapping) or not all(isinstance(value, Mapping) for value in options.values()):
        raise ConfigurationError(f"extractors must be tables of options by extractor, got {options!r}")
    for name in options:
        if name not in required:
            raise ConfigurationError(str(UnknownNameError("extractor of this classifier", name, required)))
    return options
