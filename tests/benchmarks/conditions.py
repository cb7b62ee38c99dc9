"""What level, lines, codecs, rooms, microphones, noise and silence change in the answer of each backend.

    python tests/benchmarks/conditions.py CORPORA_DIR [--backends NAME,NAME] [--clips N]

Every change is made to the same clips, N of each corpus (spread evenly over its files), and the answer
compared with that to the clip as it is. "verdict": clips whose speech is lost or found; "emotion": another
likeliest emotion; "valence" and "arousal": mean and largest absolute difference; "F0": mean and largest
difference of the clip's mean F0 in semitones. Below, what each backend says of sounds that are no speech.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from corpora import RATE_HZ, some_of
from sounds import CHANGES, NO_SPEECH, Samples
from voxaffect import EmotionResult, Pipeline, create_backend, get_available_backends

CORPORA = ("emodb", "crema-d", "fda_ue", "vad_upc", "neutral")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--backends", metavar="NAME,...", help="those that can run here, unless given")
    parser.add_argument("--clips", type=int, default=40, metavar="N")
    arguments = parser.parse_args()
    clips = [clip for corpus in CORPORA for clip in some_of(arguments.corpora / corpus, arguments.clips)]
    names = (arguments.backends or "").split(",")
    for name in [each for each in names if each] or runnable():
        print_table(name, create_backend(name), clips)


def runnable() -> list[str]:
    return [backend.name for backend in get_available_backends() if backend.available]


def print_table(name: str, pipeline: Pipeline, clips: Sequence[Samples]) -> None:
    print(f"\n{name}, {len(clips)} clips")
    print(f"{'':16}{'verdict':>8}{'emotion':>8}{'valence':>15}{'arousal':>15}{'F0':>14}")
    before: list[EmotionResult] = []
    for change, changed in CHANGES.items():
        results = [pipeline.hear(changed(clip, n), rate_hz=RATE_HZ) for n, clip in enumerate(clips)]
        before = before or results
        verdicts = sum(one.speech != other.speech for one, other in zip(results, before, strict=True))
        both = [
            (one, other) for one, other in zip(results, before, strict=True) if one.speech and other.speech
        ]
        emotions = sum(one.top.emotion != other.top.emotion for one, other in both)
        moved = (
            np.abs([getattr(one.primary, what) - getattr(other.primary, what) for one, other in both])
            for what in ("valence", "arousal")
        )
        columns = [f"{each.mean():.3f}, {each.max():.2f}" for each in moved]
        semitones = np.abs([12 * np.log2(pair[0] / pair[1]) for pair in map(f0_of, both) if None not in pair])
        f0 = f"{semitones.mean():.2f}, {semitones.max():.1f}" if len(semitones) else "not measured"
        print(f"{change:16}{verdicts:8}{emotions:8}{columns[0]:>15}{columns[1]:>15}{f0:>14}")
    for sound, samples in NO_SPEECH.items():
        result = pipeline.hear(samples, rate_hz=RATE_HZ)
        print(f"{sound:18}" + ("speech, " + str(result.top.emotion) if result.speech else "no speech"))


def f0_of(pair: tuple[EmotionResult, EmotionResult]) -> tuple[float | None, float | None]:
    one, other = (None if each.prosodic is None else each.prosodic.pitch_mean_hz for each in pair)
    return one, other


if __name__ == "__main__":
    main()
