"""What an engine takes in one request: a longer text becomes several, cut at sentences."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from voxaffect import InvalidValueError, ProsodyApplicator, ProsodyParameters, Rendering, Utterance
from voxaffect.request_limit import exceeded
from voxaffect_ssml import DIALECTS, SsmlRenderer

SAD = ProsodyParameters(speech_rate=0.8, pause_multiplier=1.5)
TEXT = "Ja, gut; nun, wir sehen: ok. " * 170

DOCUMENTED = {
    "azure": "learn.microsoft.com, Speech service quotas and limits: 65,536 bytes",
    "polly-standard": "Polly, TextLengthExceededException: 6,000 characters, 3,000 billed characters",
    "polly-neural": "Polly, TextLengthExceededException: 6,000 characters, 3,000 billed characters",
    "polly-generative": "Polly, TextLengthExceededException: 6,000 characters, 3,000 billed characters",
    "google": "cloud.google.com/text-to-speech/quotas: 5,000 bytes",
    "google-chirp3": "cloud.google.com/text-to-speech/quotas: 5,000 bytes",
    "ibm": "cloud.ibm.com/docs/text-to-speech, The HTTP interface: 5,120 bytes",
}


def render(text: str, dialect: str, **options: str) -> Rendering:
    voice = "en-US-AvaMultilingualNeural" if DIALECTS[dialect].needs_voice else None
    return SsmlRenderer(dialect=dialect, voice=voice, **options).render(SAD, Utterance(text=text))


def words(document: object) -> str:
    return "".join(ET.fromstring(str(document)).itertext()).rstrip()


def test_the_limits_are_those_that_the_engines_document() -> None:
    limits = {name: ", ".join(map(str, dialect.limits)) for name, dialect in DIALECTS.items()}
    assert {name: said for name, said in limits.items() if said} == {
        name: said.rpartition(": ")[2] for name, said in DOCUMENTED.items()
    }


@pytest.mark.parametrize("dialect", DOCUMENTED)
def test_a_text_that_is_too_long_becomes_parts_that_fit_and_end_with_a_sentence(dialect: str) -> None:
    text = TEXT * (20 if dialect == "azure" else 2)
    made = render(text, dialect)
    assert len(made.parts) > 1
    for part in made.parts:
        assert exceeded(DIALECTS[dialect].limits, str(part), words(part)) is None
        assert words(part).endswith("ok.")
    assert " ".join(map(words, made.parts)) == text.rstrip()
    assert words(made.output) == text.rstrip()
    if "pause_multiplier" in made.approximated:
        assert f"none between the {len(made.parts)} parts" in made.approximated["pause_multiplier"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_text_that_fits_is_one_document(dialect: str) -> None:
    assert render("Ja, gut. Ok", dialect).parts == ()


@pytest.mark.parametrize(
    ("text", "ends"),
    [("One, " * 2000, ","), ("one " * 2000, "one"), ("\u4e00" * 4000, "\u4e00"), ("a" * 20_000, "a")],
    ids=["clauses", "words", "no spaces", "one word"],
)
def test_without_sentences_a_text_is_cut_at_clauses_then_words_then_anywhere(text: str, ends: str) -> None:
    parts = [words(part) for part in render(text, "google").parts]
    assert all(part.endswith(ends) for part in parts)
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")


def test_ssml_of_the_callers_that_is_too_long_is_refused_with_its_size() -> None:
    with pytest.raises(InvalidValueError, match="bytes, and Google takes at most 5,000 at once"):
        render(f"<s>{'a' * 5000}</s>", "google", markup="ssml")


def test_one_document_that_was_asked_for_and_cannot_be_is_an_error() -> None:
    with pytest.raises(InvalidValueError, match="too long for one document: the engine takes it in"):
        ProsodyApplicator().to_ssml(TEXT, SAD, dialect="google")


def test_a_table_may_have_limits_of_its_own() -> None:
    table = {"engine": "Acme", "like": "google", "limits": [{"most": 80, "unit": "characters"}]}
    made = SsmlRenderer(dialect=table).render(SAD, Utterance(text="One two three. " * 4))
    assert [len(str(part)) <= 80 for part in made.parts] == [True] * len(made.parts)
    tiny = SsmlRenderer(dialect={**table, "limits": [{"most": 20, "unit": "characters"}]})
    with pytest.raises(InvalidValueError, match="leaves no room"):
        tiny.render(SAD, Utterance(text="One"))
