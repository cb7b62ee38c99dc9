"""Our network against FunASR's own, and proof that the comparison would show whatever is left out."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
import pytest
from voxaffect.engines import Array, Bias, TensorEngine, load_engine
from voxaffect.engines.numpy_engine import NumpyEngine
from voxaffect.weights import Weights
from voxaffect_emotion2vec.config import AUDIO, Emotion2vecConfig
from voxaffect_emotion2vec.model import Emotion2vecModel, alibi_slopes
from voxaffect_emotion2vec.windows import normalise

SECONDS = ("0.3", "1.2", "3.1")
TOLERANCE = 1e-4
"""Of the largest value; FunASR computes in float32 too."""

SHOWS = 100 * TOLERANCE
"""By how much an omission moves the embedding at least."""

Audio = Callable[[float], Array]


def relative(got: Array, wanted: Array) -> float:
    return float(np.abs(got - wanted).max() / np.abs(wanted).max())


def model_of(weights: Weights, engine: TensorEngine, **sizes: int) -> Emotion2vecModel:
    config = attrs.evolve(Emotion2vecConfig(**weights.config), **sizes)
    return Emotion2vecModel(config, weights.tensors, engine)


@pytest.mark.parametrize("seconds", SECONDS)
def test_embeddings_logits_and_probabilities_equal_those_of_funasr(
    seconds: str, small: Weights, expected: dict[str, Array], engine: TensorEngine, reference_audio: Audio
) -> None:
    (frames,) = model_of(small, engine).encode([normalise(reference_audio(float(seconds)))])
    embedding = frames.mean(axis=0)
    logits = small.tensors["proj.weight"] @ embedding + small.tensors["proj.bias"]
    scores = np.exp(logits) / np.exp(logits).sum()
    assert relative(frames, expected[f"{seconds}/frames"]) < TOLERANCE
    assert relative(embedding, expected[f"{seconds}/embedding"]) < TOLERANCE
    assert relative(logits, expected[f"{seconds}/logits"]) < TOLERANCE
    assert np.abs(scores - expected[f"{seconds}/scores"]).max() < 1e-5


def test_clips_of_different_lengths_in_one_batch_equal_single_runs(
    small: Weights, engine: TensorEngine, reference_audio: Audio
) -> None:
    model = model_of(small, engine)
    clips = [normalise(reference_audio(seconds)) for seconds in (1.2, 0.025, 3.1, 0.3)]
    for together, alone in zip(model.encode(clips), [model.encode([clip])[0] for clip in clips], strict=True):
        assert relative(together, alone) < 1e-5


class _WithoutAlibi(NumpyEngine):
    def distance_bias(self, slopes: Array, n_frames: int, *, n_prefix: int = 0) -> Bias:
        return super().distance_bias(0 * slopes, n_frames, n_prefix=n_prefix)


def _without(weights: Weights, *prefixes: str, **replaced: Array) -> Weights:
    kept = {name: array for name, array in weights.tensors.items() if not name.startswith(prefixes)}
    return attrs.evolve(weights, tensors={**kept, **replaced})


def without_alibi(small: Weights) -> Emotion2vecModel:
    return model_of(small, _WithoutAlibi())


def without_the_clamp_of_alibi(small: Weights) -> Emotion2vecModel:
    raw = small.tensors[AUDIO + "alibi_scale"].reshape(-1)

    class WithoutClamp(NumpyEngine):
        def distance_bias(self, slopes: Array, n_frames: int, *, n_prefix: int = 0) -> Bias:
            return super().distance_bias(alibi_slopes(len(raw)) * raw, n_frames, n_prefix=n_prefix)

    return model_of(small, WithoutClamp())


def with_slopes_of_a_power_of_two(small: Weights) -> Emotion2vecModel:
    scale = np.maximum(small.tensors[AUDIO + "alibi_scale"].reshape(-1), 0)
    even = 2 ** (-8 * np.arange(1, len(scale) + 1, dtype=np.float32) / len(scale))

    class EvenSlopes(NumpyEngine):
        def distance_bias(self, slopes: Array, n_frames: int, *, n_prefix: int = 0) -> Bias:
            return super().distance_bias(even * scale, n_frames, n_prefix=n_prefix)

    return model_of(small, EvenSlopes())


def without_extra_tokens(small: Weights) -> Emotion2vecModel:
    none = small.tensors[AUDIO + "extra_tokens"][:, :0]
    return model_of(_without(small, **{AUDIO + "extra_tokens": none}), NumpyEngine(), n_extra_tokens=0)


def without_prenet_blocks(small: Weights) -> Emotion2vecModel:
    fewer = _without(small, AUDIO + "context_encoder.blocks.")
    return model_of(fewer, NumpyEngine(), n_prenet_blocks=0)


def without_one_positional_convolution(small: Weights) -> Emotion2vecModel:
    fewer = _without(small, AUDIO + "relative_positional_encoder.5.")
    return model_of(fewer, NumpyEngine(), n_positional=4)


@pytest.mark.parametrize(
    "omit",
    [
        without_alibi,
        without_the_clamp_of_alibi,
        with_slopes_of_a_power_of_two,
        without_extra_tokens,
        without_prenet_blocks,
        without_one_positional_convolution,
    ],
)
def test_whatever_is_left_out_of_the_network_shows(
    omit: Callable[[Weights], Emotion2vecModel],
    small: Weights,
    expected: dict[str, Array],
    reference_audio: Audio,
) -> None:
    (frames,) = omit(small).encode([normalise(reference_audio(3.1))])
    assert relative(frames.mean(axis=0), expected["3.1/embedding"]) > SHOWS


def test_leaving_out_the_normalisation_of_the_waveform_shows(
    small: Weights, expected: dict[str, Array], reference_audio: Audio
) -> None:
    (frames,) = model_of(small, load_engine("numpy")).encode([reference_audio(3.1)])
    assert relative(frames.mean(axis=0), expected["3.1/embedding"]) > SHOWS
