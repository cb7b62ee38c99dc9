"""The phases of a voice that is played slower or faster: what a phase vocoder is about."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d

from voxaffect_librosa_audio.spectrum import Spectra

Integers = npt.NDArray[np.intp]

PEAK_REACH = 2
"""Bins on either side over which a peak stands highest."""


def lock_phases(
    spectra: Spectra, a_hop_before: Spectra, unchanged: npt.NDArray[np.bool_], last: Spectra
) -> Spectra:
    """Turn the spectra so that each carries on from the one before, laid down a hop earlier.

    A harmonic stands on several bins, whose phases belong together: with each peak of the spectrum its whole
    region, half-way to the next, is turned by one angle. The angle is by how far what was laid down a hop
    ago is ahead of the original of a hop ago, weighted over the region, so no frequency is estimated.

    Args:
        spectra: (n_frames, n_bins) of the original, where each frame is read.
        a_hop_before: (n_frames, n_bins) of the original, a hop before that.
        unchanged: (n_frames,) whether a frame is to start afresh, with the phases of the original.
        last: (n_bins,) what came out of the frame before the first.

    Returns:
        (n_frames, n_bins), magnitudes as they were.

    Source: J. Laroche & M. Dolson (1999), "Improved phase vocoder time-scale modification of audio", IEEE
    Transactions on Speech and Audio Processing 7, 323-332: "identity phase locking".
    """
    starts, sizes, edges = _regions(np.abs(spectra))
    locked = np.empty_like(spectra)
    for frame in range(len(spectra)):
        if unchanged[frame]:
            last = locked[frame] = spectra[frame]
            continue
        own = slice(edges[frame], edges[frame + 1])
        ahead = np.add.reduceat(last * a_hop_before[frame].conj(), starts[own])  # (n_regions,)
        size = np.abs(ahead)
        turn = np.where(size > 0, ahead / np.maximum(size, np.float32(1e-30)), np.complex64(1))
        last = locked[frame] = spectra[frame] * np.repeat(turn, sizes[own])
    return locked


def _regions(magnitude: npt.NDArray[np.float32]) -> tuple[Integers, Integers, Integers]:
    """The regions of all frames' peaks, one after the other.

    Returns:
        The bin that each begins with, its bins, and (n_frames + 1,) which region each frame begins with.
    """
    n_frames, n_bins = magnitude.shape
    peaks = magnitude == maximum_filter1d(magnitude, 2 * PEAK_REACH + 1, axis=1)
    frame, peak = np.nonzero(peaks)
    edges = np.searchsorted(frame, np.arange(n_frames + 1))
    starts = (peak + np.concatenate([[0], peak[:-1]]) + 1) // 2
    starts[edges[:-1]] = 0
    sizes = np.diff(starts + frame * n_bins, append=n_frames * n_bins)
    return starts, sizes, edges
