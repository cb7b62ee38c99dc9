"""The table by which `auto` chooses a backend, with its speed and its memory measured here.

    python tests/benchmarks/backend_cards.py [--backends NAME ...] [--rounds 20]

Recall is what a backend's card says; the script that it names prints it again. Speed is how many times faster
than real time one thread hears the example clips, from samples in memory to `EmotionResult`, with the
prosodic markers that are measured beside the emotion. Memory is the most that the process has held at once.
Every backend is measured in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time

from voxaffect import create_backend, get_available_backends, load_audio
from voxaffect.examples import clips

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
KIB_PER_MB = 1000**2 / 1024


def measure(backend: str, rounds: int) -> tuple[float, float]:
    """Times real time, and MB at most, of this process."""
    pipeline = create_backend(backend)
    sounds = [load_audio(clip.path) for clip in clips()]
    for sound in sounds:  # the first call of each length also sets up
        pipeline.hear(sound)
    start = time.process_time()
    for _ in range(rounds):
        for sound in sounds:
            pipeline.hear(sound)
    taken_s = time.process_time() - start
    heard_s = rounds * sum(sound.duration_s for sound in sounds)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kib = most / 1024 if sys.platform == "darwin" else most
    return heard_s / taken_s, kib / KIB_PER_MB


def main() -> None:
    """Print the table, or, in the process of one backend, its two figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backends", nargs="+", help="those that can run here and have a card, if not given")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only is not None:
        print(json.dumps(measure(arguments.only, arguments.rounds)))
        return
    print("| backend | unseen | with three neutral utterances | times real time | memory, MB | how |")
    print("| --- | --- | --- | --- | --- | --- |")
    for backend in get_available_backends():
        card, wanted = backend.component.card, arguments.backends
        if not backend.available or (card is None if wanted is None else backend.name not in wanted):
            continue
        own = [sys.executable, __file__, "--only", f"{backend.plugin}/{backend.name}"]
        said = subprocess.run(
            [*own, "--rounds", str(arguments.rounds)],
            env={**os.environ, **ONE_THREAD},
            capture_output=True,
            text=True,
            check=True,
        )
        times, memory_mb = json.loads(said.stdout)
        figures = (None, None) if card is None else (card.unseen_recall, card.enrolled_recall)
        how = "-" if card is None else card.how
        recall = " | ".join("-" if each is None else f"{each:.2f}" for each in figures)
        print(f"| {backend.name} | {recall} | {times:.0f} | {memory_mb:.0f} | {how} |")


if __name__ == "__main__":
    main()
