"""The network that tells speech from everything else: silero-vad's, run by numpy alone.

Source: silero-vad 6 (MIT licence, Silero Team; speech_network.LICENSE.txt), its network for 16 kHz.
tests/benchmarks/speech_network.py makes the weights of that package's, in half precision, and compares.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from voxaffect.one_thread import matrix_product

FRAME, CONTEXT = 512, 64
"""Samples at 16 kHz that are judged at a time, and those before them that the network is given too."""

_FFT, _HOP = 256, 128
_UNITS = 128
_ENTER, _FORGET, _CANDIDATE, _LEAVE = (slice(n * _UNITS, (n + 1) * _UNITS) for n in range(4))
_IS_CANDIDATE = np.repeat(np.array([0, 0, 1, 0], np.float32), _UNITS)
_HALVED: Array = (1 + _IS_CANDIDATE) / np.float32(2)
_SHIFTED: Array = 1 - _HALVED
"""sigmoid(x) = tanh(x / 2) / 2 + 1 / 2; the candidate is tanh(x) itself."""

WEIGHTS = "speech_network.npz"

Array = npt.NDArray[np.float32]


class SpeechNetwork:
    """One stream's state: four convolutions over a frame's spectra, then a recurrent layer over frames."""

    def __init__(self) -> None:
        self._weights = _weights()
        self._output = np.zeros(_UNITS, np.float32)
        self._cell = np.zeros(_UNITS, np.float32)

    def feed(self, frames: Array) -> npt.NDArray[np.float64]:
        """(n_frames, CONTEXT + FRAME), the stream's next ones -> (n_frames,) probabilities of speech."""
        weights = self._weights
        given = matrix_product(self._encode(frames), weights["input"]) + weights["gates"]  # (n, 512)
        recurrent = weights["recurrent"]
        outputs = np.empty((len(frames), _UNITS), np.float32)
        output, cell = self._output, self._cell
        for number in range(len(frames)):
            gates = np.tanh(given[number] + np.matmul(output, recurrent).ravel()) * _HALVED + _SHIFTED
            cell = gates[_FORGET] * cell + gates[_ENTER] * gates[_CANDIDATE]
            output = gates[_LEAVE] * np.tanh(cell)
            outputs[number] = output
        self._output, self._cell = output, cell
        logits = np.maximum(outputs, 0) @ weights["decoder"] + weights["bias"]
        probabilities: npt.NDArray[np.float64] = 0.5 + 0.5 * np.tanh(0.5 * logits.astype(np.float64))
        return probabilities

    def _encode(self, frames: Array) -> Array:
        """(n, 576) -> (n, 128)."""
        weights, n = self._weights, len(frames)
        mirrored = np.concatenate([frames, frames[:, -2 : -2 - CONTEXT : -1]], axis=1)
        windowed = sliding_window_view(mirrored, _FFT, axis=1)[:, ::_HOP] * _hann()  # (n, 4, 256)
        spectra = np.abs(np.fft.rfft(windowed)).astype(np.float32)  # (n, 4, 129)
        # Convolutions over the four spectra; from the second on every other place is taken.
        hidden = _layer(_three_taps(spectra, stride=1), weights["conv1"], weights["bias1"])  # (n, 4, 128)
        hidden = _layer(_three_taps(hidden, stride=2), weights["conv2"], weights["bias2"])  # (n, 2, 64)
        # Of two places, and then of one, padding takes the other taps.
        hidden = _layer(hidden.reshape(n, -1), weights["conv3"], weights["bias3"])  # (n, 64)
        return _layer(hidden, weights["conv4"], weights["bias4"])  # (n, 128)


def _layer(values: Array, weights: Array, bias: Array) -> Array:
    """(..., k) -> (..., m), none below 0."""
    given = matrix_product(values.reshape(-1, values.shape[-1]), weights) + bias
    rectified: Array = np.maximum(given, 0, out=given).reshape(*values.shape[:-1], -1)
    return rectified


def _three_taps(values: Array, *, stride: int) -> Array:
    """(n, places, c) -> (n, places / stride, 3 c): each place with its neighbours, zeros beyond the ends."""
    n, places, channels = values.shape
    padded = np.zeros((n, places + 2, channels), np.float32)
    padded[:, 1:-1] = values
    return np.concatenate([padded[:, tap : tap + places : stride] for tap in range(3)], axis=2)


@functools.cache
def _hann() -> Array:
    """(256,) periodic."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FFT) / _FFT)).astype(np.float32)


def prepared(weights: Mapping[str, Array]) -> dict[str, Array]:
    """What is computed with, from the weights by name, each (inputs, outputs), with taps one after another.

    The gates' inputs are halved, so that one hyperbolic tangent serves gates and candidate alike; the
    recurrent weights, (8, 128, 64), are taken in blocks so small that BLAS stays on the calling thread.
    """
    halved = {name: weights[name] * _HALVED for name in ("input", "recurrent", "gates")}
    blocks = halved["recurrent"].reshape(_UNITS, -1, 64).transpose(1, 0, 2)
    ready = {**weights, **halved, "recurrent": blocks}
    return {name: np.ascontiguousarray(value, np.float32) for name, value in ready.items()}


@functools.cache
def _weights() -> dict[str, Array]:
    """One for all streams."""
    with resources.files("voxaffect").joinpath(WEIGHTS).open("rb") as file, np.load(file) as archive:
        return prepared({name: archive[name].astype(np.float32) for name in archive.files})
