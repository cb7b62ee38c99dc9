"""The values that flow from audio to emotion and from emotion to prosody; all of them frozen."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt
from attrs.validators import deep_iterable, optional

from voxaffect._validate import at_least, mapping_of, one_of, require, shown, within
from voxaffect.emotions import EmotionCategory, Intensity
from voxaffect.errors import AudioError, InvalidValueError

if TYPE_CHECKING:  # a course is made of results
    from voxaffect.course import Course

MIN_RATE_HZ, MAX_RATE_HZ = 8_000, 192_000
"""Below, the first formants are gone; above, no microphone follows."""

LOUDEST = 100.0
"""The largest sample, 40 dB above full scale: no recording is so loud; speech in numbers of 16 bits is."""

SLOW_BELOW_SPS, FAST_ABOVE_SPS = 3.5, 5.5
"""Syllables per second; the bounds of `SpeechRateCategory`."""


def check_rate(rate_hz: object) -> None:
    """A whole number of samples per second that voxaffect can work with.

    Raises:
        AudioError: it is not.
    """
    whole = isinstance(rate_hz, (int, np.integer)) and not isinstance(rate_hz, bool)
    if not whole or not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:  # type: ignore[operator]
        raise AudioError(
            f"the sampling rate must be a whole number within {MIN_RATE_HZ}..{MAX_RATE_HZ} Hz, "
            f"got {shown(rate_hz)}{_meant(rate_hz)}"
        )


def _meant(rate_hz: object) -> str:
    """What to write in place of 16000.0 or "16000"."""
    try:
        rate = float(rate_hz)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return ""
    good = rate.is_integer() and MIN_RATE_HZ <= rate <= MAX_RATE_HZ
    return f": write {int(rate)}" if good else ""


def too_loud(peak: float) -> str:
    """Of samples beyond `LOUDEST`: what they seem to be, and what to do."""
    bits = next((bits for bits in (16, 24, 32) if peak <= 2 ** (bits - 1)), None)
    return f"samples of up to {peak:.6g} where floats have full scale 1.0" + (
        f": divide {bits}-bit numbers by {2 ** (bits - 1)}" if bits else ", which is no sound at all"
    )


@attrs.frozen(eq=False)
class Audio:
    """One channel of sound. `voxaffect.audio.load_audio` makes it from anything.

    Attributes:
        samples: (n_samples,) float32, full scale 1.0, none beyond 100, finite, at least one.
        rate_hz: samples per second, 8,000 to 192,000.
        clipped_ratio: share of the samples of the source that stood at full scale.
        source_channels: how many the source has; what is more than one was made one.
        encoding: of the source's samples, as libsndfile names it, e.g. PCM_24; `save_audio` keeps it.
    """

    samples: npt.NDArray[np.float32]
    rate_hz: int
    clipped_ratio: float = attrs.field(default=0.0, validator=within(0, 1))
    source_channels: int = 1
    encoding: str = ""

    def __attrs_post_init__(self) -> None:
        samples: Any = self.samples
        if not isinstance(samples, np.ndarray) or samples.ndim != 1 or samples.dtype != np.float32:
            got = f"{np.ndim(samples)} dimensions of {getattr(samples, 'dtype', type(samples).__name__)}"
            raise AudioError(
                f"Audio.samples must be one-dimensional float32, got {got}; "
                "voxaffect.audio.load_audio converts any array"
            )
        if not len(samples):
            raise AudioError("the audio has no samples; give at least one")
        peak = max(float(samples.max()), -float(samples.min()))  # NaN if one sample is
        if not math.isfinite(peak):
            raise AudioError("Audio.samples must be finite, got NaN or infinity; clean them first")
        if peak > LOUDEST:
            raise AudioError(f"the audio has {too_loud(peak)}")
        check_rate(self.rate_hz)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz


@attrs.frozen
class PrimaryDimensions:
    """Where an emotion lies: valence -1..1, arousal 0..1, dominance 0..1 (0, 0.5, 0.5 is the middle)."""

    valence: float = attrs.field(validator=within(-1, 1))
    arousal: float = attrs.field(validator=within(0, 1))
    dominance: float = attrs.field(validator=within(0, 1))


MIDDLE = PrimaryDimensions(valence=0.0, arousal=0.5, dominance=0.5)
"""The middle of all three dimensions, said of a clip in which no speech was heard."""


class SpeechRateCategory(enum.StrEnum):
    """Slow below 3.5 syllables per second, fast above 5.5."""

    SLOW = "slow"
    NORMAL = "normal"
    FAST = "fast"

    @classmethod
    def from_rate(cls, speech_rate_sps: float) -> SpeechRateCategory:
        """The category of a rate in syllables per second."""
        require(speech_rate_sps, Real, "a speech rate must be a number", instead="give syllables per second")
        if speech_rate_sps < SLOW_BELOW_SPS:
            return cls.SLOW
        return cls.FAST if speech_rate_sps > FAST_ABOVE_SPS else cls.NORMAL


@attrs.frozen
class ProsodicMarkers:
    """What was measured of how something was said; None where a clip gives nothing to measure.

    Attributes:
        pitch_mean_hz: mean F0 of the voiced frames.
        pitch_std_hz: standard deviation of F0 over the voiced frames.
        pitch_elevated: whether the mean lies clearly above the baseline.
        speech_rate_sps: syllables per second from the first to the last speech.
        speech_rate_category: slow, normal or fast.
        pause_ratio: share of silence from the first to the last speech, 0..1.
        voice_tremor: whether local jitter exceeds 2 %; None where the voice is too noisy to tell.
        breathiness: 0 (clear) .. 1 (whispered).
        hesitation_count: energy dips of 100-400 ms inside speech.
        energy_variance: variance over the mean squared of the RMS energy of speech frames, 0 or more;
            the same at every gain.
    """

    pitch_mean_hz: float | None = attrs.field(validator=optional(at_least(0)))
    pitch_std_hz: float | None = attrs.field(validator=optional(at_least(0)))
    pitch_elevated: bool | None
    speech_rate_sps: float | None = attrs.field(validator=optional(at_least(0)))
    speech_rate_category: SpeechRateCategory | None
    pause_ratio: float | None = attrs.field(validator=optional(within(0, 1)))
    voice_tremor: bool | None
    breathiness: float | None = attrs.field(validator=optional(within(0, 1)))
    hesitation_count: int | None = attrs.field(validator=optional(at_least(0)))
    energy_variance: float | None = attrs.field(validator=optional(at_least(0)))


def as_emotion(given: str | EmotionCategory) -> EmotionCategory:
    """The category, of its name too."""
    return EmotionCategory.parse(given)


@attrs.frozen
class EmotionPrediction:
    """One category, how sure we are of it, and how strongly it shows."""

    emotion: EmotionCategory = attrs.field(converter=as_emotion)
    confidence: float = attrs.field(validator=within(0, 1))
    intensity: Intensity = attrs.field(validator=one_of(Intensity))


@attrs.frozen
class AudioQuality:
    """Whether the recording itself can be trusted.

    Attributes:
        clipping_ratio: share of the whole recording's samples at full scale, 0..1.
        level_dbfs: RMS of the part that was heard, a constant offset left out, dB below a full-scale square
            wave; -inf for digital silence.
        crest_factor_db: peak over RMS, of the same.
        snr_db: loud frames (95th percentile of energy) over quiet ones (5th); None where the clip is
            too short or digitally silent.
    """

    clipping_ratio: float = attrs.field(validator=within(0, 1))
    level_dbfs: float
    crest_factor_db: float
    snr_db: float | None


def as_posterior(given: Mapping[Any, float]) -> Mapping[EmotionCategory, float]:
    """{emotion or its name: probability} -> {emotion: probability}."""
    require(given, Mapping, "a posterior must be a mapping", instead="give {emotion: probability}")
    return {
        emotion if isinstance(emotion, EmotionCategory) else EmotionCategory.parse(emotion): float(p)
        for emotion, p in given.items()
    }


def check_posterior(instance: object, attribute: attrs.Attribute[Any], value: Mapping[Any, float]) -> None:
    """Validate that each of the 26 has a probability, and that they sum to 1."""
    missing = [str(e) for e in EmotionCategory if e not in value]
    total = math.fsum(value.values())
    if missing or not math.isclose(total, 1, abs_tol=1e-6) or min(value.values()) < 0:
        raise InvalidValueError(
            f"{type(instance).__name__}.{attribute.name} must give each of the 26 emotions a probability "
            f"of 0 or more, sum 1; got sum {total:.6g}, missing: {', '.join(missing) or 'none'}"
        )


@attrs.frozen(eq=False)
class EmotionResult:
    """What was heard in one stretch of audio. `voxaffect.report.to_dict` gives it as JSON values.

    Attributes:
        speech: whether speech was heard; if not, the rest says nothing about a speaker.
        primary: valence, arousal, dominance.
        categorical: the three likeliest emotions, likeliest first.
        posterior: probability of each of the 26, sum 1.
        prosodic: the markers, or None where nothing measured any or heard no speech.
        quality: of the recording.
        duration_s: seconds of audio analysed.
        timestamp: when the audio ended, seconds since the epoch.
        backend: the classifier that ran, with what it wraps, e.g. "logged(prosodic)".
        fallback_reason: why it is not the one asked for; None when it is.
        embedding: (n_dims,) float32 of the backend's network, or None.
        explanation: what pushed which way, strongest first, one short phrase each.
        classes: probabilities of the backend's own classes, before they were mapped to the 26; empty from
            one without classes.
        unclear: whether speech was heard and nothing clear in it, so that the likeliest emotion had better
            not be acted upon; by the backend's own threshold where it has one.
        emotional: probability that the voice is not neutral, by a prior that expects most voices to be;
            None from a backend that does not say. Below .5 the context line tells no emotion.
        unfamiliar: how far the sound lies from what the backend's training heard: laughter, an animal, a word
            too short to judge. Above 1 nothing is told. None from a backend that does not say.
        adapted_to: how many of the speaker's utterances it was judged against; 0 where nothing was known of
            them, or the backend makes no use of it.
        course: how a recording of several utterances goes on; None of one utterance. With it all else is of
            the utterances together, weighted by their lengths: dimensions, probabilities, markers and the
            embedding are their means, hesitations their sum. `unclear` then says that they do not agree.
    """

    speech: bool
    primary: PrimaryDimensions = attrs.field(validator=one_of(PrimaryDimensions))
    categorical: tuple[EmotionPrediction, ...] = attrs.field(
        validator=deep_iterable(one_of(EmotionPrediction), one_of(tuple))
    )
    posterior: Mapping[EmotionCategory, float] = attrs.field(
        converter=as_posterior, validator=check_posterior
    )
    prosodic: ProsodicMarkers | None = attrs.field(validator=optional(one_of(ProsodicMarkers)))
    quality: AudioQuality = attrs.field(validator=one_of(AudioQuality))
    duration_s: float = attrs.field(validator=at_least(0))
    timestamp: float
    backend: str
    fallback_reason: str | None = None
    embedding: npt.NDArray[np.float32] | None = None
    explanation: tuple[str, ...] = ()
    classes: Mapping[str, float] = attrs.field(factory=dict)
    unclear: bool = False
    emotional: float | None = attrs.field(default=None, validator=optional(within(0, 1)))
    unfamiliar: float | None = attrs.field(default=None, validator=optional(at_least(0)))
    adapted_to: float = attrs.field(default=0, validator=at_least(0))
    course: Course | None = None

    def __attrs_post_init__(self) -> None:
        if not self.categorical:
            raise InvalidValueError("EmotionResult.categorical must name the likeliest emotions, got none")

    @property
    def top(self) -> EmotionPrediction:
        """The likeliest emotion."""
        return self.categorical[0]

    def to_context_string(self) -> str:
        """One bracketed line for a language model's prompt."""
        from voxaffect.context import context_line

        return context_line(self)


