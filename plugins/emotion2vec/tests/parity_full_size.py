"""Our emotion2vec against FunASR's at full size, random weights: a table; exit status 1 beyond a bar.

    python parity_full_size.py [--sizes base large] [--seconds 0.3 1 3 10 30] [--engines numpy mlx]

Needs torch, funasr and safetensors beside voxaffect-emotion2vec: `nox -s emotion2vec_parity` installs them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import attrs
import numpy as np
from voxaffect.engines import Array, available_engines, load_engine
from voxaffect.weights import Weights, read_checkpoint
from voxaffect_emotion2vec.config import Emotion2vecConfig
from voxaffect_emotion2vec.model import Emotion2vecModel
from voxaffect_emotion2vec.weights import CATALOGUE, DEFAULT_VARIANT
from voxaffect_emotion2vec.windows import normalise

REFERENCE = Path(__file__).with_name("funasr_reference.py")
BARS = {"frames": 1e-4, "embedding": 1e-4, "logits": 1e-4, "scores": 1e-5}
"""Largest difference over the largest value; of the scores, being probabilities, the difference itself."""


def reference_audio(seconds: float) -> Array:
    """The same as in funasr_reference.py, which cannot be imported without FunASR."""
    noise = np.random.RandomState(round(seconds * 1000)).standard_normal(round(seconds * 16_000))
    swell = 0.1 + np.abs(np.sin(np.arange(len(noise)) / 2500))
    return (0.01 * swell * noise + 0.02).astype(np.float32)


def read_reference(folder: Path) -> Weights:
    """The checkpoint of a folder that `funasr_reference.py make` wrote."""
    sizes = json.loads((folder / "sizes.json").read_text(encoding="utf-8"))
    config = attrs.asdict(Emotion2vecConfig(**sizes))
    variant = attrs.evolve(CATALOGUE.find(DEFAULT_VARIANT), config=config)
    return read_checkpoint(CATALOGUE, variant, folder / "model.safetensors")


def differences(weights: Weights, model: Emotion2vecModel, seconds: str, folder: Path) -> dict[str, float]:
    """{output: how far ours is from FunASR's} for one clip."""
    with np.load(folder / "expected.npz") as expected:
        wanted = {name: expected[f"{seconds}/{name}"] for name in BARS}
    (frames,) = model.encode([normalise(reference_audio(float(seconds)))])
    embedding = frames.mean(axis=0)
    logits = weights.tensors["proj.weight"] @ embedding + weights.tensors["proj.bias"]
    odds = np.exp(logits - logits.max())
    got = {"frames": frames, "embedding": embedding, "logits": logits, "scores": odds / odds.sum()}
    largest = {name: 1.0 if name == "scores" else np.abs(wanted[name]).max() for name in BARS}
    return {name: float(np.abs(got[name] - wanted[name]).max() / largest[name]) for name in BARS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", nargs="+", default=["base", "large"])
    parser.add_argument("--seconds", nargs="+", default=["0.3", "1", "3", "10", "30"])
    parser.add_argument("--engines", nargs="+", default=available_engines())
    parser.add_argument("--folder", type=Path, help="where reference checkpoints are, or are to be, kept")
    given = parser.parse_args()
    failed = False
    print("size    engine  seconds  " + "  ".join(f"{name:>9}" for name in BARS))
    with tempfile.TemporaryDirectory() as temporary:
        for size in given.sizes:
            folder = (given.folder or Path(temporary)) / size
            if not (folder / "expected.npz").exists():
                make = [sys.executable, str(REFERENCE), "make", str(folder), "--size", size]
                subprocess.run([*make, "--seconds", *given.seconds], check=True, stdout=subprocess.DEVNULL)
            weights = read_reference(folder)
            for engine in given.engines:
                model = Emotion2vecModel(
                    Emotion2vecConfig(**weights.config), weights.tensors, load_engine(engine)
                )
                for seconds in given.seconds:
                    found = differences(weights, model, seconds, folder)
                    beyond = any(found[name] > bar for name, bar in BARS.items())
                    failed |= beyond
                    figures = "  ".join(f"{value:9.1e}" for value in found.values())
                    print(f"{size:6}  {engine:6}  {seconds:>7}  {figures}" + ("  BEYOND" if beyond else ""))
    sys.exit(failed)


if __name__ == "__main__":
    main()
