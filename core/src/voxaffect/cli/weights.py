"""`voxaffect weights`: get, convert, check and find the weights of networks."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box, progress
from rich.table import Table

from voxaffect.cli.errors import UsageError, print_error, print_note
from voxaffect.cli.options import Format, ListingFormat
from voxaffect.cli.terminal import print_content, print_json, print_labelled, terminal
from voxaffect.components import Stage
from voxaffect.errors import PluginError, UnknownNameError, VoxaffectError
from voxaffect.hidden_characters import escape_hidden
from voxaffect.host import PluginHost
from voxaffect.weights import (
    Catalogue,
    CheckpointError,
    Found,
    Variant,
    WeightsMissingError,
    find_weights,
    load_weights,
    locate_weights,
    read_checkpoint,
    write_folder,
)
from voxaffect.weights.catalogue import HUBS
from voxaffect.weights.folder import TENSORS, check_place, read_source, sha256_of
from voxaffect.weights.mapping import check_finite
from voxaffect.weights.store import cache_folder

app = typer.Typer()

VariantArgument = Annotated[
    str, typer.Argument(metavar="NAME", help='A name from "voxaffect weights list".', show_default=False)
]
FolderOption = Annotated[
    Path | None,
    typer.Option("--to", metavar="FOLDER", help="Where the weights go.", show_default="the cache"),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace weights that are there already.")]


@app.callback(invoke_without_command=True)
def _start(context: typer.Context) -> None:
    """Get, convert, check and find the weights of networks."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), nl=False)


@app.command("list")
def list_weights(output_format: ListingFormat = Format.TEXT) -> None:
    """List the weights that the installed plugins can use, and which are on this machine."""
    listed = [(variant, _found(variant)) for catalogue in _catalogues() for variant in catalogue.variants]
    if output_format is Format.JSON:
        print_json([_to_dict(variant, found) for variant, found in listed])
        return
    if not listed:
        terminal().print("No installed plugin needs weights.")
        return
    table = Table(box=box.SIMPLE)
    table.add_column("Name", no_wrap=True)
    for heading in ("Download", "Licence", "On this machine"):
        table.add_column(heading, overflow="fold")
    for variant, found in listed:
        state = "no" if found is None else f"yes ({found.place})"
        table.add_row(variant.name, f"{variant.download_bytes / 1e9:.2f} GB", variant.licence, state)
    terminal().print(table)
    width = max(len(variant.name) for variant, _ in listed)
    for variant, _ in listed:
        print_labelled(variant.name, variant.summary, width=width)
    terminal().print()
    terminal().print("Get one: voxaffect weights fetch NAME")


@app.command()
def fetch(
    name: VariantArgument,
    hub: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="HUB", help=f"{' or '.join(HUBS)}.", show_default="the first that has it"
        ),
    ] = None,
    to: FolderOption = None,
    offline: Annotated[bool, typer.Option("--offline", help="Use only what was downloaded before.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Accept the licence without being asked.")] = False,
    force: ForceOption = False,
) -> None:
    """Fetch weights from a hub, check them, and convert them."""
    from voxaffect.weights.fetch import fetch_weights

    catalogue, variant = _find(name)
    source = next((each for each in variant.sources if hub in (None, each.hub)), None)
    if source is None:
        raise UsageError(
            f"--from: {name} is at {', '.join(each.hub for each in variant.sources)}, not {hub!r}"
        )
    check_place(to or cache_folder() / variant.name, replace=force)
    terminal(stderr=True).print(variant.terms, soft_wrap=True)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("--yes is needed to accept the licence above where nobody can be asked")
        typer.confirm(f"Fetch {variant.download_bytes / 1e9:.2f} GB on these terms?", abort=True, err=True)
    with _progress_bar() as show:
        fetched = fetch_weights(
            catalogue, variant, source=source, folder=to, offline=offline, replace=force, progress=show
        )
    checked = {
        "pinned": "the pinned checksum",
        "hub": "the hub's checksum of that revision; none is pinned",
        "nothing": "nothing: no checksum is pinned",
    }[fetched.checked]
    print_note(f"{variant.checkpoint} of {source.repository} at {source.revision}: sha256 {fetched.sha256}")
    print_note(f"checked against {checked}")
    print_content(str(fetched.folder))


