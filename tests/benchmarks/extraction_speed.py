"""Processor time of a full analysis, warm, against openSMILE's eGeMAPSv02, taking turns in one process.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/extraction_speed.py [--seconds 3 10] [--rounds 30]

Needs opensmile (dependency group `benchmark`). Ours is everything from samples in memory to `EmotionResult`:
voice activity, features, classification, taxonomy, quality; openSMILE's is its functionals alone. The last
row of each length is `--emotion` as users have it, with prosodic markers measured beside it.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import opensmile
from voxaffect import Audio, Pipeline, load_audio
from voxaffect.examples import clips

RATE_HZ = 16_000

Hear = Callable[[Audio], object]


def real_speech(duration_s: float) -> np.ndarray:
    """(n_samples,) of the example clips, one after the other, as often as it takes."""
    samples = np.concatenate([load_audio(clip.path).samples for clip in clips()])
    return np.resize(samples, round(duration_s * RATE_HZ)).astype(np.float32)


def processor_ms(function: Callable[[], object]) -> float:
    """Of one call, all threads together."""
    start = time.process_time()
    function()
    return 1e3 * (time.process_time() - start)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--emotion", default="whisper_mlx")
    parser.add_argument("--markers", default="prosodic")
    parser.add_argument("--seconds", type=float, nargs="+", default=[3.0, 10.0])
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    chosen = {
        arguments.markers: {"classifier": arguments.markers},
        arguments.emotion: {"classifier": arguments.emotion, "markers": "off"},
        f"{arguments.emotion} and {arguments.markers}": {
            "classifier": arguments.emotion,
            "markers": arguments.markers,
        },
    }
    ours: dict[str, Hear] = {name: Pipeline.from_config(each).hear for name, each in chosen.items()}
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02, feature_level=opensmile.FeatureLevel.Functionals
    )
    print(
        f"{'':26} clip s   ours ms   eGeMAPSv02 ms   eGeMAPSv02 / ours (median of {arguments.rounds} rounds)"
    )
    for duration_s in arguments.seconds:
        samples = real_speech(duration_s)
        audio = Audio(samples, RATE_HZ)
        taken: dict[str, list[float]] = {name: [] for name in ours}
        theirs = []
        for _ in range(arguments.rounds + 2):  # the first two warm up
            for name, hear in ours.items():
                taken[name].append(processor_ms(lambda hear=hear, audio=audio: hear(audio)))
            theirs.append(processor_ms(lambda samples=samples: smile.process_signal(samples, RATE_HZ)))
        for name, each in taken.items():
            ratio = statistics.median(t / o for o, t in zip(each[2:], theirs[2:], strict=True))
            print(
                f"{name:26} {duration_s:6g}   {statistics.median(each[2:]):7.1f}   "
                f"{statistics.median(theirs[2:]):13.1f}   {ratio:.1f}"
            )


if __name__ == "__main__":
    main()
