"""The operations that the speech networks need, so that each architecture stands once for every engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

Item = TypeVar("Item")
Result = TypeVar("Result")

Array = npt.NDArray[np.float32]

Tensor = Any
"""An engine's own array. Networks slice it along its axes and add two of them; nothing else."""

Bias = Any
"""What an engine adds to attention scores, in whatever form suits it."""

Affine = tuple[Tensor, Tensor]
"""Weight (out, in) and bias (out,)."""


class TensorEngine(Protocol):
    """Float32 inference on one device. No operation changes its arguments."""

    name: str

    def blocks(self, n_frames: int) -> list[slice]:
        """Stretches of a convolutional front end's output that suit this engine, in order."""
        ...

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Independent pieces of work, at once where this engine can."""
        ...

    def tensor(self, array: Array) -> Tensor:
        """Bring a numpy array over, without a copy where that can be."""
        ...

    def to_numpy(self, tensor: Tensor) -> Array:
        """Compute what has been put off, and bring it back."""
        ...

    def concat(self, parts: Sequence[Tensor]) -> Tensor:
        """[(T_i, C)] -> (sum of T_i, C)."""
        ...

    def conv_weight(self, weight: Array) -> Tensor:
        """(out, in / groups, kernel), PyTorch's layout, to the one that `conv1d` of this engine takes."""
        ...

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
        """(T, in) -> (T', out), frames first; `padding` zeros on both sides; erf-GELU where asked for."""
        ...

    def linear(self, x: Tensor, weight: Tensor, bias: Tensor | None = None, *, gelu: bool = False) -> Tensor:
        """(T, in) @ (out, in).T + (out,), then erf-GELU where asked for."""
        ...

    def layer_norm(
        self,
        x: Tensor,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        *,
        eps: float = 1e-5,
        gelu: bool = False,
    ) -> Tensor:
        """Over the last axis of (T, C), then erf-GELU where asked for."""
        ...

    def distance_bias(self, slopes: Array, n_frames: int, *, n_prefix: int = 0) -> Bias:
        """-slope * |i - j| for each head and pair of frames (ALiBi); 0 where either is one of the prefix.

        Args:
            slopes: (n_heads,).
            n_frames: without the prefix.
            n_prefix: tokens before the frames that have no place in time.
        """
        ...

    def attention(self, q: Tensor, k: Tensor, v: Tensor, *, n_heads: int, bias: Bias | None = None) -> Tensor:
        """softmax(q k' / sqrt(C / n_heads) + bias) v, a head each C / n_heads columns; (T, C) all four."""
        ...

    def self_attention(
        self,
        x: Tensor,
        qkv: Affine,
        out: Affine,
        *,
        n_heads: int,
        spans: Sequence[slice],
        biases: Sequence[Bias | None],
    ) -> Tensor:
        """Attention of each stretch of x to itself, its projections included: (N, C) -> (N, C).

        Args:
            x: (N, C), stretches one after another.
            qkv: of the queries, keys and values, (3 C, C) and (3 C,).
            out: of the result, (C, C) and (C,).
            n_heads: a head each C / n_heads columns.
            spans: the stretches; together all of x.
            biases: of each stretch; None for none.
        """
        ...

    def feed_forward(self, x: Tensor, up: Affine, down: Affine) -> Tensor:
        """(T, C) -> (T, C) through (T, hidden): linear, erf-GELU, linear."""
        ...
