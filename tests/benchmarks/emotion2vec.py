"""Our emotion2vec against FunASR's with PyTorch float32: time, peak memory, long clips, loading.

    python tests/benchmarks/emotion2vec.py FUNASR_PYTHON [--size base] [--seconds 3 10] [--rounds 3]

FUNASR_PYTHON is the interpreter of an environment with torch, funasr and safetensors; ours runs in the
one that runs this. Random weights of the published sizes. Every measurement is a process of its own, ours
and theirs by turns, so that a busy machine hits both. A time is the median over rounds of each process's
median; a ratio is the median of the rounds' ratios, beside the least and the greatest of them. Peak memory
is that of the whole process, its interpreter and weights included.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
REFERENCE = REPOSITORY / "plugins" / "emotion2vec" / "tests" / "funasr_reference.py"
RUNS = 5


def peak_mb() -> float:
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


def measure(folder: Path, seconds: Sequence[float], runs: int, engine: str) -> dict[str, Any]:
    """In this process: median seconds of a run after one to warm up, and the process's peak memory."""
    import numpy as np
    from voxaffect import Audio
    from voxaffect_emotion2vec.classifier import Emotion2vecClassifier
    from voxaffect_emotion2vec.extractor import Emotion2vecExtractor

    imported_mb, started = peak_mb(), time.perf_counter()
    extractor = Emotion2vecExtractor(weights=folder, engine=engine)
    classifier = Emotion2vecClassifier(weights=folder)
    load_s, loaded_mb = time.perf_counter() - started, peak_mb()
    times = {}
    for length in seconds:
        noise = np.random.default_rng(0).standard_normal(round(length * 16_000))
        audio = Audio((0.05 * noise).astype(np.float32), 16_000)
        taken = []
        for i in range(runs + 1 if runs > 1 else 1):
            started = time.perf_counter()
            classifier.classify({"emotion2vec": extractor.extract(audio)})
            if i or runs == 1:
                taken.append(time.perf_counter() - started)
        times[f"{length:g}"] = {"median_s": statistics.median(taken)}
    return {"load_s": load_s, "load_mb": loaded_mb - imported_mb, "times": times, "peak_mb": peak_mb()}


def in_a_process(
    program: Sequence[str], folder: Path, seconds: Sequence[float], runs: int, threads: int
) -> dict[str, Any]:
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    slow = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # of some machines: they slow a current numpy
    environment = {name: value for name, value in os.environ.items() if name not in slow}
    lengths = [f"{length:g}" for length in seconds]
    command = [*program, str(folder), "--seconds", *lengths, "--runs", str(runs)]
    done = subprocess.run(command, env=environment | limits, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def convert(published: Path, folder: Path) -> None:
    """The reference's checkpoint as `voxaffect weights convert` writes it."""
    import attrs
    from voxaffect.weights import read_checkpoint, write_folder
    from voxaffect_emotion2vec.config import Emotion2vecConfig
    from voxaffect_emotion2vec.weights import CATALOGUE, DEFAULT_VARIANT

    sizes = json.loads((published / "sizes.json").read_text(encoding="utf-8"))
    config = attrs.asdict(Emotion2vecConfig(**sizes))
    variant = attrs.evolve(CATALOGUE.find(DEFAULT_VARIANT), config=config)
    write_folder(folder, read_checkpoint(CATALOGUE, variant, published / "model.safetensors"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("funasr_python")
    parser.add_argument("--size", default="base", choices=["small", "base", "large"])
    parser.add_argument("--seconds", type=float, nargs="+", default=[3, 10])
    parser.add_argument("--long", type=float, nargs="*", default=[30, 120, 600])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--folder", type=Path, help="where the reference checkpoint is, or is to be, kept")
    given = parser.parse_args()
    ours = [sys.executable, __file__, "measure", given.engine]
    theirs = [given.funasr_python, str(REFERENCE), "time"]
    with tempfile.TemporaryDirectory() as temporary:
        published = given.folder or Path(temporary) / "published"
        if not (published / "model.safetensors").exists():
            make = [given.funasr_python, str(REFERENCE), "make", str(published), "--size", given.size]
            subprocess.run([*make, "--seconds", "0.3"], check=True, capture_output=True)
        folder = Path(temporary) / "converted"
        convert(published, folder)
        print(
            f"{given.size}, {given.threads} threads     ours s  FunASR s  ratio (rounds)       "
            "ours MB  FunASR MB  ratio"
        )
        for length in given.seconds:
            rounds = [
                [
                    in_a_process(program, where, [length], RUNS, given.threads)
                    for program, where in ((ours, folder), (theirs, published))
                ]
                for _ in range(given.rounds)
            ]
            taken = [[found["times"][f"{length:g}"]["median_s"] for found in pair] for pair in rounds]
            ratios = [our_s / their_s for our_s, their_s in taken]
            our_s, their_s = (statistics.median(side) for side in zip(*taken, strict=True))
            our_mb, their_mb = (max(found["peak_mb"] for found in side) for side in zip(*rounds, strict=True))
            print(
                f"{length:9g} s of audio  {our_s:9.3f} {their_s:9.3f} {statistics.median(ratios):6.2f} "
                f"({min(ratios):.2f} - {max(ratios):.2f})  {our_mb:9.0f} {their_mb:10.0f} "
                f"{our_mb / their_mb:6.2f}",
                flush=True,
            )
        for length in given.long:
            found = in_a_process(ours, folder, [length], 1, given.threads)
            long_s = found["times"][f"{length:g}"]["median_s"]
            print(
                f"{length:9g} s of audio  {long_s:9.3f} s, "
                f"{1000 * long_s / length:5.1f} ms a second of audio, "
                f"peak {found['peak_mb']:5.0f} MB",
                flush=True,
            )
        found = in_a_process(ours, folder, [], 1, given.threads)
        print(f"load: {found['load_s']:.2f} s, {found['load_mb']:.0f} MB with the weights")


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        parser = argparse.ArgumentParser()
        parser.add_argument("engine")
        parser.add_argument("folder", type=Path)
        parser.add_argument("--seconds", type=float, nargs="*")
        parser.add_argument("--runs", type=int)
        asked = parser.parse_args(sys.argv[2:])
        print(json.dumps(measure(asked.folder, asked.seconds, asked.runs, asked.engine)))
    else:
        main()
