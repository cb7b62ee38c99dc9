"""`voxaffect evaluate`: how right a backend is on labelled recordings."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from voxaffect.cli.describe import utterances
from voxaffect.cli.errors import UsageError, print_note, work
from voxaffect.cli.evaluation_options import EvaluationOptions
from voxaffect.cli.hearing import calibration_to_dict, check_recordings, hear_all, write_failed
from voxaffect.cli.option_class import taking
from voxaffect.cli.options import BackendOption, ConfigOption, Format
from voxaffect.cli.outputs import check_no_input
from voxaffect.cli.selection import announce, select_pipeline
from voxaffect.cli.terminal import print_json, print_labelled, terminal
from voxaffect.components import Stage
from voxaffect.context import SURE
from voxaffect.errors import ConfigurationError, UnknownNameError
from voxaffect.evaluation.bootstrap import Estimate
from voxaffect.evaluation.plot import check_plot, write_plot
from voxaffect.evaluation.predictions import check_predictions, write_predictions
from voxaffect.evaluation.report import EVERYONE, Report, report_to_dict, summarise
from voxaffect.evaluation.runner import Calibration, peak_memory_bytes
from voxaffect.host import PluginHost
from voxaffect.pipeline import Pipeline

WORDS = {
    "uar": "UAR",
    "weighted_accuracy": "accuracy",
    "ece": "ECE",
    "answered": "speech heard",
    "clear.coverage": "clear answers",
    "clear.accuracy": "accuracy of clear answers",
    "clear.uar": "UAR of clear answers",
    "sure.coverage": f"coverage at confidence {SURE:g}",
    "sure.accuracy": f"accuracy at confidence {SURE:g}",
    "accuracy.top90": "accuracy of the surest 90 %",
    "accuracy.top75": "accuracy of the surest 75 %",
    "accuracy.top50": "accuracy of the surest 50 %",
    "aurc": "AURC",
    "real_time_factor": "real-time factor",
}
UAR = "uar"
BY_GROUP = (
    UAR,
    "weighted_accuracy",
    "ece",
    "clear.coverage",
    "clear.accuracy",
    "ccc.arousal",
    "ccc.valence",
    "ccc.dominance",
)
"""What the text shows of each group; JSON has all of it."""

BRIEFLY = {"weighted_accuracy": "acc.", "clear.coverage": "clear", "clear.accuracy": "right"}
"""Headings of those that would not fit; "right" is of the clear ones."""

FEW_SPEAKERS = 10
"""Below, a percentile interval is narrower than it should be."""

LOST_SHOWN = 6


@taking(EvaluationOptions)
def evaluate(
    options: EvaluationOptions,
    backend: BackendOption = None,
    config: ConfigOption = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.png", help="Draw confusion, reliability and abstention (needs voxaffect\\[plot])."
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="OUT.csv", help="Write what was answered to each clip, a row a clip."),
    ] = None,
    output_format: Annotated[Format, typer.Option("--format", help="text to read, or json.")] = Format.TEXT,
) -> None:
    """Measure how right a backend is on labelled recordings.

    Every figure has a 95 % interval from drawing speakers, for all clips, and by sex, age, corpus and
    language where the manifest says them.

    A clip that cannot be heard is named on standard error and left out, and the exit code is 1.
    """
    if plot is not None:
        check_plot(plot)
    if predictions is not None:
        check_predictions(predictions)
        check_no_input(predictions, [options.manifest, options.map_file, config])
    material = options.material()
    if plot is not None and not material.joining.classes:
        raise UsageError("--plot shows classes, and this manifest has ratings only")
    host = PluginHost()
    pipeline, automatic = select_pipeline(host, backend, config)
    announce(pipeline, automatic=automatic)
    if options.strict:
        check_recordings(material.clips)
    hearing = hear_all(pipeline, material, options)
    memory = peak_memory_bytes()
    outcomes, total = hearing.outcomes, len(hearing.outcomes) + len(hearing.failed_rows)
    if predictions is not None and outcomes:
        with work():
            write_predictions(outcomes, [each.name for each in material.joining.classes], predictions)
        print_note(f"{len(outcomes)} clips in {predictions}")
    hearing.check()
    report = summarise(
        pipeline.backend, outcomes, material.joining, resamples=options.resamples, seed=options.seed
    )
    if plot is not None:
        with work():
            write_plot(report, plot)
    if output_format is Format.JSON:
        print_json(
            {
                **report_to_dict(report),
                "judged_by": "own classes" if options.own_classes else "the 26 emotions",
                "left_out": material.left_out,
                "failed_rows": hearing.failed_rows,
                "baseline": calibration_to_dict(hearing.calibration, options.baseline),
                "adapt": options.adapt,
                "peak_memory_bytes": memory,
                "intervals": {
                    "confidence": 0.95,
                    "resamples": options.resamples,
                    "seed": options.seed,
                    "unit": "speaker",
                },
            }
        )
    else:
        _write_text(report, memory, own_classes=options.own_classes)
        _write_losses(report, material.left_out, hearing.calibration, options.baseline)
        write_failed(hearing.failed_rows, total)
        write_adaptation(report)
        write_fallbacks(report)
        write_training(host, pipeline)
    hearing.tally.leave()


def words_of(figure: str) -> str:
    """A figure's name to read."""
    kind, _, rest = figure.partition(".")
    said = {"recall": "recall of", "ccc": "CCC of", "correlation": "correlation of"}.get(kind, kind)
    return WORDS.get(figure, f"{said} {rest}")


