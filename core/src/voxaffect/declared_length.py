"""What the header of a sound file says about its length: a file that is cut off is told from a wrong header.

libsndfile takes what is there of a file that is cut off, and says nothing.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Literal

import attrs

from voxaffect.errors import AudioError

HEADER_SLACK_BYTES = 128
"""So many bytes may be missing: programs count a header of 8 to 80 bytes into the samples. Of 16 bits at
16 kHz these are 4 ms."""

_MOST_CHUNKS = 4096
_OGG_PAGE_BYTES = 27 + 255 + 255 * 255
_OGG_HEADER = re.compile(rb"OggS\0[\0-\x07].{21}", re.DOTALL)

_NIST_HEAD = re.compile(rb"NIST_1A\n *(\d{1,6})\n")
_NIST_NAMES = (b"sample_count", b"sample_n_bytes", b"channel_count")
_NIST_FIELD = re.compile(rb"(" + b"|".join(_NIST_NAMES) + rb") -i (\d{1,12})")


@attrs.frozen
class _Field:
    """A whole number in a header.

    Attributes:
        at: its first byte.
        width: bytes.
        extra: bytes of headers that it counts besides what it is the length of; negative where it does not
            count all of that.
    """

    at: int
    width: int
    order: Literal["little", "big"]
    extra: int = 0

    def read(self, file: BinaryIO) -> int:
        file.seek(self.at)
        return int.from_bytes(file.read(self.width), self.order)

    def write(self, file: BinaryIO, length: int) -> None:
        file.seek(self.at)
        file.write(min(length + self.extra, 256**self.width - 1).to_bytes(self.width, self.order))


@attrs.frozen
class _Layout:
    """How a kind of container is built of chunks: an identifier, a length and what has that length.

    Attributes:
        first: where the first chunk begins.
        sound: how the identifier of the chunk with the samples begins.
        own_header: whether a chunk's length counts its header.
        whole: the length of the whole file, where there is one.
    """

    first: int
    sound: bytes
    order: Literal["little", "big"]
    id_bytes: int = 4
    width: int = 4
    alignment: int = 2
    own_header: bool = False
    whole: _Field | None = None

    @property
    def header_bytes(self) -> int:
        return self.id_bytes + self.width

    def field(self, chunk: int) -> _Field:
        extra = self.header_bytes if self.own_header else 0
        return _Field(chunk + self.id_bytes, self.width, self.order, extra)


_LITTLE, _BIG = _Field(4, 4, "little", -8), _Field(4, 4, "big", -8)
_RIFF = _Layout(12, b"data", "little", whole=_LITTLE)
_LAYOUTS = {
    (b"RIFF", b"WAVE"): _RIFF,
    (b"RF64", b"WAVE"): _RIFF,
    (b"RIFX", b"WAVE"): _Layout(12, b"data", "big", whole=_BIG),
    (b"FORM", b"AIFF"): _Layout(12, b"SSND", "big", whole=_BIG),
    (b"FORM", b"AIFC"): _Layout(12, b"SSND", "big", whole=_BIG),
    (b"FORM", b"8SVX"): _Layout(12, b"BODY", "big", whole=_BIG),
    (b"FORM", b"16SV"): _Layout(12, b"BODY", "big", whole=_BIG),
    (b"riff", b"\xa5\xd6\x28\xdb"): _Layout(
        40,
        b"data",
        "little",
        id_bytes=16,
        width=8,
        alignment=8,
        own_header=True,
        whole=_Field(16, 8, "little"),
    ),
    (b"caff", None): _Layout(8, b"data", "big", width=8, alignment=1),
}
"""By the first four bytes, and the four from the eighth on: WAV, RF64, AIFF, 8SVX, W64 and CAF."""


@attrs.frozen
class _Samples:
    """Where the samples begin, and the fields with their length and the whole file's."""

    start: int
    length: _Field
    whole: _Field | None = None


