"""Text files as people's programs write them."""

from __future__ import annotations

import codecs
import os
from pathlib import Path


def read_text(path: str | os.PathLike[str]) -> str:
    """What a text file says, see `decode_text`; line ends stay as they are.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no such text, or the path is none.
    """
    return decode_text(Path(path).read_bytes())


def decode_text(content: bytes, *, errors: str = "strict") -> str:
    """UTF-8, or UTF-16 where a byte order mark says so, as PowerShell and Excel write it; without the mark.

    Args:
        errors: see `bytes.decode`.

    Raises:
        UnicodeDecodeError: neither of them.
    """
    utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if utf_16 else "utf-8-sig", errors)
