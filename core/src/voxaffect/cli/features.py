"""`voxaffect features`: what an extractor measures in many recordings, as one table to train on."""

from __future__ import annotations

import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer

from voxaffect.audio import load_audio
from voxaffect.cli.errors import UsageError, WorkError, print_error, print_note, work
from voxaffect.cli.options import ExtractorOptions
from voxaffect.cli.selection import parse_options
from voxaffect.cli.terminal import ProgressBar
from voxaffect.components import Features, Stage
from voxaffect.errors import VoxaffectError
from voxaffect.host import PluginHost, plugin_boundary


def features(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Audio files.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="OUT.safetensors", help="Where the table goes.")
    ],
    extractor: Annotated[
        str, typer.Option(metavar="NAME", help="An installed extractor: prosodic, emotion2vec, ...")
    ] = "prosodic",
    option: ExtractorOptions = None,
) -> None:
    """Write what an extractor measures in each recording to one file of tensors.

    `embeddings` (files, dimensions) and `functionals` (files, measures) are float32, NaN where a recording
    does not allow a measure; the file's metadata names the recordings, the measures and the extractor.

    A file that cannot be read is named on standard error and left out, and makes the exit code 1.
    """
    if output.suffix != ".safetensors":
        raise UsageError(f"--output must end in .safetensors, got {str(output)!r}")
    built = PluginHost().build(Stage.EXTRACTOR, {**parse_options(option), "use": extractor})
    measured: dict[str, Features] = {}
    bar, failed = ProgressBar(len(files)), 0
    for file in files:
        try:
            with bar.during(f"Measuring {Path(file).name}"), plugin_boundary(f"the extractor {extractor!r}"):
                measured[file] = built.extract(load_audio(file))
        except VoxaffectError as error:
            print_error(str(error) if file in str(error) else f"{file}: {error}")
            failed += 1
    with work():
        if not measured:
            raise WorkError("no recording could be measured")
        _write(output, extractor, measured)
    print_note(f"{len(measured)} recordings in {output}")
    if failed:
        raise typer.Exit(1)


def _write(output: Path, extractor: str, measured: dict[str, Features]) -> None:
    from voxaffect.weights.safetensors_file import write_safetensors

    names = sorted({name for each in measured.values() for name in each.functionals})
    tensors: dict[str, npt.NDArray[np.float32]] = {}
    if names:
        rows = [[each.functionals.get(name, np.nan) for name in names] for each in measured.values()]
        tensors["functionals"] = np.array(rows, np.float32)
    sizes = {each.embedding.shape for each in measured.values() if each.embedding is not None}
    if len(sizes) > 1:
        raise WorkError(f"the embeddings of {extractor!r} differ in size: {sorted(sizes)}")
    for size in sizes:
        nothing = np.full(size, np.nan, np.float32)  # e.g. of a silent recording
        tensors["embeddings"] = np.array(
            [nothing if each.embedding is None else each.embedding for each in measured.values()], np.float32
        )
    if not tensors:
        raise WorkError(f"{extractor!r} measured nothing in these recordings")
    metadata = {
        "files": json.dumps(list(measured)),
        "functionals": json.dumps(names),
        "extractor": extractor,
        "voxaffect": version("voxaffect"),
    }
    partial = output.with_name(f".{output.name}.part")
    try:
        with partial.open("wb") as file:
            write_safetensors(file, tensors, metadata)
            os.fsync(file.fileno())
        partial.replace(output)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise WorkError(f"cannot write {output}: {error.strerror or error}") from error