@app.command()
def extract(
    checkpoint: Annotated[
        Path, typer.Argument(metavar="IN.pt", help="A PyTorch checkpoint.", show_default=False)
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT", help=".safetensors or .npz", show_default=False)],
    trust: Annotated[
        bool,
        typer.Option("--trust", help="Let PyTorch run whatever the file asks for. Only for files of yours."),
    ] = False,
) -> None:
    """On a machine with PyTorch: write a checkpoint's tensors to a file that needs no pickle."""
    from voxaffect.weights.extract import extract_tensors

    count = extract_tensors(checkpoint, target, trust=trust)
    print_note(f"{count} tensors")
    print_content(str(target))


@app.command()
def convert(
    name: VariantArgument,
    checkpoint: Annotated[
        Path, typer.Argument(metavar="FILE", help=".pt, .npz or .safetensors", show_default=False)
    ],
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Names of the classes.", show_default="beside the checkpoint"),
    ] = None,
    to: FolderOption = None,
    force: ForceOption = False,
) -> None:
    """Convert a checkpoint, without PyTorch; refuses tensors that are missing, unmapped or misshapen."""
    catalogue, variant = _find(name)
    folder = to or cache_folder() / variant.name
    check_place(folder, replace=force)
    weights = read_checkpoint(catalogue, variant, checkpoint, labels=labels)
    check_finite(weights.tensors)
    print_content(str(write_folder(folder, weights, replace=force)))


@app.command()
def verify(
    name: VariantArgument,
    path: Annotated[
        Path | None, typer.Argument(metavar="[PATH]", help="Weights.", show_default="those that are found")
    ] = None,
) -> None:
    """Check weights to the last bit: names, shapes, checksum, and that every number is finite."""
    catalogue, variant = _find(name)
    found = locate_weights(catalogue, variant, path)
    weights = load_weights(catalogue, variant, found.path)
    check_finite(weights.tensors)
    if found.converted:
        came, noted = sha256_of(found.path / TENSORS), read_source(found.path)["sha256"]
        if came != noted:
            raise CheckpointError(
                f"{found.path / TENSORS} has the checksum {came}, not {noted}: it was changed"
            )
    terminal().print(
        f"{found.path}: {len(weights.tensors)} tensors of {weights.variant}, sound", soft_wrap=True
    )


@app.command("path")
def show_path(name: VariantArgument) -> None:
    """Show where the weights are; exit code 1 where they are not."""
    print_content(str(locate_weights(*_find(name)).path))


def _catalogues() -> list[Catalogue]:
    """Of all installed plugins; a broken one is named on standard error and left out."""
    host, catalogues = PluginHost(), dict[str, Catalogue]()
    for offer in (offer for stage in Stage for offer in host.offers(stage)):
        target = offer.component.weights
        if target is None or target in catalogues:
            continue
        try:
            catalogue = offer.component.load_catalogue()
            if not isinstance(catalogue, Catalogue):
                raise PluginError(f"{target} is no voxaffect.weights.Catalogue")
            catalogues[target] = catalogue
        except VoxaffectError as error:
            print_error(f"{offer.full_name}: {error}")
    return list(catalogues.values())


def _find(name: str) -> tuple[Catalogue, Variant]:
    catalogues = _catalogues()
    for catalogue in catalogues:
        for variant in catalogue.variants:
            if variant.name == name:
                return catalogue, variant
    known = [variant.name for catalogue in catalogues for variant in catalogue.variants]
    raise UnknownNameError("weights", name, known)


def _found(variant: Variant) -> Found | None:
    try:
        return find_weights(variant)
    except WeightsMissingError as error:
        print_error(str(error))
        return None


def _to_dict(variant: Variant, found: Found | None) -> dict[str, Any]:
    return {
        "name": variant.name,
        "summary": variant.summary,
        "download_bytes": variant.download_bytes,
        "licence": variant.licence,
        "terms": variant.terms,
        "sources": [
            {"hub": s.hub, "repository": s.repository, "revision": s.revision, "sha256": s.sha256}
            for s in variant.sources
        ],
        "path": None if found is None else str(found.path),
        "place": None if found is None else found.place,
    }


@contextlib.contextmanager
def _progress_bar() -> Iterator[Any]:
    """Bytes on standard error, on a terminal only."""
    console = terminal(stderr=True)
    bar = progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    tasks: dict[str, progress.TaskID] = {}

    def show(name: str, done: int, total: int | None) -> None:
        if name not in tasks:
            tasks[name] = bar.add_task(escape_hidden(name), total=total)
        bar.update(tasks[name], completed=done, total=total)

    try:
        with bar if console.is_terminal else contextlib.nullcontext():
            yield show
    except KeyboardInterrupt:
        print_note("interrupted: what came is kept, and the same command goes on from there")
        raise
