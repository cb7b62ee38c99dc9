"""What carrying work from window to window saves a backend with a network, and what it changes.

    python tests/benchmarks/carried.py [BACKEND] [--config FILE] [--random-weights] [--noise-rms 0]
                                       [--seconds 60] [--rounds 5]

The example clips run as one stream without a pause, with the extractors' own streams and, chunk by chunk in
turn, with every window extracted anew. BACKEND is whisper_mlx unless given; emotion2vec is built with
carry_front_end, on the weights that are installed or, with --random-weights, on random ones of the sizes of
base, as training begins with them: then the times are true, and the differences those of no network that
hears anything. FILE is a pipeline of one's own. The clips are clean; --noise-rms 0.001 adds the noise of a
room. Cost is processor time; set OPENBLAS_NUM_THREADS=1 to compare on one thread.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
from streaming import CHUNK, RATE_HZ, distance, real_speech
from voxaffect import Audio, FeatureExtractor, Features, Pipeline, PluginHost
from voxaffect.pipeline_file import read_pipeline
from voxaffect.streaming import EmotionStream, UtteranceResult, WindowResult


class Anew:
    """An extractor that carries nothing."""

    def __init__(self, extractor: FeatureExtractor) -> None:
        self._extractor = extractor

    def extract(self, audio: Audio, *, baseline: Features | None = None) -> Features:
        return self._extractor.extract(audio, baseline=baseline)


def configuration(backend: str) -> dict[str, Any]:
    """As a TOML file would hold it."""
    config: dict[str, Any] = {"classifier": {"use": backend}}
    if backend == "emotion2vec":
        config["extractors"] = {"emotion2vec": {"carry_front_end": True}}
    return config


def random_base(folder: Path) -> Path:
    """emotion2vec's base with random weights: those of a layer within 1 / sqrt of its inputs, norms even."""
    from voxaffect.weights import Weights, write_folder
    from voxaffect_emotion2vec.config import Emotion2vecConfig, parameter_shapes
    from voxaffect_emotion2vec.labels import CLASS_DIMENSIONS
    from voxaffect_emotion2vec.weights import CATALOGUE, DEFAULT_VARIANT

    rng = np.random.default_rng(0)
    config = Emotion2vecConfig()
    tensors: dict[str, npt.NDArray[np.float32]] = {}
    for name, shape in parameter_shapes(config).items():
        if name.endswith("alibi_scale") or (name.endswith(".weight") and len(shape) == 1):
            values = np.ones(shape)
        elif len(shape) == 1:
            values = np.zeros(shape)
        else:
            values = rng.uniform(-1, 1, shape) / np.sqrt(np.prod(shape[1:]))
        tensors[name] = values.astype(np.float32)
    weights = Weights(
        model="emotion2vec",
        variant=DEFAULT_VARIANT,
        config=attrs.asdict(config),
        labels=tuple(CLASS_DIMENSIONS)[: config.n_classes],
        tensors=tensors,
        terms=CATALOGUE.find(DEFAULT_VARIANT).terms,
        source={"file": "random"},
        path=folder,
    )
    return write_folder(folder, weights)


Heard = dict[tuple[str, float, float], WindowResult | UtteranceResult]


def run(pipelines: Sequence[Pipeline], audio: npt.NDArray[np.float32]) -> list[tuple[float, float, Heard]]:
    """Of each: processor seconds, those of them in chunks that brought a window alone, and what was heard.

    Chunk by chunk in turn, so that a busy machine hits all alike.
    """
    streams = [
        EmotionStream(pipeline, rate_hz=RATE_HZ, adapt=False, activity="builtin") for pipeline in pipelines
    ]
    seconds, alone_s = np.zeros(len(streams)), np.zeros(len(streams))
    heard: list[Heard] = [{} for _ in streams]
    gc.collect()
    for number, start in enumerate(range(0, len(audio), CHUNK)):
        for i in range(len(streams))[:: 1 if number % 2 else -1]:
            before = time.process_time()
            events = streams[i].feed(audio[start : start + CHUNK])
            taken_s = time.process_time() - before
            seconds[i] += taken_s
            kinds = {type(event) for event in events}
            alone_s[i] += taken_s if WindowResult in kinds and UtteranceResult not in kinds else 0
            for event in events:
                if isinstance(event, (WindowResult, UtteranceResult)):
                    kind = "windows" if isinstance(event, WindowResult) else "utterances"
                    heard[i][kind, event.start_s, event.end_s] = event
    return list(zip(seconds.tolist(), alone_s.tolist(), heard, strict=True))


def differences(carried: Heard, anew: Heard) -> None:
    """Print how far the two ways lie apart."""
    print("             results   largest difference   other categories   embeddings apart: median, largest")
    for kind in ("windows", "utterances"):
        pairs = [(carried[key].result, anew[key].result) for key in anew if key[0] == kind]
        apart = [distance(*pair) for pair in pairs]
        embeddings = [
            np.linalg.norm(one.embedding - other.embedding) / np.linalg.norm(other.embedding)
            for one, other in pairs
            if one.embedding is not None and other.embedding is not None
        ]
        both = f"{statistics.median(embeddings):.1e} {max(embeddings):.1e}" if embeddings else "-"
        print(
            f"{kind:10} {len(pairs):9} {max(each for each, _ in apart):20.1e} "
            f"{sum(not same for _, same in apart):18} {both:>35}"
        )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("backend", nargs="?", default="whisper_mlx")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--random-weights", action="store_true")
    parser.add_argument("--noise-rms", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        if given.random_weights:
            os.environ["VOXAFFECT_WEIGHTS"] = str(random_base(Path(temporary) / "random"))
        config = configuration(given.backend)
        if given.config is not None:
            config = read_pipeline(given.config, PluginHost())
        carrying = Pipeline.from_config(config)
    extractors = {name: Anew(extractor) for name, extractor in carrying.extractors.items()}
    anew = attrs.evolve(carrying, extractors=extractors)
    audio = real_speech(given.seconds)
    audio += given.noise_rms * np.random.default_rng(0).standard_normal(len(audio), dtype=np.float32)
    run([carrying, anew], audio[: 3 * RATE_HZ])  # warm
    rounds = [run([carrying, anew], audio) for _ in range(given.rounds)]
    print("                 carrying s    anew s   carrying over anew (rounds)")
    for which, row in enumerate(("whole stream", "windows alone")):
        taken = [(carried[which], other[which]) for carried, other in rounds]
        ratios = [carried_s / other_s for carried_s, other_s in taken]
        carrying_s, anew_s = (statistics.median(side) for side in zip(*taken, strict=True))
        print(
            f"{row:15} {carrying_s:11.2f} {anew_s:9.2f}   {statistics.median(ratios):.3f} "
            f"({min(ratios):.3f} - {max(ratios):.3f})"
        )
    print()
    (*_, carried), (*_, heard) = rounds[-1]
    differences(carried, heard)


if __name__ == "__main__":
    main()
