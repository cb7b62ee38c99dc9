"""The network that tells speech from everything else: silero-vad's, run by numpy alone.

Source: silero-vad 6 (MIT licence, Silero Team; speech_network.LICENSE.txt), its network for 16 kHz.
tests/benchmarks/speech_network.py makes the weights of that package's, in half precision, and compares.
"""

from __future__ import annotations

import functools
from importlib import resources

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

FRAME, CONTEXT = 512, 64
"""Samples at 16 kHz that are judged at a time, and those before them that the network is given too."""

_FFT, _HOP = 256, 128
_UNITS = 128
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
        inputs = self._encode(frames) @ weights["input"] + weights["gates"]
        logits = np.empty(len(frames), np.float32)
        output, cell = self._output, self._cell
        for number, given in enumerate(inputs):
            gates = given + output @ weights["recurrent"]
            candidate = np.tanh(gates[2 * _UNITS : 3 * _UNITS])
            enter, forget, _, leave = _logistic(gates).reshape(4, _UNITS)
            cell = forget * cell + enter * candidate
            output = leave * np.tanh(cell)
            logits[number] = np.maximum(output, 0) @ weights["decoder"]
        self._output, self._cell = output, cell
        return _logistic(logits + weights["bias"]).astype(np.float64)

    def _encode(self, frames: Array) -> Array:
        """(n, 576) -> (n, 128)."""
        weights, n = self._weights, len(frames)
        mirrored = np.concatenate([frames, frames[:, -2 : -2 - CONTEXT : -1]], axis=1)
        windowed = sliding_window_view(mirrored, _FFT, axis=1)[:, ::_HOP] * _hann()  # (n, 4, 256)
        spectra = np.abs(np.fft.rfft(windowed)).astype(np.float32)  # (n, 4, 129)
        # Convolutions over the four spectra; from the second on every other place is taken.
        hidden = _rectified(
            _three_taps(spectra, stride=1) @ weights["conv1"] + weights["bias1"]
        )  # (n, 4, 128)
        hidden = _rectified(_three_taps(hidden, stride=2) @ weights["conv2"] + weights["bias2"])  # (n, 2, 64)
        # Of two places, and then of one, padding takes the other taps.
        hidden = _rectified(hidden.reshape(n, -1) @ weights["conv3"] + weights["bias3"])  # (n, 64)
        return _rectified(hidden @ weights["conv4"] + weights["bias4"])  # (n, 128)


def _three_taps(values: Array, *, stride: int) -> Array:
    """(n, places, c) -> (n, places / stride, 3 c): each place with its neighbours, zeros beyond the ends."""
    n, places, channels = values.shape
    padded = np.zeros((n, places + 2, channels), np.float32)
    padded[:, 1:-1] = values
    return np.concatenate([padded[:, tap : tap + places : stride] for tap in range(3)], axis=2)


def _rectified(x: Array) -> Array:
    return np.maximum(x, 0, out=x)


def _logistic(x: Array) -> Array:
    """By the hyperbolic tangent, which overflows nowhere."""
    logistic: Array = np.float32(0.5) * (1 + np.tanh(np.float32(0.5) * x))
    return logistic


@functools.cache
def _hann() -> Array:
    """(256,) periodic."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FFT) / _FFT)).astype(np.float32)


@functools.cache
def _weights() -> dict[str, Array]:
    """One for all streams; by name, each (inputs, outputs), with taps one after another."""
    with resources.files("voxaffect").joinpath(WEIGHTS).open("rb") as file, np.load(file) as archive:
        return {name: archive[name].astype(np.float32) for name in archive.files}
