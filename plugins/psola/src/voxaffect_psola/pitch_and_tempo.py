"""Pitch, its spread, and tempo: the cycles of the voice laid out anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from voxaffect.types import ProsodyParameters

from voxaffect_psola.grains import pitch_ratios, place_grains
from voxaffect_psola.marks import find_marks
from voxaffect_psola.overlap_add import overlap_add
from voxaffect_psola.sound import Sound, Source


def shift_and_stretch(
    samples: Source, rate_hz: int, prosody: ProsodyParameters
) -> tuple[Iterator[Sound] | None, Mapping[str, str]]:
    """Speech at another pitch, spread of pitch and tempo; formants stay, as each cycle is left as it was.

    Only the voice is moved in pitch; what is unvoiced only changes its tempo.

    Returns:
        Blocks of (n_samples / speech_rate,) to the nearest sample, one at least, None where all stays as it
        is; and why pitch or its spread could not be changed, where there is no voice.

    Source: E. Moulines & F. Charpentier (1990), "Pitch-synchronous waveform processing techniques for
    text-to-speech synthesis using diphones", Speech Communication 9, 453-467.
    """
    marks = find_marks(samples, rate_hz)
    tempo = prosody.speech_rate
    ratios = pitch_ratios(marks, semitones=prosody.pitch_shift_semitones, variance=prosody.pitch_variance)
    missing = {}
    if not len(ratios):
        of_voice = {"pitch_shift_semitones", "pitch_variance"} & set(prosody.changed())
        missing = dict.fromkeys(sorted(of_voice), "no voice was found whose pitch could be moved")
    if tempo == 1 and np.all(ratios == 1):
        return None, missing
    grains = place_grains(marks, ratios, tempo=tempo, duration_s=len(samples) / rate_hz)
    return overlap_add(samples, rate_hz, grains, max(1, round(len(samples) / tempo))), missing