@contextmanager
def whole_sound(file: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """The same file; or a copy with a mended header, where that leaves the length open or is a little off.

    Programs that stream a file can't know its length and write 0, or nearly 2**31, 2**32 or 2**64.

    Args:
        file: one that can seek.

    Raises:
        AudioError: empty, or more than `HEADER_SLACK_BYTES` shorter than its header says.
    """
    size = file.seek(0, os.SEEK_END)
    if not size:
        raise AudioError(f"{name} is empty (0 bytes)")
    file.seek(0)
    head = file.read(12)
    if head.startswith(b"OggS"):
        _check_ogg(file, size, name)
    if head.startswith(b"NIST_1A"):
        _check_nist(file, size, name)
    samples = _find_samples(file, head, size)
    if samples is None:
        file.seek(0)
        yield file
        return
    written = samples.length.read(file)
    declared, there = written - samples.length.extra, max(0, size - samples.start)
    left_open = -written % 2**31 <= 0x2000
    if declared > there + HEADER_SLACK_BYTES and not left_open:
        raise _cut_off(name, declared, there)
    # An honest 0 counts the chunks behind it into the whole.
    honest = samples.whole is not None and samples.whole.read(file) - samples.whole.extra == size
    if 0 < declared <= there or (written == 0 and honest) or not there:
        file.seek(0)
        yield file
        return
    with tempfile.TemporaryFile() as mended:
        file.seek(0)
        shutil.copyfileobj(file, mended, 1 << 20)
        samples.length.write(mended, there)
        if samples.whole is not None:
            samples.whole.write(mended, size)
        mended.seek(0)
        yield mended


def _find_samples(file: BinaryIO, head: bytes, size: int) -> _Samples | None:
    """None in a container that declares no length in bytes, or that has no samples."""
    if head[:4] in (b".snd", b"dns."):  # AU: where the samples begin, and how many bytes they are
        order: Literal["little", "big"] = "big" if head[:4] == b".snd" else "little"
        return _Samples(_Field(4, 4, order).read(file), _Field(8, 4, order))
    layout = _LAYOUTS.get((head[:4], head[8:12])) or _LAYOUTS.get((head[:4], None))
    if layout is None:
        return None
    chunk, long_length = layout.first, None
    for _ in range(_MOST_CHUNKS):
        if chunk > size:
            return None
        file.seek(chunk)
        header = file.read(layout.header_bytes)
        if len(header) < layout.header_bytes:
            return None
        field, start = layout.field(chunk), chunk + layout.header_bytes
        if header.startswith(b"ds64"):  # RF64 has the lengths of more than 4 bytes here
            long_length = _Field(start + 8, 8, "little")
        if header.startswith(layout.sound):
            return _Samples(start, long_length or field, None if long_length else layout.whole)
        length = max(0, field.read(file) - field.extra)
        chunk = start + length + -length % layout.alignment
    return None


def mp3_says_length(file: BinaryIO) -> bool:
    """Whether its first frame tells how many follow; else its length is guessed from its first bit rate."""
    place = file.tell()  # which libsndfile relies on
    file.seek(0)
    tag = file.read(10)
    if tag.startswith(b"ID3"):  # a length of four times seven bits
        length = sum((byte & 127) << 7 * place for place, byte in enumerate(reversed(tag[6:10])))
        file.seek(10 + length)
        tag = b""
    beginning = tag + file.read(256)
    file.seek(place)
    return b"Xing" in beginning or b"Info" in beginning


def _check_nist(file: BinaryIO, size: int, name: str) -> None:
    """SPHERE, of speech corpora, whose header is text; not where a compressed stream is in it."""
    file.seek(0)
    header = file.read(4096)
    found = dict(_NIST_FIELD.findall(header.partition(b"end_head")[0]))
    head = _NIST_HEAD.match(header)
    if head is None or b"embedded" in header or len(found) < len(_NIST_NAMES):
        return
    declared = math.prod(int(found[field]) for field in _NIST_NAMES)
    there = size - int(head[1])
    if declared > there + HEADER_SLACK_BYTES:
        raise _cut_off(name, declared, there)


def _cut_off(name: str, declared: int, there: int) -> AudioError:
    return AudioError(
        f"{name} is cut off: its header declares {declared} bytes of samples, {there} are there"
    )


def _check_ogg(file: BinaryIO, size: int, name: str) -> None:
    """The last page must be there to its end: a file that is cut off ends in the middle of one."""
    tail_start = max(0, size - _OGG_PAGE_BYTES)
    file.seek(tail_start)
    tail = file.read()
    pages = list(_OGG_HEADER.finditer(tail))
    if not pages:
        return
    page = pages[-1]
    n_segments = page.group()[-1]
    segments = tail[page.end() : page.end() + n_segments]
    missing = page.end() + n_segments + sum(segments) - len(tail)
    if len(segments) < n_segments or missing > 0:
        raise AudioError(f"{name} is cut off: it ends within a page of its Ogg stream")
