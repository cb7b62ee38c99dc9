"""How well the rules alone tell activated from deactivated speech: area under the ROC curve on EMO-DB.

    python tests/benchmarks/arousal.py CORPORA_DIR

Positive: anger, fear, happiness. Negative: boredom, sadness, neutral. The speaker's own baseline is made of
their first three neutral clips, which are then left out of the figures.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from corpora import manifest
from voxaffect import Pipeline, SpeakerBaseline, create_backend, load_audio
from voxaffect.baseline import average_features

ACTIVATED = ("anger", "fear", "happiness")
DEACTIVATED = ("boredom", "sadness", "neutral")
CALIBRATION_CLIPS = 3


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Probability that a positive example scores above a negative one; ties count half."""
    difference = np.subtract.outer(np.asarray(positive), np.asarray(negative))
    return float(np.mean(difference > 0) + np.mean(difference == 0) / 2)


def baselines(
    pipeline: Pipeline, corpora: Path, clips: Sequence[Mapping[str, str]]
) -> tuple[dict[str, SpeakerBaseline], set[str]]:
    """({speaker: baseline}, files it was made of)."""
    made, used = {}, set()
    for speaker in sorted({clip["speaker"] for clip in clips}):
        own = [c["file"] for c in clips if c["speaker"] == speaker and c["emotion"] == "neutral"]
        chosen = own[:CALIBRATION_CLIPS]
        measured = [pipeline.extract(load_audio(corpora / file)) for file in chosen]
        features = {name: average_features([m[name] for m in measured]) for name in measured[0]}
        made[speaker] = SpeakerBaseline(features)
        used |= set(chosen)
    return made, used


def measure(corpora: Path, backend: str = "prosodic_rules") -> dict[str, float]:
    """{"population": AUC, "own baseline": AUC} on the same clips."""
    pipeline = create_backend(backend)
    clips = [clip for clip in manifest(corpora, "emodb") if clip["emotion"] in ACTIVATED + DEACTIVATED]
    made, used = baselines(pipeline, corpora, clips)
    scores: dict[str, dict[bool, list[float]]] = {
        "population": {True: [], False: []},
        "own baseline": {True: [], False: []},
    }
    for clip in clips:
        if clip["file"] in used:
            continue
        for name, baseline in (("population", None), ("own baseline", made[clip["speaker"]])):
            arousal = pipeline.hear(corpora / clip["file"], baseline=baseline).primary.arousal
            scores[name][clip["emotion"] in ACTIVATED].append(arousal)
    return {name: area_under_curve(each[True], each[False]) for name, each in scores.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path, help="folder with manifest.tsv and emodb/")
    for name, value in measure(parser.parse_args().corpora).items():
        print(f"arousal on EMO-DB, {name:12s}  AUC {value:.3f}")


if __name__ == "__main__":
    main()
