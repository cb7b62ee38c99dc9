"""docs/reference/server.md says what the server does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import attrs
import pytest

pytest.importorskip("uvicorn", reason="needs the extra server")

from voxaffect.server.answers import CLIENT_OPTIONS
from voxaffect.server.guard import ROUTES
from voxaffect.server.limits import Limits
from voxaffect.server.stream_start import START_VALUES
from voxaffect.testing.machine import PATIENCE_S

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PAGE = (REPOSITORY / "docs" / "reference" / "server.md").read_text(encoding="utf-8")
JSON_PAGE = (REPOSITORY / "docs" / "json.md").read_text(encoding="utf-8")
SOURCES = (REPOSITORY / "core" / "src" / "voxaffect" / "server").glob("*.py")


def rows(heading: str, page: str = PAGE) -> list[list[str]]:
    """Cells of the tables below a heading, without the first's own first two lines."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    lines = re.findall(r"^\| (.*) \|$", section, re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines[2:]]


def test_every_limit_and_its_default():
    written = {row[0].strip("`"): float(row[1]) for row in rows("Limits")}
    assert written == attrs.asdict(Limits())


def test_every_metric(running: Any):
    told = set(re.findall(r"^# TYPE (\w+)", running.get("/metrics").body.decode(), re.MULTILINE))
    assert {name for row in rows("Metrics") for name in re.findall(r"`(\w+)`", row[0])} == told


def test_every_code_of_an_error():
    used = {
        code for source in SOURCES for code in re.findall(r"\b\d{3},\s*\"(\w+)\"", source.read_text("utf-8"))
    }
    used |= {"path", "method"}  # of Starlette's own errors
    assert {row[0].strip("`") for row in rows("Errors")} == used


def test_every_path_value_and_event():
    for route in ROUTES:
        assert f"{route}`" in PAGE
    for name in (*CLIENT_OPTIONS, *START_VALUES):
        assert re.search(rf"[`\"]{name}[`\"]", PAGE), name


@pytest.mark.parametrize(
    "event", ["session", "speech_start", "speech_end", "window", "utterance", "finished"]
)
def test_every_field_of_an_event(running: Any, pcm: Any, event: str):
    with running.open("?rate_hz=16000") as socket:
        socket.send(pcm.tobytes())
        socket.send('{"type": "finish"}')
        events = {}
        while "finished" not in events:
            message = json.loads(socket.recv(timeout=PATIENCE_S))
            events[message["type"]] = set(message) - {"type"}
    described = [row for row in [*rows("Events", JSON_PAGE), *rows("Streams")] if len(row) == 3]
    table = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[2])) for row in described}
    assert table[event] == events[event]
