"""The renderer `librosa_audio`: the steps that renderers of audio share, with a phase vocoder among them."""

from __future__ import annotations

from typing import ClassVar, Literal

from voxaffect.long_audio import LongRendering, Samples
from voxaffect.types import PROSODY_RANGES, ProsodyParameters, Rendering, Utterance
from voxaffect_psola import chain

from voxaffect_librosa_audio.pitch_and_tempo import shift_and_stretch


class LibrosaAudioRenderer:
    """Prosody applied to audio by a phase vocoder with locked phases: all eight parameters, formants kept."""

    needs: ClassVar[tuple[Literal["text", "audio"], ...]] = ("audio",)
    expresses: ClassVar[tuple[str, ...]] = tuple(PROSODY_RANGES)

    def render(self, prosody: ProsodyParameters, utterance: Utterance) -> Rendering:
        """See `render_audio`."""
        return chain.render_audio(prosody, utterance, shift_and_stretch)

    def render_long(self, prosody: ProsodyParameters, samples: Samples, rate_hz: int) -> LongRendering:
        """See `render_long` of the chain."""
        return chain.render_long(prosody, samples, rate_hz, shift_and_stretch)
