"""What is gained by hearing a speaker against what they said before, and what it does to a mood that lasts.

    python tests/benchmarks/running_baseline.py CORPORA_DIR [--features FILE.npz] [--backend NAME]

Models of one corpus hear the other, four classes. Of each speaker one half of the clips is what they say, in
sessions drawn of one mixture of emotions each, and the other half is judged after so many utterances; then
the halves change places. First table: unweighted average recall; below it the share of anger that is still
called angry, and called anything but neutral, by the minutes that a speaker who was calm has been angry.
--features is that of train_whisper.py.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
from neutral_speech import people, synthetic
from train_prosodic import COPIES, FOUR, INPUTS, corpus_is, heard_clips, of_four
from train_whisper import COPIES as WHISPER_COPIES
from train_whisper import LEVELS, PENALTY
from voxaffect import Audio, Features, Pipeline, SpeakerBaseline
from voxaffect.baseline import average_features
from voxaffect.evaluation.metrics import unweighted_average_recall
from voxaffect.pipeline import Measured
from voxaffect.running_baseline import HALF_LIFE, RunningBaseline
from voxaffect.training.folder import save_model
from voxaffect.training.table import FeatureTable, measure_clips
from voxaffect.training.train import train_model
from voxaffect_prosodic.extractor import ProsodicExtractor
from voxaffect_whisper_mlx.extractor import WhisperExtractor
from whisper_recipe.levels import by_level
from whisper_recipe.table import measure

HEARD = (0, 1, 3, 5, 10, 20, 60)
A_MINUTE = 10
"""Utterances. People in conversation speak half of the time, in utterances of three seconds."""

CALM, ANGRY_MINUTES = 20, (0, 1, 2, 5, 10)
SAMPLES = 3
UNHEARD = Audio(np.zeros(1, np.float32), 16_000)

MOSTLY = {"neutral": 2 / 3, "anger": 1 / 9, "happiness": 1 / 9, "sadness": 1 / 9}
EVENLY = dict.fromkeys(FOUR, 0.25)
Mixture = Mapping[str, float]


class EveryUtteranceAlike(RunningBaseline):
    """For comparison: the plain mean."""

    def _neutrality(self, measured: Measured) -> float:
        return 1.0


@attrs.frozen
class Session:
    """What a speaker says.

    Attributes:
        mixture: {emotion: its share}.
        samples: whether three neutral samples were recorded before.
        others: share of the utterances that another speaker says.
    """

    mixture: Mixture
    samples: bool = False
    others: float = 0.0
    speaker: type[RunningBaseline] = RunningBaseline


SESSIONS = {
    "all neutral": Session({"neutral": 1.0}),
    "two thirds neutral": Session(MOSTLY),
    "a quarter neutral": Session(EVENLY),
    "all anger": Session({"anger": 1.0}),
    "all happiness": Session({"happiness": 1.0}),
    "all sadness": Session({"sadness": 1.0}),
    "two speakers, two thirds neutral": Session(MOSTLY, others=0.5),
    "3 samples, then two thirds neutral": Session(MOSTLY, samples=True),
    "3 samples, then all anger": Session({"anger": 1.0}, samples=True),
    "plain mean, two thirds neutral": Session(MOSTLY, speaker=EveryUtteranceAlike),
    "plain mean, all anger": Session({"anger": 1.0}, speaker=EveryUtteranceAlike),
}


@attrs.frozen(eq=False)
class Bench:
    """A model, and the clips of a corpus that it has not heard."""

    pipeline: Pipeline
    name: str
    labels: npt.NDArray[np.str_]
    speakers: npt.NDArray[np.str_]
    measured: Sequence[Measured]

    def said(self, row: int, baseline: SpeakerBaseline | None) -> str:
        """The likeliest class of a clip."""
        (features,) = self.measured[row].features.values()
        own = None if baseline is None else baseline.features[self.name]
        judged = {self.name: attrs.evolve(features, baseline=own)}
        classification = self.pipeline.classify(Measured(UNHEARD, UNHEARD, judged))
        return max(classification.probabilities, key=classification.probabilities.__getitem__)

    def halves(self, rng: np.random.Generator) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
        """(what is said, what is judged) of each speaker."""
        for speaker in np.unique(self.speakers):
            own = rng.permutation(np.flatnonzero(self.speakers == speaker))
            own = own[np.argsort(self.labels[own], kind="stable")]  # every emotion on both sides
            yield own[::2], own[1::2]
            yield own[1::2], own[::2]

    def utterances(
        self, rows: npt.NDArray[np.intp], mixture: Mixture, count: int, rng: np.random.Generator
    ) -> list[int] | None:
        """So many of these clips, of those emotions that they have; None where they have none of them."""
        pools = {emotion: rows[self.labels[rows] == emotion] for emotion in mixture}
        shares = np.array([share if len(pools[emotion]) else 0 for emotion, share in mixture.items()])
        if not shares.any():
            return None
        drawn = rng.choice(list(mixture), count, p=shares / shares.sum())
        return [int(rng.choice(pools[emotion])) for emotion in drawn]

    def start(self, rows: npt.NDArray[np.intp], rng: np.random.Generator) -> SpeakerBaseline | None:
        """Of three neutral samples; None where there are fewer."""
        calm = rows[self.labels[rows] == "neutral"]
        if len(calm) < SAMPLES:
            return None
        samples = [self.measured[row].features[self.name] for row in rng.permutation(calm)[:SAMPLES]]
        return SpeakerBaseline({self.name: average_features(samples)})


def recall(bench: Bench, session: Session) -> str:
    """A row of the first table."""
    rng = np.random.default_rng(0)
    true: list[str] = []
    said: dict[int, list[str]] = {count: [] for count in HEARD}
    adapted_to = []
    for own, judged in bench.halves(rng):
        spoken = bench.utterances(own, session.mixture, HEARD[-1], rng)
        start = bench.start(own, rng) if session.samples else None
        if spoken is None or (session.samples and start is None):
            continue
        if session.others:
            another = rng.choice(np.unique(bench.speakers[bench.speakers != bench.speakers[own[0]]]))
            theirs = np.flatnonzero(bench.speakers == another)
            spoken = [int(rng.choice(theirs)) if rng.random() < session.others else row for row in spoken]
        speaker = session.speaker(bench.pipeline, start)
        true += bench.labels[judged].tolist()
        for count in range(HEARD[-1] + 1):
            if count in said:
                said[count] += [bench.said(int(row), speaker.current) for row in judged]
            if count < len(spoken):
                speaker.take_in(bench.measured[spoken[count]])
        adapted_to.append(0 if speaker.current is None else speaker.current.n_samples)
    recalls = "  ".join(f"{unweighted_average_recall(true, answers):.3f}" for answers in said.values())
    return f"{recalls}  {np.mean(adapted_to):8.1f}  {len(true):5}"


def still_told(bench: Bench, speaker_type: type[RunningBaseline], half_life: float) -> str:
    """A row of the second table."""
    rng = np.random.default_rng(0)
    said: dict[int, list[str]] = {minutes: [] for minutes in ANGRY_MINUTES}
    for own, judged in bench.halves(rng):
        calm = bench.utterances(own, {"neutral": 1.0}, CALM, rng)
        angry = bench.utterances(own, {"anger": 1.0}, ANGRY_MINUTES[-1] * A_MINUTE, rng)
        if calm is None or angry is None:
            continue
        speaker = speaker_type(bench.pipeline, half_life=half_life)
        for row in calm:
            speaker.take_in(bench.measured[row])
        anger = judged[bench.labels[judged] == "anger"]
        for count in range(len(angry) + 1):
            if count % A_MINUTE == 0 and count // A_MINUTE in said:
                said[count // A_MINUTE] += [bench.said(int(row), speaker.current) for row in anger]
            if count < len(angry):
                speaker.take_in(bench.measured[angry[count]])
    return "  ".join(
        f"{np.mean([answer == 'anger' for answer in answers]):.2f}/"
        f"{np.mean([answer != 'neutral' for answer in answers]):.2f}"
        for answers in said.values()
    )


def benches(name: str, corpora: Path, features: Path | None) -> Iterator[tuple[str, Bench]]:
    """Both ways."""
    table, how = _material(name, corpora, features)
    table = of_four(table)
    for train, test in (("emodb", "crema-d"), ("crema-d", "emodb")):
        model = train_model(table.select(corpus_is(table, train)), extractor=name, **how).model
        with tempfile.TemporaryDirectory() as folder:
            save_model(Path(folder) / "model", model, {})
            trained = {"use": "trained", "model": f"{folder}/model"}
            pipeline = Pipeline.from_config({"classifier": trained, "markers": "off"})
        other = table.select(corpus_is(table, test))
        measured = [_measured(name, other, row) for row in range(len(other.clips))]
        yield f"{train} to {test}", Bench(pipeline, name, other.labels, other.speakers, measured)


def _material(name: str, corpora: Path, features: Path | None) -> tuple[FeatureTable, dict[str, Any]]:
    """Clips and how a model is trained on them, as the backend's own is."""
    clips = heard_clips(corpora)
    with tempfile.TemporaryDirectory() as folder:
        others = [*people(corpora), *synthetic(Path(folder))]
        if name == "prosodic":
            table, strangers = (
                measure_clips(each, ProsodicExtractor(), copies=COPIES, inputs=INPUTS)
                for each in (clips, others)
            )
            return table, {"strangers": strangers}
        kept = None if features is None else features.with_name(f"strangers_{features.name}")
        table, strangers = (
            measure(each, WhisperExtractor(), root=corpora, copies=WHISPER_COPIES, kept=file)
            for each, file in ((clips, features), (others, kept))
        )
    parts = by_level(table.embedding_size, len(LEVELS))
    return table, {"strangers": strangers, "penalty": PENALTY, "parts": parts}


