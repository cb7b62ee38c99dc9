"""The renderer `psola`."""

from __future__ import annotations

from typing import ClassVar, Literal

from voxaffect.errors import UnknownNameError
from voxaffect.long_audio import LongRendering, Samples
from voxaffect.types import PROSODY_RANGES, ProsodyParameters, Rendering, Utterance

from voxaffect_psola.chain import PitchAndTempo, render_audio, render_long
from voxaffect_psola.pitch_and_tempo import shift_and_stretch


class PsolaRenderer:
    """Prosody applied to audio by pitch-synchronous overlap-add: all eight parameters, formants kept.

    Args:
        tempo: what changes the tempo: "psola", or a library that is installed, a key of `LIBRARIES`.

    Raises:
        UnknownNameError: no such library.
        ComponentUnavailableError: it is not installed; says how to.
    """

    needs: ClassVar[tuple[Literal["text", "audio"], ...]] = ("audio",)
    expresses: ClassVar[tuple[str, ...]] = tuple(PROSODY_RANGES)

    def __init__(self, *, tempo: str = "psola") -> None:
        self._change: PitchAndTempo = shift_and_stretch
        if tempo != "psola":
            from voxaffect_psola.tempo_libraries import LIBRARIES, PitchThenTempo

            if not isinstance(tempo, str) or tempo not in LIBRARIES:
                raise UnknownNameError("tempo", tempo, ["psola", *LIBRARIES])
            self._change = PitchThenTempo(tempo)

    def render(self, prosody: ProsodyParameters, utterance: Utterance) -> Rendering:
        """See `render_audio`."""
        return render_audio(prosody, utterance, self._change)

    def render_long(self, prosody: ProsodyParameters, samples: Samples, rate_hz: int) -> LongRendering:
        """See `render_long` of the chain."""
        return render_long(prosody, samples, rate_hz, self._change)
