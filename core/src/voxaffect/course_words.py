"""A course in words: `Voice over 62 s: mostly neutral (70 % of the time), happy or lively from 0:41 on`."""

from __future__ import annotations

import bisect
import collections
import math

from voxaffect.course import NOTHING_CLEAR, Course

THROUGHOUT = 0.95
"""Share of the speaking time from which a family is told without its share."""

MOST = 0.5
"""What has more than this share is told first, as what it mostly is."""

WORTH_NAMING = 0.1
"""Share of the speaking time from which others are named, unless the utterances agree."""

MOST_NAMED = 3
"""Families in a line, the one that comes first included."""


def course_words(course: Course, duration_s: float, *, sure: float) -> str:
    """The words for a course.

    Args:
        duration_s: of the whole recording.
        sure: probability of a family, in the utterances told as it, below which it is told as a guess.
    """
    over = f"over {_length(duration_s)}"
    named = named_families(course)
    share = course.shares[named[0]]
    if named == (NOTHING_CLEAR,) and share >= THROUGHOUT:
        return f"No clear emotion in the voice {over}"
    hedges = [_hedge(course, family, sure) for family in named]
    told = [f"{hedge}{family} {_when(family, course)}" for hedge, family in zip(hedges, named, strict=True)]
    if share >= THROUGHOUT:
        told[0] = f"{hedges[0]}{named[0]} throughout"
    elif share > MOST:
        told[0] = f"{hedges[0]}mostly {named[0]} ({_percent(share)} of the time)"
    return f"Voice {over}: {', '.join(told)}"


def named_families(course: Course) -> tuple[str, ...]:
    """What the words name, the largest share first; "nothing clear" among them where that is worth a word."""
    (first, _), *others = course.shares.items()
    lasting = {family for point in course.turning_points for family in (point.before, point.after)}
    worth = [
        family
        for family, share in others
        if family in lasting or (share >= WORTH_NAMING and course.agreed is None)
    ]
    return (first, *worth[: MOST_NAMED - 1])


def _length(duration_s: float) -> str:
    """`62 s`, `5 min`."""
    return f"{duration_s:.0f} s" if duration_s < 120 else f"{duration_s / 60:.0f} min"


def clock(at_s: float) -> str:
    """`0:41`, `1:02:10`."""
    minutes, seconds = divmod(int(at_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _hedge(course: Course, family: str, sure: float) -> str:
    unsure = family != NOTHING_CLEAR and course.probabilities[family] < sure
    return "perhaps " if unsure else ""


def _when(family: str, course: Course) -> str:
    """From and to where it has a stretch that is mostly its own and most of its time, else its share."""
    turns = course.turning_points
    places_s = [turn.at_s for turn in turns]
    spoken_s: list[dict[str, float]] = [collections.defaultdict(float) for _ in range(len(turns) + 1)]
    for each in course.utterances:
        spoken_s[bisect.bisect(places_s, each.start_s)][each.family] += each.length_s
    whole_s = math.fsum(stretch[family] for stretch in spoken_s)
    for number, stretch in enumerate(spoken_s if turns else []):
        if stretch[family] > MOST * max(whole_s, math.fsum(stretch.values())):
            first, last = number == 0, number == len(turns)
            since = "" if first else f"from {clock(places_s[number - 1])} "
            return since + ("on" if last else f"{'until' if first else 'to'} {clock(places_s[number])}")
    return f"{_percent(course.shares[family])} of the time"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
