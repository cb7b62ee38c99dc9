"""What a plugin offers, and the contract of each of the four stages it may offer it for."""

from __future__ import annotations

import enum
import importlib
import importlib.util
import re
from collections.abc import Mapping
from numbers import Real
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import attrs
import numpy as np
import numpy.typing as npt
from attrs.validators import optional

from voxaffect._validate import above, at_least, float32_array, mapping_of, one_of, shown, tuple_of, within
from voxaffect.emotions import EmotionCategory
from voxaffect.errors import InvalidValueError, PluginError, unforeseen
from voxaffect.types import (
    Audio,
    PrimaryDimensions,
    ProsodicMarkers,
    ProsodyParameters,
    Rendering,
    Utterance,
    as_posterior,
    check_posterior,
)


def _one_of_features(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    one_of(Features)(instance, attribute, value)  # which is no name yet where its own field is made


@attrs.frozen(eq=False)
class Features:
    """What one extractor measured on one clip.

    Attributes:
        functionals: named numbers, one a clip; a measure the clip does not allow is left out.
        markers: the prosodic markers, from an extractor that measures them.
        speech_s: seconds of speech in the clip; None from an extractor that does not look for it.
        embedding: (n_dims,) float32 for the clip, from a network.
        frames: (n_frames, n_dims) float32, from a network.
        frame_s: seconds from one frame to the next.
        baseline: the speaker's usual features that these were measured against, if any.
        n_samples: utterances that these are the mean of, see `voxaffect.baseline.average_features`; 1 for a
            clip. Not a whole number where some count for less than others.
    """

    functionals: Mapping[str, float] = attrs.field(
        factory=dict, validator=mapping_of(Real, instead="leave out what the clip does not allow")
    )
    markers: ProsodicMarkers | None = attrs.field(default=None, validator=optional(one_of(ProsodicMarkers)))
    speech_s: float | None = attrs.field(default=None, validator=optional(at_least(0)))
    embedding: npt.NDArray[np.float32] | None = attrs.field(
        default=None, validator=optional(float32_array(1))
    )
    frames: npt.NDArray[np.float32] | None = attrs.field(default=None, validator=optional(float32_array(2)))
    frame_s: float | None = attrs.field(default=None, validator=optional(at_least(0)))
    baseline: Features | None = attrs.field(default=None, validator=optional(_one_of_features))
    n_samples: float = attrs.field(default=1, validator=above(0))


@attrs.frozen(eq=False)
class Classification:
    """What a classifier concluded, in its own terms: labels, dimensions, or both.

    Attributes:
        probabilities: label -> probability, sum 1; empty from a classifier without classes.
        label_dimensions: label -> where it lies, for every label that is not one of the 26.
        dimensions: valence, arousal, dominance, from a classifier that estimates them; they weigh the
            categories.
        dimension_errors: standard error of each of the three, in the units of `PrimaryDimensions`.
        primary: the dimensions to report, where those are not `dimensions`, e.g. because they also rest on
            the probabilities, which must not count twice.
        speech: whether there was speech to classify.
        max_confidence: no category may be given more than this; at least 1/26, an even posterior.
        unclear: whether the classifier, by a threshold of its own, would rather not choose; None from one
            that has none: then nothing is clear where no family of emotions is more likely than not.
        emotional: probability that the voice is not neutral, by a prior that expects most voices to be;
            below .5 no emotion is told, whichever is the likeliest. None from a classifier without one.
        unfamiliar: how far the sound lies from what the classifier's training heard; above 1 it is further
            than 99 in 100 recordings of people and rooms unheard, and nothing is told. None from one without.
        markers, embedding, explanation: handed on to the `EmotionResult`.
        fallback_reason: why this is not the answer of the classifier that was asked.
        adapted_to: how many of the speaker's utterances the answer was judged against, which is
            `features.baseline.n_samples` where the classifier has made use of it; 0 for none.
    """

    probabilities: Mapping[str, float] = attrs.field(factory=dict, validator=mapping_of(Real))
    label_dimensions: Mapping[str, PrimaryDimensions] = attrs.field(
        factory=dict, validator=mapping_of(PrimaryDimensions)
    )
    dimensions: PrimaryDimensions | None = attrs.field(
        default=None, validator=optional(one_of(PrimaryDimensions))
    )
    dimension_errors: tuple[float, float, float] = attrs.field(
        default=(0.3, 0.15, 0.2), validator=tuple_of(Real)
    )
    primary: PrimaryDimensions | None = attrs.field(
        default=None, validator=optional(one_of(PrimaryDimensions))
    )
    speech: bool = attrs.field(default=True, validator=one_of(bool))
    max_confidence: float = attrs.field(default=1.0, validator=within(1 / len(EmotionCategory), 1))
    unclear: bool | None = attrs.field(default=None, validator=optional(one_of(bool)))
    emotional: float | None = attrs.field(default=None, validator=optional(within(0, 1)))
    unfamiliar: float | None = attrs.field(default=None, validator=optional(at_least(0)))
    markers: ProsodicMarkers | None = attrs.field(default=None, validator=optional(one_of(ProsodicMarkers)))
    embedding: npt.NDArray[np.float32] | None = attrs.field(
        default=None, validator=optional(float32_array(1))
    )
    explanation: tuple[str, ...] = attrs.field(default=(), validator=tuple_of(str))
    fallback_reason: str | None = attrs.field(default=None, validator=optional(one_of(str)))
    adapted_to: float = attrs.field(default=0, validator=at_least(0))

    def __attrs_post_init__(self) -> None:
        total = sum(self.probabilities.values())
        if self.probabilities and not (abs(total - 1) < 1e-4 and min(self.probabilities.values()) >= 0):
            raise InvalidValueError(
                f"Classification.probabilities must be 0 or more and sum to 1, got sum {total:.6g}"
            )
        if self.speech and not self.probabilities and self.dimensions is None:
            raise InvalidValueError("Classification needs probabilities, dimensions, or speech=False")
        errors = self.dimension_errors
        if len(errors) != 3 or not all(np.isfinite(e) and e > 0 for e in errors):
            raise InvalidValueError(
                f"Classification.dimension_errors must be three, finite and above 0, got {errors!r}"
            )


@attrs.frozen(eq=False)
class Heard:
    """A classification in the shared vocabulary.

    Attributes:
        primary: where it lies.
        posterior: probability of each of the 26, sum 1.
        intensities: how strongly each of the 26 would show, 0..1.
    """

    primary: PrimaryDimensions = attrs.field(validator=one_of(PrimaryDimensions))
    posterior: Mapping[EmotionCategory, float] = attrs.field(
        converter=as_posterior, validator=check_posterior
    )
    intensities: Mapping[EmotionCategory, float] = attrs.field()

    @intensities.validator
    def _check_intensities(self, attribute: attrs.Attribute[Any], value: Any) -> None:
        good = isinstance(value, Mapping) and all(
            isinstance(value.get(emotion), Real) and 0 <= value[emotion] <= 1 for emotion in EmotionCategory
        )
        if not good:
            raise InvalidValueError(
                f"Heard.intensities must give each of the 26 emotions a score within 0..1, got {shown(value)}"
            )


@runtime_checkable
class FeatureExtractor(Protocol):
    """First stage: sound to numbers."""

    def extract(self, audio: Audio, *, baseline: Features | None = None) -> Features:
        """Measure one clip, against the speaker's own neutral features where there are some."""
        ...


class FeatureStream(Protocol):
    """One stream as its extractor hears it: what stretches that overlap have in common is measured once."""

    def feed(self, samples: npt.NDArray[np.float32]) -> None:
        """The next samples of the stream, (n_samples,), any number."""
        ...

    def features(self, start: int, stop: int, *, baseline: Features | None = None) -> Features:
        """What `extract` gives for these samples of the stream, numbered from its beginning.

        The same but for rounding: `voxaffect.testing.assert_measured_alike` says how far that goes.
        """
        ...

    def forget(self, before: int) -> None:
        """No stretch to come begins before this sample."""
        ...


@runtime_checkable
class StreamingExtractor(FeatureExtractor, Protocol):
    """A `FeatureExtractor` that may, besides, carry its work from one window of a stream to the next."""

    def stream(self, rate_hz: int) -> FeatureStream | None:
        """A fresh stream; None at a rate at which nothing can be carried."""
        ...


@runtime_checkable
class Classifier(Protocol):
    """Second stage: numbers to a conclusion. A backend is a classifier's name.

    It may have an attribute `extractor_options`, {extractor name: {option: value}}: how the extractors that
    it requires are built, unless the user says otherwise, e.g. with the same weights. One that wraps another
    by its option `inner` hands on both attributes of that one.
    """

    requires: tuple[str, ...]
    """Names of the extractors whose features `classify` is given."""

    def classify(self, features: Mapping[str, Features]) -> Classification:
        """Conclude from {extractor name: features}."""
        ...


@runtime_checkable
class Taxonomy(Protocol):
    """Third stage: a classifier's own terms to the 26 categories."""

    def map(self, classification: Classification) -> Heard:
        """Place a conclusion in the shared vocabulary."""
        ...


@runtime_checkable
class ProsodyRenderer(Protocol):
    """Last stage: prosody to SSML, audio or parameters.

    One that can express parameters at rest as well (audio that does not tremble, where it could) may name
    them in an attribute `expresses`; the account of the emotion is then more exact.
    """

    needs: ClassVar[tuple[Literal["text", "audio"], ...]]
    """What the utterance must bring."""

    def render(self, prosody: ProsodyParameters, utterance: Utterance) -> Rendering:
        """Express the prosody; report whatever the target cannot."""
        ...


class Stage(enum.Enum):
    """The four stages: (word for one component, hook that offers them, contract)."""

    EXTRACTOR = ("extractor", "voxaffect_feature_extractors", FeatureExtractor)
    CLASSIFIER = ("classifier", "voxaffect_classifiers", Classifier)
    TAXONOMY = ("taxonomy", "voxaffect_taxonomies", Taxonomy)
    RENDERER = ("renderer", "voxaffect_prosody_renderers", ProsodyRenderer)

    def __init__(self, word: str, hook: str, protocol: type) -> None:
        self.word, self.hook, self.protocol = word, hook, protocol


_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def _check_name(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not (isinstance(value, str) and _NAME.fullmatch(value)):
        raise InvalidValueError(f"Component.name must be lower_snake_case, got {value!r}")


def _check_target(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and not (isinstance(value, str) and _TARGET.fullmatch(value)):
        raise InvalidValueError(
            f'Component.{attribute.name} must be written "package.module:Name", got {value!r}'
        )


def _check_names(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, tuple) or not all(isinstance(name, str) for name in value):
        raise InvalidValueError(
            f'Component.{attribute.name} must be a tuple of names, e.g. ("mlx",), got {value!r}'
        )


@attrs.frozen(kw_only=True)
class Card:
    """How right a backend was about people, rooms and a language that its training had not heard.

    So that backends can be compared, of anger, happiness, neutral and sadness alone, judged by the likeliest
    of the four, and of corpora that no clip was trained on; the mean where there are several.

    Attributes:
        unseen_recall: unweighted average recall of one utterance of somebody unknown; chance is .25.
        enrolled_recall: the same with three neutral utterances of each speaker known; None where they are of
            no use to the backend, or where it was not measured.
        how: which corpora, and what prints the figures again.
    """

    unseen_recall: float = attrs.field(validator=within(0, 1))
    enrolled_recall: float | None = attrs.field(default=None, validator=optional(within(0, 1)))
    how: str


@attrs.frozen(kw_only=True)
class Component:
    """One thing that a plugin offers: a name, and where its class is, imported only when selected.

    Attributes:
        name: what users write after `use =`, in lower_snake_case.
        target: "package.module:Class".
        summary: one line for listings.
        card: of a backend that was measured; `--backend auto` takes the one of highest `unseen_recall` that
            can run.
        quality: 1..5 as its author judges it; decides among those without a card, which come last.
        speed, memory: for listings, e.g. "300 x real time", "40 MB".
        modules: importable names that must be there for it to run, e.g. ("mlx",).
        install: what to type where one of them is missing.
        makes: the kind of a renderer's `Rendering`, e.g. "audio"; "markers" of an extractor that measures
            them. Where any that makes it will do, the best that can run is taken.
        weights_licence: of the network's weights, where it has some.
        weights: "package.module:object", a `voxaffect.weights.Catalogue` of them.
        members: components of the same stage that it combines, the value of its option `members` unless
            the user gives another; one that cannot run here is handed to it as `Unavailable`.
        asks: options that the user must give; `--backend auto` takes none that asks.
        obstacle: "package.module:function" returning why it cannot run here without options, or None; for
            what `modules` cannot tell, such as weights that are not there. Must be quick.
    """

    name: str = attrs.field(validator=_check_name)
    target: str = attrs.field(validator=_check_target)
    summary: str = ""
    card: Card | None = attrs.field(default=None, validator=optional(one_of(Card)))
    quality: int = attrs.field(default=1, validator=within(1, 5))
    speed: str = ""
    memory: str = ""
    modules: tuple[str, ...] = attrs.field(default=(), validator=_check_names)
    install: str = ""
    makes: str | None = None
    weights_licence: str | None = None
    weights: str | None = attrs.field(default=None, validator=_check_target)
    members: tuple[str, ...] = attrs.field(default=(), validator=_check_names)
    asks: tuple[str, ...] = attrs.field(default=(), validator=_check_names)
    obstacle: str | None = attrs.field(default=None, validator=_check_target)

    @property
    def rank(self) -> tuple[float, float, int]:
        """To sort by, the best first."""
        if self.card is None:
            return 0, 0, -self.quality
        return -self.card.unseen_recall, -(self.card.enrolled_recall or 0), -self.quality

    def load(self) -> Any:
        """Import the target.

        Raises:
            PluginError: it cannot be imported, or is not there.
        """
        return _import(self.target)

    def load_catalogue(self) -> Any:
        """Import the catalogue of its weights; None without one.

        Raises:
            PluginError: it cannot be imported, or is not there.
        """
        return None if self.weights is None else _import(self.weights)

    def why_unavailable(self) -> str | None:
        """Why it cannot run here as it is, without options, and what to do; None where it can."""
        lacking = self.lacking_modules()
        if lacking is not None or self.obstacle is None:
            return lacking
        reason = _import(self.obstacle)()
        return None if reason is None else str(reason)

    def lacking_modules(self) -> str | None:
        """Which modules it lacks, whatever its options, and how to get them; None where they are there."""
        missing = [name for name in self.modules if not _is_there(name)]
        if not missing:
            return None
        return f"needs {', '.join(missing)}" + (f": {self.install}" if self.install else "")


@attrs.frozen
class Unavailable:
    """A member that cannot run here, and why; what combines members goes on without it."""

    name: str
    reason: str


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the package that it should be in
        return False


def _import(target: str) -> Any:
    module, _, attribute = target.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise PluginError(f"cannot import {target}: {unforeseen(error)}") from error
