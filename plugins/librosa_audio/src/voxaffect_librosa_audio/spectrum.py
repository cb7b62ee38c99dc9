"""Short-time spectra of speech at any sampling rate, wherever in a recording they are wanted.

They are what `librosa.stft` and `librosa.istft` define; those are not called, because importing them compiles
machine code, for a quarter of a minute in each new environment, and because a vocoder wants its frames at
places that are no multiple of a hop. librosa's window and its choice of a Fourier transform
(`librosa.set_fftlib`) are used.
"""

from __future__ import annotations

from functools import lru_cache

import librosa
import numpy as np
import numpy.typing as npt
from librosa.filters import get_window
from voxaffect_psola.sound import Sound, Source, stretch_of

Spectra = npt.NDArray[np.complex64]
"""(n_frames, n_bins)."""

WINDOW_S = 0.04
"""Four periods of a 100 Hz voice, so that its harmonics stand apart. Longer ones smear what is short in
speech, shorter ones lose the pitch of deep voices (tests/benchmarks/audio_prosody.py: at 0.064 s PESQ falls
from 3.9 to 3.7, at 0.024 s F0 errs by 6 cents)."""

OVERLAP = 4
"""Windows over each sample; with a Hann window 4 is what resynthesis after a change of phase needs."""

SUM_OF_SQUARES = 1.5
"""Of `OVERLAP` Hann windows laid over each other: what analysis and resynthesis together multiply by."""


def window_length(rate_hz: int) -> int:
    """Samples of a window: `WINDOW_S` at any rate, in whole and even hops."""
    return 2 * OVERLAP * round(WINDOW_S * rate_hz / (2 * OVERLAP))


@lru_cache
def window(n_fft: int) -> Sound:
    """(n_fft,) periodic Hann window, librosa's default."""
    return np.asarray(get_window("hann", n_fft, fftbins=True), np.float32)


def analyse(samples: Source, centres: npt.NDArray[np.intp], n_fft: int) -> Spectra:
    """The spectra of windows centred on these samples; silence lies before the sound and after it."""
    first, stop = int(centres.min()) - n_fft // 2, int(centres.max()) + n_fft // 2
    near = stretch_of(samples, first, stop)
    frames = np.lib.stride_tricks.sliding_window_view(near, n_fft)[centres - n_fft // 2 - first]
    spectra: Spectra = librosa.get_fftlib().rfft(frames * window(n_fft), axis=1).astype(np.complex64)
    return spectra


def overlap_add(spectra: Spectra, n_fft: int, tail: Sound) -> tuple[Sound, Sound]:
    """Sound of windows that follow each other a hop apart.

    Args:
        tail: (n_fft,) what earlier windows have left in the place of the first.

    Returns:
        (n_frames * hop,) samples that no later window reaches, and the tail for those to come.
    """
    hop = n_fft // OVERLAP
    made = librosa.get_fftlib().irfft(spectra, n_fft, axis=1) * (window(n_fft) / np.float32(SUM_OF_SQUARES))
    sound = np.zeros((len(spectra) + OVERLAP, hop), np.float32)
    sound[:OVERLAP] = tail.reshape(OVERLAP, hop)
    for part in range(OVERLAP):
        sound[part : part + len(spectra)] += made[:, part * hop : (part + 1) * hop]
    return sound[: len(spectra)].reshape(-1), sound[len(spectra) :].reshape(-1)
