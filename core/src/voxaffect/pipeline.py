"""The straight line from a configuration: extractors, classifier, taxonomy, strategy, renderer."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

import attrs

from voxaffect._validate import one_of, require, shown
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
from voxaffect.course_hearing import hear_recording
from voxaffect.emotions import Intensity
from voxaffect.errors import ConfigurationError, UnknownNameError
from voxaffect.expression import STRATEGIES, Delivery, choose_delivery, render_with
from voxaffect.extractor_choice import choose_extractors
from voxaffect.families import nothing_clear
from voxaffect.host import Offer, PluginHost, expect, plugin_boundary
from voxaffect.pipeline_file import read_pipeline
from voxaffect.quality import measure_quality
from voxaffect.spoken_part import spoken_part
from voxaffect.types import Audio, EmotionPrediction, EmotionResult, Rendering, Utterance
from voxaffect.voice_activity import Activity, check_activity

KEYS = ("classifier", "extractors", "markers", "taxonomy", "strategy", "renderer", "activity", "adapt")
TOP = 3


@attrs.frozen(eq=False)
class Response:
    """What was heard, how to answer it, and the answer rendered (None without a renderer)."""

    heard: EmotionResult
    delivery: Delivery
    rendering: Rendering | None


@attrs.frozen(eq=False)
class Measured:
    """A recording after the first stage.

    Attributes:
        audio: as it was given.
        spoken: the part of it that was measured, see `voxaffect.spoken_part`; None where nobody speaks.
        features: {extractor: what it measured}; empty where nobody speaks.
    """

    audio: Audio
    spoken: Audio | None
    features: Mapping[str, Features]


@attrs.frozen(eq=False)
class Pipeline:
    """Everything that a configuration selects, built and ready.

    Attributes:
        backend: name of the classifier.
        wrapped: names of the classifiers that it wraps by its option `inner`, the outermost first.
        extractors: {name: extractor}: what the classifier requires, and what measures the markers.
        markers: which of the extractors gives the prosodic markers where the classifier gives none; "" where
            none does.
        strategy: how `respond` answers; see `voxaffect.expression.STRATEGIES`.
        renderer_name, renderer: how `respond` expresses the answer; None where none was selected.
        activity: what decides where speech is, for every backend alike: "builtin", or "off", which takes all
            that is given for speech.
        adapt: whether streams and conversations hear a speaker against what they have heard of them before,
            see `voxaffect.running_baseline`.
        full_names: {(stage, name): plugin/name} of what hears, for errors that name the culprit.
    """

    backend: str
    classifier: Classifier
    extractors: Mapping[str, FeatureExtractor]
    taxonomy: Taxonomy
    strategy: str = "complement"
    renderer_name: str = ""
    renderer: ProsodyRenderer | None = None
    activity: Activity = "builtin"
    adapt: bool = attrs.field(default=True, validator=one_of(bool))
    markers: str = ""
    wrapped: tuple[str, ...] = ()
    full_names: Mapping[tuple[Stage, str], str] = attrs.field(factory=dict)

    @classmethod
    def from_config(cls, config: Mapping[str, Any], *, host: PluginHost | None = None) -> Pipeline:
        """Build from a table such as a TOML file holds; every key may be left out.

        Args:
            config: `classifier`, `taxonomy` and `renderer` are names or tables with `use` and options;
                `extractors` is {name: options}, where `use` puts another extractor in its place, e.g.
                one of the two plugins that offer the name; `markers` is the name of an extractor that
                measures them, "auto" for the best that can run here, or "off"; `strategy` and `activity`
                are names; `adapt` is true or false.
            host: the plugins; those installed if None.

        Raises:
            ConfigurationError: an unknown key or option, or a value of the wrong kind.
            UnknownNameError: a component or strategy that is not there.
            InvalidValueError: an activity that is not there.
            ComponentUnavailableError: a component that cannot run here.
        """
        if not isinstance(config, Mapping):
            raise ConfigurationError(f"a pipeline must be a table, got {shown(config)}")
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
        activity = config.get("activity", "builtin")
        check_activity(activity)
        adapt = config.get("adapt", True)
        if not isinstance(adapt, bool):
            raise ConfigurationError(f"adapt must be true or false, got {shown(adapt)}")
        classifier = host.build(Stage.CLASSIFIER, classifier_table)
        offer, *wrapped = _wrapping(host, classifier_table)
        extractors, markers = choose_extractors(host, config, (offer, *wrapped), classifier)
        taxonomy = _table(config, "taxonomy", "circumplex")
        renderer = _table(config, "renderer", None) if "renderer" in config else None
        return cls(
            backend=offer.component.name,
            classifier=classifier,
            extractors={name: host.build(Stage.EXTRACTOR, table) for name, table in extractors.items()},
            taxonomy=host.build(Stage.TAXONOMY, taxonomy),
            strategy=strategy,
            activity=activity,
            adapt=adapt,
            markers=markers,
            wrapped=tuple(each.component.name for each in wrapped),
            renderer_name="" if renderer is None else renderer["use"],
            renderer=None if renderer is None else host.build(Stage.RENDERER, renderer),
            full_names={
                (Stage.CLASSIFIER, offer.component.name): offer.full_name,
                (Stage.TAXONOMY, ""): host.find(Stage.TAXONOMY, taxonomy["use"]).full_name,
                **{
                    (Stage.EXTRACTOR, name): host.find(Stage.EXTRACTOR, table["use"]).full_name
                    for name, table in extractors.items()
                },
            },
        )

    @classmethod
    def from_toml(cls, path: str | os.PathLike[str], *, host: PluginHost | None = None) -> Pipeline:
        """Build from a TOML file; see `from_config`. Relative paths in it are taken from its folder.

        Raises:
            ConfigurationError: a file that is missing or no TOML; and what `from_config` raises.
        """
        host = host or PluginHost()
        return cls.from_config(read_pipeline(path, host), host=host)

    def extract(self, audio: Audio, baseline: SpeakerBaseline | None = None) -> dict[str, Features]:
        """{extractor: what it measured}, the first stage alone, of all that is given."""
        _check_baseline(baseline)
        known = {} if baseline is None else baseline.features
        features = {}
        for name, extractor in self.extractors.items():
            what = self.named(Stage.EXTRACTOR, name)
            with plugin_boundary(what):
                features[name] = expect(Features, extractor.extract(audio, baseline=known.get(name)), what)
        return features

    def measure(self, audio: Audio, baseline: SpeakerBaseline | None = None) -> Measured:
        """Find the speech in a recording, and measure it.

        Raises:
            PluginError: an extractor that failed.
        """
        return self.measured(audio, audio if self.activity == "off" else spoken_part(audio), baseline)

    def measured(
        self, audio: Audio, spoken: Audio | None, baseline: SpeakerBaseline | None = None
    ) -> Measured:
        """Measure the speech of a recording, where it was found already; see `measure`."""
        _check_baseline(baseline)
        return Measured(audio, spoken, {} if spoken is None else self.extract(spoken, baseline))

    def hear(
        self, source: AudioSource, *, rate_hz: int | None = None, baseline: SpeakerBaseline | None = None
    ) -> EmotionResult:
        """Audio in, emotion out; of several utterances their course too.

        Args:
            source, rate_hz: see `load_audio`.
            baseline: the speaker's own.

        Raises:
            AudioError: sound that cannot be read.
            PluginError: a component that failed.
        """
        return hear_recording(self, load_audio(source, rate_hz), baseline=baseline)

    def classify(self, measured: Measured) -> Classification:
        """What the classifier concludes, in its own terms, and the markers; without speech it is not asked.

        Raises:
            PluginError: it failed.
        """
        if measured.spoken is None:
            why = f"no speech, by {self.activity} voice activity"
            return Classification(speech=False, explanation=(why,))
        required = {name: measured.features[name] for name in self.classifier.requires}
        what = self.named(Stage.CLASSIFIER, self.backend)
        with plugin_boundary(what):
            concluded = expect(Classification, self.classifier.classify(required), what)
        if not (self.markers and concluded.speech and concluded.markers is None):
            return concluded
        return attrs.evolve(concluded, markers=measured.features[self.markers].markers)

    def place(self, classification: Classification) -> Heard:
        """The same in the shared vocabulary.

        Raises:
            PluginError: the taxonomy failed.
        """
        what = self.named(Stage.TAXONOMY)
        with plugin_boundary(what):
            return expect(Heard, self.taxonomy.map(classification), what)

    def conclude(self, measured: Measured, *, timestamp: float | None = None) -> EmotionResult:
        """The rest of the line, for a recording that was measured already, as one utterance.

        Args:
            timestamp: when the audio ended, seconds since the epoch; now if None.

        Raises:
            PluginError: a component that failed.
        """
        classification = self.classify(measured)
        return self.result(measured, classification, self.place(classification), timestamp=timestamp)

    def predictions(self, heard: Heard) -> tuple[EmotionPrediction, ...]:
        """The three likeliest emotions, likeliest first.

        Raises:
            PluginError: the taxonomy's intensities cannot be.
        """
        with plugin_boundary(self.named(Stage.TAXONOMY)):
            return tuple(
                EmotionPrediction(
                    emotion, heard.posterior[emotion], Intensity.from_score(heard.intensities[emotion])
                )
                for emotion in likeliest(heard.posterior, TOP)
            )

    def result(
        self,
        measured: Measured,
        classification: Classification,
        heard: Heard,
        *,
        timestamp: float | None = None,
    ) -> EmotionResult:
        """What the three stages gave, as one value; see `conclude`."""
        return EmotionResult(
            speech=classification.speech,
            primary=heard.primary,
            categorical=self.predictions(heard),
            posterior=heard.posterior,
            prosodic=classification.markers if classification.speech else None,
            quality=measure_quality(measured.audio if measured.spoken is None else measured.spoken),
            duration_s=measured.audio.duration_s,
            timestamp=time.time() if timestamp is None else timestamp,
            backend="(".join((self.backend, *self.wrapped)) + ")" * len(self.wrapped),
            fallback_reason=classification.fallback_reason,
            embedding=classification.embedding,
            explanation=classification.explanation,
            classes=classification.probabilities,
            unclear=is_unclear(classification, heard),
            emotional=classification.emotional if classification.speech else None,
            unfamiliar=classification.unfamiliar if classification.speech else None,
            adapted_to=classification.adapted_to,
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

    def named(self, stage: Stage, name: str = "") -> str:
        """A component as messages name it, with its plugin."""
        return f"the {stage.word} {self.full_names.get((stage, name), name)}".rstrip()


def is_unclear(classification: Classification, heard: Heard) -> bool:
    """Whether nothing clear was heard: as the classifier says, else by the families of the posterior."""
    if classification.unclear is None or not classification.speech:
        return classification.speech and nothing_clear(heard.posterior)
    return classification.unclear


def _check_baseline(baseline: object) -> None:
    loaded = "load one with BaselineStore().load(name)"
    require(baseline, SpeakerBaseline | None, "baseline must be a SpeakerBaseline", instead=loaded)


def _table(config: Mapping[str, Any], key: str, default: str | None) -> dict[str, Any]:
    value = config.get(key, default)
    table = {"use": value} if isinstance(value, str) else value
    if not isinstance(table, Mapping) or not isinstance(table.get("use"), str):
        raise ConfigurationError(f'{key} must be a name or a table with `use = "name"`, got {value!r}')
    return dict(table)


def _wrapping(host: PluginHost, table: Mapping[str, Any]) -> list[Offer]:
    """What a classifier's table selects, then what that wraps by its option `inner`, and so on."""
    offers = [host.find(Stage.CLASSIFIER, table["use"])]
    inner = table.get("inner")
    if isinstance(inner, Mapping) and "use" in inner:
        offers += _wrapping(host, inner)
    return offers
