"""A corpus's labels and a backend's answers joined to common classes, and what the joining loses."""

from __future__ import annotations

import collections
import os
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

import attrs

from voxaffect.builtin.branches import BRANCHES, WORDS
from voxaffect.emotions import EmotionCategory
from voxaffect.errors import ConfigurationError, UnknownNameError
from voxaffect.evaluation.manifest import SHOWN, Clip, ManifestError
from voxaffect.pipeline_file import read_toml

E = EmotionCategory
Word = TypeVar("Word")


@attrs.frozen
class EmotionClass:
    """What a clip's label and a backend's answer are compared as.

    Attributes:
        name: of the class.
        labels: words, lower case, by which corpora and classifiers call it.
        emotions: those of the 26 that count as it; their probabilities are summed.
    """

    name: str
    labels: tuple[str, ...]
    emotions: tuple[EmotionCategory, ...] = ()


DEFAULT_CLASSES = (
    *(EmotionClass(name, WORDS[name], BRANCHES[name]) for name in ("anger", "fear", "sadness", "happiness")),
    *(EmotionClass(name, WORDS[name], BRANCHES[name]) for name in ("boredom", "neutral")),
    EmotionClass("calm", WORDS["calm"], (E.CALM,)),
    EmotionClass("tiredness", ("tiredness", "tired"), (E.TIRED,)),
    # None of the 26 means these; a backend with classes of its own may still have them.
    EmotionClass("disgust", WORDS["disgust"]),
    EmotionClass("surprise", WORDS["surprise"]),
    EmotionClass("contempt", ("contempt", "contemptuous")),
)
"""The branches that the taxonomy spreads a class over; their source is in `voxaffect.builtin.branches`. Calm
counts as neutral and tired as bored, unless the corpus has a class of its own for it. Curious, thoughtful and
confused belong to no class here unless a corpus's label says them."""


