"""One picture of a report: what is taken for what, what confidence means, what withholding answers gains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from voxaffect.errors import ComponentUnavailableError, InvalidValueError, reason_of
from voxaffect.evaluation.report import EVERYONE, Report

INSTALL = 'pip install "voxaffect[plot]"'
DARK = 0.6
"""Share from which a cell is so dark that its number is written in white."""

CROWDED = 0.97
"""Coverage from which thresholds lie too close together to be written."""


def check_plot(path: Path) -> None:
    """Fail before any work where no plot could be written.

    Raises:
        ComponentUnavailableError: matplotlib is not installed.
        InvalidValueError: another kind of file, or a folder that is not there.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ComponentUnavailableError(f"a plot needs matplotlib: {INSTALL}") from error
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise InvalidValueError(f"a plot is a .png, .svg or .pdf, got {str(path)!r}")
    if not path.parent.is_dir():
        raise InvalidValueError(f"there is no folder {path.parent}: make it first")


def write_plot(report: Report, path: Path) -> None:
    """Confusion (rows in per cent of the true class), reliability diagram, accuracy by coverage.

    Raises:
        InvalidValueError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    size = 1.6 + 0.62 * len(report.classes)
    figure = Figure(figsize=(size + 9.8, max(size, 4.4)), layout="constrained")
    FigureCanvasAgg(figure)
    left, middle, right = figure.subplots(1, 3, width_ratios=(size, 4.4, 4.4))
    _confusion(left, report)
    _reliability(middle, report)
    _abstention(right, report)
    everyone = report.groups[EVERYONE]
    uar = everyone.figures["uar"]
    figure.suptitle(
        f"{report.backend}: UAR {uar.value:.3f} [{uar.low:.3f}, {uar.high:.3f}], "
        f"{everyone.clips} clips of {everyone.speakers} speakers",
        fontsize=11,
    )
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise InvalidValueError(f"cannot write {path}: {reason_of(error)}") from error


def _confusion(axes: Any, report: Report) -> None:
    names = list(report.classes)
    columns = names + (["no speech"] if report.no_answer.any() else [])
    counts = np.column_stack([report.confusion, report.no_answer])[:, : len(columns)]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)  # (true, predicted)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), share in np.ndenumerate(shares):
        if counts[row, column]:
            colour = "white" if share >= DARK else "black"
            axes.text(column, row, f"{share:.0%}", ha="center", va="center", color=colour, fontsize=9)
    axes.set_xticks(range(len(columns)), columns, rotation=35, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), [f"{name} ({report.classes[name]['clips']})" for name in names])
    axes.set(xlabel="heard as", ylabel="labelled (clips)", title="Confusion")


def _reliability(axes: Any, report: Report) -> None:
    filled = [each for each in report.reliability if each.count]
    most = max((each.count for each in filled), default=1)
    width = report.reliability[0].high
    axes.bar(
        [each.low for each in report.reliability],
        [each.count / most * 0.25 for each in report.reliability],  # a quarter of the height at most
        width=width,
        align="edge",
        color="lightgrey",
        label=f"clips (tallest: {most})",
    )
    axes.plot([0, 1], [0, 1], color="grey", linestyle="--", linewidth=1, label="perfectly calibrated")
    axes.plot([e.confidence for e in filled], [e.accuracy for e in filled], "o-", label=report.backend)
    ece = report.groups[EVERYONE].figures["ece"].value
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="accuracy")
    axes.set_title(f"Reliability (ECE {ece:.3f})")
    axes.legend(loc="upper left", fontsize=8)


def _abstention(axes: Any, report: Report) -> None:
    """Accuracy over coverage, with the interval of the accuracy, and where the backend itself stands."""
    given = [each for each in report.abstention if np.isfinite(each.accuracy.value)]
    coverage = [each.coverage.value for each in given]
    intervals = [[getattr(each.accuracy, side) for each in given] for side in ("low", "high")]
    axes.fill_between(coverage, *intervals, alpha=0.2, linewidth=0, label="95 % interval")
    axes.plot(coverage, [each.accuracy.value for each in given], "o-", label="no answer below a confidence")
    for each in given:
        if each.coverage.value < CROWDED:
            at = (each.coverage.value, each.accuracy.value)
            axes.annotate(f"{each.threshold:.1f}", at, (3, 4), textcoords="offset points", fontsize=7)
    figures = report.groups[EVERYONE].figures
    own = figures["clear.coverage"].value, figures["clear.accuracy"].value
    if np.isfinite(own).all():
        axes.plot(*own, "D", color="black", label="its own clear answers")
    axes.set(xlim=(0, 1.03), ylim=(0, 1.03), xlabel="share answered", ylabel="share right of these")
    axes.set_title(f"Abstention (AURC {figures['aurc'].value:.3f})")
    axes.legend(loc="lower left", fontsize=8)
