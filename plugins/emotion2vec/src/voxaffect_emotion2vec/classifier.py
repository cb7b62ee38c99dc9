"""`Emotion2vecClassifier`: embeddings to nine emotions, of the clip and along it."""

from __future__ import annotations

import os
from collections.abc import Mapping

import attrs
import numpy as np
import numpy.typing as npt
from voxaffect import Classification, Features
from voxaffect.errors import ConfigurationError
from voxaffect.weights import load_weights

from voxaffect_emotion2vec.labels import CLASS_DIMENSIONS, english_label, is_used
from voxaffect_emotion2vec.weights import CATALOGUE, DEFAULT_VARIANT

EXTRACTOR = "emotion2vec"
EXPLAINED = 3
"""Classes named in the explanation."""


@attrs.frozen(eq=False)
class Timeline:
    """The classes along a clip.

    Attributes:
        labels: of the columns.
        probabilities: (T, n_labels), each row sums to 1.
        frame_s: seconds from one row to the next.
    """

    labels: tuple[str, ...]
    probabilities: npt.NDArray[np.float64]
    frame_s: float


class Emotion2vecClassifier:
    """The checkpoint's own linear head and softmax.

    Args:
        variant, weights: as for `Emotion2vecExtractor`, which is given the same unless it has its own.

    Raises:
        WeightsMissingError: no weights; the message has the command to get them.
        ConfigurationError: weights without a head, or with classes that nothing is known of.
    """

    requires = (EXTRACTOR,)

    def __init__(
        self, *, variant: str = DEFAULT_VARIANT, weights: str | os.PathLike[str] | None = None
    ) -> None:
        self.extractor_options = {EXTRACTOR: {"variant": variant, "weights": weights}}
        loaded = load_weights(CATALOGUE, variant, weights)
        if "proj.weight" not in loaded.tensors:
            raise ConfigurationError(
                f"the weights of {loaded.variant} have no head: they give embeddings, no classes; "
                f"choose others, e.g. variant = {DEFAULT_VARIANT!r}"
            )
        weight, bias = loaded.tensors["proj.weight"], loaded.tensors["proj.bias"]
        if len(loaded.labels) != len(bias):
            raise ConfigurationError(
                f"the weights of {loaded.variant} have {len(bias)} classes and {len(loaded.labels)} labels"
            )
        used = np.array([is_used(label) for label in loaded.labels])
        self._weight, self._bias = weight[used].astype(np.float64), bias[used].astype(np.float64)
        self.labels = tuple(english_label(label) for label in loaded.labels if is_used(label))
        strange = sorted(set(self.labels) - set(CLASS_DIMENSIONS))
        if strange or len(set(self.labels)) < len(self.labels):
            raise ConfigurationError(
                f"the labels of {loaded.variant} must be different ones of {', '.join(CLASS_DIMENSIONS)}; "
                f"got {', '.join(self.labels)}"
            )

    def classify(self, features: Mapping[str, Features]) -> Classification:
        """The probabilities of the clip's embedding; no speech where there is none."""
        heard = features[EXTRACTOR]
        if heard.embedding is None:
            return Classification(speech=False)
        probabilities = self._probabilities(heard.embedding[None])[0]  # (n_labels,)
        by_label = dict(zip(self.labels, map(float, probabilities), strict=True))
        likeliest = sorted(by_label, key=by_label.__getitem__, reverse=True)[:EXPLAINED]
        return Classification(
            probabilities=by_label,
            label_dimensions={label: CLASS_DIMENSIONS[label] for label in self.labels},
            embedding=heard.embedding,
            explanation=tuple(f"{label} {by_label[label]:.0%}" for label in likeliest),
        )

    def timeline(self, features: Features) -> Timeline | None:
        """The probabilities of every frame; None where there was nothing to embed.

        The head is linear, so the mean of the frames' logits is the clip's.
        """
        if features.frames is None or features.frame_s is None:
            return None
        return Timeline(self.labels, self._probabilities(features.frames), features.frame_s)

    def _probabilities(self, embeddings: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """(T, D) -> (T, n_labels)."""
        if embeddings.shape[1] != self._weight.shape[1]:
            raise ConfigurationError(
                f"the extractor's embeddings have {embeddings.shape[1]} dimensions, the classifier's weights "
                f"take {self._weight.shape[1]}: give both the same variant"
            )
        logits = embeddings @ self._weight.T + self._bias
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: npt.NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
        return probabilities
