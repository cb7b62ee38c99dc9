"""Train the model that `prosodic` ships, and print how right its like are about speakers and corpora unheard.

    python tests/benchmarks/train_prosodic.py CORPORA_DIR [--egemaps] [--output FOLDER]

Data: EMO-DB (CC0), and CREMA-D (ODbL) with what most listeners heard in the voice, ties left out. Without
--output the figures alone are printed. --egemaps adds openSMILE's eGeMAPSv02 functionals through the same
trainer (needs opensmile, dependency group `benchmark`).
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from pathlib import Path

import numpy as np
from voxaffect import Audio, Features
from voxaffect.evaluation.manifest import Clip, read_manifest
from voxaffect.evaluation.metrics import unweighted_average_recall
from voxaffect.training.card import describe
from voxaffect.training.folder import save_model
from voxaffect.training.speaker_baselines import first_clips
from voxaffect.training.table import FeatureTable, measure_clips
from voxaffect.training.train import PENALTY, figures, train_model
from voxaffect_prosodic.extractor import ProsodicExtractor
from voxaffect_prosodic.rules import MAX_CONFIDENCE

VOTED = {"A": "anger", "D": "disgust", "F": "fear", "H": "happiness", "N": "neutral", "S": "sadness"}
OWN_WORD = {"boredom": "bored"}
"""One of the 26 says just this; the taxonomy leaves it be, and spreads what names a family, such as anger."""

FOUR = ("anger", "happiness", "neutral", "sadness")
COPIES = 2

INPUTS = (
    *("f0_mean_st", "f0_p50_st", "f0_std_st", "f0_range_st", "f0_iqr_st", "f0_start_st", "f0_end_st"),
    *("f0_slope_*", "f0_rising", "f0_falling"),
    *("speech_rate_sps", "pause_ratio", "hesitation_count", "voiced_*", "unvoiced_*", "syllable_*"),
    *("energy_*", "loudness_*"),
    *("hnr_*", "spectral_flatness", "h1_*", "jitter", "shimmer"),
    *("alpha_*", "hammarberg_*", "slope_*", "centroid_*", "flux_*"),
    *("mfcc*_std",),
)
"""Without what says more of the microphone or the vowels than of the voice: means of MFCC, formants."""

SOURCE = (
    "EMO-DB, the Berlin Database of Emotional Speech (F. Burkhardt, A. Paeschke, M. Rolfes, W. Sendlmeier, "
    "B. Weiss, 2005; CC0 1.0). CREMA-D, the Crowd-sourced Emotional Multimodal Actors Dataset (H. Cao, "
    "D. Cooper, M. Keutmann, R. Gur, A. Nenkova, R. Verma, 2014), https://github.com/CheyneyComputerScience/"
    "CREMA-D, made available under the Open Database License 1.0, its contents under the Database Contents "
    "License 1.0; labels: what most listeners heard in the voice alone, ties left out."
)
LICENCE = "Apache-2.0; produced from CREMA-D, which is under the ODbL 1.0: keep its attribution"


def heard_clips(corpora: Path) -> list[Clip]:
    """Of both corpora, as the manifest of `voxaffect train` has them."""
    with (corpora / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file, delimiter="\t") if r["corpus"] in ("emodb", "crema-d")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "heard.tsv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, dialect="excel-tab")
            writer.writerow(("file", "label", "speaker", "corpus", "sex"))
            for row in rows:
                vote = json.loads(row["extra"]).get("voice_vote", "")
                label = VOTED.get(vote, "") if row["corpus"] == "crema-d" else row["emotion"]
                label = OWN_WORD.get(label, label)
                if label:
                    writer.writerow((row["file"], label, row["speaker"], row["corpus"], row["gender"]))
        return read_manifest(path, root=corpora)


class EgemapsExtractor:
    """openSMILE's 88 functionals."""

    def __init__(self) -> None:
        import opensmile

        self._smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.Functionals)

    def extract(self, audio: Audio, *, baseline: Features | None = None) -> Features:
        """Of one clip."""
        measured = self._smile.process_signal(audio.samples, audio.rate_hz).iloc[0]
        return Features(functionals={str(name): float(value) for name, value in measured.items()})


def corpus_is(table: FeatureTable, corpus: str) -> np.ndarray:
    """(n_clips,) bool."""
    return np.array([clip.corpus == corpus for clip in table.clips])


def at_home(table: FeatureTable, name: str) -> None:
    """EMO-DB alone, each of the ten speakers left out once."""
    own = table.select(corpus_is(table, "emodb"))
    trained = train_model(own, extractor=name)
    for words, held_out in (
        ("no baseline", trained.plain),
        ("baseline of 3 neutral clips", trained.with_baseline),
    ):
        if held_out is not None:
            said = figures(own, held_out, trained.model.classes)
            print(
                f"{name:10s} EMO-DB, 7 classes, leave one speaker out, {words:28s}"
                f"UAR {said['uar']:.3f}  ECE {said['ece']:.3f}"
            )


def abroad(table: FeatureTable, name: str) -> None:
    """Four classes, trained on one corpus, tested on the other: originals, and copies."""
    table = table.select(np.isin(table.labels, FOUR))
    for train, test in (("emodb", "crema-d"), ("crema-d", "emodb")):
        model = train_model(table.select(corpus_is(table, train)), extractor=name).model
        other = table.select(corpus_is(table, test))
        answers = [np.array(model.classes)[model.head.logits(v).argmax(axis=1)] for v in other.values]
        recall = [unweighted_average_recall(other.labels, answer) for answer in answers]
        line = f"{name:10s} trained on {train}, tested on {test}, 4 classes: UAR {recall[0]:.3f}"
        if len(recall) > 1:
            line += f", through other channels {np.mean(recall[1:]):.3f}"
        if model.adaptation is not None:
            first, judged = first_clips(other, "neutral")
            relative = model.adaptation.relative(other.values[0], first[0])[judged]
            answer = np.array(model.classes)[model.adaptation.head.logits(relative).argmax(axis=1)]
            line += f", with a baseline {unweighted_average_recall(other.labels[judged], answer):.3f}"
        print(line)


def ship(table: FeatureTable, folder: Path | None) -> None:
    """The model of both corpora: its figures by corpus, and its folder."""
    trained = train_model(table, extractor="prosodic", max_confidence=MAX_CONFIDENCE)
    about = describe(table, trained, licence=LICENCE, source=SOURCE, penalty=PENALTY)
    for kind, corpora in about["metrics"].items():
        if isinstance(corpora, dict):
            for corpus, said in corpora.items():
                print(f"shipped    {corpus:8s} {kind:40s} UAR {said['uar']:.3f}  ECE {said['ece']:.3f}")
    if folder is not None:
        print(f"written to {save_model(folder, trained.model, about)}")


def main() -> None:
    """Print the figures, and write the model where asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path, help="folder with manifest.tsv, emodb/ and crema-d/")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--egemaps", action="store_true")
    arguments = parser.parse_args()
    clips = heard_clips(arguments.corpora)
    tables = {"prosodic": measure_clips(clips, ProsodicExtractor(), copies=COPIES, inputs=INPUTS)}
    if arguments.egemaps:
        tables["eGeMAPS"] = measure_clips(clips, EgemapsExtractor())
    for name, table in tables.items():
        at_home(table, name)
        abroad(table, name)
    ship(tables["prosodic"], arguments.output)


if __name__ == "__main__":
    main()
