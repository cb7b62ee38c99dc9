"""From an emotion, or from what was heard, to prosody; and from prosody to SSML, audio or parameters."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any

import attrs
import numpy as np

from voxaffect._validate import one_of, require, within
from voxaffect.audio import AudioSource, load_audio
from voxaffect.builtin.prosody_profiles import PROSODY_PROFILES
from voxaffect.components import ProsodyRenderer, Stage
from voxaffect.emotion_account import emotion_account, expressed_by
from voxaffect.emotions import EMOTION_QUADRANTS, EmotionCategory, Intensity
from voxaffect.errors import InvalidValueError, PluginError, UnknownNameError
from voxaffect.host import PluginHost, expect, plugin_boundary, raised_by_plugin
from voxaffect.types import (
    NEUTRAL_PROSODY,
    PROSODY_RANGES,
    Audio,
    Carried,
    EmotionAccount,
    EmotionResult,
    ProsodyParameters,
    Rendering,
    Utterance,
    as_emotion,
)

log = logging.getLogger(__name__)

MATCH_SHARE = 0.8
"""A mirrored emotion stays milder than the speaker's own."""

LIKELIER_THAN_NOT = 0.5
"""Probability of a whole quadrant from which it is answered though no emotion in it is clear."""


@attrs.frozen
class Delivery:
    """How to say something: the prosody, the emotion and strength it comes from, and why these."""

    prosody: ProsodyParameters = attrs.field(validator=one_of(ProsodyParameters))
    emotion: EmotionCategory = attrs.field(converter=as_emotion)
    intensity: float = attrs.field(validator=within(0, 1))
    reason: str = attrs.field(default="asked for", validator=one_of(str))


def scale_prosody(prosody: ProsodyParameters, amount: float) -> ProsodyParameters:
    """`amount` times as far from `NEUTRAL_PROSODY`, held within each parameter's range."""
    _check_prosody(prosody)
    require(amount, Real, "the amount of a prosody must be a number", instead="1.0 leaves it as it is")
    neutral, scaled = attrs.asdict(NEUTRAL_PROSODY), {}
    for name, value in attrs.asdict(prosody).items():
        low, high = PROSODY_RANGES[name]
        scaled[name] = float(np.clip(neutral[name] + amount * (value - neutral[name]), low, high))
    return ProsodyParameters(**scaled)


def emotion_to_prosody(
    emotion: str | EmotionCategory, intensity: str | float | Intensity = 1.0
) -> ProsodyParameters:
    """How an emotion is spoken.

    Args:
        emotion: one of the 26, by name.
        intensity: "slight" .. "intense", or 0..1; scales the distance from `NEUTRAL_PROSODY`, 1 being
            the whole profile.

    Raises:
        UnknownNameError: no such emotion or intensity.
        InvalidValueError: a number outside 0..1.
    """
    return scale_prosody(PROSODY_PROFILES[EmotionCategory.parse(emotion)], Intensity.parse(intensity))


def _match(result: EmotionResult) -> Delivery:
    top = result.top
    reason = f"matches {top.emotion} at {MATCH_SHARE:.0%} of its confidence of {top.confidence:.0%}"
    return _delivery(top.emotion, MATCH_SHARE * top.confidence, reason)


def _complement(result: EmotionResult) -> Delivery:
    answers = {("negative", "high"): EmotionCategory.CALM, ("negative", "low"): EmotionCategory.AFFECTIONATE}
    for quadrant, answer in answers.items():
        members = EMOTION_QUADRANTS[quadrant]  # type: ignore[index]
        if result.top.emotion in members:
            # The whole group's probability: whether anxious or nervous, calm is the answer.
            share = min(1.0, sum(result.posterior[emotion] for emotion in members))
            if result.unclear and share < LIKELIER_THAN_NOT:
                return _unclear()
            valence, level = quadrant
            mood = f"{valence} and {'activated' if level == 'high' else 'deactivated'}"
            return _delivery(answer, share, f"answers a {mood} voice ({share:.0%}) with {answer}")
    return _match(result)


def _amplify(result: EmotionResult) -> Delivery:
    if result.unclear:
        return _unclear()
    whole = PROSODY_PROFILES[result.top.emotion]
    amount = 1 + result.top.confidence
    reason = f"amplifies {result.top.emotion} to {amount:.0%} of its profile"
    return Delivery(scale_prosody(whole, amount), result.top.emotion, 1.0, reason)


