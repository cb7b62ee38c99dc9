"""Train the model that `prosodic` ships, and print how right its like are about speakers and corpora unheard.

    python tests/benchmarks/train_prosodic.py CORPORA_DIR [--egemaps] [--output FOLDER] [--abroad FOLDER]

Data: EMO-DB (CC0), and CREMA-D (ODbL) with what most listeners heard in the voice, ties left out, and in
training the votes of all of them. Without --output the figures alone are printed. --egemaps adds openSMILE's
eGeMAPSv02 functionals through the same trainer (needs opensmile, dependency group `benchmark`).
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from neutral_speech import SOURCE as STRANGERS
from neutral_speech import people, synthetic
from voxaffect import Audio, Classification, Features
from voxaffect.builtin.taxonomy import CircumplexTaxonomy
from voxaffect.evaluation.labels import join_labels
from voxaffect.evaluation.manifest import Clip, read_manifest
from voxaffect.evaluation.metrics import expected_calibration_error, unweighted_average_recall
from voxaffect.evaluation.report import EVERYONE, Report
from voxaffect.training.card import describe
from voxaffect.training.folder import save_model
from voxaffect.training.model import LinearModel
from voxaffect.training.report import held_out_report
from voxaffect.training.speaker_baselines import mean_of
from voxaffect.training.table import FeatureTable, measure_clips
from voxaffect.training.train import PENALTY, Trained, figures, train_model
from voxaffect_prosodic.extractor import ProsodicExtractor
from voxaffect_prosodic.rules import MAX_CONFIDENCE

VOTED = {"A": "anger", "D": "disgust", "F": "fear", "H": "happiness", "N": "neutral", "S": "sadness"}
FOUR = ("anger", "happiness", "neutral", "sadness")
CLEAR_ACCURACY = 0.8
"""Of the emotions that are named in a corpus not heard."""

STRANGERS_TOLD = 0.1
"""Higher than for whisper_mlx: of acted emotions too, measures of prosody tell less for sure."""

COPIES = 3
"""By telephone, and through two random channels. Where no telephone was heard in training, the fundamental
that it takes away passes for another voice, and is heard as arousal."""

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
    "License 1.0; labels: what most listeners heard in the voice alone, ties left out; all votes in "
    f"training. {STRANGERS}"
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
            writer.writerow(("file", "label", "speaker", "corpus", "sex", "age", "language", "votes"))
            for row in rows:
                label, votes = _heard(row)
                if label:
                    who = (row["speaker"], row["corpus"], row["gender"], row["age"], row["lang"])
                    writer.writerow((row["file"], label, *who, votes))
        return read_manifest(path, root=corpora)


def _heard(row: dict[str, str]) -> tuple[str, str]:
    """The label, "" for a tie, and the votes as JSON; EMO-DB's label is what its listeners confirmed."""
    if row["corpus"] == "emodb":
        return row["emotion"], ""
    said = json.loads(row["extra"])
    votes = {VOTED[letter]: float(count) for letter, count in said["votes"].items()}
    return VOTED.get(said["voice_vote"], ""), json.dumps(votes)


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


def of_four(table: FeatureTable) -> FeatureTable:
    """What models that are shipped are trained on: the classes that can be told apart across corpora.

    Of fear heard in CREMA-D by models of EMO-DB one in ten is right, and of disgust hardly any is recalled;
    boredom is in one of the two alone.
    """
    return table.select(np.isin(table.labels, FOUR))


def at_home(table: FeatureTable, name: str, parts: Sequence[np.ndarray] | None = None) -> None:
    """EMO-DB alone, each of the ten speakers left out once; `parts` as for `train_model`."""
    own = table.select(corpus_is(table, "emodb"))
    trained = train_model(own, extractor=name, parts=parts)
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


