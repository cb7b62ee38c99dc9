"""The sizes of one Whisper encoder, and the name and shape of each of its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
from voxaffect.weights import CheckpointError

MODEL_TYPE = "whisper"

HEAD_WIDTH = 64
"""Columns of an attention head in every published Whisper, tiny to large."""

MLP_RATIO = 4
KERNEL = 3
"""Of both convolutions; the second has a stride of 2."""

MEL_BANDS = (80, 128)
"""Of the published models: 128 in large-v3 and its turbo, 80 in all others."""

Shape = tuple[int, ...]


@attrs.frozen
class WhisperConfig:
    """Sizes, under the names that a `config.json` of mlx-whisper gives them.

    Attributes:
        n_mels: bands of the spectrogram, 80 or 128.
        n_audio_state: width of the network.
        n_audio_head: attention heads.
        n_audio_layer: transformer blocks that are there; a cut model has fewer than it was trained with.
        final_norm: whether the norm after the last block is there; a cut model has none.
    """

    n_mels: int
    n_audio_state: int
    n_audio_head: int
    n_audio_layer: int
    final_norm: bool

    def __attrs_post_init__(self) -> None:
        width, heads = self.n_audio_state, self.n_audio_head
        if self.n_mels not in MEL_BANDS:
            raise CheckpointError(f"a Whisper takes spectrograms of 80 or 128 bands, not of {self.n_mels}")
        if heads < 1 or width % heads or width % 2 or width < 4:
            raise CheckpointError(
                f"a Whisper's width is even and a multiple of its heads, got {width} and {heads}"
            )

    @property
    def last_level(self) -> int:
        """0 is what the first block takes, i what block i gives, and one more, where there is one, normed."""
        return self.n_audio_layer + self.final_norm

    def cut_to(self, level: int) -> WhisperConfig:
        """Only what is computed up to that level.

        Raises:
            CheckpointError: the network does not go so far.
        """
        if not 0 <= level <= self.last_level:
            raise CheckpointError(f"this Whisper has the levels 0 to {self.last_level}, not {level}")
        return attrs.evolve(
            self, n_audio_layer=min(level, self.n_audio_layer), final_norm=level > self.n_audio_layer
        )


def parameter_shapes(config: WhisperConfig) -> dict[str, Shape]:
    """{name: shape} of every tensor that inference needs, nothing more.

    Names and shapes are those of OpenAI's release without the prefix `encoder.`: (out, in) of a linear
    layer, (out, in, kernel) of a convolution. Keys have no bias.
    """
    dim = config.n_audio_state
    shapes = _pair("conv1", (dim, config.n_mels, KERNEL)) | _pair("conv2", (dim, dim, KERNEL))
    for block in range(config.n_audio_layer):
        name = f"blocks.{block}."
        shapes |= _pair(name + "attn_ln", (dim,)) | _pair(name + "mlp_ln", (dim,))
        for part in ("query", "value", "out"):
            shapes |= _pair(f"{name}attn.{part}", (dim, dim))
        shapes[name + "attn.key.weight"] = (dim, dim)
        shapes |= _pair(name + "mlp.0", (MLP_RATIO * dim, dim)) | _pair(
            name + "mlp.2", (dim, MLP_RATIO * dim)
        )
    return shapes | (_pair("ln_post", (dim,)) if config.final_norm else {})


def config_of(tensors: Mapping[str, npt.NDArray[Any]], *, n_heads: int | None = None) -> WhisperConfig:
    """The sizes, read off the tensors.

    Args:
        tensors: under the names of `parameter_shapes`.
        n_heads: which no tensor tells; one for 64 columns, as in every published model, if None.

    Raises:
        CheckpointError: no first convolution among them.
    """
    first = tensors.get("conv1.weight", np.zeros(0))
    if first.ndim != 3:
        raise CheckpointError("these are not the weights of a Whisper: there is no encoder.conv1.weight")
    blocks = {name.split(".")[1] for name in tensors if name.startswith("blocks.")}
    return WhisperConfig(
        n_mels=first.shape[1],
        n_audio_state=first.shape[0],
        n_audio_head=max(1, first.shape[0] // HEAD_WIDTH) if n_heads is None else n_heads,
        n_audio_layer=len(blocks),
        final_norm="ln_post.weight" in tensors,
    )


def _pair(name: str, weight: Shape) -> dict[str, Shape]:
    return {f"{name}.weight": weight, f"{name}.bias": weight[:1]}