def _neutral(_: EmotionResult) -> Delivery:
    return _delivery(EmotionCategory.NEUTRAL, 0.0, "neutral whatever is heard")


def _unclear() -> Delivery:
    return _delivery(EmotionCategory.NEUTRAL, 0.0, "neutral, since nothing clear was heard")


def _delivery(emotion: EmotionCategory, intensity: float, reason: str) -> Delivery:
    return Delivery(emotion_to_prosody(emotion, intensity), emotion, intensity, reason)


STRATEGIES: Mapping[str, Callable[[EmotionResult], Delivery]] = {
    "match": _match,
    "complement": _complement,
    "amplify": _amplify,
    "neutral": _neutral,
}
"""How to answer a voice; an unclear one neutrally, where the answer would not be mild by its low confidence.

match: the same emotion, at 80 % of the confidence it was heard with.
complement: calm to negative and activated, affectionate to negative and deactivated, else match.
amplify: the same emotion in full and beyond, by the confidence.
neutral: unchanged.
"""


def check_strategy(name: object) -> None:
    """Whether there is one of that name.

    Raises:
        UnknownNameError: there is not.
    """
    if not isinstance(name, str) or name not in STRATEGIES:
        raise UnknownNameError("strategy", name, STRATEGIES)


def choose_delivery(result: EmotionResult | None, strategy: str = "complement") -> Delivery:
    """How to answer what was heard; neutral where nothing was, or no speech.

    Raises:
        UnknownNameError: no such strategy.
        InvalidValueError: no result.
    """
    check_strategy(strategy)
    require(
        result,
        EmotionResult | None,
        "what is answered must be an EmotionResult or None",
        instead="VoiceEmotionDetector.analyze gives one; emotion_to_prosody takes an emotion's name",
    )
    if result is None or not result.speech:
        why = "nothing was heard yet" if result is None else "no speech was heard"
        return _delivery(EmotionCategory.NEUTRAL, 0.0, f"neutral, since {why}")
    return STRATEGIES[strategy](result)


class EmotionToProsody:
    """Prosody for an emotion, or in answer to what was heard."""

    def get_prosody(
        self, emotion: str | EmotionCategory, intensity: str | float | Intensity = 1.0
    ) -> ProsodyParameters:
        """See `emotion_to_prosody`."""
        return emotion_to_prosody(emotion, intensity)

    def from_emotion_result(self, result: EmotionResult, strategy: str = "complement") -> ProsodyParameters:
        """See `STRATEGIES`."""
        return choose_delivery(result, strategy).prosody


