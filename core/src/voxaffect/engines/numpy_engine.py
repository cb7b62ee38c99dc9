"""Float32 networks in plain numpy, as fast as its BLAS, cache-sized blocks and all cores make them.

A matrix product runs at the machine's peak; the rest is kept small. Work is split among threads by its
meaning, each with a BLAS of one thread (see `blas_threads`), and into as few and as large pieces as there
are threads: waking a thread costs as much as a small operation. So a thread goes through a whole attention
with its heads, through a whole feed-forward with its hidden units, and the shares are summed once.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.lib.stride_tricks import as_strided

from voxaffect.engines.blas_threads import blas_threads
from voxaffect.engines.interface import Array, Item, Result
from voxaffect.engines.numpy_attention import DistanceBias, attend
from voxaffect.engines.numpy_elementwise import BLOCK_ELEMENTS, gelu_in_place, row_blocks

BLOCK_FRAMES = 75
"""1.5 s of a front end at a time: larger ones fill the memory, smaller ones the cores badly."""

KEPT_BYTES = 31 * 2**20
"""Just below the most that glibc keeps (mallopt(3), M_MMAP_THRESHOLD)."""

WORTH_SPLITTING = 131_072
"""Elements of element-wise work for one thread, below which waking another takes longer."""

UNFOLDED_ELEMENTS = 4_000_000
"""Most elements of the unfolded input of a convolution at a time, 16 MB."""

REGISTER_ROWS = 16
"""OpenBLAS's AVX-512 and AVX2 kernels take so many rows at a time; 159 take longer than 160..."""

MOST_ADDED_ROWS = 5
"""...and 50 as long as 56: with more than these, zeros cost more than they save."""

MOST_PADDED_ROWS = 240
"""Of more, the remainder is a small part, and rows of a power of two would share lines of the cache."""


