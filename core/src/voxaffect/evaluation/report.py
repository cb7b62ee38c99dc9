"""From what a backend answered to figures, each with an interval over speakers, for all and by group."""

from __future__ import annotations

import collections
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect.context import SURE
from voxaffect.evaluation import metrics
from voxaffect.evaluation.bootstrap import Estimate, Indices, Measure, speaker_bootstrap
from voxaffect.evaluation.labels import Joining
from voxaffect.evaluation.manifest import DIMENSIONS
from voxaffect.evaluation.runner import Outcome

SCHEMA_VERSION = 1

COVERAGES = (0.9, 0.75, 0.5)
"""Shares of the clips, the most confident ones, whose accuracy is given."""

THRESHOLDS = tuple(round(0.1 * step, 1) for step in range(10))
"""Confidences below which no answer is given, for the table and the plot of abstention."""

EVERYONE = "all"


@attrs.frozen(eq=False)
class Group:
    """Figures of some of the clips, e.g. of one sex.

    Attributes:
        figures: {name: estimate}, see `measure_of`.
    """

    clips: int
    speakers: int
    figures: Mapping[str, Estimate]


@attrs.frozen
class Abstention:
    """What is answered and how much of it is right, if nothing is said below a confidence.

    Attributes:
        coverage: share of the clips that are answered; those without speech never are.
        accuracy: share right of these.
    """

    threshold: float
    coverage: Estimate
    accuracy: Estimate


@attrs.frozen(eq=False)
class Report:
    """What one backend reached.

    Attributes:
        classes: {class: the labels and emotions that count as it, and its number of clips}.
        groups: "all" first, then "sex F", "age 30-44", "corpus emodb", "language de" and so on, where there
            are two or more.
        confusion: (n_classes, n_classes) clips; true class down, predicted across.
        no_answer: (n_classes,) clips of each class in which no speech was heard.
        unanswerable: {class that no answer of the backend belongs to: its clips}; never recalled.
        lost: {answer that belongs to no class: its mean probability}, largest first.
        reliability: bins of confidence.
        abstention: by threshold of confidence, rising.
        fallbacks: {why a clip's answer is not that of the backend: clips}.
        adapted_to: how many utterances of its speaker a clip was judged against, in the mean.
    """

    backend: str
    classes: Mapping[str, Mapping[str, Any]]
    groups: Mapping[str, Group]
    confusion: npt.NDArray[np.int64]
    no_answer: npt.NDArray[np.int64]
    unanswerable: Mapping[str, int]
    lost: Mapping[str, float]
    reliability: tuple[metrics.ReliabilityBin, ...]
    abstention: tuple[Abstention, ...] = ()
    fallbacks: Mapping[str, int] = attrs.field(factory=dict)
    adapted_to: float = 0


def summarise(
    backend: str, outcomes: Sequence[Outcome], joining: Joining, *, resamples: int, seed: int
) -> Report:
    """All figures of one backend."""
    groups = {}
    for name, members in groups_of(outcomes).items():
        speakers = [outcomes[index].clip.speaker for index in members]
        measure = measure_of([outcomes[index] for index in members])
        figures = speaker_bootstrap(measure, speakers, resamples=resamples, seed=seed)
        groups[name] = Group(len(members), len(set(speakers)), figures)
    names = [each.name for each in joining.classes]
    labelled = [each for each in outcomes if each.true]
    counts = collections.Counter(each.true for each in labelled)
    true, predicted = [each.true for each in labelled], [each.predicted for each in labelled]
    spoken = [each for each in labelled if each.speech]
    answers = {answer for each in spoken for answer in each.answers}
    reached = {joining.class_of_answer.get(answer) for answer in answers}
    lost: collections.Counter[str] = collections.Counter()
    for each in spoken:
        lost.update(each.lost)
    return Report(
        backend=backend,
        classes={
            each.name: {
                "labels": [label for label, name in joining.class_of_label.items() if name == each.name],
                "emotions": [str(emotion) for emotion in each.emotions],
                "clips": counts[each.name],
            }
            for each in joining.classes
        },
        groups=groups,
        confusion=metrics.confusion(true, predicted, names),
        no_answer=np.array([sum(e.true == n and not e.speech for e in labelled) for n in names], np.int64),
        unanswerable={name: counts[name] for name in names if name not in reached} if spoken else {},
        lost={answer: total / len(spoken) for answer, total in lost.most_common() if total > 0},
        reliability=metrics.reliability(
            [e.true == e.predicted for e in spoken], [e.confidence for e in spoken]
        ),
        abstention=_abstention(labelled, resamples=resamples, seed=seed) if labelled else (),
        fallbacks=collections.Counter(each.fallback_reason for each in outcomes if each.fallback_reason),
        adapted_to=float(np.mean([each.adapted_to for each in outcomes])),
    )


