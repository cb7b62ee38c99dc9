"""The sound of a manifest's row: its recording, or the part of it that the row names."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from voxaffect.audio import load_audio
from voxaffect.errors import AudioError
from voxaffect.evaluation.manifest import Clip
from voxaffect.types import Audio

TOLERANCE_S = 0.1
"""Tables round: an end that lies no further behind the recording's is the recording's."""


def load_clip(clip: Clip) -> Audio:
    """What is to be heard of a row.

    Raises:
        AudioError: it cannot be read, or the part is not in the recording; the message names the row.
    """
    try:
        if clip.start_s is None and clip.end_s is None:
            return load_audio(clip.file)
        return _part(_latest(clip.file, _changed(clip.file)), clip)
    except AudioError as error:
        raise AudioError(f"row {clip.row}: {error}") from error


@functools.lru_cache(maxsize=1)
def _latest(file: Path, _: int) -> Audio:
    """The parts of a recording stand together: it is read once for all of them, whatever its format."""
    return load_audio(file)


def _changed(file: Path) -> int:
    """When a file was written; what cannot be read is told when it is read."""
    return os.stat(file).st_mtime_ns if os.path.exists(file) else 0


def _part(whole: Audio, clip: Clip) -> Audio:
    start_s, end_s = clip.start_s or 0.0, whole.duration_s if clip.end_s is None else clip.end_s
    first, behind = round(start_s * whole.rate_hz), round(end_s * whole.rate_hz)
    if end_s > whole.duration_s + TOLERANCE_S or not whole.samples[first:behind].size:
        raise AudioError(
            f"{clip.file} lasts {whole.duration_s:.3f} s, which has no part from {start_s:g} to {end_s:g} s: "
            "correct start and end"
        )
    return load_audio(whole.samples[first:behind], whole.rate_hz)
