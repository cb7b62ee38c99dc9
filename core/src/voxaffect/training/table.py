"""What an extractor measures in all clips of a manifest, and in copies of them through other channels."""

from __future__ import annotations

import fnmatch
import zlib
from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect.components import FeatureExtractor, Features
from voxaffect.errors import InvalidValueError, PluginError
from voxaffect.evaluation.clip_sound import load_clip
from voxaffect.evaluation.manifest import Clip, ManifestError
from voxaffect.evaluation.runner import naming_the_row
from voxaffect.host import expect, plugin_boundary
from voxaffect.spoken_part import spoken_part
from voxaffect.training.augmentation import through_a_telephone, through_another_channel
from voxaffect.training.model import to_vector

Array = npt.NDArray[np.float64]


@attrs.frozen(eq=False)
class FeatureTable:
    """Of the clips in which there was speech.

    Attributes:
        clips: in the manifest's order.
        values: (1 + n_copies, n_clips, n_inputs) NaN where missing; the originals come first.
        functionals: names of the first inputs.
        embedding_size: number of the inputs after them.
        silent: clips without speech, left out.
    """

    clips: tuple[Clip, ...]
    values: Array
    functionals: tuple[str, ...]
    embedding_size: int
    silent: tuple[Clip, ...]

    def select(self, chosen: npt.NDArray[np.bool_]) -> FeatureTable:
        """Some of the clips, e.g. those of one corpus."""
        clips = tuple(clip for clip, wanted in zip(self.clips, chosen, strict=True) if wanted)
        return attrs.evolve(self, clips=clips, values=self.values[:, chosen], silent=())

    @property
    def labels(self) -> npt.NDArray[np.str_]:
        """(n_clips,)."""
        return np.array([clip.label for clip in self.clips])

    @property
    def speakers(self) -> npt.NDArray[np.str_]:
        """(n_clips,)."""
        return np.array([clip.speaker for clip in self.clips])

    def targets(self, classes: tuple[str, ...]) -> Array:
        """(n_clips, n_classes) share of the listeners who heard each; all on the label where none were asked.

        Votes for what is none of the classes are left out.
        """
        targets = np.array([[float(clip.label == name) for name in classes] for clip in self.clips])
        for row, clip in enumerate(self.clips):
            votes = np.array([(clip.votes or {}).get(name, 0.0) for name in classes])
            if votes.any():
                targets[row] = votes / votes.sum()
        return targets


def measure_clips(
    clips: Sequence[Clip],
    extractor: FeatureExtractor,
    *,
    copies: int = 0,
    inputs: Sequence[str] = ("*",),
    embedding: bool = True,
) -> FeatureTable:
    """Read and measure every clip, see `measure_clip` and `tabulate`; the first that fails ends it.

    Raises:
        AudioError, InvalidValueError, PluginError: see there; the message names the row.
    """
    measured = [(clip, measure_clip(clip, extractor, copies=copies)) for clip in clips]
    return tabulate(measured, inputs=inputs, embedding=embedding)


def measure_clip(clip: Clip, extractor: FeatureExtractor, *, copies: int = 0) -> list[Features]:
    """Features of a clip and of its copies; the clips of a speaker share the channel of each copy.

    Args:
        copies: how many; the first is through a telephone, the others are through random channels.

    Raises:
        AudioError: it cannot be read.
        PluginError: the extractor failed, or gave what `Features` refuses; the message names the row.
    """
    spoken = spoken_part(load_clip(clip))
    if spoken is None:
        return []
    versions = [spoken]
    if copies:
        versions.append(through_a_telephone(spoken))
    for copy in range(copies - 1):
        rng = np.random.default_rng(zlib.crc32(f"{clip.speaker} {copy}".encode()))
        versions.append(through_another_channel(spoken, rng))
    with naming_the_row(clip), plugin_boundary("the extractor"):
        return [expect(Features, extractor.extract(each), "the extractor") for each in versions]


def tabulate(
    measured: Sequence[tuple[Clip, list[Features]]],
    *,
    inputs: Sequence[str] = ("*",),
    embedding: bool = True,
) -> FeatureTable:
    """One table of what `measure_clip` gave.

    Args:
        measured: with as many copies of every clip.
        inputs: patterns, as of file names, of the functionals to keep; all of them unless given.
        embedding: whether the embedding, where there is one, is part of the inputs.

    Raises:
        ManifestError: nothing was measured in any clip.
        InvalidValueError: a pattern that no functional matches; or nothing is left to learn from.
        PluginError: embeddings of two sizes; the message names the row.
    """

    def spoken(versions: list[Features]) -> bool:
        return any(each.functionals or each.embedding is not None for each in versions[:1])

    kept = [(clip, versions) for clip, versions in measured if spoken(versions)]
    found = [versions for _, versions in kept]
    if not kept:
        raise ManifestError("the extractor measured nothing in any clip: is there speech in them?")
    known = sorted({name for versions in found for each in versions for name in each.functionals})
    for pattern in inputs:
        if pattern != "*" and not fnmatch.filter(known, pattern):
            raise InvalidValueError(f"no functional matches {pattern!r}; there are {', '.join(known)}")
    names = tuple(name for name in known if any(fnmatch.fnmatchcase(name, p) for p in inputs))
    first = next((v[0].embedding for v in found if v[0].embedding is not None), None)
    size = 0 if first is None or not embedding else len(first)
    if not names and not size:
        raise InvalidValueError(
            "the extractor gives an embedding alone, and it was left out: nothing is left to learn from"
        )
    for clip, versions in kept:
        sizes = {each.embedding.shape for each in versions if size and each.embedding is not None}
        if sizes - {(size,)}:
            raise PluginError(
                f"row {clip.row}: the extractor gave an embedding of the shape "
                f"{(sizes - {(size,)}).pop()}, of the clips before it {(size,)}"
            )
    values = np.array([[to_vector(each, names, size) for each in versions] for versions in found])
    silent = tuple(clip for clip, versions in measured if not spoken(versions))
    return FeatureTable(tuple(clip for clip, _ in kept), values.swapaxes(0, 1), names, size, silent)
