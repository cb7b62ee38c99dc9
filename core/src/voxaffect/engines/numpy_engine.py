"""Float32 networks in plain numpy, as fast as its BLAS, cache-sized blocks and all cores make them.

A matrix product runs at the machine's peak; what it must not meet is element-wise work on arrays that
have left the cache. So every element-wise chain runs on a block of rows at a time, in place, right after
the product that made it where the operation allows; and every operation is split among threads, each with
a BLAS of one thread (see `blas_threads`).
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import attrs
import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from voxaffect.engines.blas_threads import blas_threads
from voxaffect.engines.interface import Array, Item, Result

BLOCK_FRAMES = 50
"""A second of a front end at a time: larger ones fill the memory, smaller ones the cores badly."""

BLOCK_ELEMENTS = 65_536
"""256 KiB of float32: with two scratch arrays of that size it stays in a second-level cache."""

KEPT_BYTES = 31 * 2**20
"""Just below the most that glibc keeps (mallopt(3), M_MMAP_THRESHOLD)."""

WORTH_SPLITTING = 131_072
"""Elements of element-wise work for one thread, below which waking another takes longer."""

UNFOLDED_ELEMENTS = 4_000_000
"""Most elements of the unfolded input of a convolution at a time, 16 MB."""

SCORE_ELEMENTS = 262_144
"""Most attention scores of one head at a time, 1 MB, whatever the length of the clip."""

GELU_LOGIT = (
    1.5957684322589796,
    7.266856693123319e-2,
    -6.62599123872452e-5,
    -1.1048033955067088e-4,
    7.938221999365596e-6,
    -2.6689300796579695e-7,
    3.6112370348160187e-9,
)
"""log(Phi(x) / Phi(-x)) = x * poly(x^2), Phi the normal distribution: then GELU(x) = x * Phi(x) is
x / (1 + exp(-x * poly(x^2))), exact to 9e-7. A minimax fit of x * Phi(x) over |x| < 6.5 of our own; the
logit of Phi is smooth, so that one exp and this polynomial cost less than any erf."""


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
        """Of a second at most, as many for each thread."""
        count = -(-n_frames // BLOCK_FRAMES)
        count = min(n_frames, -(-count // self.n_threads) * self.n_threads)
        edges = [n_frames * i // count for i in range(count + 1)]
        return [slice(*pair) for pair in itertools.pairwise(edges)]

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
        edges = [length * i // count for i in range(count + 1)]
        return [slice(*pair) for pair in itertools.pairwise(edges)]

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
    ) -> Array:
        """One matrix product a group on the unfolded input."""
        width = x.shape[1] // groups
        kernel = weight.shape[1] // width
        if padding:
            x = np.pad(x, ((padding, padding), (0, 0)))
        n_out, channels = (len(x) - kernel) // stride + 1, len(weight)
        out = np.empty((n_out, channels), np.float32)
        rows = max(1, UNFOLDED_ELEMENTS // (kernel * width))

        def convolve(group: int) -> None:
            inputs = slice(group * width, (group + 1) * width)
            outputs = slice(group * channels // groups, (group + 1) * channels // groups)
            for start in range(0, n_out, rows):
                stop = min(start + rows, n_out)
                part = x[start * stride : (stop - 1) * stride + kernel, inputs]
                np.matmul(_unfold(part, kernel, stride), weight[outputs].T, out=out[start:stop, outputs])
            if bias is not None:
                out[:, outputs] += bias[outputs]

        self.map(convolve, range(groups))
        return out

    def linear(self, x: Array, weight: Array, bias: Array | None = None, *, gelu: bool = False) -> Array:
        """Columns at a time; bias and GELU while a block is in the cache."""
        out = np.empty((len(x), len(weight)), np.float32)

        def project(columns: slice) -> None:
            part = np.matmul(x, weight[columns].T, out=out[:, columns])
            for block in _blocks(part):
                if bias is not None:
                    block += bias[columns]
                if gelu:
                    _gelu_in_place(block)

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
            for source, block in zip(_blocks(x[rows]), _blocks(out[rows]), strict=True):
                np.subtract(source, (source @ averaging)[:, None], out=block)
                variance = np.einsum("tc,tc->t", block, block) / np.float32(x.shape[1])
                block *= (1 / np.sqrt(variance + np.float32(eps)))[:, None]
                if weight is not None:
                    block *= weight
                if bias is not None:
                    block += bias
                if gelu:
                    _gelu_in_place(block)

        self.map(norm, self._parts(len(x), least=-(-WORTH_SPLITTING // x.shape[1])))
        return out

    def distance_bias(self, slopes: Array, n_frames: int, *, n_prefix: int = 0) -> _DistanceBias:
        """One line of numbers a head: row i of the bias is a window of it."""
        distance = np.abs(np.arange(1 - n_frames, n_frames, dtype=np.float32))
        return _DistanceBias(-slopes[:, None] * distance, n_frames, n_prefix)

    def attention(
        self, q: Array, k: Array, v: Array, *, n_heads: int, bias: _DistanceBias | None = None
    ) -> Array:
        """Head by head and block of rows by block of rows: memory grows with the length, not its square."""
        length, width = len(q), q.shape[1] // n_heads
        out = np.empty(q.shape, np.float32)
        rows = max(1, min(length, SCORE_ELEMENTS // len(k)))
        ones = np.ones(len(k), np.float32)

        def attend(head: int) -> None:
            columns = slice(head * width, (head + 1) * width)
            memory = np.empty((rows, len(k)), np.float32)
            queries = q[:, columns] * np.float32(width**-0.5)  # (T, width)
            for start in range(0, length, rows):
                stop = min(start + rows, length)
                scores = np.matmul(queries[start:stop], k[:, columns].T, out=memory[: stop - start])
                if bias is not None:
                    bias.add_to(scores, head, start)
                scores -= scores.max(axis=1, keepdims=True)
                np.exp(scores, out=scores)
                attended = scores @ v[:, columns]  # (rows, width)
                np.divide(attended, (scores @ ones)[:, None], out=out[start:stop, columns])

        self.map(attend, range(n_heads))
        return out


@attrs.frozen(eq=False)
class _DistanceBias:
    """`by_distance`: (n_heads, 2 n_frames - 1), from the most negative j - i to the most positive."""

    by_distance: Array
    n_frames: int
    n_prefix: int

    def add_to(self, scores: Array, head: int, start: int) -> None:
        """To the rows `start`.. of (prefix + frames, prefix + frames), in place."""
        skipped = max(0, self.n_prefix - start)  # rows of the prefix in this block
        first = start + skipped - self.n_prefix
        rows = scores[skipped:, self.n_prefix :]
        windows = sliding_window_view(self.by_distance[head], self.n_frames)[::-1]  # (n_frames, n_frames)
        rows += windows[first : first + len(rows)]


def _unfold(x: Array, kernel: int, stride: int) -> Array:
    """(T, C), perhaps a slice of columns -> (T', kernel * C): each row the context of one output frame."""
    n_out = (len(x) - kernel) // stride + 1
    by_frame, by_channel = x.strides
    shape, strides = (n_out, kernel, x.shape[1]), (by_frame * stride, by_frame, by_channel)
    return as_strided(x, shape, strides, writeable=False).reshape(n_out, -1)


def _blocks(x: Array) -> Iterator[Array]:
    """Views of a few rows each."""
    rows = max(1, BLOCK_ELEMENTS // x.shape[1])
    return (x[start : start + rows] for start in range(0, len(x), rows))


def _gelu_in_place(x: Array) -> None:
    logit = np.empty_like(x)
    with np.errstate(over="ignore"):  # far below 0 the exp is infinite and the quotient rightly -0
        square = x * x
        np.multiply(square, np.float32(-GELU_LOGIT[-1]), out=logit)
        for coefficient in GELU_LOGIT[-2:0:-1]:
            logit -= np.float32(coefficient)
            logit *= square
        logit -= np.float32(GELU_LOGIT[0])
        logit *= x
        np.exp(logit, out=logit)
    logit += np.float32(1)
    x /= logit
