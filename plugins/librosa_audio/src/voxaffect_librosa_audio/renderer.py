"""The renderer `librosa_audio`: the steps that renderers of audio share, with a phase vocoder among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from voxaffect.types import ProsodyParameters, Rendering, Utterance
from voxaffect_psola.chain import render_audio
from voxaffect_psola.sound import Sound

from voxaffect_librosa_audio.pitch_and_tempo import shift_and_stretch


class LibrosaAudioRenderer:
    """Prosody applied to audio, formants kept.

    A phase vocoder moves the whole contour of F0 and cannot widen it: `pitch_variance` is reported.
    """

    needs: ClassVar[tuple[Literal["text", "audio"], ...]] = ("audio",)

    def render(self, prosody: ProsodyParameters, utterance: Utterance) -> Rendering:
        """See `render_audio`."""
        return render_audio(prosody, utterance, _pitch_and_tempo)


def _pitch_and_tempo(
    samples: Sound, rate_hz: int, prosody: ProsodyParameters
) -> tuple[Sound, Mapping[str, str]]:
    changed, missing = set(prosody.changed()), {}
    if "pitch_variance" in changed:
        missing["pitch_variance"] = "a phase vocoder moves F0 as a whole and cannot scale its spread"
    if {"pitch_shift_semitones", "speech_rate"} & changed:
        semitones, tempo = prosody.pitch_shift_semitones, prosody.speech_rate
        samples = shift_and_stretch(samples, rate_hz, semitones=semitones, tempo=tempo)
    return samples, missing