def abroad(
    table: FeatureTable,
    name: str,
    *,
    parts: Sequence[np.ndarray] | None = None,
    strangers: FeatureTable | None = None,
    penalty: float = PENALTY,
    by_telephone: bool = False,
) -> None:
    """Trained on one corpus, tested on the other, with as many utterances of each speaker known.

    Args:
        parts, strangers, penalty: as for `train_model`.
        by_telephone: whether the first copy is; see `measure_clip`.
    """
    for train, test in (("emodb", "crema-d"), ("crema-d", "emodb")):
        own, other = table.select(corpus_is(table, train)), table.select(corpus_is(table, test))
        model = train_model(own, extractor=name, parts=parts, strangers=strangers, penalty=penalty).model
        classes = np.array(model.classes)
        recall = [unweighted_average_recall(other.labels, answers(model, v)) for v in other.values]
        line = f"{name:10s} trained on {train}, tested on {test}, {len(classes)} classes: UAR {recall[0]:.3f}"
        if by_telephone:
            line += f", by telephone {recall.pop(1):.3f}"
        if len(recall) > 1:
            line += f", through other channels {np.mean(recall[1:]):.3f}"
        print(line)
        if model.adaptation is not None:
            print_known(model, other, f"{name:10s} trained on {train}, tested on {test}")


KNOWN = (
    *((count, "neutral") for count in (1, 3, 10)),
    *((count, "any") for count in (1, 5, 20)),
    *((count, "of the clip's own emotion") for count in (3, 10)),
)
"""Utterances of the speaker in the baseline, never the clip itself."""


def print_known(model: LinearModel, table: FeatureTable, words: str, *, seed: int = 0) -> None:
    """Recall by what is known of the speaker."""
    rng, labels, said = np.random.default_rng(seed), table.labels, []
    for count, kind in KNOWN:
        logits = np.empty((len(labels), len(model.classes)))
        for clip in range(len(labels)):
            others = table.speakers == table.speakers[clip]
            others[clip] = False
            if kind != "any":
                others &= labels == ("neutral" if kind == "neutral" else labels[clip])
            there = np.flatnonzero(others)
            chosen = rng.choice(there, min(count, len(there)), replace=False)
            own = mean_of(table.values[0, chosen]) if len(chosen) else None
            logits[clip] = model.logits(table.values[0, clip], own, len(chosen))
        recall = unweighted_average_recall(labels, np.array(model.classes)[logits.argmax(axis=1)])
        said.append(f"{count} {kind} {recall:.3f}")
    print(f"{words}, utterances known: {', '.join(said)}")


def answers(model: LinearModel, values: np.ndarray) -> np.ndarray:
    """(n_clips, n_inputs) -> (n_clips,) the likeliest class, nothing being known of the speaker."""
    return np.array(model.classes)[model.logits(values).argmax(axis=1)]


def write_abroad(table: FeatureTable, folder: Path, *, name: str, **how: Any) -> None:
    """A model of each corpus alone, four classes, for `strangers.py --model` to try on the other."""
    for corpus in ("emodb", "crema-d"):
        own = of_four(table).select(corpus_is(of_four(table), corpus))
        trained = train_model(own, extractor=name, clear_accuracy=CLEAR_ACCURACY, **how)
        print(f"written to {save_model(folder / corpus, trained.model, {'licence': LICENCE})}")


def print_shipped(name: str, table: FeatureTable, trained: Trained) -> None:
    """What its like said of speakers, and of corpora, that they had not heard."""
    for words, held_out in {
        "no baseline": trained.plain,
        "baseline of 3 neutral clips": trained.with_baseline,
        "corpus unheard": trained.abroad,
        "corpus unheard, baseline of 3": trained.abroad_with_baseline,
    }.items():
        if held_out is not None:
            print_groups(words, held_out_report(name, table, held_out, trained.model.classes))
    for corpus in ("emodb", "crema-d"):
        own = corpus_is(table, corpus)
        held_out = attrs.evolve(trained.plain, judged=trained.plain.judged & own)
        print_abstention(corpus, held_out_report(name, table, held_out, trained.model.classes))
    if trained.strangers_told is not None:
        print(
            f"shipped    neutral strangers of corpora unheard, told an emotion: {trained.strangers_told:.3f}"
        )


def ship(table: FeatureTable, strangers: FeatureTable | None, folder: Path | None) -> None:
    """The model of both corpora: its figures on speakers left out, by group, and its folder."""
    trained = train_model(
        table,
        extractor="prosodic",
        max_confidence=MAX_CONFIDENCE,
        strangers=strangers,
        clear_accuracy=CLEAR_ACCURACY,
        strangers_told=STRANGERS_TOLD,
    )
    print_shipped("prosodic", table, trained)
    through_the_26(table, trained)
    about = describe(table, trained, licence=LICENCE, source=SOURCE, penalty=PENALTY)
    if folder is not None:
        print(f"written to {save_model(folder, trained.model, about)}")