class ProsodyApplicator:
    """Express prosody through renderer plugins, ours or anybody's.

    A `Rendering` has its account of what the target could not express. Methods that return the output alone
    log it instead, at the level INFO: each parameter once a renderer, as most of it holds for every call.

    Args:
        host: the plugins; those installed if None.
    """

    def __init__(self, host: PluginHost | None = None) -> None:
        require(
            host, PluginHost | None, "host must be a PluginHost", instead="leave it out for all installed"
        )
        self._host = host or PluginHost()
        self._told: set[tuple[str, str]] = set()  # (renderer, parameter)

    def render(
        self,
        renderer: str | Mapping[str, Any],
        prosody: ProsodyParameters,
        utterance: Utterance | None = None,
    ) -> Rendering:
        """Express prosody with any renderer; the rendering says what the target could not express.

        Args:
            renderer: a name, or a table with `use` and options.

        Raises:
            UnknownNameError, ConfigurationError, ComponentUnavailableError: see `PluginHost.build`.
            InvalidValueError: the utterance lacks the text or audio that the renderer needs.
            PluginError: the renderer's code failed.
        """
        return render_with(
            self._host.build(Stage.RENDERER, renderer), prosody, utterance, name=_name(renderer)
        )

    def render_chain(
        self,
        renderers: Sequence[str | Mapping[str, Any]],
        prosody: ProsodyParameters,
        utterance: Utterance | None = None,
    ) -> Chain:
        """Express prosody with several renderers: each next one does what the one before left.

        `["rvc", "librosa_audio"]` shifts by whole semitones in RVC and does the rest, tempo, pauses and
        fractions of a semitone included, on the audio: that which goes into RVC, or that which came out.

        Args:
            renderers: names, or tables with `use` and options, in their order.

        Raises:
            See `render`.
        """
        if isinstance(renderers, (str, Mapping)) or not isinstance(renderers, Sequence):
            raise InvalidValueError(
                f'a chain takes a list of renderers, e.g. ["rvc", "librosa_audio"], got {renderers!r}'
            )
        built = [(_name(renderer), self._host.build(Stage.RENDERER, renderer)) for renderer in renderers]
        return render_chain(built, prosody, utterance)

    def to_ssml(self, text: str, prosody: ProsodyParameters, **options: Any) -> str:
        """SSML for a text, through the renderer `ssml`; what it cannot express is logged.

        Args:
            options: of the renderer, e.g. dialect="google".

        Raises:
            InvalidValueError: a text that takes several documents, see `Rendering.parts`.
        """
        rendering = self._logged({"use": "ssml", **options}, prosody, Utterance(text=text))
        if rendering.parts:
            raise InvalidValueError(
                f"the text is too long for one document: the engine takes it in {len(rendering.parts)}; "
                "ProsodyApplicator.render gives them as the `parts` of its rendering"
            )
        if not isinstance(rendering.output, str):
            raise PluginError(f"the renderer 'ssml' gave {type(rendering.output).__name__}, not text")
        return rendering.output

    def apply_to_audio(
        self,
        source: AudioSource,
        prosody: ProsodyParameters,
        *,
        rate_hz: int | None = None,
        renderer: str | Mapping[str, Any] | None = None,
    ) -> Audio:
        """Changed audio; what it does not express is logged.

        Args:
            source, rate_hz: see `load_audio`.
            renderer: a name, or a table with `use` and options; the best for audio that can run if None.
        """
        if renderer is None:
            renderer = best_audio_renderer(self._host)
        rendering = self._logged(renderer, prosody, Utterance(audio=load_audio(source, rate_hz)))
        if not isinstance(rendering.output, Audio):
            raise PluginError(f"the renderer {_name(renderer)!r} gave no audio: choose another")
        return rendering.output

    def get_rvc_params(self, prosody: ProsodyParameters, **options: Any) -> dict[str, Any]:
        """Arguments for a voice conversion package, through the renderer `rvc`; the rest is logged.

        Args:
            options: of the renderer, e.g. flavour="applio".
        """
        rendering = self._logged({"use": "rvc", **options}, prosody, Utterance())
        if not isinstance(rendering.output, Mapping):
            raise PluginError(f"the renderer 'rvc' gave {type(rendering.output).__name__}, not parameters")
        return dict(rendering.output)

    def _logged(
        self, renderer: str | Mapping[str, Any], prosody: ProsodyParameters, utterance: Utterance
    ) -> Rendering:
        rendering = self.render(renderer, prosody, utterance)
        for parameter, reason in rendering.unexpressed.items():
            if (repr(renderer), parameter) not in self._told:
                self._told.add((repr(renderer), parameter))
                log.info("%s did not express %s: %s", _name(renderer), parameter, reason)
        return rendering


def render_with(
    renderer: ProsodyRenderer,
    prosody: ProsodyParameters,
    utterance: Utterance | None = None,
    *,
    name: str = "renderer",
) -> Rendering:
    """Call one renderer, after a check that the utterance brings what it needs.

    The rendering has an account of the emotion too, by the parameters expressed where the renderer has none.
    """
    made = _render(renderer, prosody, utterance, name)
    if made.emotion_account is not None or utterance is None:
        return made
    expresses = expressed_by([renderer])
    account = emotion_account(utterance, prosody, made.unexpressed, made.residual, expresses=expresses)
    return attrs.evolve(made, emotion_account=account)


