from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from voxaffect import EmotionCategory, InvalidValueError, ProsodyParameters, Utterance
from voxaffect_ssml import SsmlRenderer
from voxaffect_ssml.styles import AZURE_STYLES

EXPRESS_AS = "{https://www.w3.org/2001/mstts}express-as"


def express_as(emotion: str | None, styles: list[str], intensity: float = 1.0) -> dict[str, str] | None:
    """Attributes of the one `mstts:express-as`, None without one."""
    renderer = SsmlRenderer(dialect="azure", voice="en-US-AriaNeural", styles=styles)
    parsed = None if emotion is None else EmotionCategory(emotion)
    utterance = Utterance(text="I see.", emotion=parsed, intensity=intensity)
    root = ET.fromstring(str(renderer.render(ProsodyParameters(volume_db=1), utterance).output))
    found = list(root.iter(EXPRESS_AS))
    assert len(found) <= 1
    return dict(found[0].attrib) if found else None


def test_no_style_is_said_unless_the_caller_says_that_the_voice_has_it() -> None:
    assert express_as("sad", []) is None
    assert express_as("sad", ["cheerful"]) is None
    assert express_as(None, ["sad"]) is None


def test_the_style_of_the_emotions_own_name_comes_first_then_the_nearest() -> None:
    assert express_as("lonely", ["sad", "lonely"]) == {"style": "lonely", "styledegree": "2.00"}
    assert express_as("lonely", ["sad", "cheerful"]) == {"style": "sad", "styledegree": "2.00"}
    assert express_as("panicked", ["fearful", "terrified"]) == {"style": "terrified", "styledegree": "2.00"}


@pytest.mark.parametrize(
    ("intensity", "degree"), [(1.0, "2.00"), (0.5, "1.00"), (0.25, "0.50"), (0.001, "0.01")]
)
def test_half_the_intensity_is_the_style_as_recorded(intensity: float, degree: str) -> None:
    assert express_as("sad", ["sad"], intensity) == {"style": "sad", "styledegree": degree}


def test_no_intensity_is_no_style() -> None:
    assert express_as("sad", ["sad"], 0.0) is None


def test_each_of_the_26_has_its_line_in_the_table_of_styles() -> None:
    assert set(AZURE_STYLES) == set(EmotionCategory)


def test_the_style_stands_inside_the_voice_and_around_the_prosody() -> None:
    renderer = SsmlRenderer(dialect="azure", voice="A", styles=["sad"])
    utterance = Utterance(text="I see.", emotion=EmotionCategory.SAD)
    assert str(renderer.render(ProsodyParameters(volume_db=-6), utterance).output).endswith(
        '<voice name="A"><mstts:express-as style="sad" styledegree="2.00">'
        '<prosody volume="-49.88%">I see.</prosody></mstts:express-as></voice></speak>'
    )


def test_styles_are_refused_where_the_engine_has_none_and_where_they_are_no_list() -> None:
    with pytest.raises(InvalidValueError, match="Google has no speaking styles"):
        SsmlRenderer(dialect="google", styles=["sad"])
    with pytest.raises(InvalidValueError, match="list of names"):
        SsmlRenderer(dialect="azure", styles="sad")
