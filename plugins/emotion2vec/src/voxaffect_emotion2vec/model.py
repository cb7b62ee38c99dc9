"""The network of emotion2vec (Ma et al. 2024, arXiv:2312.15185), a data2vec 2.0 audio encoder.

The shape of every tensor stands beside the line that makes it: S samples, T frames of 20 ms, E extra
tokens, D the width (768 base, 1024 large), H heads, C channels of the front end, N = the sum of E + T
over the clips of a batch. Names in quotes are the checkpoint's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from voxaffect.engines import Array, Bias, Tensor, TensorEngine
from voxaffect.weights.mapping import map_parameters

from voxaffect_emotion2vec.config import (
    AUDIO,
    CONVOLUTIONS,
    FRAME_SAMPLES,
    MIN_SAMPLES,
    Emotion2vecConfig,
    block_names,
    parameter_shapes,
)


class Emotion2vecModel:
    """The network with its weights, on one engine.

    Args:
        config: its sizes.
        weights: {name: float32 array}, exactly those of `parameter_shapes(config)`.
        engine: what computes it.

    Raises:
        CheckpointError: a tensor is missing, misshapen or not known.
    """

    def __init__(
        self, config: Emotion2vecConfig, weights: Mapping[str, npt.NDArray[np.float32]], engine: TensorEngine
    ) -> None:
        weights = map_parameters(weights, parameter_shapes(config))
        self.config, self.engine = config, engine
        self._weights: dict[str, Tensor] = {}
        for name, array in weights.items():
            convolution = array.ndim == 3 and name.endswith(".weight")
            self._weights[name] = engine.conv_weight(array) if convolution else engine.tensor(array)
        self._extra_tokens = engine.tensor(weights[AUDIO + "extra_tokens"][0])  # (E, D)
        scale = np.maximum(weights[AUDIO + "alibi_scale"].reshape(-1), 0)  # (H,), learned without a bound
        self._slopes = alibi_slopes(config.n_heads) * scale  # (H,)

    def encode(self, clips: Sequence[Array]) -> list[Array]:
        """Embeddings of every 20 ms of each clip.

        Clips are packed one after another, never padded, and attention stays within its clip: a batch
        equals single runs to rounding, whatever the lengths.

        Args:
            clips: each (S,) at 16 kHz, at least 400 samples, of mean 0 and variance 1 over its clip.

        Returns:
            Each (T, D), T = (S - 400) // 320 + 1.
        """
        return self.transform([self.front_end(clip) for clip in clips])

    def front_end(self, clip: Array) -> Tensor:
        """(S,) -> (T, D), each frame from its own 400 samples and nothing else; `clip` as for `encode`."""
        n_frames = (len(clip) - MIN_SAMPLES) // FRAME_SAMPLES + 1
        waves = [
            clip[part.start * FRAME_SAMPLES : (part.stop - 1) * FRAME_SAMPLES + MIN_SAMPLES]
            for part in self.engine.blocks(n_frames)
        ]
        return self.engine.concat(self.engine.map(self._local_features, waves))  # (T, D)

    def transform(self, clips: Sequence[Tensor]) -> list[Array]:
        """The rest of `encode`: what its front end made of each clip, (T, D), to embeddings (T, D)."""
        engine, config = self.engine, self.config
        tokens, spans, biases, end = [], [], [], 0
        for local in clips:
            features = local + self._places(local)  # (T, D)
            tokens += [self._extra_tokens, features]  # (E, D), (T, D)
            n_tokens = config.n_extra_tokens + len(features)
            spans.append(slice(end, end + n_tokens))
            end += n_tokens
            biases.append(engine.distance_bias(self._slopes, len(features), n_prefix=config.n_extra_tokens))
        x = engine.concat(tokens)  # (N, D)
        x = engine.layer_norm(x, *self._pair(AUDIO + "context_encoder.norm"))  # (N, D)
        for block in block_names(config):
            x = self._block(x, block, spans, biases)  # (N, D)
        return [engine.to_numpy(x[span][config.n_extra_tokens :]) for span in spans]  # each (T, D)

    def _local_features(self, samples: Array) -> Tensor:
        """(S,) -> (T, D): the front end, which sees 400 samples a frame."""
        engine = self.engine
        x = engine.tensor(samples[:, None])  # (S, 1)
        for layer, (_, stride) in enumerate(CONVOLUTIONS):
            name = f"{AUDIO}local_encoder.conv_layers.{layer}."
            x = engine.conv1d(x, self._weights[name + "0.weight"], stride=stride)  # (about S / stride, C)
            x = engine.layer_norm(x, *self._pair(name + "2.1"), gelu=True)  # (about S / stride, C)
        x = engine.layer_norm(x, *self._pair(AUDIO + "project_features.1"))  # (T, C)
        return engine.linear(x, *self._pair(AUDIO + "project_features.2"))  # (T, D)

    def _places(self, x: Tensor) -> Tensor:
        """(T, D) -> (T, D): five convolutions in a row stand for positions."""
        for layer in range(1, self.config.n_positional + 1):
            x = self.engine.conv1d(
                x,
                *self._pair(f"{AUDIO}relative_positional_encoder.{layer}.0"),
                padding=self.config.positional_kernel // 2,
                groups=self.config.positional_groups,
            )  # (T, D)
            x = self.engine.layer_norm(x, gelu=True)  # (T, D)
        return x

    def _block(self, x: Tensor, name: str, spans: Sequence[slice], biases: Sequence[Bias]) -> Tensor:
        """(N, D) -> (N, D): a transformer block that normalises after each sum."""
        engine = self.engine
        heard = engine.self_attention(
            x,
            self._pair(name + "attn.qkv"),
            self._pair(name + "attn.proj"),
            n_heads=self.config.n_heads,
            spans=spans,
            biases=biases,
        )  # (N, D)
        x = engine.layer_norm(x + heard, *self._pair(name + "norm1"))  # (N, D)
        hidden = engine.feed_forward(x, self._pair(name + "mlp.fc1"), self._pair(name + "mlp.fc2"))  # (N, D)
        return engine.layer_norm(x + hidden, *self._pair(name + "norm2"))  # (N, D)

    def _pair(self, name: str) -> tuple[Tensor, Tensor]:
        return self._weights[name + ".weight"], self._weights[name + ".bias"]


def alibi_slopes(n_heads: int) -> npt.NDArray[np.float32]:
    """(n_heads,) of Press et al. 2022 (arXiv:2108.12409), by their rule for any number of heads.

    2^(-8 i / H) for a power of two; otherwise those of the power below, filled up with every other one of
    the power above.
    """
    below = 2 ** int(math.log2(n_heads))

    def of_power(n: int) -> list[float]:
        return [2 ** (-8 * (i + 1) / n) for i in range(n)]

    return np.array(of_power(below) + of_power(2 * below)[0::2][: n_heads - below], np.float32)
