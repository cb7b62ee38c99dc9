"""`voxaffect roundtrip`: whether the emotions that are expressed are heard again."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import attrs
import typer
from rich import box
from rich.table import Table

from voxaffect.audio import load_audio
from voxaffect.cli.errors import UsageError, print_note, work
from voxaffect.cli.options import BackendOption, Format, ListingFormat, RendererOptions
from voxaffect.cli.outputs import check_output
from voxaffect.cli.recordings import FilesFromOption, find_recordings
from voxaffect.cli.rendering import print_document
from voxaffect.cli.selection import announce, open_source, parse_options, select_pipeline
from voxaffect.cli.terminal import ProgressBar, terminal
from voxaffect.components import Stage
from voxaffect.emotion_account import intended_direction
from voxaffect.emotions import EmotionCategory, Intensity
from voxaffect.examples import clips
from voxaffect.expression import best_audio_renderer
from voxaffect.host import PluginHost
from voxaffect.roundtrip import (
    CLEAR_STEPS,
    DIMENSIONS,
    Dimension,
    Tally,
    Trip,
    round_trips,
    tally,
)

WAYS: dict[int, str | None] = {1: "up", -1: "down", 0: None}
"""`intended_direction` in words."""


def roundtrip(
    recordings: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Neutral speech, one speaker a file; or folders of it.",
            show_default="the examples acted neutral",
        ),
    ] = None,
    files_from: FilesFromOption = None,
    emotion: Annotated[
        list[str] | None,
        typer.Option(metavar="EMOTION", help="One of the 26; may be repeated.", show_default="all 26"),
    ] = None,
    intensity: Annotated[
        str, typer.Option(metavar="LEVEL", help="0..1, or slight, moderate, strong, intense.")
    ] = "1.0",
    to: Annotated[
        str | None,
        typer.Option(
            metavar="RENDERER",
            help="A renderer that changes audio.",
            show_default="the best that can run here",
        ),
    ] = None,
    option: RendererOptions = None,
    backend: BackendOption = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="OUT.png", help='Draw it too; needs "voxaffect\\[plot]".', show_default=False),
    ] = None,
    output_format: ListingFormat = Format.TEXT,
) -> None:
    """Render emotions from neutral recordings, hear them again, and see what moved.

    voxaffect roundtrip

    voxaffect roundtrip neutral.wav --emotion angry --emotion sad --to psola
    """
    chosen = tuple(map(EmotionCategory.parse, emotion or EmotionCategory))
    score = Intensity.parse(intensity)
    host = PluginHost()
    to = to or best_audio_renderer(host)
    renderer = host.build(Stage.RENDERER, {**parse_options(option), "use": to})
    to = host.find(Stage.RENDERER, to).component.name
    if tuple(renderer.needs) != ("audio",):
        raise UsageError(f"--to {to}: a round trip needs a renderer that changes audio, e.g. psola")
    check_output(plot)
    pipeline, automatic = select_pipeline(host, backend, None)
    announce(pipeline, automatic=automatic)
    named = recordings or files_from
    files = find_recordings(recordings, files_from) if named else [str(c.path) for c in clips("neutral")]
    with work():
        # The whole path where two folders hold a file of one name.
        unique = len({Path(file).name for file in files}) == len(files)
        loaded = {Path(file).name if unique else file: load_audio(open_source(file)) for file in files}
    trips: list[Trip] = []
    going = round_trips(pipeline, renderer, loaded, chosen, intensity=score, renderer_name=to)
    bar = ProgressBar(len(loaded) * len(chosen), things="round trips")
    for _ in range(len(loaded) * len(chosen)):
        with work(), bar.during("There and back"):
            trips.append(next(going))
    if plot is not None:
        from voxaffect.roundtrip_plot import draw

        with work():
            draw(trips, plot, title=f"{to}, heard by {pipeline.backend}")
        print_note(f"wrote {plot}")
    if output_format is Format.JSON:
        print_document(
            renderer=to,
            backend=pipeline.backend,
            intensity=score,
            trips=[_to_dict(trip) for trip in trips],
            **{dimension: _summary(trips, dimension) for dimension in DIMENSIONS},
        )
        return
    console = terminal()
    console.print(_table(trips, chosen))
    for dimension in DIMENSIONS:
        console.print(
            f"{dimension}: {_share(tally(trips, dimension))} moved the intended way; "
            f"of all but neutral {_share(tally(trips, dimension, clear=False))}",
            soft_wrap=True,
        )
    console.print(
        f"Counted (*): a profile at least {CLEAR_STEPS:g} audible steps from neutral; "
        f"not judged: {_not_judged(trips)}.",
        style="dim",
        soft_wrap=True,
    )


def _table(trips: Iterable[Trip], chosen: Iterable[EmotionCategory]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Emotion", no_wrap=True)
    table.add_column("Steps", justify="right")
    for dimension in DIMENSIONS:
        for heading in (f"{dimension.capitalize()} meant", "moved", "right"):
            table.add_column(heading, justify="right")
    listed = list(trips)
    for emotion in chosen:
        of_it = [trip for trip in listed if trip.emotion is emotion]
        cells = []
        for dimension in DIMENSIONS:
            moved = math.fsum(trip.moved(dimension) for trip in of_it) / len(of_it)
            right = sum(trip.right(dimension) for trip in of_it)
            star = "*" if of_it[0].counts(dimension) else " "
            meant = WAYS[intended_direction(emotion, dimension)]
            cells += [meant or "-", f"{moved:+.3f}", f"{right}/{len(of_it)}{star}" if meant else "-"]
        table.add_row(str(emotion), f"{of_it[0].distance_steps:.1f}", *cells)
    return table


def _not_judged(trips: Iterable[Trip]) -> str:
    """Names of the emotions that count in no dimension."""
    left_out = dict.fromkeys(
        str(trip.emotion) for trip in trips if not any(trip.counts(dimension) for dimension in DIMENSIONS)
    )
    return ", ".join(left_out) or "none"


def _share(counted: Tally) -> str:
    share = "" if counted.share is None else f" ({counted.share:.1%})"
    return f"{counted.right} of {counted.counted}{share}"


def _summary(trips: list[Trip], dimension: Dimension) -> dict[str, Any]:
    clear, every = tally(trips, dimension), tally(trips, dimension, clear=False)
    return {
        "right": clear.right,
        "counted": clear.counted,
        "share": clear.share,
        "of_all": attrs.asdict(every),
    }


def _to_dict(trip: Trip) -> dict[str, Any]:
    def heard(dimension: Dimension) -> dict[str, Any]:
        return {
            "intended": WAYS[intended_direction(trip.emotion, dimension)],
            "before": getattr(trip.before.primary, dimension),
            "after": getattr(trip.after.primary, dimension),
            "counts": trip.counts(dimension),
            "right": trip.right(dimension),
        }

    return {
        "emotion": str(trip.emotion),
        "recording": trip.recording,
        "distance_steps": trip.distance_steps,
        "heard_before": str(trip.before.top.emotion),
        "heard_after": str(trip.after.top.emotion),
        **{dimension: heard(dimension) for dimension in DIMENSIONS},
    }
