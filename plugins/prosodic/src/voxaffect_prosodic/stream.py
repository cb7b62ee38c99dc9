"""The extractor's stream: the same features as of a clip, from frames that are measured once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from voxaffect import Audio, Features

from voxaffect_prosodic.carried_frames import CarriedFrames
from voxaffect_prosodic.measurement import BLOCK_S, Measurement, measure, measure_stretch
from voxaffect_prosodic.spectrum import HOP, RATE_HZ


class ProsodicStream:
    """See `voxaffect.components.FeatureStream`.

    Args:
        conclude: from a measurement and a baseline to features.
    """

    def __init__(self, conclude: Callable[[Measurement, Features | None], Features]) -> None:
        self._conclude = conclude
        self._frames = CarriedFrames()

    def feed(self, samples: npt.NDArray[np.float32]) -> None:
        """The next samples, (n_samples,)."""
        self._frames.feed(samples)

    def features(self, start: int, stop: int, *, baseline: Features | None = None) -> Features:
        """Those that `extract` gives for these samples."""
        if start % HOP == 0 and stop - start <= BLOCK_S * RATE_HZ:
            samples = self._frames.without_rumble(start, stop)
            measured = measure_stretch(samples, self._frames.stretch(start, samples))
        else:
            measured = measure(Audio(self._frames.samples(start, stop), RATE_HZ))
        return self._conclude(measured, baseline)

    def forget(self, before: int) -> None:
        """No stretch to come begins before this sample."""
        self._frames.forget(before)
