"""Pitch and tempo together, in one pass of a phase vocoder."""

from __future__ import annotations

import librosa
import numpy as np
from voxaffect_psola.sound import Sound

from voxaffect_librosa_audio.envelope import formant_gain
from voxaffect_librosa_audio.spectrum import OVERLAP, analyse, synthesise, window_length


def shift_and_stretch(samples: Sound, rate_hz: int, *, semitones: float, tempo: float) -> Sound:
    """Speech at another pitch and tempo, its formants kept.

    The vocoder changes the duration so that resampling by the ratio of the pitches leaves the one that
    was asked for; the formants are moved the other way first, for the resampling to move them back.

    Returns:
        (n_samples / tempo,) to the nearest sample, one at least.
    """
    ratio = 2.0 ** (semitones / 12)
    n_fft = window_length(rate_hz)
    spectrum = analyse(samples, n_fft)
    if ratio != 1:
        spectrum = spectrum * formant_gain(np.abs(spectrum), ratio, n_fft, rate_hz)
    speed = tempo / ratio
    if speed != 1:
        spectrum = librosa.phase_vocoder(spectrum, rate=speed, hop_length=n_fft // OVERLAP)
    stretched = synthesise(spectrum, n_fft, max(1, round(len(samples) / speed)))
    length = max(1, round(len(samples) / tempo))
    if ratio != 1:
        stretched = librosa.resample(
            stretched, orig_sr=rate_hz * ratio, target_sr=rate_hz, res_type="soxr_hq"
        )
    fixed: Sound = np.pad(stretched[:length], (0, max(0, length - len(stretched)))).astype(np.float32)
    return fixed
