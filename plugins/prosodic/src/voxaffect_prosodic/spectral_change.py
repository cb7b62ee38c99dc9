"""Where the spectrum lies and how fast it changes, frame by frame."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from voxaffect.one_thread import row_products

from voxaffect_prosodic.spectrum import FREQUENCIES_HZ

FrameValues = npt.NDArray[np.float32]

_TINY = np.finfo(np.float32).tiny


def spectral_flux(bands: FrameValues) -> FrameValues:
    """(n_frames, n_bands) power -> (n_frames,) distance of each frame's shape from the one before, 0..1.4.

    Shapes are roots of power of length 1, so that loudness has no influence. 0 in the first frame.
    """
    shape = np.sqrt(bands)
    shape /= np.sqrt(np.maximum(bands.sum(axis=1, keepdims=True), _TINY))
    flux = np.zeros(len(bands), np.float32)
    flux[1:] = np.sqrt(np.square(np.diff(shape, axis=0)).sum(axis=1))
    return flux


def log_centroid(power: FrameValues) -> FrameValues:
    """(n_frames, 257) power -> (n_frames,) octaves above 1 Hz of the mean frequency; brighter is higher."""
    centroid_hz = row_products(power, FREQUENCIES_HZ) / np.maximum(power.sum(axis=1), _TINY)
    octaves: FrameValues = np.log2(centroid_hz + 1).astype(np.float32)
    return octaves