PROSODY_RANGES: Mapping[str, tuple[float, float]] = {
    "pitch_shift_semitones": (-6, 6),
    "pitch_variance": (0.5, 2),
    "speech_rate": (0.7, 1.5),
    "pause_multiplier": (0.5, 2),
    "volume_db": (-6, 6),
    "dynamic_range": (0.5, 1.5),
    "breathiness": (0, 1),
    "tremolo_amount": (0, 1),
}
"""Parameter -> its lowest and highest value."""


def _parameter(name: str, neutral: float) -> Any:
    return attrs.field(default=neutral, validator=within(*PROSODY_RANGES[name]))


@attrs.frozen
class ProsodyParameters:
    """How something should be said, relative to a neutral delivery.

    Attributes:
        pitch_shift_semitones: -6..6.
        pitch_variance: factor on the spread of F0, 0.5..2; 1 = unchanged.
        speech_rate: factor on the tempo, 0.7..1.5.
        pause_multiplier: factor on the length of pauses, 0.5..2.
        volume_db: -6..6.
        dynamic_range: factor on the spread of the level in dB, 0.5..1.5.
        breathiness: 0..1.
        tremolo_amount: depth, 0..1.

    Raises:
        InvalidValueError: a value outside its range, or not finite.
    """

    pitch_shift_semitones: float = _parameter("pitch_shift_semitones", 0.0)
    pitch_variance: float = _parameter("pitch_variance", 1.0)
    speech_rate: float = _parameter("speech_rate", 1.0)
    pause_multiplier: float = _parameter("pause_multiplier", 1.0)
    volume_db: float = _parameter("volume_db", 0.0)
    dynamic_range: float = _parameter("dynamic_range", 1.0)
    breathiness: float = _parameter("breathiness", 0.0)
    tremolo_amount: float = _parameter("tremolo_amount", 0.0)

    def changed(self) -> tuple[str, ...]:
        """Names of the parameters that differ from a neutral delivery."""
        neutral = attrs.asdict(NEUTRAL_PROSODY)
        return tuple(name for name, value in attrs.asdict(self).items() if value != neutral[name])