def _measured(name: str, table: FeatureTable, row: int) -> Measured:
    values = table.values[0, row]
    count = len(table.functionals)
    functionals = {
        functional: value
        for functional, value in zip(table.functionals, values[:count].tolist(), strict=True)
        if np.isfinite(value)
    }
    embedding = values[count:].astype(np.float32) if table.embedding_size else None
    return Measured(UNHEARD, UNHEARD, {name: Features(functionals=functionals, embedding=embedding)})


def main() -> None:
    """Print both tables for each backend, both ways."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path, help="folder with manifest.tsv, emodb/ and crema-d/")
    parser.add_argument("--features", type=Path)
    parser.add_argument("--backend", choices=("prosodic", "whisper_mlx"))
    arguments = parser.parse_args()
    names = [arguments.backend] if arguments.backend else ["prosodic", "whisper_mlx"]
    for name in names:
        for way, bench in benches(name, arguments.corpora, arguments.features):
            heading = "  ".join(f"{count:5}" for count in HEARD)
            print(f"\n{name}, {way}: UAR after so many utterances\n{'':36s}{heading}  adapted  clips")
            for words, session in SESSIONS.items():
                print(f"{words:36s}{recall(bench, session)}", flush=True)
            minutes = "  ".join(f"{minutes:9}" for minutes in ANGRY_MINUTES)
            print(f"\n{name}, {way}: anger called angry / not neutral, after minutes\n{'':36s}{minutes}")
            for half_life in (HALF_LIFE, 60):
                print(
                    f"{f'half-life {half_life}':36s}{still_told(bench, RunningBaseline, half_life)}",
                    flush=True,
                )
            print(f"{'plain mean':36s}{still_told(bench, EveryUtteranceAlike, HALF_LIFE)}", flush=True)


if __name__ == "__main__":
    main()
