"""What a head is fitted to: clips less a baseline of the same speaker, of as many utterances as may be known.

A head that has never seen a baseline gains nothing from one. So every clip comes several times, each time
less what would be known of its speaker after so many other utterances, drawn at random. And what a model
takes for neutral must not be how one corpus sounds: a clip's way from its speaker's neutral voice says the
same wherever that voice lies, so that half of the clips are moved to where strangers' neutral voices lie.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect.training.model import SHRINKAGE, less_baseline
from voxaffect.training.speaker_baselines import mean_of
from voxaffect.training.table import FeatureTable

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

COUNTS = (0, 1, 2, 3, 5, 8, 12, 20)
"""Utterances of the speaker in the baseline."""

DRAWS = 4
"""Of each clip and copy."""

CALM_SHARE = 0.5
"""Of the baselines are of neutral clips alone, as after a calibration; the others of any, as in a stream."""

MOVED_SHARE = 0.5
"""Of the examples of speakers with neutral clips. By a head of both corpora, tested on recordings that it has
not heard, .10 of neutral strangers are told an emotion when, of acted emotions of the other corpus, .50 are;
without strangers it is .16 (tests/benchmarks/strangers.py prints the like of the models that are shipped)."""


@attrs.frozen(eq=False)
class Examples:
    """Rows to fit a head to.

    Attributes:
        values: (n, n_inputs) float32, less the baseline; NaN where missing.
        clips: (n,) the clip that each is of.
    """

    values: npt.NDArray[np.float32]
    clips: Rows


def draw_examples(
    table: FeatureTable,
    training: npt.NDArray[np.bool_],
    usual: Array,
    *,
    counts: Sequence[int] = COUNTS,
    neutral: str | None,
    strangers: Array | None = None,
    rng: np.random.Generator,
) -> Examples:
    """Of all versions of the training clips; copies are taken relative to copies of the same kind.

    Args:
        training: (n_clips,) which.
        usual: (n_inputs,) everybody's mean.
        counts: of utterances in a baseline, all alike probable; speakers with fewer have what they have.
        neutral: the label of neutral clips; None for none.
        strangers: (n_strangers, n_inputs) means of other people's neutral speech.
    """
    calm_label = table.labels == neutral
    values, clips = [], []
    for speaker in np.unique(table.speakers[training]):
        own = np.flatnonzero(training & (table.speakers == speaker))
        calm = own[calm_label[own]]
        for version in table.values:
            middle = mean_of(version[calm]) if len(calm) else None
            for clip in own:
                if not np.isfinite(version[clip]).any():  # noise can drown a copy
                    continue
                for _ in range(DRAWS if max(counts) or strangers is not None else 1):
                    others = calm if rng.random() < CALM_SHARE else own
                    others = others[others != clip]
                    count = min(int(rng.choice(counts)), len(others))
                    chosen = rng.choice(others, count, replace=False) if count else others[:0]
                    example = less_baseline(version[clip], mean_of(version[chosen]), count, usual)
                    if strangers is not None and middle is not None and rng.random() < MOVED_SHARE:
                        moved = strangers[rng.integers(len(strangers))] - middle
                        example = example + np.nan_to_num(moved) * (SHRINKAGE / (SHRINKAGE + count))
                    values.append(example.astype(np.float32))
                    clips.append(clip)
    return Examples(np.array(values), np.array(clips))


def neutral_places(strangers: FeatureTable) -> Array:
    """(n_people * (1 + n_copies), n_inputs) where each person's neutral voice lies, by each version."""
    people = [strangers.speakers == each for each in np.unique(strangers.speakers)]
    places = np.array([mean_of(version[own]) for version in strangers.values for own in people])
    known: Array = places[np.isfinite(places).any(axis=1)]
    return known