def shown(figure: str, estimate: Estimate) -> tuple[str, str]:
    """A figure and its interval; - where undefined."""
    if not math.isfinite(estimate.value):
        return "-", ""
    digits = 4 if figure == "real_time_factor" else 3
    value, low, high = (f"{number:.{digits}f}" for number in (estimate.value, estimate.low, estimate.high))
    return value, f"{low} .. {high}" if math.isfinite(estimate.low) else ""


def _write_text(report: Report, memory: int | None, *, own_classes: bool) -> None:
    console, everyone = terminal(), report.groups[EVERYONE]
    judged = "its own classes" if own_classes else "the 26 emotions"
    console.print(
        f"{report.backend}: {everyone.clips} clips of {everyone.speakers} speakers, "
        f"{len(report.classes)} classes, judged by {judged}",
        style="bold",
        soft_wrap=True,
    )
    table = Table("", "value", "95 % interval", box=box.SIMPLE)
    for name, estimate in everyone.figures.items():
        table.add_row(words_of(name), *shown(name, estimate))
    if memory is not None:
        table.add_row("peak memory", f"{memory / 1e6:.0f} MB", "")
    console.print(table)
    if len(report.groups) > 1:
        _write_groups(report)
    if report.classes:
        _write_abstention(report)
        _write_confusion(report)
    for name, group in report.groups.items():
        if group.speakers < FEW_SPEAKERS:
            print_labelled("note", f"{name}: {group.speakers} speakers are few, the interval is too narrow")


