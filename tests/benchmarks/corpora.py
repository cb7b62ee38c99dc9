"""What the benchmarks share: reading a corpus folder, its manifest and its sound."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt
from voxaffect import load_audio
from voxaffect.audio import resample

RATE_HZ = 16_000


def manifest(corpora: Path, corpus: str) -> list[dict[str, str]]:
    """Rows of manifest.tsv for one corpus."""
    with (corpora / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if row["corpus"] == corpus]


PURE_SILENCE = "1076_MTI_SAD_XX"
"""A clip of CREMA-D in which nobody speaks."""

LONGEST_S = 20


def some_of(folder: Path, count: int) -> list[npt.NDArray[np.float32]]:
    """So many recordings of a corpus, spread evenly over its files, each at most `LONGEST_S` of it."""
    files = [path for path in sorted(folder.rglob("*.flac")) if path.stem != PURE_SILENCE]
    chosen = np.unique(np.linspace(0, len(files) - 1, count).astype(int)) if files else []
    return [samples_16k(files[n])[: LONGEST_S * RATE_HZ] for n in chosen]


def samples_16k(path: Path) -> npt.NDArray[np.float32]:
    """(n_samples,) of a recording, one channel."""
    audio = load_audio(path)
    return resample(audio.samples, audio.rate_hz, RATE_HZ)
