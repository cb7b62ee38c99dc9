"""A full analysis, warm, against openSMILE's eGeMAPSv02 functionals, taking turns in one process.

    python tests/benchmarks/extraction_speed.py [--backends prosodic whisper_mlx] [--seconds 3 10]

Needs opensmile (dependency group `benchmark`). Ours is everything from samples in memory to `EmotionResult`:
features, classification, taxonomy, quality. openSMILE's is its functionals alone.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import opensmile
from voxaffect import Audio, create_backend, load_audio
from voxaffect.examples import clips

RATE_HZ = 16_000


def real_speech(duration_s: float) -> np.ndarray:
    """(n_samples,) of the example clips, one after the other, as often as it takes."""
    samples = np.concatenate([load_audio(clip.path).samples for clip in clips()])
    return np.resize(samples, round(duration_s * RATE_HZ)).astype(np.float32)


def seconds(function: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backends", nargs="+", default=["prosodic", "whisper_mlx"])
    parser.add_argument("--seconds", type=float, nargs="+", default=[3.0, 10.0])
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    pipelines = {name: create_backend(name) for name in arguments.backends}
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02, feature_level=opensmile.FeatureLevel.Functionals
    )
    print("backend       clip s   ours ms   eGeMAPSv02 ms   eGeMAPSv02 / ours (median of rounds)")
    for duration_s in arguments.seconds:
        samples = real_speech(duration_s)
        audio = Audio(samples, RATE_HZ)
        ours: dict[str, list[float]] = {name: [] for name in pipelines}
        theirs = []
        for _ in range(arguments.rounds + 2):  # the first two warm up
            for name, pipeline in pipelines.items():
                ours[name].append(seconds(lambda audio=audio, pipeline=pipeline: pipeline.hear(audio)))
            theirs.append(seconds(lambda samples=samples: smile.process_signal(samples, RATE_HZ)))
        for name, taken in ours.items():
            ratio = statistics.median(t / o for o, t in zip(taken[2:], theirs[2:], strict=True))
            print(
                f"{name:12}  {duration_s:6g}   {1e3 * statistics.median(taken[2:]):7.1f}   "
                f"{1e3 * statistics.median(theirs[2:]):13.1f}   {ratio:.1f}"
            )


if __name__ == "__main__":
    main()