def through_the_26(table: FeatureTable, trained: Trained) -> None:
    """Four classes of speakers left out: as the model answers, and after the taxonomy and back."""
    model, taxonomy = trained.model, CircumplexTaxonomy()
    for corpus in ("emodb", "crema-d"):
        chosen = np.flatnonzero(corpus_is(table, corpus) & np.isin(table.labels, FOUR))
        joining = join_labels([table.clips[row] for row in chosen])
        own = [dict(zip(model.classes, trained.plain.probabilities[row], strict=True)) for row in chosen]
        spread = [
            taxonomy.map(
                Classification(probabilities=each, label_dimensions=dict(model.label_dimensions))
            ).posterior
            for each in own
        ]
        for words, answers in (("its own classes", own), ("the 26", spread)):
            joined = [joining.join({str(name): p for name, p in each.items()})[0] for each in answers]
            heard = [max(scores, key=lambda name, s=scores: s[name]) for scores in joined]
            right = np.array(heard) == table.labels[chosen]
            error = expected_calibration_error(right, [max(scores.values()) for scores in joined])
            print(
                f"shipped    {corpus:14s} 4 classes, judged by {words:15s}: "
                f"UAR {unweighted_average_recall(table.labels[chosen], heard):.3f}  ECE {error:.3f}"
            )


def print_groups(words: str, report: Report) -> None:
    """A line a group."""
    for group, found in report.groups.items():
        figures = {name: estimate.value for name, estimate in found.figures.items()}
        uar = found.figures["uar"]
        print(
            f"shipped    {group:14s} {words:28s}UAR {uar.value:.3f} [{uar.low:.3f}, {uar.high:.3f}]  "
            f"accuracy {figures['weighted_accuracy']:.3f}  ECE {figures['ece']:.3f}  "
            f"clear {figures['clear.coverage']:.3f}, right {figures['clear.accuracy']:.3f}  "
            f"({found.clips} clips of {found.speakers})"
        )


def print_abstention(corpus: str, report: Report) -> None:
    """What withholding the unsure answers gains."""
    figures = {name: estimate.value for name, estimate in report.groups[EVERYONE].figures.items()}
    surest = ", ".join(f"{share} % {figures[f'accuracy.top{share}']:.3f}" for share in (90, 75, 50))
    print(f"shipped    {corpus:14s} accuracy of the surest {surest}; AURC {figures['aurc']:.3f}")
    for each in report.abstention:
        print(
            f"shipped    {corpus:14s} no answer below {each.threshold:.1f}: "
            f"answered {each.coverage.value:.3f}, of these right {each.accuracy.value:.3f}"
        )


def main() -> None:
    """Print the figures, and write the model where asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path, help="folder with manifest.tsv, emodb/ and crema-d/")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--egemaps", action="store_true")
    parser.add_argument("--abroad", type=Path, help="folder for a model of each corpus alone")
    arguments = parser.parse_args()
    clips = heard_clips(arguments.corpora)
    tables = {"prosodic": measure_clips(clips, ProsodicExtractor(), copies=COPIES, inputs=INPUTS)}
    with tempfile.TemporaryDirectory() as folder:
        others = [*people(arguments.corpora), *synthetic(Path(folder))]
        strangers = measure_clips(others, ProsodicExtractor(), copies=COPIES, inputs=INPUTS)
    if arguments.egemaps:
        tables["eGeMAPS"] = measure_clips(clips, EgemapsExtractor())
    for name, table in tables.items():
        at_home(table, name)
        for classes in (table, of_four(table)):
            of_it = strangers if name == "prosodic" else None
            abroad(classes, name, strangers=of_it, by_telephone=len(table.values) > 1)
    if arguments.abroad is not None:
        how = {"strangers": strangers, "strangers_told": STRANGERS_TOLD, "max_confidence": MAX_CONFIDENCE}
        write_abroad(tables["prosodic"], arguments.abroad, name="prosodic", **how)
    ship(of_four(tables["prosodic"]), strangers, arguments.output)


if __name__ == "__main__":
    main()
