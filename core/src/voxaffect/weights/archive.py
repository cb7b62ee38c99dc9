"""An uncompressed zip file over a memory map: where each entry's bytes lie, and nothing else.

PyTorch and NumPy both put tensors into such files. Nothing is ever extracted to disk; odd names are refused
all the same, because a file that has them was not written by either.
"""

from __future__ import annotations

import mmap
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import attrs

from voxaffect.errors import reason_of
from voxaffect.weights.errors import CheckpointError

MOST_ENTRIES = 100_000
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")  # APPNOTE.TXT 4.3.7
_UNREADABLE = (OSError, zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OverflowError)


@attrs.frozen(eq=False)
class StoredArchive:
    """The entries of a zip file, none compressed, none overlapping.

    Attributes:
        buffer: the file's bytes, mapped: only what is looked at is ever read.
        spans: {entry's name: (first byte, length)} in `buffer`.
    """

    path: Path
    buffer: mmap.mmap
    spans: Mapping[str, tuple[int, int]]


def open_archive(path: Path) -> StoredArchive:
    """Map a zip file and check its directory.

    Raises:
        CheckpointError: no zip file, cut off, compressed or encrypted entries, overlapping ones, odd names.
    """
    try:
        with path.open("rb") as file:
            buffer = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            with zipfile.ZipFile(file) as directory:
                entries, end = directory.infolist(), directory.start_dir
    except _UNREADABLE as error:
        raise CheckpointError(f"{path}: no zip file, or one that was cut off: {reason_of(error)}") from error
    if len(entries) > MOST_ENTRIES:
        raise CheckpointError(f"{path}: {len(entries)} entries, more than {MOST_ENTRIES}")
    spans: dict[str, tuple[int, int]] = {}
    free_from = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        start = _first_byte(path, buffer, entry)
        if entry.header_offset < free_from or start + entry.file_size > end:
            raise CheckpointError(f"{path}: the entry {entry.filename!r} overlaps another or the file's end")
        if entry.filename in spans:
            raise CheckpointError(f"{path}: two entries are called {entry.filename!r}")
        free_from = start + entry.file_size
        spans[entry.filename] = (start, entry.file_size)
    return StoredArchive(path, buffer, spans)


def _first_byte(path: Path, buffer: mmap.mmap, entry: zipfile.ZipInfo) -> int:
    """Where the entry's data begins, once its two headers agree."""
    name = entry.orig_filename
    parts = name.split("/")
    if not name.isprintable() or "\\" in name or ":" in name or {"", ".", ".."} & set(parts):
        raise CheckpointError(f"{path}: the entry name {name!r} is no plain relative path")
    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
        raise CheckpointError(f"{path}: the entry {name!r} is compressed; such files hide their true size")
    if entry.flag_bits & 0x1:
        raise CheckpointError(f"{path}: the entry {name!r} is encrypted")
    header = buffer[entry.header_offset : entry.header_offset + _LOCAL_HEADER.size]
    if entry.header_offset < 0 or len(header) < _LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
        raise CheckpointError(f"{path}: the entry {name!r} has no header where the directory says")
    flags, *_, n_name, n_extra = _LOCAL_HEADER.unpack(header)[2:]
    name_at = entry.header_offset + _LOCAL_HEADER.size
    encoding = "utf-8" if flags & 0x800 else "cp437"
    if buffer[name_at : name_at + n_name].decode(encoding, "replace") != name:
        raise CheckpointError(f"{path}: the entry {name!r} has another name in its own header")
    return int(name_at + n_name + n_extra)
