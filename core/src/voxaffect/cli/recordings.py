"""What a command is given to hear: files, folders and lists of names, as one list of recordings."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from voxaffect.cli.errors import UsageError, WorkError, print_note
from voxaffect.errors import VoxaffectError, reason_of
from voxaffect.text_file import decode_text

SOUND_ENDINGS = (
    ".aif", ".aifc", ".aiff", ".au", ".caf", ".flac", ".mp2", ".mp3", ".mpga", ".oga", ".ogg", ".opus",
    ".rf64", ".snd", ".sph", ".voc", ".w64", ".wav", ".wave",
    ".3gp", ".aac", ".amr", ".m4a", ".m4b", ".mka", ".mp4", ".webm", ".wma",
)  # fmt: skip
"""What is taken for a recording in a folder: what libsndfile reads, and ffmpeg besides. A file that is named
is heard whatever its ending."""

STANDARD_INPUT = "-"

RecordingsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE...", help="Recordings, or folders of them; - is standard input.", show_default=False
    ),
]
FilesFromOption = Annotated[
    str | None,
    typer.Option(
        "--files-from",
        metavar="LIST",
        help="A file that names recordings or folders, a path a line; - is standard input.",
    ),
]


def find_recordings(given: Sequence[str] | None, files_from: str | None = None) -> list[str]:
    """The recordings that a command line means, in its order; those of a folder by name.

    A folder is searched to its depth for `SOUND_ENDINGS`; what is hidden is left out with the rest, and how
    much that was is said on standard error.

    Raises:
        UsageError: nothing is named, a folder without a recording, or standard input in two places.
        WorkError: a list or a folder that cannot be read.
    """
    names = list(given or ())
    if files_from == STANDARD_INPUT and STANDARD_INPUT in names:
        raise UsageError("--files-from - reads names from standard input: it cannot be a recording too")
    if files_from is not None:
        names += _listed(files_from)
    if not names:
        where = "" if files_from is None else f": {files_from} names none"
        raise UsageError(f"nothing to hear{where}: give FILE..., a folder, or --files-from LIST")
    return [recording for name in names for recording in _inside(name)]


def named(error: VoxaffectError, file: str) -> str:
    """What an error says, with the file that it is about."""
    said = str(error)
    return said if re.search(rf"(?<!\w){re.escape(file)}(?!\w)", said) else f"{file}: {said}"


def _listed(source: str) -> list[str]:
    """The lines of a list, which may end in CR LF; names need not be UTF-8, they are bytes on Linux."""
    try:
        content = sys.stdin.buffer.read() if source == STANDARD_INPUT else Path(source).read_bytes()
    except (OSError, ValueError) as error:
        raise WorkError(f"cannot read the list {source}: {reason_of(error)}") from error
    lines = decode_text(content, errors="surrogateescape").split("\n")
    return [line.rstrip("\r") for line in lines if line.strip()]


def _inside(name: str) -> Iterator[str]:
    if name == STANDARD_INPUT or not os.path.isdir(name):
        yield name
        return
    found, others = [], 0
    for path in _files_below(Path(name)):
        hidden = any(part.startswith(".") for part in path.relative_to(name).parts)
        if path.suffix.lower() in SOUND_ENDINGS and not hidden:  # "._a.wav" of macOS is no sound
            found.append(path)
        else:
            others += 1
    left_out = f"{others} other file{'' if others == 1 else 's'}"
    if not found:
        raise UsageError(
            f"the folder {name} holds no recording ({left_out}); name a file to hear it all the same"
        )
    if others:
        heard = f"{len(found)} recording{'' if len(found) == 1 else 's'}"
        print_note(f"note: {name}: {heard}; {left_out} left out")
    yield from map(str, sorted(found))


def _files_below(folder: Path) -> Iterator[Path]:
    """Links to folders are followed, but into no folder twice."""

    def unreadable(error: OSError) -> None:
        raise WorkError(f"cannot read the folder {error.filename}: {reason_of(error)}") from error

    seen = {os.path.realpath(folder)}
    for place, folders, files in os.walk(folder, onerror=unreadable, followlinks=True):
        real = {each: os.path.realpath(os.path.join(place, each)) for each in sorted(folders)}
        folders[:] = [each for each, path in real.items() if path not in seen]
        seen.update(real.values())
        yield from (Path(place, file) for file in files)
