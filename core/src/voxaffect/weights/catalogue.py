"""What a plugin says of its weights: where they are published, on what terms, how they are named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import attrs

from voxaffect.errors import UnknownNameError

Hub = Literal["huggingface", "modelscope"]
HUBS: tuple[Hub, ...] = ("huggingface", "modelscope")
Shapes = Mapping[str, tuple[int, ...]]


@attrs.frozen(kw_only=True)
class Source:
    """One place where a checkpoint is published.

    Attributes:
        repository: "owner/name".
        revision: a commit, which cannot change, or a tag or branch, which can.
        sha256: of the checkpoint; None where nobody has published it, and it is then said to be unpinned.
    """

    hub: Hub
    repository: str
    revision: str
    sha256: str | None = None


@attrs.frozen(kw_only=True)
class Variant:
    """One published set of weights.

    Attributes:
        name: what users write, e.g. "emotion2vec_plus_base".
        licence: its name, for listings.
        terms: what is known of the licence, in full sentences; shown before a fetch, kept beside the weights.
        config: what the network's builder needs, in values that JSON has.
        checkpoint: file name in the repository.
        download_bytes: about, for the question before a fetch.
        labels: file of the classes' names in the repository; None for a network without a head.
        sources: the preferred one first.
    """

    name: str
    summary: str
    licence: str
    terms: str
    config: Mapping[str, Any]
    checkpoint: str
    download_bytes: int
    labels: str | None
    sources: tuple[Source, ...]


@attrs.frozen(kw_only=True)
class Catalogue:
    """The weights that one network can run with.

    Attributes:
        model: the network, e.g. "emotion2vec"; the weights of another are refused.
        shapes: config -> {parameter: shape}, all that the network has and nothing else.
        rename: key of a published checkpoint -> parameter, or None for what inference does not need.
        read_labels: text of the labels' file -> label of each class, in order.
    """

    model: str
    variants: tuple[Variant, ...]
    shapes: Callable[[Mapping[str, Any]], Shapes]
    rename: Callable[[str], str | None]
    read_labels: Callable[[str], tuple[str, ...]]

    def find(self, name: str) -> Variant:
        """The variant of that name.

        Raises:
            UnknownNameError: there is none.
        """
        for variant in self.variants:
            if variant.name == name:
                return variant
        raise UnknownNameError("weights", name, [variant.name for variant in self.variants])
