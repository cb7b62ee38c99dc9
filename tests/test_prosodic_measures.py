"""Every measure of `prosodic` stands in the table of its README, with a unit and what it is."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from voxaffect import PluginHost, Stage, load_audio
from voxaffect.examples import clips

README = Path(__file__).resolve().parent.parent / "plugins" / "prosodic" / "README.md"


def listed():
    """The names of the table's first column; "`a1_x` to `a3_x`" is three of them."""
    section = README.read_text(encoding="utf-8").split("## The measures")[1].split("\n## ")[0]
    names = set()
    for cell in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE):
        names |= set(re.findall(r"`(\w+)`", cell))
        for before, first, after, last in re.findall(r"`([a-z]+)(\d+)(\w*)` to `[a-z]+(\d+)\w*`", cell):
            names |= {f"{before}{number}{after}" for number in range(int(first), int(last) + 1)}
    return names


def test_every_measure_is_in_the_table_and_nothing_else():
    extractor = PluginHost().build(Stage.EXTRACTOR, "prosodic")
    given = set(
        itertools.chain.from_iterable(extractor.extract(load_audio(c.path)).functionals for c in clips())
    )
    medians = {name for name in given if f"{name}_std" in given}
    assert listed() == given - {f"{name}_std" for name in medians}
