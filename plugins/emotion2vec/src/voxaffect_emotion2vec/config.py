"""The sizes of one emotion2vec checkpoint, and the name and shape of each of its tensors."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import attrs
from voxaffect.errors import ConfigurationError

AUDIO = "modality_encoders.AUDIO."
"""Prefix of everything before the eight main blocks, in the checkpoint's own naming."""

CONVOLUTIONS = ((10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2))
"""(kernel, stride) of the front end's seven layers, the same in every published checkpoint."""

RATE_HZ = 16_000
FRAME_SAMPLES = math.prod(stride for _, stride in CONVOLUTIONS)
"""320 samples or 20 ms from one frame to the next."""

MIN_SAMPLES = 400
"""What one frame sees: the front end's receptive field."""

MLP_RATIO = 4
MODEL_TYPE = "emotion2vec"

Shape = tuple[int, ...]


def _at_least(least: int) -> Callable[[object, attrs.Attribute[Any], object], None]:
    def check(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ConfigurationError(
                f"{attribute.name} of an emotion2vec must be a whole number of {least} or more, got {value!r}"
            )

    return check


@attrs.frozen
class Emotion2vecConfig:
    """Sizes; the defaults are those of base. A `config.json` holds them under these names.

    Attributes:
        dim: width of the network (768 base, 1024 large).
        n_heads: attention heads (12 base, 16 large).
        n_prenet_blocks, n_blocks: transformer blocks before and after the point where training masks.
        conv_dim: channels of the front end.
        n_positional: positional convolutions in a row.
        positional_kernel, positional_groups: of each of them.
        n_extra_tokens: learned tokens before the frames.
        n_classes: outputs of the head; 0 for a checkpoint without one (emotion2vec_base).
    """

    dim: int = attrs.field(default=768, validator=_at_least(1))
    n_heads: int = attrs.field(default=12, validator=_at_least(1))
    n_prenet_blocks: int = attrs.field(default=4, validator=_at_least(0))
    n_blocks: int = attrs.field(default=8, validator=_at_least(0))
    conv_dim: int = attrs.field(default=512, validator=_at_least(1))
    n_positional: int = attrs.field(default=5, validator=_at_least(0))
    positional_kernel: int = attrs.field(default=19, validator=_at_least(1))
    positional_groups: int = attrs.field(default=16, validator=_at_least(1))
    n_extra_tokens: int = attrs.field(default=10, validator=_at_least(0))
    n_classes: int = attrs.field(default=9, validator=_at_least(0))

    def __attrs_post_init__(self) -> None:
        for name in ("n_heads", "positional_groups"):
            if self.dim % getattr(self, name):
                raise ConfigurationError(
                    f"dim of an emotion2vec must be a multiple of {name}, got {self.dim} and "
                    f"{getattr(self, name)}"
                )


def parameter_shapes(config: Emotion2vecConfig) -> dict[str, Shape]:
    """{name: shape} of every tensor that inference needs, nothing more.

    Names are the published checkpoint's own, without its prefixes `module.` and `d2v_model.`; shapes are
    PyTorch's: (out, in) of a linear layer, (out, in / groups, kernel) of a convolution.
    """
    dim, conv = config.dim, config.conv_dim
    shapes: dict[str, Shape] = {
        AUDIO + "extra_tokens": (1, config.n_extra_tokens, dim),
        AUDIO + "alibi_scale": (1, 1, config.n_heads, 1, 1),
    }
    for layer, (kernel, _) in enumerate(CONVOLUTIONS):
        name = f"{AUDIO}local_encoder.conv_layers.{layer}."
        shapes[name + "0.weight"] = (conv, conv if layer else 1, kernel)
        shapes |= _pair(name + "2.1", (conv,))
    shapes |= _pair(AUDIO + "project_features.1", (conv,))
    shapes |= _pair(AUDIO + "project_features.2", (dim, conv))
    positional = (dim, dim // config.positional_groups, config.positional_kernel)
    for layer in range(1, config.n_positional + 1):
        shapes |= _pair(f"{AUDIO}relative_positional_encoder.{layer}.0", positional)
    shapes |= _pair(AUDIO + "context_encoder.norm", (dim,))
    for name in block_names(config):
        shapes |= _pair(name + "norm1", (dim,)) | _pair(name + "norm2", (dim,))
        shapes |= _pair(name + "attn.qkv", (3 * dim, dim)) | _pair(name + "attn.proj", (dim, dim))
        shapes |= _pair(name + "mlp.fc1", (MLP_RATIO * dim, dim))
        shapes |= _pair(name + "mlp.fc2", (dim, MLP_RATIO * dim))
    if config.n_classes:
        shapes |= _pair("proj", (config.n_classes, dim))
    return shapes


def block_names(config: Emotion2vecConfig) -> list[str]:
    """Prefixes of the transformer blocks in the order in which they run: the prenet's first."""
    prenet = [f"{AUDIO}context_encoder.blocks.{i}." for i in range(config.n_prenet_blocks)]
    return prenet + [f"blocks.{i}." for i in range(config.n_blocks)]


def _pair(name: str, weight: Shape) -> dict[str, Shape]:
    return {f"{name}.weight": weight, f"{name}.bias": weight[:1]}