@attrs.frozen
class Joining:
    """The classes of one evaluation, and which answer counts as which.

    Attributes:
        classes: by name.
        class_of_label: the corpus's label -> name of its class.
        class_of_answer: emotion of the 26, or label of a classifier -> name of the class.
    """

    classes: tuple[EmotionClass, ...]
    class_of_label: Mapping[str, str]
    class_of_answer: Mapping[str, str]

    def join(self, answers: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
        """({class: probability, sum 1}, {answer that belongs to no class: probability}).

        What belongs to no class is shared out in proportion, as when those classes are known to be all
        there are; the first is even where all of it belongs to none.
        """
        if not self.classes:  # clips with ratings only
            return {}, {}
        joined, lost = {each.name: 0.0 for each in self.classes}, {}
        for answer, probability in answers.items():
            name = self.class_of_answer.get(answer.lower())
            if name is None:
                lost[answer.lower()] = float(probability)
            else:
                joined[name] += float(probability)
        total = sum(joined.values())
        if total <= 0:
            return dict.fromkeys(joined, 1 / len(joined)), lost
        return {name: probability / total for name, probability in joined.items()}, lost


def join_labels(clips: Sequence[Clip], declared: Sequence[EmotionClass] = DEFAULT_CLASSES) -> Joining:
    """The classes of these clips' labels.

    A label that is one of the 26 and of no declared class makes a class of its own. An emotion that two
    of the classes count goes to the one with fewer of them, as calm does where a corpus has it.

    Raises:
        ManifestError: labels of no class; the message names their rows.
    """
    by_label = _by_label(declared)
    class_of_label, unknown = {}, []
    for clip in clips:
        each = by_label.get(clip.label.lower())
        if each is not None:
            class_of_label[clip.label] = each.name
        elif clip.label:
            unknown.append(clip)
    if unknown:
        counts = collections.Counter(clip.label for clip in unknown)
        named = ", ".join(f"{label!r} ({count} clips)" for label, count in counts.most_common(SHOWN))
        rows = ", ".join(str(clip.row) for clip in unknown[:SHOWN])
        raise ManifestError(
            f"labels that no class has: {named}, first in the rows {rows}. Declare classes for them in a "
            "map, or evaluate the other classes only"
        )
    names = set(class_of_label.values())
    present = {each.name: each for each in by_label.values() if each.name in names}
    counted: dict[str, str] = {}
    for each in sorted(present.values(), key=lambda each: (-len(each.emotions), each.name)):
        counted |= {str(emotion): each.name for emotion in each.emotions}
    for each in present.values():
        counted = {label: each.name for label in each.labels if label not in counted} | counted
    classes = tuple(
        attrs.evolve(each, emotions=tuple(e for e in each.emotions if counted[e] == name))
        for name, each in sorted(present.items())
    )
    return Joining(classes, class_of_label, counted)


def relabel(clips: Sequence[Clip], declared: Sequence[EmotionClass]) -> list[Clip]:
    """The same clips with their classes for labels; votes for labels of one class are summed.

    Votes for a label of no class stay as they are.

    Raises:
        ManifestError: see `join_labels`.
    """
    class_of_label, by_label = join_labels(clips, declared).class_of_label, _by_label(declared)
    relabelled = []
    for clip in clips:
        votes: dict[str, float] = collections.defaultdict(float)
        for label, count in (clip.votes or {}).items():
            each = by_label.get(label.lower())
            votes[label if each is None else each.name] += count
        name = class_of_label.get(clip.label, clip.label)
        relabelled.append(attrs.evolve(clip, label=name, votes=dict(votes) or None))
    return relabelled


def _by_label(declared: Sequence[EmotionClass]) -> dict[str, EmotionClass]:
    """{label in lower case: its class}; of the 26, those of no declared class are classes of their own."""
    by_label = {label: each for each in reversed(declared) for label in each.labels}
    return by_label | {str(e): EmotionClass(str(e), (str(e),), (e,)) for e in E if e not in by_label}


def read_classes(path: str | os.PathLike[str]) -> tuple[EmotionClass, ...]:
    """The classes that a TOML file declares, and those of `DEFAULT_CLASSES` of which it says nothing.

    `[classes.anger]` with `labels = ["W", "hot anger"]` and `emotions = ["angry", "frustrated"]`. To a class
    of `DEFAULT_CLASSES` the labels are added; its emotions stay where the file names none. What the file
    gives to one class leaves all others.

    Raises:
        ConfigurationError: missing, unreadable, or not of this form; or a word in two classes.
    """
    tables = read_toml(path, "map").get("classes")
    if not isinstance(tables, Mapping) or not tables:
        raise ConfigurationError(f'{path} must declare classes, e.g. [classes.anger] labels = ["anger"]')
    declared = [_declared(path, name, table) for name, table in tables.items()]
    taken = {}
    for what in ("labels", "emotions"):
        counts = collections.Counter(word for each in declared for word in getattr(each, what))
        for word, count in counts.items():
            if count > 1:
                raise ConfigurationError(
                    f"{path}: '{word}' is in the {what} of {count} classes: leave it in one"
                )
        taken[what] = set(counts)
    defaults = {each.name: each for each in DEFAULT_CLASSES}
    classes = []
    for each in declared:
        known = defaults.pop(each.name, EmotionClass(each.name, (each.name,)))
        labels = (*_without(known.labels, taken["labels"]), *each.labels)
        named = "emotions" in tables[each.name]
        emotions = each.emotions if named else _without(known.emotions, taken["emotions"])
        classes.append(EmotionClass(each.name, labels, emotions))
    for each in defaults.values():
        labels, emotions = _without(each.labels, taken["labels"]), _without(each.emotions, taken["emotions"])
        classes.append(EmotionClass(each.name, labels, emotions))
    return tuple(classes)


def _declared(path: str | os.PathLike[str], name: str, table: object) -> EmotionClass:
    where = f"{os.fspath(path)}: [classes.{name}]"
    if not isinstance(table, Mapping) or not set(table) <= {"labels", "emotions"}:
        raise ConfigurationError(f"{where} takes labels and emotions, got {table!r}")
    words = {"labels": [], "emotions": [], **table}
    for key, value in words.items():
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise ConfigurationError(f"{where} {key} must be a list of words, got {value!r}")
    try:
        emotions = tuple(EmotionCategory.parse(word) for word in words["emotions"])
    except UnknownNameError as error:
        raise ConfigurationError(f"{where} {error}") from error
    return EmotionClass(name, tuple(dict.fromkeys(word.lower() for word in words["labels"])), emotions)


def _without(words: tuple[Word, ...], taken: Collection[object]) -> tuple[Word, ...]:
    return tuple(word for word in words if word not in taken)
