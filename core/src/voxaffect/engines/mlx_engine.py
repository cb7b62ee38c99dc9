"""Float32 networks in MLX: the GPU of Apple silicon, and anywhere that MLX runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import mlx.core as mx
import numpy as np

from voxaffect.engines.interface import Array, Item, Result, Tensor


class MlxEngine:
    """See `voxaffect.engines.TensorEngine`. Its tensors must not be handed to another thread."""

    name = "mlx"

    def blocks(self, n_frames: int) -> list[slice]:
        """One: a GPU likes it large."""
        return [slice(0, n_frames)]

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """One after another: MLX's own scheduler runs them."""
        return [function(item) for item in items]

    def tensor(self, array: Array) -> Tensor:
        """A copy, on the device."""
        return mx.array(array)

    def to_numpy(self, tensor: Tensor) -> Array:
        """Computes it."""
        return np.array(tensor, dtype=np.float32)

    def concat(self, parts: Sequence[Tensor]) -> Tensor:
        """Along the first axis."""
        return mx.concatenate(list(parts), axis=0)

    def conv_weight(self, weight: Array) -> Tensor:
        """(out, in / groups, kernel) -> (out, kernel, in / groups)."""
        return mx.array(np.ascontiguousarray(weight.transpose(0, 2, 1)))

    def conv1d(
        self,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        *,
        stride: int = 1,
        padding: int = 0,
        groups: int = 1,
        gelu: bool = False,
    ) -> Tensor:
        """MLX's own."""
        out = mx.conv1d(x[None], weight, stride=stride, padding=padding, groups=groups)[0]
        out = out if bias is None else out + bias
        return _gelu(out) if gelu else out

    def linear(self, x: Tensor, weight: Tensor, bias: Tensor | None = None, *, gelu: bool = False) -> Tensor:
        """Product and sum in one."""
        out = x @ weight.T if bias is None else mx.addmm(bias, x, weight.T)
        return _gelu(out) if gelu else out

    def layer_norm(
        self,
        x: Tensor,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        *,
        eps: float = 1e-5,
        gelu: bool = False,
    ) -> Tensor:
        """MLX's own."""
        out = mx.fast.layer_norm(x, weight, bias, eps)
        return _gelu(out) if gelu else out

    def distance_bias(self, slopes: Array, n_frames: int, *, n_prefix: int = 0) -> Tensor:
        """(n_heads, prefix + frames, prefix + frames), whole: attention takes no other."""
        place = mx.arange(n_frames, dtype=mx.float32)
        distance = mx.abs(place[:, None] - place[None, :])  # (n_frames, n_frames)
        bias = -mx.array(slopes)[:, None, None] * distance
        return mx.pad(bias, [(0, 0), (n_prefix, 0), (n_prefix, 0)])

    def attention(
        self, q: Tensor, k: Tensor, v: Tensor, *, n_heads: int, bias: Tensor | None = None
    ) -> Tensor:
        """MLX's fused attention."""
        width = q.shape[1] // n_heads

        def by_head(x: Tensor) -> Tensor:
            return x.reshape(1, x.shape[0], n_heads, width).transpose(0, 2, 1, 3)  # (1, heads, T, width)

        mask: dict[str, Any] = {} if bias is None else {"mask": bias[None]}
        out = mx.fast.scaled_dot_product_attention(
            by_head(q), by_head(k), by_head(v), scale=width**-0.5, **mask
        )
        return out.transpose(0, 2, 1, 3).reshape(q.shape)

    def self_attention(
        self,
        x: Tensor,
        qkv: tuple[Tensor, Tensor],
        out: tuple[Tensor, Tensor],
        *,
        n_heads: int,
        spans: Sequence[slice],
        biases: Sequence[Tensor | None],
    ) -> Tensor:
        """One product for all three projections."""
        q, k, v = mx.split(self.linear(x, *qkv), 3, axis=1)  # each (N, C)
        heard = [
            self.attention(q[span], k[span], v[span], n_heads=n_heads, bias=bias)
            for span, bias in zip(spans, biases, strict=True)
        ]  # each (T, C)
        return self.linear(self.concat(heard), *out)

    def feed_forward(self, x: Tensor, up: tuple[Tensor, Tensor], down: tuple[Tensor, Tensor]) -> Tensor:
        """One after the other."""
        return self.linear(self.linear(x, *up, gelu=True), *down)


def _gelu(x: Tensor) -> Tensor:
    return x * (1 + mx.erf(x * 0.5**0.5)) / 2  # the tanh form would be 2e-2 off
