"""Several backends that hear the same sound, each part of which is measured once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from corpora import RATE_HZ
from voxaffect import Audio, EmotionResult, Features, Pipeline
from voxaffect.baseline import average_features
from voxaffect.pipeline import Measured
from voxaffect.spoken_part import spoken_part

Samples = npt.NDArray[np.float32]
Key = tuple[str, str]
"""Of an extractor: its name, and the options that the classifier wants it with."""


class Ears:
    """Backends by any names.

    An extractor that several of them need measures once for all. Where a speaker's own neutral clips are
    given, their mean is kept under a name, for the clips of the same speaker that follow.
    """

    def __init__(self, pipelines: Mapping[str, Pipeline]) -> None:
        self._pipelines = pipelines
        self._extractors = {
            _key(pipeline, name): extractor
            for pipeline in pipelines.values()
            for name, extractor in pipeline.extractors.items()
        }
        self._baselines: dict[Hashable, Mapping[Key, Features]] = {}

    def enrol(self, speaker: Hashable, clips: Sequence[Samples]) -> None:
        """Keep what these clips have in common under the speaker's name; clips without speech say nothing."""
        if speaker not in self._baselines:
            spoken = [part for part in (spoken_part(Audio(clip, RATE_HZ)) for clip in clips) if part]
            self._baselines[speaker] = {
                key: average_features([extractor.extract(part) for part in spoken])
                for key, extractor in self._extractors.items()
                if spoken
            }

    def hear(self, samples: Samples, speaker: Hashable = None) -> dict[str, EmotionResult]:
        """{name: what that backend says}, against the speaker's baseline where there is one."""
        audio = Audio(samples, RATE_HZ)
        spoken = spoken_part(audio)
        known = self._baselines.get(speaker, {})
        features: dict[Key, Features] = {}
        if spoken is not None:
            for key, extractor in self._extractors.items():
                features[key] = extractor.extract(spoken, baseline=known.get(key))
        return {
            name: pipeline.conclude(Measured(audio, spoken, _own(pipeline, features)))
            for name, pipeline in self._pipelines.items()
        }


def _own(pipeline: Pipeline, features: Mapping[Key, Features]) -> dict[str, Features]:
    return {name: features[_key(pipeline, name)] for name in pipeline.extractors if features}


def _key(pipeline: Pipeline, extractor: str) -> Key:
    options = getattr(pipeline.classifier, "extractor_options", {}).get(extractor, {})
    return extractor, repr(options)
