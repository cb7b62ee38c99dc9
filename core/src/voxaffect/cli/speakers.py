"""`voxaffect speakers`: the baselines of the people that are heard again and again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from voxaffect.audio import load_audio
from voxaffect.baseline import BaselineStore
from voxaffect.baseline_drift import RECENT, measure_drift
from voxaffect.cli.describe import utterances
from voxaffect.cli.errors import UsageError, print_note, work
from voxaffect.cli.one_by_one import one_by_one
from voxaffect.cli.options import BackendOption, ConfigOption, Format, ListingFormat
from voxaffect.cli.recordings import FilesFromOption, RecordingsArgument, find_recordings, named
from voxaffect.cli.selection import announce, open_source, select_pipeline, speaker_baseline
from voxaffect.cli.terminal import ProgressBar, print_json, terminal
from voxaffect.components import Features
from voxaffect.detector import VoiceEmotionDetector
from voxaffect.errors import VoxaffectError
from voxaffect.host import PluginHost

app = typer.Typer()

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="The speaker, as you call them.", show_default=False)
]


@app.callback(invoke_without_command=True)
def _start(context: typer.Context) -> None:
    """Keep the usual voice of people, so that they are measured against themselves."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


@app.command()
def calibrate(
    name: NameArgument,
    files: RecordingsArgument = None,
    files_from: FilesFromOption = None,
    backend: BackendOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a speaker's baseline of 3 to 5 neutral recordings, in place of an earlier one.

    voxaffect speakers calibrate ada one.wav two.wav three.wav
    """
    store = BaselineStore()
    store.path_of(name)  # refuses an impossible name before the work
    recordings = find_recordings(files, files_from)
    pipeline, automatic = select_pipeline(PluginHost(), backend, config)
    announce(pipeline, automatic=automatic)
    detector = VoiceEmotionDetector(pipeline=pipeline)
    with ProgressBar(1).during(f"Hearing {name}"):
        baseline = detector.calibrate_baseline([open_source(file) for file in recordings])
    with work():
        path = store.save(name, baseline)
    print_note(f"written to {path}: means of measurements, no sound")
    chosen = "".join(
        f" {option} {value}" for option, value in (("--backend", backend), ("--config", config)) if value
    )
    print_note(f"use it: voxaffect analyze FILE --speaker {name}{chosen}")


@app.command("list")
def list_speakers(output_format: ListingFormat = Format.TEXT) -> None:
    """List the speakers that have a baseline, and what it was made with."""
    store = BaselineStore()
    listed = [_described(store, name) for name in store.names()]
    if output_format is Format.JSON:
        print_json(listed)
    elif not listed:
        terminal().print("No speaker has a baseline. Make one: voxaffect speakers calibrate NAME FILE...")
    else:
        for speaker in listed:
            made = ", ".join(
                f"{utterances(count)} measured by {extractor}"
                for extractor, count in speaker["extractors"].items()
            )
            terminal().print(f"{speaker['name']}: {speaker['error'] or made}", soft_wrap=True)


@app.command()
def delete(name: NameArgument) -> None:
    """Delete a speaker's baseline."""
    BaselineStore().delete(name)
    print_note(f"deleted the baseline of {name}")


@app.command()
def check(
    name: NameArgument,
    files: RecordingsArgument = None,
    files_from: FilesFromOption = None,
    backend: BackendOption = None,
    config: ConfigOption = None,
    output_format: ListingFormat = Format.TEXT,
) -> None:
    """Say whether a speaker's baseline still fits twelve or more recordings of theirs; exit code 1 if not.

    A file that cannot be heard is named on standard error and left out, and makes the exit code 1 too.
    """
    recordings = find_recordings(files, files_from)
    pipeline, automatic = select_pipeline(PluginHost(), backend, config)
    baseline = speaker_baseline(pipeline, name)
    assert baseline is not None  # a name was given
    if len(recordings) < RECENT:
        raise UsageError(f"{RECENT} recordings with speech are needed to tell, got {len(recordings)}")
    announce(pipeline, automatic=automatic)
    recent: list[Mapping[str, Features]] = []

    def hear(file: str) -> Mapping[str, Features] | None:
        measured = pipeline.measure(load_audio(open_source(file)))
        return measured.features if pipeline.conclude(measured).speech else None

    def keep(_: str, features: Mapping[str, Features] | None) -> None:
        if features is not None:
            recent.append(features)

    tally = one_by_one(recordings, hear, keep, words=lambda file: f"Hearing {Path(file).name}", said=named)
    if tally.interrupted:
        tally.leave()
    with work():
        drift = measure_drift(baseline, recent)
        if drift is None:
            raise VoxaffectError(
                f"{RECENT} recordings with speech are needed to tell; it was heard in {len(recent)}"
            )
    if output_format is Format.JSON:
        print_json(
            {"speaker": name, "fits": drift.fits, "distance": drift.distance, "farthest": drift.farthest}
        )
    else:
        terminal().print(drift.explain(), soft_wrap=True)
    if not drift.fits:
        raise typer.Exit(1)
    tally.leave()


def _described(store: BaselineStore, name: str) -> dict[str, Any]:
    try:
        baseline = store.load(name)
    except VoxaffectError as error:  # the others are listed all the same
        return {"name": name, "extractors": {}, "error": str(error)}
    counts = {extractor: features.n_samples for extractor, features in sorted(baseline.features.items())}
    return {"name": name, "extractors": counts, "error": None}
