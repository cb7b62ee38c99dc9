"""What `voxaffect listen` shows on a terminal: one screen that is drawn anew with every event."""

from __future__ import annotations

import collections

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from voxaffect.cli import describe
from voxaffect.hidden_characters import escape_hidden
from voxaffect.streaming import Event, SpeechEnd, SpeechStart, UtteranceResult, WindowResult
from voxaffect.trajectory import Trajectory
from voxaffect.types import EmotionResult

BAR_WIDTH = 30
UTTERANCES_SHOWN = 6
TRACE = 40
"""Windows in the lines of F0 and level: 20 s."""

BLOCKS = " ▁▂▃▄▅▆▇█"
F0_RANGE_HZ = (75.0, 400.0)
LEVEL_RANGE_DBFS = (-60.0, 0.0)


class LiveView:
    """Keeps what the screen shows.

    Args:
        title: what is listened to, and with what.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._speaking, self._now_s = False, 0.0
        self._latest: EmotionResult | None = None
        self._trajectory: Trajectory | None = None
        self._f0_hz: collections.deque[float | None] = collections.deque(maxlen=TRACE)
        self._level_dbfs: collections.deque[float | None] = collections.deque(maxlen=TRACE)
        self._utterances: collections.deque[UtteranceResult] = collections.deque(maxlen=UTTERANCES_SHOWN)

    def update(self, event: Event, trajectory: Trajectory | None) -> None:
        """Take in one event; the trajectory is the detector's after it."""
        self._trajectory = trajectory
        if isinstance(event, SpeechStart):
            self._speaking = True
        elif isinstance(event, SpeechEnd):
            self._speaking = False
        elif isinstance(event, WindowResult):
            self._now_s = event.end_s
            result = event.result
            self._level_dbfs.append(result.quality.level_dbfs)
            self._f0_hz.append(result.prosodic.pitch_mean_hz if result.prosodic else None)
            if result.speech:
                self._latest = result
        else:
            if self._utterances and self._utterances[-1].number == event.number:
                self._utterances.pop()
            self._utterances.append(event)

    def __rich__(self) -> Panel:
        return Panel(
            Group(self._measures(), Text(), self._listing()),
            title=Text(escape_hidden(self._title)),
            subtitle=Text(f"{_clock(self._now_s)}  Ctrl-C ends"),
            title_align="left",
            subtitle_align="right",
        )

    def _measures(self) -> Table:
        rows = Table.grid(padding=(0, 2))
        rows.add_column(style="dim", min_width=10)
        rows.add_column(min_width=8, justify="right")
        rows.add_column()
        heard = self._latest
        state = "speaking" if self._speaking else "silent"
        words = "nothing heard yet" if heard is None else describe.emotions(heard)
        rows.add_row(
            "now", Text(state, style="green" if self._speaking else "dim"), Text(words, style="bold")
        )
        if heard is not None:
            place = heard.primary
            rows.add_row(
                "valence", f"{place.valence:+.2f}", _bar(place.valence, -1, 1, ("negative", "positive"))
            )
            rows.add_row("arousal", f"{place.arousal:.2f}", _bar(place.arousal, 0, 1, ("calm", "activated")))
            rows.add_row(
                "dominance", f"{place.dominance:.2f}", _bar(place.dominance, 0, 1, ("yielding", "dominant"))
            )
        rows.add_row("F0", _last(self._f0_hz, "Hz"), _trace(self._f0_hz, F0_RANGE_HZ))
        rows.add_row("level", _last(self._level_dbfs, "dBFS"), _trace(self._level_dbfs, LEVEL_RANGE_DBFS))
        if heard is not None and heard.adapted_to:
            against = f"judged against {describe.utterances(heard.adapted_to)} of theirs"
            rows.add_row("speaker", "", Text(against))
        going = "not enough heard yet" if self._trajectory is None else self._trajectory.explain()
        rows.add_row("trajectory", "", Text(going))
        return rows

    def _listing(self) -> Table:
        rows = Table.grid(padding=(0, 2))
        for utterance in self._utterances:
            rows.add_row(
                Text(f"{_clock(utterance.start_s)}-{_clock(utterance.end_s)}", style="dim"),
                Text(utterance.result.to_context_string(), style="" if utterance.final else "italic"),
                Text("" if utterance.final else "goes on", style="dim"),
            )
        return rows


def _bar(value: float, low: float, high: float, ends: tuple[str, str]) -> Text:
    place = round((value - low) / (high - low) * (BAR_WIDTH - 1))
    line = "".join("●" if column == place else "─" for column in range(BAR_WIDTH))
    return Text.assemble((f"{ends[0]:>8} ", "dim"), line, (f" {ends[1]}", "dim"))


def _trace(values: collections.deque[float | None], limits: tuple[float, float]) -> Text:
    low, high = limits
    return Text("".join(" " if value is None else _block((value - low) / (high - low)) for value in values))


def _block(share: float) -> str:
    return BLOCKS[round(min(max(share, 0.0), 1.0) * (len(BLOCKS) - 1))]


def _last(values: collections.deque[float | None], unit: str) -> str:
    return "-" if not values or values[-1] is None else f"{values[-1]:.0f} {unit}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:02.0f}:{rest:04.1f}"
