"""`voxaffect features`: what an extractor measures in many recordings, as one table to train on."""

from __future__ import annotations

import collections
import csv
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer

from voxaffect.audio import load_audio
from voxaffect.cli.errors import UsageError, WorkError, print_note, work
from voxaffect.cli.one_by_one import one_by_one
from voxaffect.cli.options import ExtractorOptions
from voxaffect.cli.outputs import check_output
from voxaffect.cli.recordings import FilesFromOption, RecordingsArgument, find_recordings, named
from voxaffect.cli.selection import open_source, parse_options
from voxaffect.components import Features, Stage
from voxaffect.errors import reason_of
from voxaffect.host import PluginHost, expect, plugin_boundary
from voxaffect.spoken_part import spoken_part
from voxaffect.whole_file import whole_file

CSV, SAFETENSORS = ".csv", ".safetensors"
KINDS = ("functionals", "embeddings")


def features(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="OUT", help="Where the table goes: a .csv or .safetensors."),
    ],
    files: RecordingsArgument = None,
    files_from: FilesFromOption = None,
    extractor: Annotated[
        str, typer.Option(metavar="NAME", help="An installed extractor: prosodic, emotion2vec, ...")
    ] = "prosodic",
    option: ExtractorOptions = None,
) -> None:
    """Write what an extractor measures in each recording to one file.

    A .csv has a row a recording: its file, a column a measure, empty where the recording does not allow it,
    and the embedding as embedding.0 and so on. A .safetensors has `functionals` (files, measures) and
    `embeddings` (files, dimensions), float32, NaN where there is none; its metadata names the recordings, the
    measures and the extractor.

    A file that cannot be read is named on standard error and left out, and makes the exit code 1.
    """
    if output.suffix not in (CSV, SAFETENSORS):
        raise UsageError(f"--output must end in {CSV} or {SAFETENSORS}, got {str(output)!r}")
    found = find_recordings(files, files_from)
    check_output(output, inputs=[*found, files_from])
    for file, times in collections.Counter(found).items():
        if times > 1:
            print_note(f"note: {file} is given {times} times and measured once")
    built = PluginHost().build(Stage.EXTRACTOR, {**parse_options(option), "use": extractor})
    culprit = f"the extractor {extractor!r}"

    def measure(file: str) -> Features:
        spoken = spoken_part(load_audio(open_source(file)))
        if spoken is None:
            return Features()
        with plugin_boundary(culprit):
            return expect(Features, built.extract(spoken), culprit)

    recordings = list(dict.fromkeys(found))
    measured: dict[str, Features] = {}
    tally = one_by_one(
        recordings,
        measure,
        measured.__setitem__,
        words=lambda file: f"Measuring {Path(file).name}",
        said=named,
    )
    if measured:
        with work():
            _write(output, extractor, measured)
        print_note(f"{len(measured)} of {len(recordings)} recordings in {output}")
    elif not tally.interrupted:
        raise WorkError("no recording could be measured")
    tally.leave()


def _write(output: Path, extractor: str, measured: Mapping[str, Features]) -> None:
    names = sorted({name for each in measured.values() for name in each.functionals})
    rows = [[each.functionals.get(name, np.nan) for name in names] for each in measured.values()]
    tensors: dict[str, npt.NDArray[np.float32]] = {}
    if names:
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
    try:
        with whole_file(output) as partial:
            if output.suffix == CSV:
                _write_csv(partial, list(measured), names, tensors)
            else:
                _write_safetensors(partial, extractor, list(measured), names, tensors)
    except OSError as error:
        raise WorkError(f"cannot write {output}: {reason_of(error)}") from error


def _write_csv(
    path: Path, files: Sequence[str], names: Sequence[str], tensors: Mapping[str, npt.NDArray[np.float32]]
) -> None:
    values = np.hstack([tensors[kind].reshape(len(files), -1) for kind in KINDS if kind in tensors])
    dimensions = values.shape[1] - len(names)
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["file", *names, *(f"embedding.{number}" for number in range(dimensions))])
        table.writerows([name, *_cells(row)] for name, row in zip(files, values, strict=True))


def _cells(row: npt.NDArray[np.float32]) -> Iterator[str]:
    """The shortest digits that read back as the same float32."""
    return ("" if np.isnan(value) else str(value) for value in row)


def _write_safetensors(
    path: Path,
    extractor: str,
    files: Sequence[str],
    names: Sequence[str],
    tensors: dict[str, npt.NDArray[np.float32]],
) -> None:
    from voxaffect.weights.safetensors_file import write_safetensors

    metadata = {
        "files": json.dumps(files),
        "functionals": json.dumps(names),
        "extractor": extractor,
        "voxaffect": version("voxaffect"),
    }
    with path.open("wb") as file:
        write_safetensors(file, tensors, metadata)
        os.fsync(file.fileno())
