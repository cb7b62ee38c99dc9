"""Speakers' first neutral clips, as a baseline that their other clips are judged with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect.training.table import FeatureTable

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

BASELINE_CLIPS = 3
"""As few as a speaker has to give; see `voxaffect.baseline`."""


def first_clips(table: FeatureTable, neutral: str) -> tuple[Array, Mask]:
    """Each speaker's baseline of their first three neutral clips, as in `voxaffect evaluate --baseline 3`.

    Returns:
        (1 + n_copies, n_clips, n_inputs) baselines, NaN for speakers with fewer neutral clips;
        (n_clips,) which clips have one and are none of those that it was made of.
    """
    baselines = np.full(table.values.shape, np.nan)
    judged = np.zeros(len(table.clips), np.bool_)
    for own, calm in _speakers(table, neutral):
        if len(calm) > BASELINE_CLIPS:
            baselines[:, own] = mean_of(table.values[:, calm[:BASELINE_CLIPS]])[:, None]
            judged[own] = True
            judged[calm[:BASELINE_CLIPS]] = False
    return baselines, judged


def _speakers(table: FeatureTable, neutral: str) -> list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Of each speaker: all clips, and the neutral ones."""
    calm = table.labels == neutral
    return [
        (np.flatnonzero(table.speakers == speaker), np.flatnonzero((table.speakers == speaker) & calm))
        for speaker in np.unique(table.speakers)
    ]


def mean_of(values: Array) -> Array:
    """Over the last axis but one, of what is there; NaN where nothing is."""
    there = np.isfinite(values)
    total = np.where(there, values, 0.0).sum(axis=-2)
    count = there.sum(axis=-2)
    mean: Array = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean
