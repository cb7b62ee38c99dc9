from __future__ import annotations

from typing import ClassVar, Literal

import attrs
from voxaffect import NEUTRAL_PROSODY, ProsodyParameters, Rendering, Utterance


class StageDirections:
    """`(softly) Come in.`, or nothing before the text for a level near neutral."""

    needs: ClassVar[tuple[Literal["text", "audio"], ...]] = ("text",)

    def __init__(self, *, brackets: str = "()") -> None:
        self.opening, self.closing = brackets

    def render(self, prosody: ProsodyParameters, utterance: Utterance) -> Rendering:
        direction = "softly" if prosody.volume_db < -0.5 else "loudly" if prosody.volume_db > 0.5 else ""
        text = utterance.text or ""
        residual = attrs.evolve(prosody, volume_db=NEUTRAL_PROSODY.volume_db)
        return Rendering(
            kind="text",
            output=f"{self.opening}{direction}{self.closing} {text}" if direction else text,
            approximated={"volume_db": "soft, loud or neither"} if prosody.volume_db else {},
            unexpressed=dict.fromkeys(residual.changed(), "actors do as they like"),
            residual=residual,
        )
