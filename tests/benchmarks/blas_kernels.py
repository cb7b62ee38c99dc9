"""Whether a stream equals the whole recording, and by how much it does not, under each kernel of the BLAS.

    python tests/benchmarks/blas_kernels.py [--backends prosodic whisper_mlx] [--seconds 30]
                                            [--kernels Haswell Zen ...] [--rows 4]

Each kernel runs in a process of its own; OpenBLAS takes the one that OPENBLAS_CORETYPE names, if the
processor has its instructions, and the table says which one ran. The example clips are heard as one stream in
noise as faint as a room's, in chunks of random lengths. "otherwise": results that the tests would not take
for those of the same stretch alone (`voxaffect.testing.assert_heard_alike`), because something is decided
otherwise or a number is further apart than rounding brings it. "functionals" and "embeddings": the largest
relative difference of one; "results": that of a dimension or a probability, absolute.

--rows 64 gives prosodic's products to BLAS 64 rows at a time: under Haswell and Zen a row is then rounded by
its place, as it may be under kernels that cannot be tried here.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

import attrs
import numpy as np
from streaming import RATE_HZ, cut, real_speech
from threadpoolctl import threadpool_info
from voxaffect import Audio, EmotionResult, Features, Pipeline, create_backend
from voxaffect.components import StreamingExtractor
from voxaffect.streaming import EmotionStream, UtteranceResult, WindowResult
from voxaffect.testing import ABSOLUTE_ROUNDING, RELATIVE_ROUNDING, assert_heard_alike

KERNELS = ("", "Haswell", "Zen", "SkylakeX", "Cooperlake", "Sandybridge", "Nehalem", "Prescott")
"""The empty name lets OpenBLAS choose."""

SMALL = ABSOLUTE_ROUNDING / RELATIVE_ROUNDING
"""A functional below it is compared with it, in place of with itself."""


def features_apart(one: Features, other: Features) -> tuple[float, float]:
    """Of the functionals the one furthest apart, and of the embeddings."""
    functionals = max(
        (abs(one.functionals[n] - v) / (abs(v) + SMALL) for n, v in other.functionals.items()), default=0.0
    )
    if one.embedding is None or other.embedding is None:
        return functionals, 0.0
    return functionals, float(
        np.linalg.norm(one.embedding - other.embedding) / np.linalg.norm(other.embedding)
    )


def results_apart(one: EmotionResult, other: EmotionResult) -> float:
    """The dimension or the probability that is furthest apart."""
    dimensions = [
        abs(getattr(one.primary, n) - getattr(other.primary, n)) for n in ("valence", "arousal", "dominance")
    ]
    return max(*dimensions, *(abs(one.posterior[e] - p) for e, p in other.posterior.items()))


def heard_otherwise(one: EmotionResult, other: EmotionResult) -> bool:
    """By what every test of a stream asks."""
    try:
        assert_heard_alike(one, other)
    except AssertionError as error:
        print(error, file=sys.stderr)
        return True
    return False


def compare(pipeline: Pipeline, audio: np.ndarray) -> str:
    """One line of the table, from the third column."""
    rng = np.random.default_rng(1)
    stream = EmotionStream(pipeline, rate_hz=RATE_HZ, adapt=False, activity="builtin")
    events = [event for chunk in cut(audio, rng) for event in stream.feed(chunk)] + stream.finish()
    heard = [e for e in events if isinstance(e, (WindowResult, UtteranceResult)) and e.result.speech]
    others, results, functionals, embeddings = 0, 0.0, 0.0, 0.0
    carried = {
        name: (extractor, extractor.stream(RATE_HZ))
        for name, extractor in pipeline.extractors.items()
        if isinstance(extractor, StreamingExtractor)
    }
    for _, along in carried.values():
        if along is not None:
            along.feed(audio)
    for event in heard:
        start, stop = round(event.start_s * RATE_HZ), round(event.end_s * RATE_HZ)
        alone = attrs.evolve(pipeline, activity="off").hear(audio[start:stop], rate_hz=RATE_HZ)
        others += heard_otherwise(event.result, alone)
        results = max(results, results_apart(event.result, alone))
        for extractor, along in carried.values():
            if along is not None:
                expected = extractor.extract(Audio(audio[start:stop], RATE_HZ))
                apart = features_apart(along.features(start, stop), expected)
                functionals, embeddings = max(functionals, apart[0]), max(embeddings, apart[1])
    return f"{len(heard):7} {others:10} {functionals:11.1e} {embeddings:10.1e} {results:9.1e}"


def run_here(arguments: argparse.Namespace) -> None:
    """The lines of this process's kernel."""
    if arguments.rows:
        from voxaffect import one_thread

        one_thread.ROWS = arguments.rows
    audio = real_speech(arguments.seconds, pause_s=0.7)
    audio += 1e-3 * np.random.default_rng(0).standard_normal(len(audio), dtype=np.float32)
    (blas, *_) = [each for each in threadpool_info() if each["user_api"] == "blas"]
    asked = os.environ.get("OPENBLAS_CORETYPE") or "-"
    for backend in arguments.backends:
        line = compare(create_backend(backend), audio)
        print(f"{asked:12} {blas.get('architecture', blas['internal_api']):12} {backend:12} {line}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backends", nargs="+", default=["prosodic", "whisper_mlx"])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--kernels", nargs="+", default=KERNELS)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.here:
        return run_here(arguments)
    print(
        "asked for    ran          backend        heard  otherwise functionals embeddings   results",
        flush=True,
    )
    for kernel in arguments.kernels:
        environment = {**os.environ, "OPENBLAS_CORETYPE": kernel}
        subprocess.run([sys.executable, *sys.argv, "--here"], env=environment, check=True)
    return None


if __name__ == "__main__":
    main()
