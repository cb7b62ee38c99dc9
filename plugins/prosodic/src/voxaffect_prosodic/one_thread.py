"""Matrix products that stay on the calling thread.

OpenBLAS hands a product of more than 2**18 multiplications to all cores, and its threads wait by spinning.
For products as small as ours that gains nothing on an idle machine, and on a busy one it costs several times
the work itself: the F0 tracker took 21 ms in place of 3 with two cores at a load of 3.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Number = TypeVar("Number", np.float32, np.complex64)

MULTIPLICATIONS = 1 << 18
"""OpenBLAS, interface/gemm.c: SMP_THRESHOLD_MIN * GEMM_MULTITHREAD_THRESHOLD."""


def matrix_product(left: npt.NDArray[Number], right: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """(n, k) @ (k, m) -> (n, m), a few rows at a time."""
    rows = max(1, MULTIPLICATIONS // right.size)
    product = np.empty((len(left), right.shape[1]), left.dtype)
    for start in range(0, len(left), rows):
        np.matmul(left[start : start + rows], right, out=product[start : start + rows])
    return product


def row_products(
    matrix: npt.NDArray[np.floating], vector: npt.NDArray[np.floating]
) -> npt.NDArray[np.floating]:
    """(n, k) @ (k,) -> (n,)."""
    products: npt.NDArray[np.floating] = np.einsum("nk,k->n", matrix, vector)
    return products
