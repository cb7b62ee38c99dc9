"""Short-time spectra of speech, at any sampling rate and for clips of any length."""

from __future__ import annotations

import librosa
import numpy as np
import numpy.typing as npt
from voxaffect_psola.sound import Sound

Spectrum = npt.NDArray[np.complex64]
"""(n_bins, n_frames)."""

WINDOW_S = 0.04
"""At least four periods of a 100 Hz voice, so that its harmonics stand apart."""

OVERLAP = 4
"""Windows over each sample; with a Hann window 4 is what resynthesis after a change of phase needs."""


def window_length(rate_hz: int) -> int:
    """Samples of a window: the next power of two, 1024 from 12.8 to 25.6 kHz."""
    return int(2 ** np.ceil(np.log2(WINDOW_S * rate_hz)))


def analyse(samples: Sound, n_fft: int) -> Spectrum:
    """The spectrum of each window, the first centred on the first sample."""
    # librosa warns of windows longer than the sound; silence after it changes nothing.
    padded = np.pad(samples, (0, max(0, n_fft - len(samples))))
    spectrum: Spectrum = librosa.stft(padded, n_fft=n_fft, hop_length=n_fft // OVERLAP)
    return spectrum


def synthesise(spectrum: Spectrum, n_fft: int, length: int) -> Sound:
    """(length,) samples of a spectrum."""
    hop = n_fft // OVERLAP
    whole: Sound = librosa.istft(spectrum, n_fft=n_fft, hop_length=hop, length=max(length, n_fft))
    return whole[:length]
