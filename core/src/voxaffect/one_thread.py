"""Matrix products that stay on the calling thread.

OpenBLAS hands a product of more than 2**18 multiplications to all cores, and its threads wait by spinning.
For products as small as ours that gains nothing on an idle machine, and on a busy one it costs several times
the work itself: the F0 tracker took 21 ms in place of 3 with two cores at a load of 3.

How BLAS rounds depends on how many rows it is given, and under some kernels on a row's place among them. It
is always given as few as its kernels take at once, so that a frame reads the same wherever in a recording it
stands. On every kernel of OpenBLAS that `tests/benchmarks/blas_kernels.py` could run that is so to the last
bit; nothing relies on more than `voxaffect.testing.assert_measured_alike` allows.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Number = TypeVar("Number", np.float32, np.complex64)

ROWS = 4
"""At a time: what most of OpenBLAS's kernels take at once (param.h, SGEMM_DEFAULT_UNROLL_N). `right` may then
have 65,536 numbers before a block goes to all cores (interface/gemm.c, SMP_THRESHOLD_MIN *
GEMM_MULTITHREAD_THRESHOLD)."""


def matrix_product(left: npt.NDArray[Number], right: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """(n, k) @ (k, m) -> (n, m), a few rows at a time."""
    count, length = left.shape
    blocks = np.zeros((-(-count // ROWS), ROWS, length), left.dtype)
    blocks.reshape(-1, length)[:count] = left
    product: npt.NDArray[Number] = np.matmul(blocks, right).reshape(-1, right.shape[1])
    return product[:count]


def row_products(
    matrix: npt.NDArray[np.floating], vector: npt.NDArray[np.floating]
) -> npt.NDArray[np.floating]:
    """(n, k) @ (k,) -> (n,)."""
    products: npt.NDArray[np.floating] = np.einsum("nk,k->n", matrix, vector)
    return products
