"""Speakers' neutral clips: which stand for their usual voice, and how far such a few are to be trusted."""

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
            baselines[:, own] = _mean(table.values[:, calm[:BASELINE_CLIPS]])[:, None]
            judged[own] = True
            judged[calm[:BASELINE_CLIPS]] = False
    return baselines, judged


def drawn_clips(table: FeatureTable, neutral: str, rng: np.random.Generator) -> tuple[Array, Mask]:
    """Each clip's own draw of three of the speaker's other neutral clips, of the same copy: for training.

    Returns:
        As `first_clips`; the mask has the clips of all speakers with enough neutral ones.
    """
    baselines = np.full(table.values.shape, np.nan)
    usable = np.zeros(len(table.clips), np.bool_)
    for own, calm in _speakers(table, neutral):
        if len(calm) <= BASELINE_CLIPS:
            continue
        for clip in own:
            for copy in range(len(table.values)):
                chosen = rng.choice(calm[calm != clip], BASELINE_CLIPS, replace=False)
                baselines[copy, clip] = _mean(table.values[copy, chosen])
        usable[own] = True
    return baselines, usable


def usual_and_trust(table: FeatureTable, neutral: str, training: Mask) -> tuple[Array, Array]:
    """(n_inputs,) mean of neutral clips, and the share of its variance that lies between speakers.

    Of a mean of three clips: between / (between + within / 3). Corpora are centred first, so that their
    microphones do not pass for differences of speakers.
    """
    originals = table.values[0]
    of_corpus = np.array([clip.corpus or "" for clip in table.clips])
    usual, means, within, counts = [], [], [], []
    for corpus in np.unique(of_corpus):
        calm = training & (table.labels == neutral) & (of_corpus == corpus)
        if not calm.any():
            continue
        middle = _mean(originals[calm])
        usual.append(middle)
        for speaker in np.unique(table.speakers[calm]):
            own = originals[calm & (table.speakers == speaker)]
            if len(own) > BASELINE_CLIPS:
                means.append(_mean(own) - middle)
                within.append(_variance(own) * len(own) / (len(own) - 1))
                counts.append(len(own))
    within_speaker = _mean(np.array(within))
    of_means = _variance(np.array(means))
    between = np.maximum(of_means - within_speaker / np.mean(counts), 0.0)
    trust = between / np.maximum(between + within_speaker / BASELINE_CLIPS, np.finfo(float).tiny)
    return np.nan_to_num(_mean(np.array(usual))), np.clip(np.nan_to_num(trust), 0.0, 1.0)


def _speakers(table: FeatureTable, neutral: str) -> list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Of each speaker: all clips, and the neutral ones."""
    calm = table.labels == neutral
    return [
        (np.flatnonzero(table.speakers == speaker), np.flatnonzero((table.speakers == speaker) & calm))
        for speaker in np.unique(table.speakers)
    ]


def _mean(values: Array) -> Array:
    """Over the last axis but one, of what is there; NaN where nothing is."""
    there = np.isfinite(values)
    total = np.where(there, values, 0.0).sum(axis=-2)
    count = there.sum(axis=-2)
    mean: Array = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean


def _variance(values: Array) -> Array:
    """(n, n_inputs) -> (n_inputs,) of what is there."""
    return _mean(np.square(values - _mean(values)))
