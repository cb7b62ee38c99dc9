"""Make the weights of the built-in voice activity detector from silero-vad's package, and compare the two.

    pip install onnx onnxruntime && pip install --no-deps silero-vad
    python tests/benchmarks/speech_network.py CORPORA_DIR [--write]

silero-vad is MIT-licensed; its own PyTorch is not needed. Prints the largest difference of the probabilities
between onnxruntime's run of its network and ours, with its float32 weights and with those stored here, over
all recordings of vad_upc, and the time of each.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import voxaffect
from corpora import samples_16k
from numpy.lib.stride_tricks import sliding_window_view
from voxaffect.speech_network import CONTEXT, FRAME, WEIGHTS, SpeechNetwork, prepared

Array = npt.NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--write", action="store_true", help="the weights, in half precision")
    arguments = parser.parse_args()
    original = original_network()
    if original is None:
        parser.error("silero-vad is not installed")
    weights = weights_of(original)
    stored = Path(voxaffect.__file__).with_name(WEIGHTS)
    if arguments.write:
        np.savez(stored, **{name: value.astype(np.float16) for name, value in weights.items()})
    print(f"{stored.name}: {stored.stat().st_size / 1000:.0f} kB")
    compare(original, weights, sorted((arguments.corpora / "vad_upc").glob("*.flac")))


def original_network() -> Path | None:
    """The file in silero-vad's package, where that is installed; the package itself would need PyTorch."""
    found = importlib.util.find_spec("silero_vad")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "data" / "silero_vad_16k_op15.onnx"


class OriginalNetwork:
    """That file, run by onnxruntime on one thread."""

    def __init__(self, file: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(file), options)

    def feed(self, frames: Array) -> Array:
        """(n_frames, context and frame) of one recording from its beginning -> (n_frames,) probabilities."""
        state, told = np.zeros((2, 1, 128), np.float32), []
        for frame in frames:
            given = {"input": frame[np.newaxis], "state": state, "sr": np.array(16_000)}
            output, state = self._session.run(None, given)
            told.append(output[0, 0])
        return np.array(told)


def in_frames(samples: Array) -> Array:
    """(n_frames, context and frame), the first with silence before it; the rest of a frame is left out."""
    return sliding_window_view(np.pad(samples, (CONTEXT, 0)), CONTEXT + FRAME)[::FRAME]


def weights_of(file: Path) -> dict[str, Array]:
    """By our names, each (inputs, outputs)."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(file)).graph
    given = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.name == "value":
                given[node.output[0]] = numpy_helper.to_array(attribute.t)
    convolutions = [given[f"model.encoder.{n}.reparam_conv.weight"] for n in range(4)]  # (out, in, 3)
    # Of the third only two taps meet what is no padding, of the fourth only the middle one.
    taps = [slice(0, 3), slice(0, 3), slice(1, 3), slice(1, 2)]
    return {
        **{
            f"conv{n + 1}": each[:, :, tap].transpose(2, 1, 0).reshape(-1, each.shape[0])
            for n, (each, tap) in enumerate(zip(convolutions, taps, strict=True))
        },
        **{f"bias{n + 1}": given[f"model.encoder.{n}.reparam_conv.bias"] for n in range(4)},
        "input": given["model.decoder.rnn.weight_ih"].T,
        "recurrent": given["model.decoder.rnn.weight_hh"].T,
        "gates": given["model.decoder.rnn.bias_ih"] + given["model.decoder.rnn.bias_hh"],
        "decoder": given["model.decoder.decoder.2.weight"].reshape(-1),
        "bias": given["model.decoder.decoder.2.bias"],
    }


def compare(original: Path, weights: dict[str, Array], recordings: list[Path]) -> None:
    network = OriginalNetwork(original)
    seconds = theirs_s = ours_s = 0.0
    apart: dict[str, list[float]] = {"float32": [], "stored": []}
    flips = 0
    for recording in recordings:
        samples = samples_16k(recording)
        frames = in_frames(samples)
        start = time.perf_counter()
        theirs = network.feed(frames)
        theirs_s += time.perf_counter() - start
        exact = SpeechNetwork()
        exact._weights = prepared(weights)
        apart["float32"].append(float(np.abs(exact.feed(frames) - theirs).max()))
        start = time.perf_counter()
        ours = SpeechNetwork().feed(frames)
        ours_s += time.perf_counter() - start
        apart["stored"].append(float(np.abs(ours - theirs).max()))
        flips += int(np.sum((ours >= 0.5) != (theirs >= 0.5)))
        seconds += len(samples) / 16_000
    print(f"{len(recordings)} recordings, {seconds:.0f} s")
    for name, largest in apart.items():
        print(f"largest difference, {name} weights: {max(largest):.1e}")
    print(f"frames on the other side of 0.5 with the stored weights: {flips}")
    print(f"ms a second: onnxruntime {1000 * theirs_s / seconds:.2f}, ours {1000 * ours_s / seconds:.2f}")


if __name__ == "__main__":
    main()
