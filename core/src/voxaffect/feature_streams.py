"""The first stage of a pipeline along a stream: work that windows have in common is done once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voxaffect.baseline import SpeakerBaseline
from voxaffect.components import Features, FeatureStream, Stage, StreamingExtractor
from voxaffect.host import expect, plugin_boundary
from voxaffect.pipeline import Pipeline
from voxaffect.types import Audio


class FeatureStreams:
    """Of every extractor that offers one at this rate; the others hear each window anew."""

    def __init__(self, pipeline: Pipeline, rate_hz: int) -> None:
        self._pipeline = pipeline
        self._streams: dict[str, FeatureStream] = {}
        for name, extractor in pipeline.extractors.items():
            if isinstance(extractor, StreamingExtractor):
                with plugin_boundary(pipeline.named(Stage.EXTRACTOR, name)):
                    stream = extractor.stream(rate_hz)
                if stream is not None:
                    self._streams[name] = stream

    def feed(self, channels: npt.NDArray[np.float32]) -> None:
        """(n_samples, n_channels), the next ones."""
        if self._streams:
            samples = _mean(channels)
            for name, stream in self._streams.items():
                with plugin_boundary(self._pipeline.named(Stage.EXTRACTOR, name)):
                    stream.feed(samples)

    def extract(
        self,
        audio: Audio,
        channels: npt.NDArray[np.float32],
        start: int,
        *,
        baseline: SpeakerBaseline | None = None,
    ) -> dict[str, Features]:
        """As `Pipeline.extract` does it.

        Args:
            audio: the stretch, as `load_audio` gives it.
            channels: the same before it became one channel, (n_samples, n_channels).
            start: where in the stream it begins.
        """
        known = {} if baseline is None else baseline.features
        stop = start + len(channels)
        # Where channels cancel each other out, one of them is heard, which the streams were not fed.
        fed = channels.shape[1] == 1 or np.array_equal(audio.samples, _mean(channels))
        features = {}
        for name, extractor in self._pipeline.extractors.items():
            stream = self._streams.get(name) if fed else None
            what = self._pipeline.named(Stage.EXTRACTOR, name)
            with plugin_boundary(what):
                if stream is None:
                    measured = extractor.extract(audio, baseline=known.get(name))
                else:
                    measured = stream.features(start, stop, baseline=known.get(name))
                features[name] = expect(Features, measured, what)
        return features

    def forget(self, before: int) -> None:
        """No stretch to come begins before this sample."""
        for name, stream in self._streams.items():
            with plugin_boundary(self._pipeline.named(Stage.EXTRACTOR, name)):
                stream.forget(before)


def _mean(channels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    mean: npt.NDArray[np.float32] = channels[:, 0] if channels.shape[1] == 1 else channels.mean(axis=1)
    return mean
