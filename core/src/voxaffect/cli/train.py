"""`voxaffect train`: a classifier on any extractor's features, from labelled recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from voxaffect.cli.errors import UsageError, WorkError, print_note, work
from voxaffect.cli.evaluate import FEW_SPEAKERS
from voxaffect.cli.evaluation_options import ManifestOptions, pairs
from voxaffect.cli.hearing import check_recordings, clip_by_clip, write_failed
from voxaffect.cli.option_class import taking
from voxaffect.cli.options import ExtractorOptions, Format
from voxaffect.cli.selection import parse_options
from voxaffect.cli.terminal import print_json, print_labelled, terminal
from voxaffect.components import Features, Stage
from voxaffect.errors import InvalidValueError
from voxaffect.evaluation.labels import read_classes, relabel
from voxaffect.evaluation.manifest import (
    SHOWN,
    Clip,
    ManifestError,
    check_variety,
)
from voxaffect.evaluation.runner import NEUTRAL
from voxaffect.host import PluginHost
from voxaffect.training.card import describe
from voxaffect.training.folder import CARD, models_folder, read_card, save_model
from voxaffect.training.labels import place_labels
from voxaffect.training.model import ModelError
from voxaffect.training.table import FeatureTable, measure_clip, tabulate
from voxaffect.training.train import CLEAR_ACCURACY, PENALTY, Trained, train_model
from voxaffect.types import PrimaryDimensions


@taking(ManifestOptions)
def train(
    options: ManifestOptions,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Where the model goes.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="In place of --output: keep it under a name, with your data."),
    ] = None,
    extractor: Annotated[
        str, typer.Option(metavar="NAME", help="An installed extractor: prosodic, emotion2vec, ...")
    ] = "prosodic",
    option: ExtractorOptions = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="PATTERN",
            help="Functionals to use, e.g. f0_*; may be repeated. All of them unless given.",
        ),
    ] = None,
    embedding: Annotated[
        bool, typer.Option("--embedding/--no-embedding", help="Use the embedding, where there is one.")
    ] = True,
    copies: Annotated[
        int,
        typer.Option(
            min=0,
            max=20,
            help="Copies of each clip: the first by telephone, others through random rooms and microphones.",
        ),
    ] = 3,
    penalty: Annotated[float, typer.Option(help="On large weights: more is smoother.")] = PENALTY,
    neutral: Annotated[
        str, typer.Option(metavar="LABEL", help="Of the clips that speakers are calibrated on.")
    ] = NEUTRAL,
    place: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL=V,A,D",
            help="Where a label that is no common one lies in valence, arousal, dominance; may be repeated.",
        ),
    ] = None,
    max_confidence: Annotated[float, typer.Option(help="No emotion is ever given more than this.")] = 1.0,
    clear_accuracy: Annotated[
        float,
        typer.Option(help="Share right that a clear answer should reach; below its confidence, none is."),
    ] = CLEAR_ACCURACY,
    licence: Annotated[
        str, typer.Option(metavar="TEXT", help="For the model card: under which terms it may be used.")
    ] = "not stated",
    source: Annotated[
        str, typer.Option(metavar="TEXT", help="For the model card: the data, and who made it.")
    ] = "not stated",
    force: Annotated[bool, typer.Option("--force", help="Replace a model that is there already.")] = False,
    output_format: Annotated[Format, typer.Option("--format", help="text to read, or json.")] = Format.TEXT,
) -> None:
    """Train a linear classifier and say how right it is about speakers it has not heard.

    Use it with: voxaffect analyze FILE --config PIPELINE.toml, where the classifier is
    { use = "trained", model = "FOLDER" }.

    A clip that cannot be read is named on standard error and left out, and the exit code is 1.
    """
    folder = _folder(output, name, force=force)
    if not 0 < penalty < float("inf"):
        raise UsageError(f"--penalty must be above 0, got {penalty!r}")
    if not 1 / 26 <= max_confidence <= 1:
        raise UsageError(f"--max-confidence must be within 1/26..1, got {max_confidence!r}")
    if not 0 < clear_accuracy <= 1:
        raise UsageError(f"--clear-accuracy must be above 0 and at most 1, got {clear_accuracy!r}")
    clips, left_out = _clips(options)
    places = _places(place)
    _check_labels(clips, places, neutral)
    built = PluginHost().build(Stage.EXTRACTOR, {**parse_options(option), "use": extractor})
    if options.strict:
        check_recordings(clips)
    measured: list[tuple[Clip, list[Features]]] = []
    tally = clip_by_clip(
        clips,
        lambda clip: measure_clip(clip, built, copies=copies),
        lambda clip, versions: measured.append((clip, versions)),
        verb="Measuring",
    )
    if tally.interrupted:
        tally.leave()
    with work():
        if not measured:
            raise WorkError("no clip could be measured")
        table = tabulate(measured, inputs=tuple(inputs or ("*",)), embedding=embedding)
        check_variety(table.clips, f"what has speech in {options.manifest}")
        trained = train_model(
            table,
            extractor=extractor,
            neutral=neutral,
            penalty=penalty,
            places=places,
            max_confidence=max_confidence,
            clear_accuracy=clear_accuracy,
        )
        about = describe(table, trained, licence=licence, source=source, penalty=penalty)
        about["data"]["left_out"] = left_out
        about["data"]["unreadable"] = len(tally.failed)
        save_model(folder, trained.model, about)
    if output_format is Format.JSON:
        print_json({"folder": str(folder), **read_card(folder)})
    else:
        _show(about)
        _write_what_to_mind(table, trained, left_out, neutral)
        write_failed([clip.row for clip in tally.failed], len(clips))
        print_note(f"the model is in {folder}")
    tally.leave()


def _folder(output: Path | None, name: str | None, *, force: bool) -> Path:
    if (output is None) == (name is None):
        raise UsageError("say where the model goes: --output FOLDER, or --name NAME")
    if name is not None and Path(name).name != name:
        raise UsageError(f"--name takes a name, not a path, got {name!r}")
    folder = models_folder() / str(name) if output is None else output
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: name a folder")
    if (folder / CARD).exists() and not force:
        raise UsageError(f"{folder} holds a model already: --force replaces it")
    if folder.is_dir() and any(folder.iterdir()) and not _is_model(folder):
        raise UsageError(f"{folder} holds other things: name an empty or a new folder")
    return folder


def _is_model(folder: Path) -> bool:
    try:
        read_card(folder)
    except ModelError:
        return False
    return True


def _clips(options: ManifestOptions) -> tuple[list[Clip], dict[str, int]]:
    """The labelled clips of a manifest, by the classes of the map, and {label: clips} of what is left out."""
    clips = options.clips()
    unlabelled = sum(not clip.label for clip in clips)
    clips = [clip for clip in clips if clip.label]
    left_out = {"": unlabelled} if unlabelled else {}
    if not clips:
        raise ManifestError(f"no clip of {options.manifest} has a label: a classifier is trained on labels")
    check_variety(clips, str(options.manifest))
    clips, others = options.of_classes(clips)
    left_out |= others
    if options.map_file is not None:
        clips = relabel(clips, read_classes(options.map_file))
        check_variety(clips, f"what {options.map_file} joins")
    return clips, left_out


def _check_labels(clips: Sequence[Clip], places: Mapping[str, PrimaryDimensions], neutral: str) -> None:
    """Refuse what names no label of the clips, and would otherwise do nothing in silence."""
    labels = {clip.label for clip in clips}
    there = ", ".join(sorted(labels))
    if neutral not in (NEUTRAL, *labels):
        raise UsageError(f"--neutral: no clip is labelled {neutral!r}; the labels are {there}")
    for label in places:
        if label not in labels:
            raise UsageError(f"--place: no clip is labelled {label!r}; the labels are {there}")
    voted = {label for clip in clips for label in clip.votes or ()}
    if voted and not voted & labels:
        raise ManifestError(
            f"the votes are for {', '.join(sorted(voted))}, the labels are {there}: spell them alike"
        )
    place_labels(labels, places)


def _places(given: list[str] | None) -> dict[str, PrimaryDimensions]:
    places = {}
    for label, text in pairs("--place", given).items():
        try:
            valence, arousal, dominance = (float(part) for part in text.split(","))
            places[label] = PrimaryDimensions(valence=valence, arousal=arousal, dominance=dominance)
        except (ValueError, InvalidValueError) as error:
            raise UsageError(f"--place takes LABEL=V,A,D, e.g. awe=0.4,0.6,0.3, got {text!r}") from error
    return places


def _show(about: dict[str, Any]) -> None:
    """UAR, calibration and what is clear for each corpus, without and with a speaker baseline."""
    headings = ("", "corpus", "clips", "spk.", "UAR", "acc.", "ECE", "clear", "right")
    listed = Table(
        *headings,
        title="judged on speakers, or corpora, not heard; right, of the clear ones",
        title_justify="left",
        box=box.SIMPLE,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for kind, corpora in about["metrics"].items():
        if not isinstance(corpora, dict):
            continue
        for corpus, said in corpora.items():
            numbers = [_shown(said[key], ".3f") for key in ("uar", "accuracy", "ece")]
            clear = [_shown(said["clear"][key], ".0%") for key in ("coverage", "accuracy")]
            counts = (str(said["clips"]), str(said["speakers"]))
            listed.add_row(kind.removesuffix(" of three neutral clips"), corpus, *counts, *numbers, *clear)
    terminal().print(listed)


def _shown(figure: float | None, digits: str) -> str:
    return "-" if figure is None else format(figure, digits)


def _write_what_to_mind(
    table: FeatureTable, trained: Trained, left_out: Mapping[str, int], neutral: str
) -> None:
    """What the figures rest on, and what the model lacks."""
    speakers = len(set(table.speakers.tolist()))
    if speakers < FEW_SPEAKERS:
        print_labelled("note", f"{speakers} speakers are few: the figures of other speakers may be far off")
    alone = [label for label in sorted(set(table.labels.tolist())) if len(_speakers_of(table, label)) < 2]
    if alone:
        print_labelled(
            "note",
            f"one speaker alone has {', '.join(alone)}: not recalled above, where that one is left out",
        )
    if trained.with_baseline is None:
        print_labelled(
            "note", f"no weights for a baseline: they take two speakers with four clips labelled {neutral}"
        )
    if table.silent:
        rows = ", ".join(str(clip.row) for clip in table.silent[:SHOWN])
        print_labelled("left out", f"{len(table.silent)} clips without speech, first in the rows {rows}")
    for label, clips in left_out.items():
        print_labelled("left out", f"{clips} clips labelled {label}" if label else f"{clips} without a label")


def _speakers_of(table: FeatureTable, label: str) -> set[str]:
    return set(table.speakers[table.labels == label].tolist())
