"""silero-vad's own network file, run by onnxruntime; neither the package nor PyTorch is imported."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voxaffect.errors import ComponentUnavailableError

FRAME, CONTEXT = 512, 64
"""Samples at 16 kHz that the network judges at a time, and that it is given of those before.

Source: silero-vad 6, `utils_vad.OnnxWrapper`.
"""

_RATE = np.array(16_000, np.int64)


def why_unavailable() -> str | None:
    """What is missing, with what to do; None where it can run."""
    if importlib.util.find_spec("onnxruntime") is None or _model_file() is None:
        return (
            "silero-vad needs its package and onnxruntime: pip install onnxruntime, then "
            "pip install --no-deps silero-vad (it declares PyTorch, which is not used here)"
        )
    return None


class SileroActivity:
    """One stream's state of silero-vad's network.

    Raises:
        ComponentUnavailableError: the packages are not there, or the file is not what this was written for.
    """

    name = "silero"
    frame = FRAME

    def __init__(self) -> None:
        reason = why_unavailable()
        if reason is not None:
            raise ComponentUnavailableError(reason)
        self._session = _session()
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context = np.zeros(CONTEXT, np.float32)
        self._rest = np.zeros(0, np.float32)

    def feed(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """(n_samples,) at 16 kHz -> (n_frames,) probabilities of speech."""
        waiting = np.concatenate([self._rest, samples])
        told = []
        for start in range(0, len(waiting) - FRAME + 1, FRAME):
            heard = np.concatenate([self._context, waiting[start : start + FRAME]])
            output, self._state = self._session.run(
                None, {"input": heard[np.newaxis], "state": self._state, "sr": _RATE}
            )
            self._context = heard[-CONTEXT:]
            told.append(float(output[0, 0]))
        self._rest = waiting[len(told) * FRAME :]
        return np.array(told)


def _model_file() -> Path | None:
    found = importlib.util.find_spec("silero_vad")  # does not import it
    for folder in (found.submodule_search_locations or []) if found else []:
        file = Path(folder) / "data" / "silero_vad.onnx"
        if file.is_file():
            return file
    return None


@functools.cache
def _session() -> Any:
    """One for all streams: it keeps nothing between calls."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # 0.1 ms of work: no threads to wait for
    session = onnxruntime.InferenceSession(
        str(_model_file()), sess_options=options, providers=["CPUExecutionProvider"]
    )
    inputs = {given.name for given in session.get_inputs()}
    if inputs != {"input", "state", "sr"}:
        raise ComponentUnavailableError(
            f"silero-vad's network takes {', '.join(sorted(inputs))}, not input, sr, state: "
            "install a version from 5 on"
        )
    return session
