"""What is said of neutral strangers, of odd voices and of acted emotions, by every backend.

    python tests/benchmarks/strangers.py CORPORA_DIR [--backends A,B] [--model BACKEND=FOLDER ...] [--clips N]
        [--conditions A,B] [--acted CORPUS,...] [--enrolled N] [--voices FOLDER ...] [--odd FOLDER ...]
        [--processes N] [--lines]

Strangers are fda_ue, vad_upc, the people of `neutral`, and espeak-ng; of --voices each folder in the folder
is a group of its own, such as what `synthesised_voices.py` writes. Odd voices are two at once, whispering,
and the groups of --odd, such as songs of `festival` (its examples, in its mode that sings), the laughter in
Debian's package hedgewars-data and the animals in tuxpaint-stamps-default. Of each group at most N clips are
heard, drawn with a fixed seed, as they are and through each of the conditions.

In % of the clips, what the context line names: "rightly" the emotion that was acted, or its family; "neutral"
neutral or calm; "nothing"; "group" a wide group at most; another emotion or family which the voice "may"
sound like; one that it "sounds" like. Then the largest of the backend's own classes.

Acted anger, happiness and sadness, as listeners heard them, are "told" where a name or a family other than
neutral is said. The models that voxaffect ships were trained on both corpora; give one of one corpus alone as
--model, and the other corpus as --acted: `trained=FOLDER` is a model that `voxaffect train` or a benchmark
has written, `whisper_mlx=FOLDER` an encoder with a head. With --enrolled, these clips are heard after so many
neutral ones of their speaker.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs
from conditions import runnable
from ears import Ears
from sounds import CHANGES, changes
from voices import Voice, acted, odd, of_folder, strangers
from voxaffect import EmotionResult, create_backend
from voxaffect.context import Certainty, statement_of
from voxaffect.families import FAMILIES

NEUTRAL = {*FAMILIES["neutral"], *FAMILIES["calm or content"]}
RIGHT = {
    "": set(),
    "anger": {*FAMILIES["angry or frustrated"]},
    "happiness": {*FAMILIES["happy or lively"]},
    "sadness": {*FAMILIES["sad or dejected"]},
}
"""What may be named of an acted emotion."""

KINDS = ("rightly", "neutral", "nothing", "group", "may", "sounds", "no speech")
QUIET = ("neutral", "nothing")
SAYING = ("rightly", "may", "sounds")


@attrs.frozen
class Said:
    """Of one clip, by one backend: of which kind, its largest class, the line without cues."""

    kind: str
    own_class: str
    words: str


@attrs.frozen
class Row:
    """What was said of the clips of one group, through one condition or several."""

    said: Sequence[Said]

    def share(self, *kinds: str) -> float:
        """In %."""
        return 100 * sum(each.kind in kinds for each in self.said) / len(self.said)

    def right(self) -> float:
        """In % of those that were told an emotion; where none was, none was told wrongly."""
        told = self.share(*SAYING)
        return 100 * self.share("rightly") / told if told else 100.0

    def commonest(self, what: str, count: int) -> str:
        counted = collections.Counter(getattr(each, what) for each in self.said).most_common(count)
        return ", ".join(f"{name or 'none'} {100 * n / len(self.said):.0f}" for name, n in counted)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--backends", type=names, default=[], metavar="NAME,...")
    parser.add_argument("--model", type=model, action="append", default=[], metavar="BACKEND=FOLDER")
    parser.add_argument("--clips", type=int, default=20, metavar="N")
    parser.add_argument("--conditions", type=changes, default=CHANGES, metavar="NAME,...")
    parser.add_argument("--acted", type=names, default=["emodb", "crema-d"], metavar="CORPUS,...")
    parser.add_argument("--enrolled", type=int, default=0, metavar="N")
    parser.add_argument("--voices", type=Path, action="append", default=[], metavar="FOLDER")
    parser.add_argument("--odd", type=Path, action="append", default=[], metavar="FOLDER")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument("--lines", action="store_true", help="also what is said most often of each group")
    arguments = parser.parse_args()
    chosen = arguments.backends or ([] if arguments.model else runnable())
    backends = [*((name, name, {}) for name in chosen), *arguments.model]
    parts = heard_parts(arguments)
    voices = list(itertools.chain(*parts.values()))
    said = listen(backends, voices, list(arguments.conditions), arguments.processes)
    groups = {part: list(dict.fromkeys(voice.group for voice in heard)) for part, heard in parts.items()}
    for name, *_ in backends:
        print_backend(name, said[name], groups, list(arguments.conditions), lines=arguments.lines)


def names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def model(text: str) -> tuple[str, str, dict[str, str]]:
    backend, _, folder = text.partition("=")
    return text, backend, {"model": folder}


def heard_parts(arguments: argparse.Namespace) -> dict[str, list[Voice]]:
    """Those that belong together; of acted emotions the name of the corpus."""
    corpora, count = arguments.corpora, arguments.clips
    parts = {"strangers": [strangers(corpora, count)], "odd voices": [odd(corpora, count)]}
    parts["strangers"] += [of_folder(folder, count) for folder in arguments.voices]
    parts["odd voices"] += [of_folder(folder, count) for folder in arguments.odd]
    for corpus in arguments.acted:
        parts[corpus] = [acted(corpora, corpus, count, enrolled=arguments.enrolled)]
    return {part: list(itertools.chain(*heard)) for part, heard in parts.items()}


def listen(
    backends: Sequence[tuple[str, str, Mapping[str, str]]],
    voices: Sequence[Voice],
    conditions: Sequence[str],
    processes: int,
) -> dict[str, dict[tuple[str, str], list[Said]]]:
    """{backend: {(condition, group): what was said}}."""
    said: dict[str, dict[tuple[str, str], list[Said]]] = {
        name: collections.defaultdict(list) for name, *_ in backends
    }
    tasks = [(n, voice, conditions) for n, voice in enumerate(voices)]
    # Not forked: a network's engine may have threads of its own.
    with multiprocessing.get_context("spawn").Pool(processes, _begin, (backends,)) as pool:
        for found in pool.imap(_hear, tasks, chunksize=4):
            for name, condition, group, each in found:
                said[name][condition, group].append(each)
    return said


def _begin(backends: Sequence[tuple[str, str, Mapping[str, str]]]) -> None:
    global ears
    ears = Ears({name: create_backend(backend, **options) for name, backend, options in backends})


def _hear(task: tuple[int, Voice, Sequence[str]]) -> list[tuple[str, str, str, Said]]:
    number, voice, conditions = task
    found = []
    for condition in conditions:
        speaker = (condition, voice.speaker)
        if voice.neutral:
            ears.enrol(speaker, [CHANGES[condition](each, number) for each in voice.neutral])
        for name, result in ears.hear(CHANGES[condition](voice.samples, number), speaker).items():
            found.append((name, condition, voice.group, said_of(result, voice.emotion)))
    return found


def said_of(result: EmotionResult, emotion: str) -> Said:
    """Of a voice that acts an emotion, "" for a neutral one."""
    statement = statement_of(result)
    named = set(statement.emotions)
    if not result.speech:
        kind = "no speech"
    elif statement.certainty is Certainty.NOTHING:
        kind = "nothing"
    elif named <= NEUTRAL:
        kind = "neutral"
    elif named <= RIGHT[emotion]:
        kind = "rightly"
    else:
        kind = statement.certainty.name.lower()
    own_class = max(result.classes, key=result.classes.__getitem__, default="")
    return Said(kind, own_class, statement.words)


def print_backend(
    name: str,
    said: Mapping[tuple[str, str], Sequence[Said]],
    parts: Mapping[str, Sequence[str]],
    conditions: Sequence[str],
    *,
    lines: bool,
) -> None:
    print(f"\n\n{name}")

    def row(chosen: Sequence[str], groups: Sequence[str]) -> Row:
        return Row([each for condition in chosen for group in groups for each in said[condition, group]])

    columns = {
        column: groups
        for part, members in parts.items()
        for column, groups in {**{group: [group] for group in members}, part: members}.items()
    }
    print_kinds(conditions[0], {c: row(conditions[:1], groups) for c, groups in columns.items()}, lines=lines)
    if len(conditions) == 1:
        return
    together = {column: row(conditions, groups) for column, groups in columns.items()}
    print_kinds("all conditions together", together, lines=lines)
    for part, members in parts.items():
        rows = {c: {column: row([c], columns[column]) for column in (*members, part)} for c in conditions}
        print_conditions(rows, calm if part in ("strangers", "odd voices") else told)


def print_kinds(title: str, rows: Mapping[str, Row], *, lines: bool) -> None:
    print(f"\n{title:24}{'clips':>6}" + "".join(f"{kind:>10}" for kind in KINDS) + "   own classes")
    for group, row in rows.items():
        shares = "".join(f"{row.share(kind):10.0f}" for kind in KINDS)
        print(f"{group:24}{len(row.said):6}{shares}   {row.commonest('own_class', 3)}")
        if lines:
            print(f"{'':30}{row.commonest('words', 2)}")


def calm(rows: Sequence[Row]) -> tuple[float, float]:
    """Neutral or nothing clear / another emotion confidently, in % of the clips"""
    return min(row.share(*QUIET) for row in rows), max(row.share("sounds") for row in rows)


def told(rows: Sequence[Row]) -> tuple[float, float]:
    """Told an emotion, in % of the clips / of these rightly"""
    return min(row.share(*SAYING) for row in rows), min(row.right() for row in rows)


def print_conditions(
    rows: Mapping[str, Mapping[str, Row]],
    measure: Callable[[Sequence[Row]], tuple[float, float]],
) -> None:
    """A line for each condition, then the worst of all."""
    groups = list(next(iter(rows.values())))
    widths = [max(len(group), 9) + 2 for group in groups]
    print(f"\n{measure.__doc__}\n{'':24}" + "".join(f"{g:>{w}}" for g, w in zip(groups, widths, strict=True)))
    for name, chosen in {**{each: [each] for each in rows}, "worst": list(rows)}.items():
        cells = (measure([rows[condition][group] for condition in chosen]) for group in groups)
        texts = (f"{one:.0f} /{other:4.0f}" for one, other in cells)
        print(f"{name:24}" + "".join(f"{text:>{w}}" for text, w in zip(texts, widths, strict=True)))


if __name__ == "__main__":
    main()