def _render(
    renderer: ProsodyRenderer, prosody: ProsodyParameters, utterance: Utterance | None, name: str
) -> Rendering:
    _check_prosody(prosody)
    require(
        utterance,
        Utterance | None,
        "what is said must be an Utterance",
        instead="write Utterance(text=...) or Utterance(audio=load_audio(...))",
    )
    utterance = utterance or Utterance()
    lacking = [need for need in renderer.needs if getattr(utterance, need) is None]
    if lacking:
        raise InvalidValueError(
            f"the renderer {name!r} needs {' and '.join(lacking)}: give an utterance with it"
        )
    # The text is the user's: it may lack, or hold markup that the renderer refuses.
    with plugin_boundary(f"the renderer {name!r}", of_the_user=raised_by_plugin):
        rendering = renderer.render(prosody, utterance)
    rendering = expect(Rendering, rendering, f"the renderer {name!r}")
    made, source = rendering.output, utterance.audio if "audio" in renderer.needs else None
    if isinstance(made, Audio) and source is not None and made is not source:  # no renderer need think of it
        made = attrs.evolve(made, source_channels=source.source_channels, encoding=source.encoding)
        rendering = attrs.evolve(rendering, output=made)
    return rendering


@attrs.frozen(eq=False)
class Chain:
    """What several renderers made of `ProsodyParameters`, one after the other.

    Attributes:
        renderings: one a renderer, in their order; each reports on what it was handed.
        approximated, unexpressed: what became of each parameter at the end of the chain.
        residual: what is left even so.
        emotion_account: what became of the emotion by all of them; None where there was none to carry.
    """

    renderings: tuple[Rendering, ...]
    approximated: Mapping[str, str]
    unexpressed: Mapping[str, str]
    residual: ProsodyParameters
    emotion_account: EmotionAccount | None = None

    @property
    def audio(self) -> Audio | None:
        """The audio of the last renderer that gave some."""
        given = [made.output for made in self.renderings if isinstance(made.output, Audio)]
        return given[-1] if given else None


def render_chain(
    renderers: Sequence[tuple[str, ProsodyRenderer]],
    prosody: ProsodyParameters,
    utterance: Utterance | None = None,
) -> Chain:
    """Hand the prosody to the first renderer, and each one's residual to the next.

    Audio is handed on too: what one renderer made of it, the next one changes further.

    Args:
        renderers: (name, renderer) in their order.

    Raises:
        InvalidValueError: no renderer; or no text or audio, for one that needs it.
        PluginError: a renderer's code failed.
    """
    if not renderers:
        raise InvalidValueError("a chain needs at least one renderer, got none")
    utterance, left = utterance or Utterance(), prosody
    renderings: list[Rendering] = []
    approximated: dict[str, str] = {}
    unexpressed: dict[str, str] = {}
    for name, renderer in renderers:
        made = _render(renderer, left, utterance, name)
        for parameter in left.changed():
            if parameter not in made.unexpressed:  # all that was left of it is done now, or nearly
                approximated.pop(parameter, None)
                unexpressed.pop(parameter, None)
        approximated |= made.approximated
        # What an earlier renderer did in part stays done in part.
        unexpressed |= {p: why for p, why in made.unexpressed.items() if p not in approximated}
        if isinstance(made.output, Audio):
            utterance = attrs.evolve(utterance, audio=made.output)
        renderings.append(made)
        left = made.residual
    expresses = expressed_by(renderer for _, renderer in renderers)
    together = emotion_account(utterance, prosody, unexpressed, left, expresses=expresses)
    accounts = [made.emotion_account for made in renderings]
    known = [account for account in (*accounts, together) if account is not None]
    best = min(known, key=lambda account: list(Carried).index(account.carried), default=None)
    return Chain(tuple(renderings), approximated, unexpressed, left, best)


def best_audio_renderer(host: PluginHost) -> str:
    """What selects the best renderer of audio that can run here: its name, where no other plugin has it too.

    Raises:
        ComponentUnavailableError: none can run here.
    """
    best = host.best(Stage.RENDERER, makes="audio")
    names = [offer.component.name for offer in host.offers(Stage.RENDERER)]
    return best.component.name if names.count(best.component.name) == 1 else best.full_name


def _check_prosody(prosody: object) -> None:
    require(
        prosody,
        ProsodyParameters,
        "a prosody must be ProsodyParameters",
        instead="emotion_to_prosody makes them of an emotion's name",
    )


def _name(renderer: str | Mapping[str, Any]) -> str:
    return str(renderer.get("use") if isinstance(renderer, Mapping) else renderer)