NEUTRAL_PROSODY = ProsodyParameters()
"""The delivery that changes nothing."""


@attrs.frozen(eq=False)
class Utterance:
    """What is to be said: text for a synthesiser, or audio that is there already, or neither.

    Attributes:
        emotion: the emotion behind the prosody, for targets that take one by name.
        intensity: its score, 0..1.
    """

    text: str | None = attrs.field(default=None, validator=optional(one_of(str)))
    audio: Audio | None = attrs.field(default=None, validator=optional(one_of(Audio)))
    emotion: EmotionCategory | None = attrs.field(
        default=None, converter=attrs.converters.optional(as_emotion)
    )
    intensity: float = attrs.field(default=1.0, validator=within(0, 1))


OUTPUTS: Mapping[str, type] = {"ssml": str, "text": str, "audio": Audio, "parameters": Mapping}
"""Kind of a `Rendering` -> type of its output; one of another kind is a text or a mapping."""


class Carried(enum.StrEnum):
    """How an emotion reaches the listener."""

    NAME = "name"
    """The engine was told the emotion, by a name of its own for it."""
    PROSODY = "prosody"
    """What is heard tells it from every emotion of the opposite valence."""
    AROUSAL = "arousal"
    """Only how active it is: an emotion of the opposite valence sounds alike."""
    LOST = "lost"
    """Nothing of it is heard, or nothing that tells it from an emotion opposite in all."""