def _write_groups(report: Report) -> None:
    figures = [name for name in BY_GROUP if name in report.groups[EVERYONE].figures]
    headings = [BRIEFLY.get(figure, words_of(figure)) for figure in figures]
    table = Table("", "clips", "spk.", *headings, box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    table.columns[0].no_wrap = True
    if UAR in figures:
        table.add_column("UAR, 95 %", no_wrap=True)
    for name, group in report.groups.items():
        values = [
            shown(figure, group.figures[figure])[0] if figure in group.figures else "-" for figure in figures
        ]
        uar = group.figures.get(UAR)
        interval = (
            [] if uar is None else [f"{uar.low:.2f} .. {uar.high:.2f}" if math.isfinite(uar.low) else ""]
        )
        table.add_row(name, str(group.clips), str(group.speakers), *values, *interval)
    terminal().print(table)


def _write_abstention(report: Report) -> None:
    table = Table(
        *("no answer below", "answered", "95 % interval", "of these right", "95 % interval"),
        title="if unsure answers are withheld",
        box=box.SIMPLE,
        pad_edge=False,
        title_justify="left",
    )
    for each in report.abstention:
        cells = (*shown("coverage", each.coverage), *shown("accuracy", each.accuracy))
        table.add_row(f"{each.threshold:.1f}", *cells)
    terminal().print(table)


def _write_confusion(report: Report) -> None:
    silent = ["no speech"] if report.no_answer.any() else []
    table = Table(
        title="labelled, below; heard as, across", box=box.SIMPLE, pad_edge=False, title_justify="left"
    )
    for heading in ("", *report.classes, *silent):
        table.add_column(heading, overflow="fold")
    for name, row, none in zip(report.classes, report.confusion, report.no_answer, strict=True):
        table.add_row(name, *map(str, row), *([str(none)] if silent else []))
    terminal().print(table)


def _write_losses(
    report: Report, left_out: dict[str, int], calibration: Calibration | None, count: int
) -> None:
    for name, each in report.classes.items():
        print_labelled(name, ", ".join(each["emotions"]) or "none of the 26 emotions")
    for name, clips in report.unanswerable.items():
        print_labelled("lost", f"{name}: nothing the backend answers means it; {clips} clips, never recalled")
    if report.lost:
        total = sum(report.lost.values())
        most = ", ".join(f"{name} {share:.1%}" for name, share in list(report.lost.items())[:LOST_SHOWN])
        more = ", ..." if len(report.lost) > LOST_SHOWN else ""
        print_labelled("lost", f"{total:.1%} of the probability belongs to no class: {most}{more}")
    if left_out:
        labels = ", ".join(f"{label} {clips}" for label, clips in left_out.items())
        print_labelled("left out", f"{sum(left_out.values())} clips with other labels: {labels}")
    if calibration is not None:
        used = f"{len(calibration.baselines)} speakers calibrated on {count} neutral clips each, left out"
        print_labelled("baseline", used)
        if calibration.without:
            some = "; ".join(f"{name}: {why}" for name, why in list(calibration.without.items())[:3])
            more = "; ..." if len(calibration.without) > 3 else ""
            print_labelled("baseline", f"{len(calibration.without)} speakers without: {some}{more}")


def write_adaptation(report: Report) -> None:
    """Say to how much of their speakers the answers are adapted, where they are."""
    if report.adapted_to:
        against = f"{utterances(report.adapted_to)} of its speaker in the mean"
        print_labelled("adapted", f"{report.backend}: a clip was judged against {against}")


def write_fallbacks(report: Report) -> None:
    """Say where the figures are not those of the backend that was asked for."""
    for reason, clips in report.fallbacks.items():
        print_labelled("fallback", f"{report.backend}: {clips} clips were not heard as asked: {reason}")


def write_training(host: PluginHost, *pipelines: Pipeline) -> None:
    """What a model has learnt from is no test of it, and people evaluate on the corpora that all have."""
    for backend in dict.fromkeys(name for each in pipelines for name in (each.backend, *each.wrapped)):
        for name, weights in _trained(host, backend):
            print_labelled("note", f"this is no test of {name}{weights} on recordings that it was trained on")


def _trained(host: PluginHost, backend: str) -> Iterator[tuple[str, str]]:
    """(name, licence of the weights) of a backend that has learnt, or of its members that have."""
    try:
        component = host.find(Stage.CLASSIFIER, backend).component
    except (ConfigurationError, UnknownNameError):  # two plugins offer the name, or none a member's
        return
    if component.weights_licence or set(component.asks) - {"inner"}:  # a wrapper has learnt nothing itself
        yield backend, f" ({component.weights_licence})" if component.weights_licence else ""
    for member in component.members:
        yield from _trained(host, member)
