"""`voxaffect compare`: several backends on the same labelled recordings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import attrs
import typer
from rich import box
from rich.table import Table

from voxaffect.cli.errors import UsageError
from voxaffect.cli.evaluate import shown, words_of, write_adaptation, write_fallbacks, write_training
from voxaffect.cli.evaluation_options import EvaluationOptions, Material
from voxaffect.cli.hearing import check_recordings, hear_all, write_failed
from voxaffect.cli.option_class import taking
from voxaffect.cli.options import Format
from voxaffect.cli.selection import select_pipeline
from voxaffect.cli.terminal import print_json, print_labelled, terminal
from voxaffect.evaluation.bootstrap import Estimate, speaker_bootstrap
from voxaffect.evaluation.report import (
    EVERYONE,
    Report,
    compare_measures,
    figures_to_dict,
    measure_of,
    report_to_dict,
    summarise,
)
from voxaffect.evaluation.runner import Outcome
from voxaffect.host import PluginHost
from voxaffect.pipeline import Pipeline

Differences = dict[str, dict[str, Estimate]]


@taking(EvaluationOptions)
def compare(
    options: EvaluationOptions,
    backends: Annotated[
        str,
        typer.Option(
            metavar="A,B,...",
            help="Names, or .toml files of pipelines; the others are compared with the first.",
        ),
    ],
    output_format: Annotated[Format, typer.Option("--format", help="text to read, or json.")] = Format.TEXT,
) -> None:
    """Put several backends side by side, with the interval of each difference from the first.

    Differences are paired: both backends are drawn with the same speakers. A clip that one of them cannot
    hear is named on standard error and left out for all, and the exit code is 1.
    """
    names = [name.strip() for name in backends.split(",") if name.strip()]
    if len(names) < 2 or len(set(names)) < len(names):
        raise UsageError(
            f"--backends takes two or more different ones, separated by commas, got {backends!r}"
        )
    material = options.material()
    host = PluginHost()
    # All are built before the first is run, so that a misspelt one costs no time.
    pipelines = {
        name: select_pipeline(host, None, Path(name))
        if name.endswith(".toml")
        else select_pipeline(host, name, None, option="--backends")
        for name in names
    }
    if options.strict:
        check_recordings(material.clips)
    heard, failed = _hear_by_each({name: each for name, (each, _) in pipelines.items()}, material, options)
    reports = {
        name: summarise(name, outcomes, material.joining, resamples=options.resamples, seed=options.seed)
        for name, outcomes in heard.items()
    }
    speakers = [each.clip.speaker for each in heard[names[0]]]
    differences = {
        name: speaker_bootstrap(
            compare_measures(measure_of(heard[names[0]]), measure_of(heard[name])),
            speakers,
            resamples=options.resamples,
            seed=options.seed,
        )
        for name in names[1:]
    }
    if output_format is Format.JSON:
        print_json(
            {
                "backends": {name: report_to_dict(report) for name, report in reports.items()},
                "differences": {
                    f"{name} - {names[0]}": figures_to_dict(each) for name, each in differences.items()
                },
                "left_out": material.left_out,
                "failed_rows": failed,
            }
        )
    else:
        _write_text(reports, differences)
        write_failed(failed, len(speakers) + len(failed))
        write_training(host, *(pipeline for pipeline, _ in pipelines.values()))
    if failed:
        raise typer.Exit(1)


def _hear_by_each(
    pipelines: Mapping[str, Pipeline], material: Material, options: EvaluationOptions
) -> tuple[dict[str, list[Outcome]], list[int]]:
    """What each backend made of the clips that all could hear, and the rows of the others."""
    heard: dict[str, list[Outcome]] = {}
    failed: set[int] = set()
    for name, pipeline in pipelines.items():
        left = [clip for clip in material.clips if clip.row not in failed]
        hearing = hear_all(pipeline, attrs.evolve(material, clips=left), options)
        hearing.check()
        heard[name] = hearing.outcomes
        failed.update(hearing.failed_rows)
    common = {
        name: [each for each in outcomes if each.clip.row not in failed] for name, outcomes in heard.items()
    }
    return common, sorted(failed)


def _write_text(reports: dict[str, Report], differences: Differences) -> None:
    console = terminal()
    first, *others = reports
    everyone = {name: report.groups[EVERYONE] for name, report in reports.items()}
    console.print(f"{everyone[first].clips} clips of {everyone[first].speakers} speakers", style="bold")
    table = Table(
        "",
        *reports,
        *(f"{name} - {first}" for name in others),
        box=box.SIMPLE,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.columns[0].no_wrap = True
    for figure in everyone[first].figures:
        alone = (shown(figure, group.figures[figure])[0] for group in everyone.values())
        table.add_row(
            words_of(figure),
            *alone,
            *("  ".join(shown(figure, differences[name][figure])) for name in others),
        )
    console.print(table)
    for name, report in reports.items():
        for lost, clips in report.unanswerable.items():
            print_labelled("lost", f"{name}: nothing it answers means {lost}; {clips} clips, never recalled")
        write_adaptation(report)
        write_fallbacks(report)
    print_labelled(
        "note", f"each difference with its 95 % interval over speakers: above 0, more than {first}"
    )
