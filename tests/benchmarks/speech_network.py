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
    found = importlib.util.find_spec("silero_vad")
    if found is None or found.origin is None:
        parser.error("silero-vad is not installed")
    original = Path(found.origin).parent / "data" / "silero_vad_16k_op15.onnx"
    weights = weights_of(original)
    stored = Path(voxaffect.__file__).with_name(WEIGHTS)
    if arguments.write:
        np.savez(stored, **{name: value.astype(np.float16) for name, value in weights.items()})
    print(f"{stored.name}: {stored.stat().st_size / 1000:.0f} kB")
    compare(original, weights, sorted((arguments.corpora / "vad_upc").glob("*.flac")))


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
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(original), options)
    seconds = theirs_s = ours_s = 0.0
    apart: dict[str, list[float]] = {"float32": [], "stored": []}
    flips = 0
    for recording in recordings:
        samples = np.concatenate([np.zeros(CONTEXT, np.float32), samples_16k(recording)])
        frames = sliding_window_view(samples, CONTEXT + FRAME)[::FRAME]
        state, theirs = np.zeros((2, 1, 128), np.float32), []
        start = time.perf_counter()
        for frame in frames:
            output, state = session.run(
                None, {"input": frame[np.newaxis], "state": state, "sr": np.array(16_000)}
            )
            theirs.append(output[0, 0])
        theirs_s += time.perf_counter() - start
        exact = SpeechNetwork()
        exact._weights = prepared(weights)
        apart["float32"].append(float(np.abs(exact.feed(frames) - theirs).max()))
        start = time.perf_counter()
        ours = SpeechNetwork().feed(frames)
        ours_s += time.perf_counter() - start
        apart["stored"].append(float(np.abs(ours - theirs).max()))
        flips += int(np.sum((ours >= 0.5) != (np.array(theirs) >= 0.5)))
        seconds += len(samples) / 16_000
    print(f"{len(recordings)} recordings, {seconds:.0f} s")
    for name, largest in apart.items():
        print(f"largest difference, {name} weights: {max(largest):.1e}")
    print(f"frames on the other side of 0.5 with the stored weights: {flips}")
    print(f"ms a second: onnxruntime {1000 * theirs_s / seconds:.2f}, ours {1000 * ours_s / seconds:.2f}")


if __name__ == "__main__":
    main()
