"""Manifests whose rows are parts of recordings: which columns say so, and the forms that times have."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

_SECONDS = r"([ _.-]?(s|secs?|seconds?|time))?"
_NAMES = {
    "start": re.compile(rf"(start|begin|onset){_SECONDS}", re.IGNORECASE),
    "end": re.compile(rf"(end|stop){_SECONDS}", re.IGNORECASE),
    "duration": re.compile(rf"(duration|dur){_SECONDS}", re.IGNORECASE),
}
_OF_A_PART = re.compile(
    r"(start|begin|onset|end|stop|offset)"
    r"([ _.-]?(s|secs?|seconds?|time|ms|millis\w*|us|ns|frames?|samples?|bytes?))?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?:(\d+) days?(?: |$))?(?:(?:(\d+):)?(\d+):([0-5]?\d(?:\.\d+)?))?")
"""As pandas writes a Timedelta, and audformat by it: `0 days 00:00:01.500000`, `0 days`; or `1:02.5`."""

NO_TIME = ("", "nan", "nat", "none", "null")


def time_columns(header: Sequence[str], given: Mapping[str, str]) -> tuple[dict[str, str], str | None]:
    """{"start", "end" or "duration": the header's name}, and a column of which nobody can tell which it is.

    The end of `onset` is `offset`; elsewhere an offset may be where a part begins. A duration is that of a
    part where a column has its start and none its end, else of what was recorded.

    Args:
        given: what the caller says already, our name to the header's.
    """
    chosen = {name: column for name, column in given.items() if name in _NAMES}
    for name, form in _NAMES.items():
        found = [column for column in header if form.fullmatch(column)]
        if name not in chosen and found:
            chosen[name] = found[0]
    offset = next((column for column in header if column.lower() == "offset"), None)
    if "end" not in chosen and offset is not None and chosen.get("start", "").lower().startswith("onset"):
        chosen["end"] = offset
    if "start" not in chosen or "end" in chosen:
        chosen.pop("duration", None)
    unsure = [column for column in header if _OF_A_PART.fullmatch(column) and column not in chosen.values()]
    return chosen, next(iter(unsure), None)


def parse_time(cell: str) -> float | None:
    """Seconds from the start of the recording; None where the cell names no time.

    Raises:
        ValueError: something else, or a time before the start.
    """
    if cell.lower() in NO_TIME:
        return None
    clock = _CLOCK.fullmatch(cell)
    if clock:
        days, hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    seconds = float(cell)
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError(cell)
    return seconds