@attrs.frozen
class EmotionAccount:
    """What became of the emotion behind a prosody: how it is carried, and why in one sentence."""

    carried: Carried = attrs.field(converter=Carried)
    reason: str = attrs.field(validator=one_of(str))


@attrs.frozen(eq=False)
class Rendering:
    """What a renderer made of `ProsodyParameters`, and what it could not.

    Attributes:
        kind: "ssml" or "text", "audio", or "parameters"; a target may have a kind of its own.
        output: the SSML or other text, the `Audio`, or a mapping of parameter names to values.
        approximated: parameter -> how it was rendered short of what was asked.
        unexpressed: parameter -> why the target cannot express it.
        residual: what is left for another renderer to do; neutral when nothing is.
        parts: where the engine takes no request as long as `output`: the same in parts that it takes, cut at
            sentences, each as `output` would be. Empty where one request is enough.
        emotion_account: what became of the utterance's emotion, from a renderer that tells its engine the
            emotion; None leaves it to `voxaffect.emotion_account`, which goes by the parameters expressed.
    """

    kind: str = attrs.field(validator=one_of(str))
    output: str | Audio | Mapping[str, Any]
    approximated: Mapping[str, str] = attrs.field(factory=dict, validator=mapping_of(str))
    unexpressed: Mapping[str, str] = attrs.field(factory=dict, validator=mapping_of(str))
    residual: ProsodyParameters = attrs.field(default=NEUTRAL_PROSODY, validator=one_of(ProsodyParameters))
    emotion_account: EmotionAccount | None = attrs.field(
        default=None, validator=optional(one_of(EmotionAccount))
    )
    parts: tuple[str | Mapping[str, Any], ...] = attrs.field(default=(), validator=one_of(tuple))

    def __attrs_post_init__(self) -> None:
        kind = OUTPUTS.get(self.kind)
        if not isinstance(self.output, (str, Mapping) if kind is None else kind):
            expected = "a str or a mapping" if kind is None else f"of {kind.__name__}"
            raise InvalidValueError(
                f"Rendering.output of the kind {self.kind!r} must be {expected}, got {shown(self.output)}"
            )