class NumpyEngine:
    """See `voxaffect.engines.TensorEngine`.

    It uses as many threads as numpy's BLAS would: OPENBLAS_NUM_THREADS sets them.
    """

    name = "numpy"

    def __init__(self) -> None:
        # The C library's allocator learns from what is freed that blocks of this size are worth keeping;
        # without, each operation would have fresh pages mapped and cleared. None is touched here.
        np.empty(KEPT_BYTES, np.uint8)
        self._blas = blas_threads()
        self.n_threads = 1 if self._blas is None else self._blas.usual
        self._workers = ThreadPoolExecutor(max(1, self.n_threads - 1), "voxaffect-numpy")
        self._local = threading.local()  # .busy in a thread that does one of several pieces

    def blocks(self, n_frames: int) -> list[slice]:
        """Of 1.5 s at most, as many for each thread."""
        count = -(-n_frames // BLOCK_FRAMES)
        return _edges(n_frames, min(n_frames, -(-count // self.n_threads) * self.n_threads))

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Each thread takes the next piece when it is free, this one too; pieces are not split again."""
        pieces = list(items)
        if self._blas is None or self.n_threads == 1 or len(pieces) == 1 or self._is_busy():
            return [function(piece) for piece in pieces]
        results: dict[int, Result] = {}
        remaining = iter(enumerate(pieces))  # next() on it is atomic

        def work() -> None:
            self._local.busy = True
            try:
                for i, piece in remaining:
                    results[i] = function(piece)
            finally:
                self._local.busy = False

        with self._blas.single():
            helpers = [self._workers.submit(work) for _ in range(min(self.n_threads, len(pieces)) - 1)]
            try:
                work()
            finally:
                failures = [helper.exception() for helper in helpers]  # waits for all of them
        for failure in filter(None, failures):
            raise failure
        return [results[i] for i in range(len(pieces))]

    def _is_busy(self) -> bool:
        return getattr(self._local, "busy", False)

    def _parts(self, length: int, *, least: int) -> list[slice]:
        """About two for each thread, so that a slow one does not keep the others waiting."""
        count = max(1, min(2 * self.n_threads, length // least)) if self.n_threads > 1 else 1
        return _edges(length, count)

    def tensor(self, array: Array) -> Array:
        """The array itself."""
        return array

    def to_numpy(self, tensor: Array) -> Array:
        """The array itself."""
        return tensor

    def concat(self, parts: Sequence[Array]) -> Array:
        """Without a copy where there is only one."""
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def conv_weight(self, weight: Array) -> Array:
        """(out, in / groups, kernel) -> (out, kernel * in / groups): a frame's context is one row."""
        return np.ascontiguousarray(weight.transpose(0, 2, 1)).reshape(len(weight), -1)

    def conv1d(
        self,
        x: Array,
        weight: Array,
        bias: Array | None = None,
        *,
        stride: int = 1,
        padding: int = 0,
        groups: int = 1,
        gelu: bool = False,
    ) -> Array:
        """One matrix product a group on the unfolded input, groups or frames shared among the threads."""
        width, channels = x.shape[1] // groups, len(weight) // groups
        kernel = weight.shape[1] // width
        if padding:
            x = np.pad(x, ((padding, padding), (0, 0)))
        n_out = (len(x) - kernel) // stride + 1
        out = np.empty((n_out, groups * channels), np.float32)
        across = self._shares(groups)
        frame_elements = -(-groups // len(across)) * kernel * width
        n_stretches = -(-n_out * frame_elements // UNFOLDED_ELEMENTS)
        along = _edges(n_out, min(n_out, max(n_stretches, self.n_threads // len(across))))

        def convolve(piece: tuple[slice, slice]) -> None:
            group, frames = piece
            columns = slice(group.start * channels, group.stop * channels)
            context = x[frames.start * stride : (frames.stop - 1) * stride + kernel]
            inputs = slice(group.start * width, group.stop * width)
            unfolded = _unfold(context[:, inputs], kernel, stride, groups=group.stop - group.start)
            by_group = weight[columns].reshape(-1, channels, kernel * width).transpose(0, 2, 1)
            heard = out[frames, columns].reshape(-1, group.stop - group.start, channels)
            np.matmul(unfolded, by_group, out=heard.transpose(1, 0, 2))
            for block in row_blocks(out[frames, columns]):
                if bias is not None:
                    block += bias[columns]
                if gelu:
                    gelu_in_place(block)

        self.map(convolve, list(itertools.product(across, along)))
        return out

    def linear(self, x: Array, weight: Array, bias: Array | None = None, *, gelu: bool = False) -> Array:
        """Columns at a time; bias and GELU while a block is in the cache."""
        out = np.empty((len(x), len(weight)), np.float32)

        def project(columns: slice) -> None:
            part = np.matmul(x, weight[columns].T, out=out[:, columns])
            for block in row_blocks(part):
                if bias is not None:
                    block += bias[columns]
                if gelu:
                    gelu_in_place(block)

        self.map(project, self._parts(len(weight), least=128))
        return out

    def layer_norm(
        self,
        x: Array,
        weight: Array | None = None,
        bias: Array | None = None,
        *,
        eps: float = 1e-5,
        gelu: bool = False,
    ) -> Array:
        """Mean and variance by dot products, which are the fastest sums that numpy has."""
        out = np.empty_like(x)
        averaging = np.full(x.shape[1], 1 / x.shape[1], np.float32)

        def norm(rows: slice) -> None:
            for source, block in zip(row_blocks(x[rows]), row_blocks(out[rows]), strict=True):
                np.subtract(source, (source @ averaging)[:, None], out=block)
                variance = np.einsum("tc,tc->t", block, block) / np.float32(x.shape[1])
                block *= (1 / np.sqrt(variance + np.float32(eps)))[:, None]
                if weight is not None:
                    block *= weight
                if bias is not None:
                    block += bias
                if gelu:
                    gelu_in_place(block)

        self.map(norm, self._parts(len(x), least=-(-WORTH_SPLITTING // x.shape[1])))
        return out

    def distance_bias(self, slopes: Array, n_frames: int, *, n_prefix: int = 0) -> DistanceBias:
        """One line of numbers a head: row i of the bias is a window of it."""
        distance = np.abs(np.arange(1 - n_frames, n_frames, dtype=np.float32))
        return DistanceBias(-slopes[:, None] * distance, n_frames, n_prefix)

    def attention(
        self, q: Array, k: Array, v: Array, *, n_heads: int, bias: DistanceBias | None = None
    ) -> Array:
        """A few heads for each thread."""
        out = np.empty(q.shape, np.float32)
        by_head = [x.reshape(len(x), n_heads, -1).transpose(1, 2, 0) for x in (q, k, v, out)]

        def hear(heads: slice) -> None:
            queries, keys, values, heard = (x[heads] for x in by_head)  # (heads, width, T)
            attend(queries, keys, values, heard, bias and bias.of(heads))

        self.map(hear, self._shares(n_heads))
        return out

    def self_attention(
        self,
        x: Array,
        qkv: tuple[Array, Array],
        out: tuple[Array, Array],
        *,
        n_heads: int,
        spans: Sequence[slice],
        biases: Sequence[DistanceBias | None],
    ) -> Array:
        """Each thread takes some heads from x to their share of the result: it waits for the others once."""
        n_tokens, dim = x.shape
        width = dim // n_heads
        x = _padded(x)
        weights, offsets = qkv[0].reshape(3, dim, dim), qkv[1].reshape(3, dim)

        def hear(heads: slice) -> Array:
            columns = slice(heads.start * width, heads.stop * width)
            projected = [
                _project(x, *pair) for pair in zip(weights[:, columns], offsets[:, columns], strict=True)
            ]
            queries, keys, values = (
                each.reshape(-1, width, len(x)) for each in projected
            )  # (heads, width, N)
            heard = np.zeros_like(queries)
            for span, bias in zip(spans, biases, strict=True):
                q, k, v, attended = (each[..., span] for each in (queries, keys, values, heard))
                attend(q, k, v, attended, bias and bias.of(heads))
            return out[0][:, columns] @ heard.reshape(-1, len(x))  # (D, N)

        return _summed(self.map(hear, self._shares(n_heads)), out[1], n_tokens)

    def feed_forward(self, x: Array, up: tuple[Array, Array], down: tuple[Array, Array]) -> Array:
        """Each thread takes some hidden units from x to their share of the result."""
        n_tokens = len(x)
        x = _padded(x)

        def pass_through(units: slice) -> Array:
            hidden = _project(x, up[0][units], up[1][units], gelu=True)  # (units, N)
            return down[0][:, units] @ hidden  # (D, N)

        return _summed(self.map(pass_through, self._shares(len(up[0]))), down[1], n_tokens)

    def _shares(self, count: int) -> list[slice]:
        """As many as there are threads."""
        return _edges(count, min(self.n_threads, count))


def _edges(length: int, count: int) -> list[slice]:
    """`count` stretches of about the same length."""
    edges = [length * i // count for i in range(count + 1)]
    return [slice(*pair) for pair in itertools.pairwise(edges)]


def _project(x: Array, weight: Array, bias: Array, *, gelu: bool = False) -> Array:
    """(N, in) -> (out, N): channels first, in which order products of few frames are the fastest."""
    out = weight @ x.T
    rows = max(1, BLOCK_ELEMENTS // len(x))
    for start in range(0, len(out), rows):
        block = out[start : start + rows]
        block += bias[start : start + rows, None]
        if gelu:
            gelu_in_place(block)
    return out


def _padded(x: Array) -> Array:
    """(N, C), with rows of zeros up to whole registers where that is worth it."""
    missing = -len(x) % REGISTER_ROWS
    if not 0 < missing <= MOST_ADDED_ROWS or len(x) > MOST_PADDED_ROWS:
        return x
    return np.concatenate([x, np.zeros((missing, x.shape[1]), np.float32)])


def _summed(shares: Sequence[Array], bias: Array, n_tokens: int) -> Array:
    """[(D, N)], N padded -> (n_tokens, D)."""
    total = shares[0]
    for share in shares[1:]:
        total += share
    return np.add(total[:, :n_tokens].T, bias, out=np.empty((n_tokens, len(bias)), np.float32))


def _unfold(x: Array, kernel: int, stride: int, *, groups: int) -> Array:
    """(T, groups * C), perhaps a slice of columns -> (groups, T', kernel * C): a row an output's context."""
    n_out, width = (len(x) - kernel) // stride + 1, x.shape[1] // groups
    by_frame, by_channel = x.strides
    shape = (groups, n_out, kernel, width)
    strides = (width * by_channel, by_frame * stride, by_frame, by_channel)
    rows = as_strided(x, shape, strides, writeable=False).reshape(groups, n_out, -1)
    return np.ascontiguousarray(rows)  # rows may overlap, which no BLAS takes
