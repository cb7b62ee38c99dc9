from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import ndimage, signal
from voxaffect_prosodic.moving import moving_maximum, moving_mean, moving_median, weighted_sum
from voxaffect_prosodic.prominence import prominent_peaks

RNG = np.random.default_rng(5)
CURVES = {
    "rough": RNG.standard_normal(500).astype(np.float32),
    "smooth": ndimage.gaussian_filter1d(RNG.standard_normal(900), 3).astype(np.float32),
    "with level tops and ends": np.round(ndimage.gaussian_filter1d(RNG.standard_normal(900), 3) * 8) / 8,
    "rising": np.arange(20, dtype=np.float32),
    "level": np.zeros(20, np.float32),
    "of one sample": np.ones(1, np.float32),
}
WEIGHTS = np.hanning(13)

SAME_IN_SCIPY: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "mean": (lambda x: moving_mean(x, 7), lambda x: ndimage.uniform_filter1d(x, 7, mode="nearest")),
    "maximum": (lambda x: moving_maximum(x, 7), lambda x: ndimage.maximum_filter1d(x, 7, mode="nearest")),
    "weighted sum": (
        lambda x: weighted_sum(x, WEIGHTS),
        lambda x: ndimage.correlate1d(x, WEIGHTS, mode="nearest"),
    ),
    "median": (
        lambda x: moving_median(x, min(31, len(x))),
        lambda x: ndimage.median_filter(x, min(31, len(x)), mode="reflect"),
    ),
}


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
@pytest.mark.parametrize("name", SAME_IN_SCIPY)
def test_windows_along_a_curve_give_what_scipy_gives(name: str, curve: Any) -> None:
    ours, theirs = SAME_IN_SCIPY[name]
    curve = curve.astype(np.float32)
    np.testing.assert_allclose(ours(curve), theirs(curve), atol=1e-6)


@pytest.mark.parametrize("distance", [1, 5, 20])
@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_peaks_that_stand_out_are_those_of_scipy(curve: Any, distance: int) -> None:
    # Of equal heights it is left open which one stays.
    curve = curve + 1e-9 * np.arange(len(curve)) * (len(np.unique(curve)) > 1 and distance > 1)
    for prominence in (0.0, 0.05, 0.3):
        theirs, _ = signal.find_peaks(curve, prominence=prominence, distance=distance)
        found = prominent_peaks(curve, prominence=prominence, distance=distance)
        np.testing.assert_array_equal(found, theirs)
