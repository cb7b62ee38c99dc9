from __future__ import annotations

import tomllib
from typing import Any

import pytest
from voxaffect import ConfigurationError, ProsodyApplicator, ProsodyParameters, Rendering, Utterance
from voxaffect.testing import RendererContract
from voxaffect_ssml import DIALECTS, SsmlRenderer, read_dialect

ACME = tomllib.loads("""
engine = "Acme"
like = "google"
sentence_pause_ms = 300

[prosody]
pitch_shift_semitones = { unit = "semitones", low = -3, high = 3, decimals = 1 }
speech_rate = { unit = "percent", low = 50, high = 200, decimals = 0, measured = [[50, 0.8], [100, 1], [200, 1.4]] }
volume_db = false
""")  # noqa: E501

FULL = ProsodyParameters(pitch_shift_semitones=4, speech_rate=1.2, volume_db=3, pause_multiplier=1.5)


class TestATableOfOnesOwn(RendererContract):
    component = "ssml"
    options = {"dialect": ACME}  # noqa: RUF012


def rendering(table: dict[str, Any]) -> Rendering:
    return SsmlRenderer(dialect=table).render(FULL, Utterance(text="Well. Go on"))


def test_a_table_says_what_an_engine_of_ones_own_understands() -> None:
    rendered = rendering(ACME)
    assert rendered.output == (
        '<speak><prosody pitch="+3st" rate="150%">Well.<break time="450ms"/> Go on</prosody></speak>'
    )
    assert rendered.unexpressed == {"volume_db": "Acme cannot change it by SSML"}
    assert rendered.approximated["pitch_shift_semitones"] == "4 was asked for, Acme reaches 3"
    assert rendered.residual.pitch_shift_semitones == 1


def test_a_table_goes_through_the_plugin_host_as_a_nested_table() -> None:
    selection = {"use": "ssml", "dialect": ACME}
    assert ProsodyApplicator().render(selection, FULL, Utterance(text="Well. Go on")).output == (
        rendering(ACME).output
    )


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_like_a_built_in_one_is_that_one(name: str) -> None:
    ours, theirs = read_dialect({"engine": DIALECTS[name].engine, "like": name}), DIALECTS[name]
    assert ours == theirs


def test_without_like_nothing_is_understood_but_what_the_table_says() -> None:
    assert rendering({"engine": "Bare"}).output == '<speak>Well.<break time="750ms"/> Go on</speak>'
    assert set(rendering({"engine": "Bare"}).unexpressed) == {
        "pitch_shift_semitones",
        "speech_rate",
        "volume_db",
    }


def test_a_rate_of_ones_own_instead_of_espeaks_brings_breaks_back() -> None:
    table = {"engine": "E", "like": "espeak", "prosody": {"speech_rate": {"unit": "percent"}}}
    assert "<break" in str(rendering(table).output)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"engine": ""}, "engine"),
        ({"engine": 3}, "engine"),
        ({"like": "gogle"}, "did you mean 'google'"),
        ({"dialects": 1}, "unknown key of a dialect 'dialects'"),
        ({"voices": "yes"}, "true or false"),
        ({"sentence_pause_ms": -1}, "within 0..10000"),
        ({"clause_pause_ms": float("nan")}, "within 0..10000"),
        ({"elements": "break"}, "list of names"),
        ({"longest_break_s": -1}, "must be a number"),
        ({"limits": 5000}, "must be a list like"),
        ({"limits": [{"most": 5000, "unit": "letters"}]}, "bytes, characters, billed characters"),
        ({"limits": [{"most": 0, "unit": "bytes"}]}, "1 or more"),
        ({"version": 1.1}, "must be text"),
        ({"prosody": []}, "must be a table"),
        ({"prosody": {"breathiness": {}}}, "'breathiness'"),
        ({"prosody": {"volume_db": True}}, "a table or false"),
        ({"prosody": {"volume_db": {"unit": "percent"}}}, "Known: amplitude_0_to_100"),
        ({"prosody": {"volume_db": {}}}, "unknown unit None"),
        ({"prosody": {"volume_db": {"unit": "decibels", "lo": 1}}}, "did you mean 'low'"),
        ({"prosody": {"volume_db": {"unit": "decibels", "low": 1}}}, "changes nothing, 0, must lie"),
        ({"prosody": {"volume_db": {"unit": "decibels", "low": "a"}}}, "must be a number"),
        ({"prosody": {"volume_db": {"unit": "decibels", "decimals": 99}}}, "within 0..6"),
        ({"prosody": {"volume_db": {"unit": "decibels", "measured": 3}}}, "pairs"),
        ({"prosody": {"volume_db": {"unit": "decibels", "measured": [[0, 0]]}}}, "two points"),
        ({"prosody": {"volume_db": {"unit": "decibels", "measured": [[0, 0], [1, 0]]}}}, "one way"),
        ({"prosody": {"volume_db": {"unit": "decibels", "measured": [[1, 0], [0, 1]]}}}, "rising"),
    ],
)
def test_a_table_that_declares_no_dialect_is_refused_with_the_reason(
    change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_dialect({**ACME, **change})
