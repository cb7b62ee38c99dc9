"""Matrix products that stay on the calling thread.

OpenBLAS hands a product of more than 2**18 multiplications to all cores, and its threads wait by spinning.
For products as small as ours that gains nothing on an idle machine, and on a busy one it costs several times
the work itself: the F0 tracker took 21 ms in place of 3 with two cores at a load of 3.

How BLAS rounds depends on how many rows it is given. Here it is always given the same number, so that a frame
reads the same to the last bit wherever in a recording it stands; a stream relies on that.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Number = TypeVar("Number", np.float32, np.complex64)

MULTIPLICATIONS = 1 << 18
"""OpenBLAS, interface/gemm.c: SMP_THRESHOLD_MIN * GEMM_MULTITHREAD_THRESHOLD."""


MOST_ROWS = 64
"""At a time: what is left over at the end is filled up with zeros to as many."""


def matrix_product(left: npt.NDArray[Number], right: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """(n, k) @ (k, m) -> (n, m), a few rows at a time."""
    # An odd number takes BLAS longer than the even one below it.
    rows = min(MOST_ROWS, max(1, MULTIPLICATIONS // right.size // 2 * 2))
    whole = len(left) // rows * rows
    product = np.empty((-(-len(left) // rows) * rows, right.shape[1]), left.dtype)
    for start in range(0, whole, rows):
        np.matmul(left[start : start + rows], right, out=product[start : start + rows])
    if whole < len(left):
        rest = np.zeros((rows, left.shape[1]), left.dtype)
        rest[: len(left) - whole] = left[whole:]
        np.matmul(rest, right, out=product[whole:])
    return product[: len(left)]


def row_products(
    matrix: npt.NDArray[np.floating], vector: npt.NDArray[np.floating]
) -> npt.NDArray[np.floating]:
    """(n, k) @ (k,) -> (n,)."""
    products: npt.NDArray[np.floating] = np.einsum("nk,k->n", matrix, vector)
    return products
