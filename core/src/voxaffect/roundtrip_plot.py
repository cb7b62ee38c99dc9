"""Round trips as a picture: where arousal and valence went, and which emotions became likelier."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voxaffect.emotion_account import intended_direction
from voxaffect.emotions import EmotionCategory
from voxaffect.errors import ComponentUnavailableError, VoxaffectError, reason_of
from voxaffect.roundtrip import DIMENSIONS, Dimension, Trip, tally

# Blue and orange: told apart by those who cannot tell red from green.
RIGHT, WRONG, UNCOUNTED = "#2166ac", "#d95f02", "#9e9e9e"


def draw(trips: Sequence[Trip], path: str | os.PathLike[str], *, title: str = "") -> None:
    """Write a PNG, SVG or PDF, by the name's ending.

    Left: the movement of each dimension, a dot a recording. Right: by how much each emotion became likelier
    (a row is what was expressed), as the mean change of the posterior over the recordings.

    Raises:
        ComponentUnavailableError: matplotlib is not installed.
        VoxaffectError: the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ComponentUnavailableError('drawing needs matplotlib: pip install "voxaffect[plot]"') from error
    emotions = list(dict.fromkeys(trip.emotion for trip in trips))
    height = 2.4 + 0.27 * len(emotions)
    figure = Figure(figsize=(15, height), layout="constrained")
    moves = figure.subplots(1, 3, width_ratios=(1, 1, 1.7))
    for axes, dimension in zip(moves, DIMENSIONS, strict=False):
        _movement(axes, trips, emotions, dimension)
    _confusion(figure, moves[2], trips, emotions)
    if title:
        figure.suptitle(f"Round trip: {title}")
    try:
        figure.savefig(Path(path), dpi=110)
    except (OSError, ValueError) as error:  # ValueError: an ending it cannot write
        raise VoxaffectError(f"cannot write {os.fspath(path)}: {reason_of(error)}") from error


def _movement(
    axes: Any, trips: Sequence[Trip], emotions: Sequence[EmotionCategory], dimension: Dimension
) -> None:
    labels = set()
    for trip in trips:
        verdict, colour = "not counted", UNCOUNTED
        if trip.counts(dimension):
            verdict, colour = ("intended way", RIGHT) if trip.right(dimension) else ("not that way", WRONG)
        label = None if verdict in labels else verdict
        labels.add(verdict)
        row = emotions.index(trip.emotion)
        axes.plot(trip.moved(dimension), row, "o", ms=4.5, alpha=0.7, color=colour, label=label)
    for row, emotion in enumerate(emotions):
        meant = intended_direction(emotion, dimension)
        mark = ">" if meant > 0 else "<"
        if meant:
            axes.plot(
                1.02, row, mark, ms=5, color="black", transform=axes.get_yaxis_transform(), clip_on=False
            )
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(emotions)), list(map(str, emotions)))
    axes.set_ylim(len(emotions) - 0.5, -0.5)
    counted = tally(trips, dimension)
    share = "" if counted.share is None else f", {counted.share:.0%} the intended way"
    axes.set_title(f"{dimension.capitalize()}: {counted.right} of {counted.counted}{share}", fontsize=10)
    axes.set_xlabel(f"change of {dimension} (arrows at the right: intended)")
    axes.grid(axis="y", linewidth=0.3)
    # The pad is of letters, not of the axes' height, which follows the number of emotions.
    below = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "borderaxespad": 4.5}
    axes.legend(fontsize=8, ncols=3, frameon=False, **below)


def _confusion(figure: Any, axes: Any, trips: Sequence[Trip], emotions: Sequence[EmotionCategory]) -> None:
    heard = list(EmotionCategory)
    change = np.zeros((len(emotions), len(heard)))
    for row, emotion in enumerate(emotions):
        of_it = [trip for trip in trips if trip.emotion is emotion]
        for column, other in enumerate(heard):
            change[row, column] = np.mean(
                [t.after.posterior[other] - t.before.posterior[other] for t in of_it]
            )
    limit = float(np.abs(change).max()) or 1.0
    image = axes.imshow(change, cmap="PuOr_r", vmin=-limit, vmax=limit, aspect="auto")
    axes.set_yticks(range(len(emotions)), list(map(str, emotions)))
    axes.set_xticks(range(len(heard)), list(map(str, heard)), rotation=90)
    axes.set_title("What became likelier: expressed (rows), heard (columns)", fontsize=10)
    figure.colorbar(image, ax=axes, label="change of probability")
