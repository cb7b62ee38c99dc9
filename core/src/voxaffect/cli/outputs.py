"""Where results may be written: what would fail at the end fails before any work."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from voxaffect.audio import soundfile
from voxaffect.cli.errors import UsageError, WorkError
from voxaffect.whole_file import same_file

NO_FILE = "the renderer {!r} makes audio: say where it goes with --output OUT.wav"


def check_output(
    output: Path | None, *, sound_by: str | None = None, inputs: Iterable[str | Path | None] = ()
) -> None:
    """Fail before any work where what is made could not be written.

    Args:
        inputs: files that the command reads, and must not write over.
        sound_by: the renderer that makes audio; None where none does.

    Raises:
        UsageError: audio, and no file for it, or one with an ending that is no format; or the file is one of
            `inputs`, be it by another name.
        WorkError: there is no such folder, it may not be written to, or the name is a folder's.
    """
    if output is None:
        if sound_by is not None:
            raise UsageError(NO_FILE.format(sound_by))
        return
    if not os.path.isdir(output.parent):
        raise WorkError(f"cannot write {output}: there is no folder {output.parent}")
    if os.path.isdir(output):
        raise WorkError(f"cannot write {output}: it is a folder; name a file in it")
    check_no_input(output, inputs)
    if not os.access(output.parent, os.W_OK):
        raise WorkError(f"cannot write {output}: you may not write to the folder {output.parent}")
    if sound_by is not None:
        check_ending(output)


def check_no_input(output: Path, inputs: Iterable[str | Path | None]) -> None:
    """Fail before any work where what is written would take the place of what is read.

    Raises:
        UsageError: the output is one of these files, be it by another name or a link.
    """
    for each in inputs:
        if each is not None and same_file(each, output):
            raise UsageError(f"{output} would be written over {each}, which is read: write to another file")


def check_ending(output: Path) -> None:
    """Fail before any work where the ending is no format of 16-bit PCM.

    Raises:
        UsageError: says which are, and what to do for another.
    """
    if not soundfile.check_format(output.suffix[1:].upper(), "PCM_16"):
        raise UsageError(
            f"cannot write sound to {output}: the name must end in .wav, .flac or .aiff; "
            "anything else ffmpeg converts: ffmpeg -i IN.wav OUT.mp3"
        )


def check_no_sound(output: Path, *, made: str, instead: str) -> None:
    """Fail where a text would be written to a file that is named as sound.

    Args:
        made: what the text is, e.g. "what was heard is text".
        instead: what to do.

    Raises:
        UsageError: the ending is a format of sound.
    """
    if output.suffix and soundfile.check_format(output.suffix[1:].upper()):
        raise UsageError(f"{output} is a name for sound, and {made}: give another ending{instead}")
