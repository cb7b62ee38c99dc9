"""What was asked of a target, and what became of each of the eight parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
from voxaffect.builtin.prosody_profiles import PROSODY_PROFILES
from voxaffect.emotion_account import opposite_in
from voxaffect.emotions import EmotionCategory
from voxaffect.types import NEUTRAL_PROSODY, Carried, EmotionAccount, ProsodyParameters

_NEUTRAL: Mapping[str, float] = attrs.asdict(NEUTRAL_PROSODY)


@attrs.frozen
class Request:
    """What is to be said, and how.

    Attributes:
        text: cleaned, see `voxaffect_instruct.plain_text`; None where none was given.
        emotion: None where prosody alone was given.
        intensity: of the emotion, 0..1.
    """

    prosody: ProsodyParameters
    text: str | None
    emotion: EmotionCategory | None
    intensity: float

    @property
    def felt(self) -> EmotionCategory | None:
        """The emotion, where there is one to show: neither neutral nor of intensity 0."""
        return None if self.emotion is EmotionCategory.NEUTRAL or not self.intensity else self.emotion


class Account:
    """Every changed parameter is in `left` until a target has rendered or worded it."""

    def __init__(self, engine: str, request: Request) -> None:
        self.engine, self._request = engine, request
        asked: Mapping[str, float] = attrs.asdict(request.prosody)
        self.left: dict[str, float] = {name: asked[name] for name in request.prosody.changed()}
        self.approximated: dict[str, str] = {}
        self.unexpressed: dict[str, str] = {}
        self.residual: dict[str, float] = {}
        self.emotion: EmotionAccount | None = None

    def factor(self, name: str, low: float, high: float, *, loosely: str = "") -> float:
        """A parameter that the engine takes as a factor, held within what it accepts.

        Args:
            loosely: how the engine treats the number, where it does not follow it exactly.
        """
        asked = self.left.pop(name, _NEUTRAL[name])
        given = round(min(max(asked, low), high), 3)
        if abs(asked - given) > 1e-3:
            self.approximated[name] = f"{asked:g} was asked for, {self.engine} takes {low:g} to {high:g}"
            self.residual[name] = asked / given
        elif loosely and asked != _NEUTRAL[name]:
            self.approximated[name] = loosely
        return given

    def worded(self, phrases: Mapping[str, str]) -> None:
        """These parameters were put into words, which say a direction and a degree but no number."""
        for name, phrase in phrases.items():
            if self.left.pop(name, None) is not None:
                self.approximated[name] = f'in words: "{phrase}"'

    def told(self, said: str) -> None:
        """The engine was told the emotion, in these words."""
        if self._request.felt is not None:
            self.emotion = EmotionAccount(Carried.NAME, f'{self.engine} was told "{said}"')

    def carried_by_emotion(self, said: str) -> None:
        """The engine was told the emotion and chooses its own prosody for it.

        That counts for a parameter which the emotion's own profile moves the way that was asked.
        """
        felt = self._request.felt
        if felt is None:
            return
        self.told(said)
        profile: Mapping[str, float] = attrs.asdict(PROSODY_PROFILES[felt])
        for name, asked in list(self.left.items()):
            if (asked - _NEUTRAL[name]) * (profile[name] - _NEUTRAL[name]) > 0:
                del self.left[name]
                self.approximated[name] = f"left to {self.engine}, which was told {said}"

    def carried_by_sound(self, sound: str, others: Sequence[EmotionCategory]) -> None:
        """The engine was told to make a sound, and no emotion.

        Args:
            others: emotions for which it makes the same one.
        """
        felt = self._request.felt
        assert felt is not None
        carried = Carried.PROSODY
        if any(opposite_in("valence", felt, other) for other in others):
            crossing = any(opposite_in("arousal", felt, other) for other in others)
            carried = Carried.LOST if crossing else Carried.AROUSAL
        shared = f", the same as for {', '.join(map(str, others))}" if others else ""
        self.emotion = EmotionAccount(carried, f"by a {sound} before the words{shared}")

    def leave(self, name: str, reason: str) -> None:
        """This parameter is for another renderer."""
        self.unexpressed[name], self.residual[name] = reason, self.left.pop(name)

    def leave_the_rest(self, reason: str) -> None:
        """So is whatever is left."""
        for name in list(self.left):
            self.leave(name, reason)