def _abstention(outcomes: Sequence[Outcome], *, resamples: int, seed: int) -> tuple[Abstention, ...]:
    right = np.array([each.true == each.predicted for each in outcomes])
    # A clip without speech is below every threshold, the lowest too.
    sure = np.array([each.confidence if each.speech else -1.0 for each in outcomes])

    def measure(indices: Indices) -> dict[str, float]:
        figures = {}
        for threshold in THRESHOLDS:
            given = indices[sure[indices] >= threshold]
            figures[f"coverage {threshold}"] = len(given) / len(indices) if len(indices) else math.nan
            figures[f"accuracy {threshold}"] = float(right[given].mean()) if len(given) else math.nan
        return figures

    speakers = [each.clip.speaker for each in outcomes]
    found = speaker_bootstrap(measure, speakers, resamples=resamples, seed=seed)
    return tuple(Abstention(t, found[f"coverage {t}"], found[f"accuracy {t}"]) for t in THRESHOLDS)


def groups_of(outcomes: Sequence[Outcome]) -> dict[str, list[int]]:
    """{"all", "sex F", ...: indices of its clips}; a division into one part is none, nor one seen already."""
    groups = {EVERYONE: list(range(len(outcomes)))}
    seen: list[list[list[int]]] = []
    for what in ("sex", "age", "corpus", "language"):
        values = [getattr(each.clip, what) for each in outcomes]
        parts = sorted({value for value in values if value is not None})
        division = [[i for i, value in enumerate(values) if value == part] for part in parts]
        if len(parts) > 1 and sorted(division) not in seen:
            groups |= {f"{what} {part}": clips for part, clips in zip(parts, division, strict=True)}
            seen.append(sorted(division))
    return groups


def measure_of(outcomes: Sequence[Outcome]) -> Measure:
    """{figure: value} of any of these clips, given by index.

    Figures: uar, weighted_accuracy, recall.CLASS, ece, answered (share with speech), clear.coverage,
    clear.accuracy and clear.uar (of what the backend itself found clear), sure.coverage and sure.accuracy
    (from a confidence of `SURE` on), accuracy.top90, .top75 and .top50, aurc, ccc.DIMENSION,
    correlation.DIMENSION, real_time_factor.
    """
    # Numbers in place of names: a thousand draws of speakers compare them.
    names = sorted({each.true for each in outcomes} - {""})
    number = {name: index for index, name in enumerate(names)}
    true = np.array([number.get(each.true, -1) for each in outcomes])
    predicted = np.array([number.get(each.predicted, -2) for each in outcomes])
    spoken = np.array([each.speech for each in outcomes])
    sure = np.array([each.confidence for each in outcomes])
    clear = np.array([each.clear for each in outcomes])
    seconds = np.array([(each.hearing_s, each.duration_s) for each in outcomes])
    rated = {name: [getattr(each.clip, name) for each in outcomes] for name in DIMENSIONS}
    ratings = {name: np.array(given, np.float64) for name, given in rated.items() if any_given(given)}
    estimates = {name: np.array([getattr(e.dimensions, name) for e in outcomes]) for name in ratings}

    def measure(indices: Indices) -> dict[str, float]:
        figures: dict[str, float] = {}
        chosen = indices[true[indices] >= 0]
        if names:
            figures |= _labels(
                true[chosen], predicted[chosen], spoken[chosen], clear[chosen], sure[chosen], names
            )
        for name, rating in ratings.items():
            given = indices[~np.isnan(rating[indices])]
            figures[f"ccc.{name}"] = metrics.concordance(rating[given], estimates[name][given])
            figures[f"correlation.{name}"] = metrics.pearson_r(rating[given], estimates[name][given])
        hearing_s, duration_s = seconds[indices].sum(axis=0)
        figures["real_time_factor"] = hearing_s / duration_s
        return figures

    return measure


