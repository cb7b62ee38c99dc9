"""Whisper's encoder (Radford et al. 2022, arXiv:2212.04356).

The shape of every tensor stands beside the line that makes it: M mel frames of 10 ms, T = (M + 1) // 2
frames of 20 ms, D the width, H heads. Names in quotes are those of OpenAI's release.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from voxaffect.engines import Array, Tensor, TensorEngine
from voxaffect.weights.mapping import check_finite, map_parameters

from voxaffect_whisper_mlx.config import WhisperConfig, parameter_shapes

MOST_FRAMES = 1500
"""30 s: places in time beyond were never trained."""

_LONGEST_PERIOD = 10_000.0


class WhisperEncoder:
    """The network with its weights, on one engine.

    Args:
        config: its sizes.
        weights: {name: array}, exactly those of `parameter_shapes(config)`.
        engine: what computes it.

    Raises:
        CheckpointError: a tensor is missing, misshapen, not known, or not finite.
    """

    def __init__(self, config: WhisperConfig, weights: Mapping[str, Array], engine: TensorEngine) -> None:
        weights = map_parameters(weights, parameter_shapes(config))
        check_finite(weights)
        self.config, self.engine = config, engine
        self._weights: dict[str, Tensor] = {
            name: engine.conv_weight(array) if array.ndim == 3 else engine.tensor(array)
            for name, array in _projections_joined(weights, config.n_audio_layer).items()
        }
        self._places = sinusoids(0, config.n_audio_state)

    def levels(self, mel: Array, wanted: Collection[int]) -> dict[int, Array]:
        """What some of the levels hold.

        Args:
            mel: (M, n_mels), at most 30 s; see `LogMel.normalised`.
            wanted: 0 is what the first block takes, i what block i gives, and the one after the last
                block is the encoder's own output: that of the last block, normed.

        Returns:
            {level: (T, D)}; no more blocks are computed than it takes.
        """
        engine, found = self.engine, dict[int, Tensor]()
        x = engine.tensor(mel)  # (M, n_mels)
        x = engine.conv1d(x, *self._pair("conv1"), padding=1, gelu=True)  # (M, D)
        x = engine.conv1d(x, *self._pair("conv2"), stride=2, padding=1, gelu=True)  # (T, D)
        x = x + engine.tensor(self._places_of(x.shape[0]))  # (T, D)
        found[0] = x
        for block in range(min(max(wanted), self.config.n_audio_layer)):
            x = self._block(x, f"blocks.{block}.")  # (T, D)
            found[block + 1] = x
        if max(wanted) > self.config.n_audio_layer:
            found[max(wanted)] = engine.layer_norm(x, *self._pair("ln_post"))  # (T, D)
        return {level: engine.to_numpy(found[level]) for level in wanted}

    def _block(self, x: Tensor, name: str) -> Tensor:
        """(T, D) -> (T, D): a transformer block that normalises before each part."""
        engine = self.engine
        normed = engine.layer_norm(x, *self._pair(name + "attn_ln"))  # (T, D)
        x = x + engine.self_attention(
            normed,
            self._pair(name + "attn.qkv"),
            self._pair(name + "attn.out"),
            n_heads=self.config.n_audio_head,
            spans=[slice(0, x.shape[0])],
            biases=[None],
        )  # (T, D)
        normed = engine.layer_norm(x, *self._pair(name + "mlp_ln"))  # (T, D)
        return x + engine.feed_forward(
            normed, self._pair(name + "mlp.0"), self._pair(name + "mlp.2")
        )  # (T, D)

    def _places_of(self, n_frames: int) -> Array:
        """(T, D); those of 30 s take longer than a short clip's first block."""
        places = self._places
        if n_frames > len(places):
            self._places = places = sinusoids(n_frames, self.config.n_audio_state)
        return places[:n_frames]

    def _pair(self, name: str) -> tuple[Tensor, Tensor]:
        return self._weights[name + ".weight"], self._weights[name + ".bias"]


def _projections_joined(weights: Mapping[str, Array], n_blocks: int) -> dict[str, Array]:
    """With a block's "query", "key" and "value" as one "qkv", (3 D, D) and (3 D,): one product, not three."""
    joined = dict(weights)
    for block in range(n_blocks):
        name = f"blocks.{block}.attn."
        query, key, value = (joined.pop(f"{name}{part}.weight") for part in ("query", "key", "value"))
        query_bias, value_bias = (joined.pop(f"{name}{part}.bias") for part in ("query", "value"))
        joined[name + "qkv.weight"] = np.concatenate([query, key, value])
        joined[name + "qkv.bias"] = np.concatenate([query_bias, np.zeros_like(query_bias), value_bias])
    return joined


def sinusoids(n_frames: int, dim: int) -> Array:
    """(n_frames, dim) places in time: sines in the first half of the columns, cosines in the second."""
    half = dim // 2
    rates = np.exp(np.log(_LONGEST_PERIOD) / max(half - 1, 1) * -np.arange(half))
    angles = np.arange(n_frames)[:, None] * rates  # (n_frames, half)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)
