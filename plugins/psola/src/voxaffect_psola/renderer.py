"""The renderer `psola`."""

from __future__ import annotations

from typing import ClassVar, Literal

from voxaffect.types import ProsodyParameters, Rendering, Utterance

from voxaffect_psola.chain import render_audio
from voxaffect_psola.pitch_and_tempo import shift_and_stretch


class PsolaRenderer:
    """Prosody applied to audio by pitch-synchronous overlap-add: all eight parameters, formants kept."""

    needs: ClassVar[tuple[Literal["text", "audio"], ...]] = ("audio",)

    def render(self, prosody: ProsodyParameters, utterance: Utterance) -> Rendering:
        """See `render_audio`."""
        return render_audio(prosody, utterance, shift_and_stretch)