def any_given(values: Iterable[float | None]) -> bool:
    """Whether any of them is there."""
    return any(value is not None for value in values)


def compare_measures(one: Measure, other: Measure) -> Measure:
    """The differences, other minus one, of two backends on the same clips."""

    def measure(indices: Indices) -> dict[str, float]:
        first, second = one(indices), other(indices)
        return {name: second[name] - first[name] for name in first if name in second}

    return measure


def _labels(
    true: npt.NDArray[np.int64],
    predicted: npt.NDArray[np.int64],
    spoken: npt.NDArray[np.bool_],
    clear: npt.NDArray[np.bool_],
    sure: npt.NDArray[np.float64],
    names: Sequence[str],
) -> dict[str, float]:
    right, firm = true == predicted, sure >= SURE
    recalls = metrics.per_class_recall(true, predicted)
    figures = {
        "uar": metrics.unweighted_average_recall(true, predicted),
        "weighted_accuracy": metrics.weighted_accuracy(true, predicted),
        **{f"recall.{name}": recalls.get(index, math.nan) for index, name in enumerate(names)},
        "ece": metrics.expected_calibration_error(right[spoken], sure[spoken]),
        "answered": float(spoken.mean()) if len(spoken) else math.nan,
        "clear.coverage": float(clear.mean()) if len(clear) else math.nan,
        "clear.accuracy": metrics.weighted_accuracy(true[clear], predicted[clear]),
        "clear.uar": metrics.unweighted_average_recall(true[clear], predicted[clear]),
        "sure.coverage": float(firm.mean()) if len(firm) else math.nan,
        "sure.accuracy": float(right[firm].mean()) if firm.any() else math.nan,
    }
    for share in COVERAGES:
        figures[f"accuracy.top{share:.0%}".rstrip("%")] = metrics.accuracy_at_coverage(right, sure, share)
    figures["aurc"] = metrics.area_under_risk_coverage(right, sure)
    return figures


def report_to_dict(report: Report) -> dict[str, Any]:
    """As JSON has it; an undefined figure is None."""
    return {
        "schema_version": SCHEMA_VERSION,
        "backend": report.backend,
        "classes": {name: dict(each) for name, each in report.classes.items()},
        "groups": {
            name: {
                "clips": group.clips,
                "speakers": group.speakers,
                "figures": figures_to_dict(group.figures),
            }
            for name, group in report.groups.items()
        },
        "confusion": {
            name: {
                **dict(zip(report.classes, row, strict=True)),
                "no speech": none,
            }
            for name, row, none in zip(
                report.classes, report.confusion.tolist(), report.no_answer.tolist(), strict=True
            )
        },
        "unanswerable": dict(report.unanswerable),
        "lost": dict(report.lost),
        "reliability": [
            {name: _number(value) for name, value in attrs.asdict(each).items()}
            for each in report.reliability
        ],
        "abstention": [
            {
                "threshold": each.threshold,
                **figures_to_dict({"coverage": each.coverage, "accuracy": each.accuracy}),
            }
            for each in report.abstention
        ],
        "fallbacks": dict(report.fallbacks),
        "adapted_to": report.adapted_to,
    }


def figures_to_dict(figures: Mapping[str, Estimate]) -> dict[str, dict[str, float | None]]:
    """{figure: {value, low, high}}."""
    return {
        name: {part: _number(value) for part, value in attrs.asdict(estimate).items()}
        for name, estimate in figures.items()
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
