"""A speaker's own usual voice, against which their other clips are measured."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import platformdirs
from attrs.validators import deep_mapping

from voxaffect._validate import one_of, require
from voxaffect.components import Features
from voxaffect.errors import ConfigurationError, InvalidValueError, UnknownNameError, reason_of
from voxaffect.text_file import read_text
from voxaffect.whole_file import whole_file

MIN_SAMPLES, MAX_SAMPLES = 3, 5
FORMAT_VERSION = 3
EVERYBODY_SAMPLES = 3
"""Utterances of a speaker that the mean over all people counts for where it is mixed with theirs."""

MAX_NAME = 100


@attrs.frozen(eq=False)
class SpeakerBaseline:
    """What a speaker usually sounds like.

    Attributes:
        features: {extractor: mean features, with the utterances that they are the mean of}.
    """

    features: Mapping[str, Features] = attrs.field(
        validator=deep_mapping(one_of(str), one_of(Features), one_of(Mapping))
    )

    @property
    def n_samples(self) -> float:
        """Recordings or utterances that it is made of, by the extractor that has most; 0 without any."""
        return max((each.n_samples for each in self.features.values()), default=0)


def average_features(samples: Sequence[Features], weights: Sequence[float] | None = None) -> Features:
    """The mean of each functional over the samples that have it, and of the embeddings.

    Args:
        weights: of the samples, above 0; if None, each counts for the `n_samples` that it is the mean of.

    Returns:
        Features whose `n_samples` is the sum of the weights.
    """
    weights = [each.n_samples for each in samples] if weights is None else weights
    weighed: dict[str, list[tuple[float, float]]] = {}
    for sample, weight in zip(samples, weights, strict=True):
        for name, value in sample.functionals.items():
            weighed.setdefault(name, []).append((value, weight))
    functionals = {
        name: math.fsum(value * weight for value, weight in pairs) / math.fsum(weight for _, weight in pairs)
        for name, pairs in sorted(weighed.items())
    }
    there = [(s.embedding, w) for s, w in zip(samples, weights, strict=True) if s.embedding is not None]
    embedding = None
    if there:
        embedding = np.average([e for e, _ in there], axis=0, weights=[w for _, w in there])
        embedding = embedding.astype(np.float32)
    return Features(functionals=functionals, embedding=embedding, n_samples=math.fsum(weights))


def usual_value(baseline: Features | None, functional: str, everybody: float) -> float:
    """What a functional usually is in a speaker's voice, by what is known of them.

    Few utterances tell it only roughly: everybody's mean counts as much as `EVERYBODY_SAMPLES` of theirs.

    Args:
        everybody: mean over people.
    """
    own = None if baseline is None else baseline.functionals.get(functional)
    if baseline is None or own is None:
        return everybody
    count = baseline.n_samples
    return (count * own + EVERYBODY_SAMPLES * everybody) / (count + EVERYBODY_SAMPLES)


class BaselineStore:
    """Baselines on disk: one JSON file a speaker, with means of measurements and no sound.

    Args:
        directory: where; the user's data directory (`platformdirs.user_data_path`) if None.
    """

    def __init__(self, directory: str | Path | None = None) -> None:
        require(
            directory,
            str | os.PathLike | None,
            "directory must be a path",
            instead="leave it out for the user's own",
        )
        default = platformdirs.user_data_path("voxaffect") / "baselines"
        self.directory = default if directory is None else Path(directory)

    def names(self) -> tuple[str, ...]:
        """The speakers that have one."""
        return tuple(sorted(path.stem for path in self.directory.glob("*.json")))

    def save(self, name: str, baseline: SpeakerBaseline) -> Path:
        """Write, in place of an earlier one of that name; returns the file.

        Raises:
            InvalidValueError: a name other than letters, digits, `-`, `_` and `.` inside, 100 at most.
            ConfigurationError: the folder cannot be written, or a measurement is not finite.
        """
        require(
            baseline,
            SpeakerBaseline,
            "what is stored must be a SpeakerBaseline",
            instead="VoiceEmotionDetector.calibrate_baseline makes one",
        )
        path = self.path_of(name)
        content = {
            "version": FORMAT_VERSION,
            "features": {
                extractor: {
                    "n_samples": float(features.n_samples),
                    "functionals": dict(features.functionals),
                    "embedding": None if features.embedding is None else features.embedding.tolist(),
                }
                for extractor, features in baseline.features.items()
            },
        }
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as partial:
                partial.write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(f"cannot write the baseline {path}: {reason_of(error)}") from error
        return path

    def load(self, name: str) -> SpeakerBaseline:
        """Read one.

        Raises:
            UnknownNameError: no baseline of that name.
            ConfigurationError: a file that is damaged or of another version.
        """
        path = self._existing(name, f"Make one: voxaffect speakers calibrate {name} FILE FILE FILE")
        try:
            content = json.loads(read_text(path))
            if content["version"] != FORMAT_VERSION:
                raise ConfigurationError(
                    f"{path} has version {content['version']!r}, this voxaffect reads {FORMAT_VERSION}: "
                    "calibrate again"
                )
            features = {extractor: _features(stored) for extractor, stored in content["features"].items()}
            return SpeakerBaseline(features)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ConfigurationError(f"{path} is damaged ({reason_of(error)}): calibrate again") from error

    def delete(self, name: str) -> None:
        """Remove one.

        Raises:
            UnknownNameError: no baseline of that name.
            ConfigurationError: it cannot be removed.
        """
        path = self._existing(name)
        try:
            path.unlink()
        except OSError as error:
            raise ConfigurationError(f"cannot delete the baseline {path}: {reason_of(error)}") from error

    def path_of(self, name: str) -> Path:
        """Where the baseline of that name is or would be.

        Raises:
            InvalidValueError: see `save`.
        """
        good = isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", name)
        if not good or len(name) > MAX_NAME:
            raise InvalidValueError(
                f"a baseline's name takes up to {MAX_NAME} letters, digits, '-', '_' and '.' inside, "
                f"got {name!r}"
            )
        return self.directory / f"{name}.json"

    def _existing(self, name: str, hint: str = "") -> Path:
        path = self.path_of(name)
        if not path.exists():
            raise UnknownNameError("baseline", name, self.names(), hint=hint)
        return path


def _features(stored: Mapping[str, Any]) -> Features:
    functionals, embedding = stored["functionals"], stored["embedding"]
    if not isinstance(functionals, Mapping):
        raise ValueError("functionals must be a table")
    return Features(
        functionals={str(key): float(value) for key, value in functionals.items()},
        embedding=None if embedding is None else np.asarray(embedding, np.float32),
        n_samples=float(stored["n_samples"]),
    )
