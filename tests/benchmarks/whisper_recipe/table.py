"""The recordings and their copies as the encoder hears them, measured once and kept in a file."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from voxaffect import Audio, load_audio
from voxaffect.components import FeatureExtractor
from voxaffect.evaluation.manifest import Clip
from voxaffect.spoken_part import spoken_part
from voxaffect.training.table import FeatureTable
from whisper_recipe.copies import random_copy

Array = npt.NDArray[np.float64]


def measure(
    clips: Sequence[Clip],
    extractor: FeatureExtractor,
    *,
    root: Path,
    copies: int,
    kept: os.PathLike[str] | None = None,
) -> FeatureTable:
    """Embeddings of every clip and of its copies.

    What is drawn for a copy follows from the file's name and the copy's number alone, and the voices in its
    background are the speaker's own: no other speaker is heard in it, who may be one left out for a test.

    Args:
        root: that file names are relative to, where they lie in it.
        copies: how many of each clip.
        kept: a file; taken from there where it exists, else written. It must be of these clips and copies,
            and of this encoder: the names are checked, the encoder is not.
    """
    names = [
        clip.file.relative_to(root).as_posix() if clip.file.is_relative_to(root) else clip.file.name
        for clip in clips
    ]
    if kept is not None and Path(kept).exists():
        values = _read(Path(kept), names, copies)
    else:
        rows = list(_embeddings(clips, names, extractor, copies))
        values = np.full((1 + copies, len(clips), len(rows[0][2])), np.nan, np.float32)
        for copy, clip, embedding in rows:
            values[copy, clip] = embedding
        if kept is not None:
            np.savez(Path(kept), values=values, names=names)
    heard = np.isfinite(values[0]).any(axis=1)
    silent = tuple(clip for clip, has in zip(clips, heard, strict=True) if not has)
    spoken = tuple(clip for clip, has in zip(clips, heard, strict=True) if has)
    return FeatureTable(spoken, values[:, heard].astype(np.float64), (), values.shape[2], silent)


def _embeddings(
    clips: Sequence[Clip], names: Sequence[str], extractor: FeatureExtractor, copies: int
) -> Iterator[tuple[int, int, npt.NDArray[np.float32]]]:
    """Copy, 0 for the original; clip; its embedding. Without speech there is none."""
    of_speaker: dict[str, list[Audio]] = {}
    sounds = [spoken_part(load_audio(clip.file)) for clip in clips]
    for clip, sound in zip(clips, sounds, strict=True):
        if sound is not None:
            of_speaker.setdefault(clip.speaker, []).append(sound)
    for number, (clip, name, sound) in enumerate(zip(clips, names, sounds, strict=True)):
        for copy in range(1 + copies if sound is not None else 0):
            rng = np.random.default_rng(zlib.crc32(f"{name} {copy}".encode()))
            heard = random_copy(sound, of_speaker[clip.speaker], rng) if copy else sound
            embedding = extractor.extract(heard).embedding
            if embedding is not None:
                yield copy, number, embedding


def _read(kept: Path, names: Sequence[str], copies: int) -> npt.NDArray[np.float32]:
    with np.load(kept, allow_pickle=False) as file:
        if file["names"].tolist() != list(names) or len(file["values"]) != 1 + copies:
            raise SystemExit(f"{kept} is of other clips or copies: delete it, or name another file")
        values: npt.NDArray[np.float32] = file["values"]
        return values
