"""`voxaffect compare`: several backends on the same labelled recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from voxaffect.cli import evaluation_options as options
from voxaffect.cli.errors import UsageError
from voxaffect.cli.evaluate import shown, words_of, write_fallbacks
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

Differences = dict[str, dict[str, Estimate]]


def compare(
    manifest: options.ManifestArgument,
    backends: Annotated[
        str,
        typer.Option(
            metavar="A,B,...",
            help="Names, or .toml files of pipelines; the others are compared with the first.",
        ),
    ],
    root: options.RootOption = None,
    label_column: options.LabelColumnOption = None,
    column: options.ColumnOption = None,
    where: options.WhereOption = None,
    classes: options.ClassesOption = None,
    map_file: options.MapOption = None,
    scale: options.ScaleOption = None,
    own_classes: options.OwnClassesOption = False,
    baseline: options.BaselineOption = 0,
    resamples: options.ResamplesOption = options.DEFAULT_RESAMPLES,
    seed: options.SeedOption = 0,
    output_format: Annotated[Format, typer.Option("--format", help="text to read, or json.")] = Format.TEXT,
) -> None:
    """Put several backends side by side, with the interval of each difference from the first.

    Differences are paired: both backends are drawn with the same speakers.
    """
    names = [name.strip() for name in backends.split(",") if name.strip()]
    if len(names) < 2 or len(set(names)) < len(names):
        raise UsageError(
            f"--backends takes two or more different ones, separated by commas, got {backends!r}"
        )
    material = options.open_material(
        manifest,
        root=root,
        column=column,
        label_column=label_column,
        where=where,
        classes=classes,
        scale=scale,
        map_file=map_file,
    )
    host = PluginHost()
    # All are built before the first is run, so that a misspelt one costs no time.
    pipelines = {
        name: select_pipeline(host, None, Path(name))
        if name.endswith(".toml")
        else select_pipeline(host, name, None, option="--backends")
        for name in names
    }
    heard: dict[str, list[Outcome]] = {}
    for name, (pipeline, _) in pipelines.items():
        heard[name], _ = options.hear_all(pipeline, material, own_classes=own_classes, baseline=baseline)
    reports = {
        name: summarise(name, outcomes, material.joining, resamples=resamples, seed=seed)
        for name, outcomes in heard.items()
    }
    speakers = [each.clip.speaker for each in heard[names[0]]]
    differences = {
        name: speaker_bootstrap(
            compare_measures(measure_of(heard[names[0]]), measure_of(heard[name])),
            speakers,
            resamples=resamples,
            seed=seed,
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
            }
        )
        return
    _write_text(reports, differences)


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
        write_fallbacks(report)
    print_labelled(
        "note", f"each difference with its 95 % interval over speakers: above 0, more than {first}"
    )
