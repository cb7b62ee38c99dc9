"""SSML of the W3C's dialects, against the W3C's schema of SSML 1.0 (there is none of 1.1 that lxml can use).

The schema knows neither version 1.1 nor its volume in dB; where a document differs from 1.0 in nothing but
these, it is valid with both put in the words of 1.0. It accepts an empty <prosody>, so that is checked here.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from voxaffect import EmotionCategory, ProsodyParameters, Utterance, emotion_to_prosody

etree = pytest.importorskip("lxml.etree")
SsmlRenderer = pytest.importorskip("voxaffect_ssml").SsmlRenderer

SSML = "{http://www.w3.org/2001/10/synthesis}"
TEXT = 'Well, "yes" & <no>. It is late; shall we go?'
MARKUP = (
    '<p><s>Well, <emphasis level="strong">yes</emphasis>.</s> <s>It is <sub alias="late">l8</sub>.</s></p>'
    '<break time="1.5s"/><voice name="Anna"><prosody rate="slow" contour="(0%,+20Hz)">Go?</prosody></voice>'
    '<phoneme alphabet="ipa" ph="x">a</phoneme><say-as interpret-as="date" format="dmy">1/2/2003</say-as>'
    '<mark name="m"/>'
)
LOW_TO_HIGH = ((-6, 0, 6), (0.5, 1, 2), (0.7, 1, 1.5), (0.5, 1, 2), (-6, 0, 6))
EXTREMES = [ProsodyParameters(*values) for values in itertools.product(*LOW_TO_HIGH)]


@pytest.fixture(scope="session")
def schema(corpora: Path) -> Any:
    file = corpora / "xsd" / "synthesis.xsd"
    if not file.is_file():
        pytest.skip("needs the W3C's schema: xsd/synthesis.xsd in the folder of corpora")
    return etree.XMLSchema(etree.parse(str(file)))


def in_words_of_1_0(document: str) -> Any:
    root = etree.fromstring(document.encode())
    root.set("version", "1.0")
    for prosody in root.iter(f"{SSML}prosody"):
        if prosody.get("volume", "").endswith("dB"):
            assert prosody.get("volume")[0] in "+-"
            prosody.set("volume", "50")
    return root


def assert_valid(schema: Any, root: Any) -> None:
    schema.assertValid(root)
    for prosody in root.iter(f"{SSML}prosody"):
        assert prosody.attrib


@pytest.mark.parametrize("options", [{}, {"voice": "Anna", "lang": "de-DE"}])
def test_all_that_w3c_1_0_writes_is_valid(schema: Any, options: dict[str, str]) -> None:
    renderer = SsmlRenderer(dialect="w3c-1.0", **options)
    for prosody in [*EXTREMES, *map(emotion_to_prosody, EmotionCategory)]:
        document = renderer.render(prosody, Utterance(text=TEXT)).output
        assert_valid(schema, etree.fromstring(document.encode()))


@pytest.mark.parametrize("options", [{}, {"voice": "Anna", "lang": "de-DE"}])
def test_all_that_w3c_writes_is_valid_but_for_what_1_1_added(schema: Any, options: dict[str, str]) -> None:
    renderer = SsmlRenderer(dialect="w3c", **options)
    for prosody in [*EXTREMES, *map(emotion_to_prosody, EmotionCategory)]:
        assert_valid(schema, in_words_of_1_0(renderer.render(prosody, Utterance(text=TEXT)).output))


@pytest.mark.parametrize("dialect", ["w3c", "w3c-1.0"])
def test_a_callers_markup_stays_valid_inside_the_prosody(schema: Any, dialect: str) -> None:
    renderer = SsmlRenderer(dialect=dialect, markup="ssml")
    for prosody in EXTREMES[:: len(EXTREMES) // 20]:
        assert_valid(schema, in_words_of_1_0(renderer.render(prosody, Utterance(text=MARKUP)).output))
