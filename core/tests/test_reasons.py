"""Python's own words for what cannot be read, `[Errno 2]` and the like, never reach anybody."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError

import pytest
from voxaffect.errors import reason_of, unforeseen
from voxaffect.examples import clips

REPOSITORY = Path(__file__).parents[2]
FOREIGN = {"OSError", "RecursionError", "MemoryError", "UnicodeDecodeError", "KeyError", "FileNotFoundError"}
"""Whose text is Python's, not ours."""

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(2, "No such file or directory", "a.wav"), "no such file or directory"),
        (UnicodeDecodeError("utf-8", b"a\xff", 1, 2, "invalid start byte"), "no UTF-8 text, byte 1 is 0xff"),
        (RecursionError("maximum recursion depth exceeded"), "it is nested too deeply"),
        (URLError(OSError(-2, "Name or service not known")), "name or service not known"),
        (MemoryError(), "it takes more memory than there is"),
        (KeyError("version"), "'version' is missing"),
        (ValueError("That is wrong. "), "That is wrong"),
        (ValueError(), "ValueError"),
    ],
)
def test_a_reason_is_the_end_of_a_sentence(error: Exception, said: str) -> None:
    assert reason_of(error) == said


def test_what_nobody_foresaw_names_the_file_or_the_kind_of_bug() -> None:
    assert unforeseen(OSError(36, "File name too long", "a.wav")) == "a.wav: file name too long"
    assert unforeseen(KeyError("x")) == "KeyError: 'x' is missing"
    assert unforeseen(RecursionError("maximum recursion depth")) == "it is nested too deeply"


def raw(path: Path) -> Iterator[str]:
    """Lines of a module where an f-string shows an error of Python's as it is."""
    for handler in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(handler, ast.ExceptHandler) and handler.type and handler.name):
            continue
        if not FOREIGN & {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}:
            continue
        for shown in (node.value for node in ast.walk(handler) if isinstance(node, ast.FormattedValue)):
            inner = shown.value if isinstance(shown, ast.Attribute) and shown.attr == "strerror" else shown
            if isinstance(inner, ast.Name) and inner.id == handler.name:
                yield f"{path.relative_to(REPOSITORY)}:{shown.lineno}"


def test_every_error_of_pythons_is_told_by_its_reason() -> None:
    sources = [*REPOSITORY.glob("core/src/**/*.py"), *REPOSITORY.glob("plugins/*/src/**/*.py")]
    assert sources
    assert [line for path in sources for line in raw(path)] == []


ODD = {
    "missing": lambda path: None,
    "a folder": lambda path: path.mkdir(),
    "empty": lambda path: path.touch(),
    "binary": lambda path: path.write_bytes(bytes(range(256)) * 20),
    "nested deeply, TOML": lambda path: path.write_text("a = " + "[" * 20_000),
    "nested deeply, JSON": lambda path: path.write_text('{"a":' * 20_000),
    "a link to itself": lambda path: path.symlink_to(path.name),
}
LOUD = str(clips("anger")[0].path)
GIVEN = {
    "a recording": ["analyze", "{}"],
    "a list": ["analyze", "--files-from", "{}"],
    "a pipeline": ["analyze", LOUD, "--config", "{}"],
    "a recording to change": [
        "express",
        "--emotion",
        "sad",
        "--to",
        "toy_audio",
        "--audio",
        "{}",
        "--output",
        "o.wav",
    ],
    "a recording to measure": ["features", "{}", "--extractor", "toy_level", "--output", "o.csv"],
    "a manifest": ["evaluate", "{}"],
    "a manifest to train on": ["train", "{}", "--extractor", "toy_level", "--output", "model"],
    "pipelines to compare": ["compare", "manifest.tsv", "--backends", "{},toy"],
    "a map": ["evaluate", "manifest.tsv", "--map", "{}"],
    "weights": ["weights", "extract", "{}", "o.npz"],
    "a speaker's baseline": ["analyze", LOUD, "--backend", "toy", "--speaker", "odd"],
}


@pytest.mark.usefixtures("only_the_toy_plugin")
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("given", GIVEN)
def test_an_odd_file_is_told_in_words_of_ours_wherever_it_is_given(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, odd: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("platformdirs.user_data_path", lambda _: tmp_path)
    (tmp_path / "baselines").mkdir()
    Path("manifest.tsv").write_text(
        f"file\tlabel\tspeaker\n{LOUD}\tanger\t1\n{clips('fear')[0].path}\tfear\t2\n"
    )
    path = tmp_path / ("baselines/odd.json" if "baseline" in given else "odd.toml")
    ODD[odd](path)
    code, _, said = run(*(word.replace("{}", path.name) for word in GIVEN[given]))
    if odd == "empty" and given in ("a pipeline", "pipelines to compare"):
        assert code == 0  # that of the defaults
        return
    assert code in (1, 2)
    assert not re.search(
        r"Errno|Traceback|\bRecursion|\w+Error\b|(?<!\.)\.\.(?!\.)|(cannot \w+) .*\1", said
    ), said
