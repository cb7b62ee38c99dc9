"""What a lowered voice would lack: read slower, nothing of it lies above the ratio times half the rate."""

from __future__ import annotations

import numpy as np
from voxaffect_psola.sound import Sound, Source

from voxaffect_librosa_audio.contour import TimeMap
from voxaffect_librosa_audio.spectrum import OVERLAP, analyse, overlap_add, window_length


def high_band(samples: Source, rate_hz: int, time: TimeMap, tempo: float, start: int, stop: int) -> Sound:
    """Samples `start` to `stop` of the changed speech: the original's own band up there, at its own level.

    It is breath and friction rather than harmonics, so that its pitch does not matter, but without it a voice
    at 16 kHz is duller by 20 dB above 6.7 kHz when lowered by 3 semitones, and the s beside it stands out.
    """
    n_fft = window_length(rate_hz)
    hop = n_fft // OVERLAP
    frames = np.arange(start // hop - 1, (stop - 1) // hop + 3)  # whose windows reach into the stretch
    original = frames * np.float64(hop * tempo)
    ratios = time.ratio_at(original)
    if ratios.min() >= 1:
        return np.zeros(stop - start, np.float32)
    cut_bin = ratios[:, None] * (n_fft / 2)
    kept = np.clip(np.arange(n_fft // 2 + 1) - cut_bin, 0, 1).astype(np.float32)  # (n_frames, n_bins)
    spectra = analyse(samples, np.round(original).astype(np.intp), n_fft) * kept
    made, _ = overlap_add(spectra, n_fft, np.zeros(n_fft, np.float32))
    offset = start - (int(frames[0]) * hop - n_fft // 2)
    return made[offset : offset + stop - start]
