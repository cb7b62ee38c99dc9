from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voxaffect import InvalidValueError, UnknownNameError, Utterance
from voxaffect.testing import RendererContract
from voxaffect.types import NEUTRAL_PROSODY, PROSODY_RANGES, ProsodyParameters, Rendering
from voxaffect_ssml import DIALECTS, SsmlRenderer
from voxaffect_ssml.espeak import UNHEARD


class TestSsmlRenderer(RendererContract):
    component = "ssml"


class TestPollyNeuralRenderer(RendererContract):
    component = "ssml"
    options = {"dialect": "polly-neural"}  # noqa: RUF012


class TestEspeakRenderer(RendererContract):
    component = "ssml"
    options = {"dialect": "espeak"}  # noqa: RUF012


TEXT = "It is late, I know. Shall we go?"


def for_engine(dialect: str, **options: Any) -> SsmlRenderer:
    """With a voice where the dialect demands one."""
    if DIALECTS[dialect].needs_voice:
        options.setdefault("voice", "en-US-AvaMultilingualNeural")
    return SsmlRenderer(dialect=dialect, **options)


def render(dialect: str = "w3c", text: str = TEXT, **asked: float) -> Rendering:
    rendering = for_engine(dialect).render(ProsodyParameters(**asked), Utterance(text=text))
    assert rendering.kind == "ssml"
    return rendering


def prosody_attributes(rendering: Rendering) -> dict[str, str]:
    """Of the one `<prosody>` around the text."""
    found = [e for e in ET.fromstring(str(rendering.output)).iter() if e.tag.endswith("prosody")]
    around = [e for e in found if not is_mark(e)]
    assert len(around) <= 1
    return dict(around[0].attrib) if around else {}


def is_mark(prosody: ET.Element) -> bool:
    """Whether it holds a punctuation mark alone, as espeak-ng's pauses are written."""
    return re.fullmatch(r"\W+", "".join(prosody.itertext())) is not None


def marks(rendering: Rendering) -> list[tuple[str, str]]:
    """(Mark, rate) of each punctuation mark that has one of its own."""
    root = ET.fromstring(str(rendering.output))
    return [(str(e.text), e.attrib["rate"]) for e in root.iter("prosody") if is_mark(e) and e.text != UNHEARD]


def breaks(rendering: Rendering) -> list[str]:
    root = ET.fromstring(str(rendering.output))
    return [e.attrib["time"] for e in root.iter() if e.tag.endswith("break")]


def test_neutral_is_the_text_alone() -> None:
    assert render("google", text="Good morning.").output == "<speak>Good morning.</speak>"


def test_w3c_says_version_namespace_and_language() -> None:
    root = ET.fromstring(str(render().output))
    assert root.tag == "{http://www.w3.org/2001/10/synthesis}speak"
    assert root.attrib["version"] == "1.1"
    assert root.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == "en-US"


def test_the_language_and_the_voice_can_be_chosen() -> None:
    renderer = SsmlRenderer(dialect="azure", lang="de-DE", voice="de-DE-KatjaNeural")
    document = renderer.render(ProsodyParameters(speech_rate=1.2), Utterance(text="Guten Tag.")).output
    assert 'xml:lang="de-DE"' in str(document)
    assert '<voice name="de-DE-KatjaNeural"><prosody rate="+20%">Guten Tag.</prosody></voice>' in str(
        document
    )


@pytest.mark.parametrize("lang", ["de", "de-DE", "zh-Hans-CN", "sl-rozaj-biske-1994", "i-klingon", "x-own"])
def test_a_language_tag_of_any_shape_is_taken(lang: str) -> None:
    assert f'xml:lang="{lang}"' in str(
        SsmlRenderer(lang=lang).render(ProsodyParameters(), Utterance(text="hi")).output
    )


@pytest.mark.parametrize(
    "lang", [5, True, ["de"], b"de", "", "de_DE", "de-", "german speech", 'e"n><x', "ü", "en\n"]
)
def test_a_lang_that_is_no_language_tag_is_refused(lang: Any) -> None:
    with pytest.raises(InvalidValueError, match="lang must be a language tag"):
        SsmlRenderer(lang=lang)


@pytest.mark.parametrize("voice", [7, False, ["Katja"], b"Katja", "", " "])
def test_a_voice_that_is_no_name_is_refused(voice: Any) -> None:
    with pytest.raises(InvalidValueError, match="voice must be a name"):
        SsmlRenderer(dialect="azure", voice=voice)


@pytest.mark.parametrize("styles", [None, 5, {"sad": 1}, [1]])
def test_styles_that_are_no_list_of_names_are_refused(styles: Any) -> None:
    with pytest.raises(InvalidValueError, match="styles must be a list of names"):
        SsmlRenderer(dialect="azure", voice="A", styles=styles)


def test_azure_is_asked_for_with_a_voice_because_it_refuses_a_document_without_one() -> None:
    """learn.microsoft.com, "Voice and sound with SSML"; its error for <prosody>: js-tts-wrapper#38."""
    with pytest.raises(InvalidValueError, match="refuses SSML without a <voice>: name one of yours"):
        SsmlRenderer(dialect="azure")
    for asked in (ProsodyParameters(), ProsodyParameters(speech_rate=0.8)):
        root = ET.fromstring(str(for_engine("azure").render(asked, Utterance(text=TEXT)).output))
        assert [child.tag.rpartition("}")[2] for child in root] == ["voice"]


def test_a_voice_is_refused_where_the_engine_takes_none_in_its_ssml() -> None:
    with pytest.raises(InvalidValueError, match="IBM"):
        SsmlRenderer(dialect="ibm", voice="Allison")


ASKED = {"pitch_shift_semitones": 2.0, "pitch_variance": 1.5, "speech_rate": 0.8, "volume_db": 3.0}


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("w3c", {"pitch": "+2st", "range": "+50%", "rate": "80%", "volume": "+3dB"}),
        ("w3c-1.0", {"pitch": "+2st", "range": "+50%", "rate": "0.8"}),
        ("azure", {"pitch": "+12.25%", "range": "+50%", "rate": "-20%", "volume": "+41.25%"}),
        ("polly-standard", {"pitch": "+12.25%", "rate": "80%", "volume": "+3dB"}),
        ("polly-neural", {"rate": "80%", "volume": "+3dB"}),
        ("polly-generative", {"rate": "80%", "volume": "+3dB"}),
        ("google", {"pitch": "+2st", "rate": "80%", "volume": "+3dB"}),
        ("google-chirp3", {}),
        ("ibm", {"pitch": "+2st", "rate": "-20%"}),
        ("apple", {"pitch": "+12.25%", "rate": "80%"}),
        # The mean is to rise by 12 % in Hz, of which a wider range already gives some; for the spread to be
        # 1.5 times as wide in semitones, it must be 1.68 times as wide in Hz.
        ("espeak", {"pitch": "+9%", "range": "168%", "rate": "79%", "volume": "+41%"}),
    ],
)
def test_each_dialect_writes_its_own_units(dialect: str, expected: dict[str, str]) -> None:
    rendering = render(dialect, **ASKED)
    attributes = prosody_attributes(rendering)
    assert attributes == expected
    said = {"pitch": "pitch_shift_semitones", "range": "pitch_variance", "rate": "speech_rate"}
    expressed = {said.get(name, "volume_db") for name in attributes}
    assert set(ASKED) - expressed == set(rendering.unexpressed)
    for name in rendering.unexpressed:
        assert getattr(rendering.residual, name) == ASKED[name]


def test_half_speed_is_fifty_percent_on_polly_and_minus_fifty_on_azure() -> None:
    assert prosody_attributes(render("polly-neural", speech_rate=0.7)) == {"rate": "70%"}
    assert prosody_attributes(render("azure", speech_rate=0.7)) == {"rate": "-30%"}


def test_on_espeak_a_shift_widens_the_range_in_hz_so_that_it_stays_in_semitones() -> None:
    rendering = render("espeak", pitch_shift_semitones=4)
    # A third more than the 26 % that four semitones are, because pitch multiplies only 0.7 of F0.
    assert prosody_attributes(rendering) == {"pitch": "+41%", "range": "126%"}
    assert not rendering.approximated


def test_on_espeak_a_wider_range_alone_lowers_the_pitch_to_hold_the_mean() -> None:
    rendering = render("espeak", pitch_variance=1.5)
    assert prosody_attributes(rendering) == {"pitch": "-12%", "range": "150%"}
    assert not rendering.approximated


def test_what_lies_beyond_an_engine_is_clamped_reported_and_left_over() -> None:
    rendering = render("espeak", pitch_variance=2.0)
    assert prosody_attributes(rendering)["range"] == "185%"
    assert "2 was asked for" in rendering.approximated["pitch_variance"]
    assert rendering.residual.pitch_variance == pytest.approx(2 / 1.85, abs=0.01)


def test_espeak_and_polly_are_not_asked_for_a_level_at_which_they_clip() -> None:
    assert prosody_attributes(render("espeak", volume_db=6)) == {"volume": "+41%"}
    rendering = render("polly-neural", volume_db=6)
    assert prosody_attributes(rendering) == {"volume": "+4.08dB"}
    assert rendering.residual.volume_db == pytest.approx(1.92)


@pytest.mark.parametrize("dialect", ["apple", "w3c-1.0"])
def test_engines_that_start_at_their_loudest_cannot_be_louder(dialect: str) -> None:
    rendering = render(dialect, volume_db=6)
    assert "volume_db" in rendering.unexpressed
    assert rendering.residual.volume_db == 6
    assert prosody_attributes(rendering) == {}
    assert prosody_attributes(render(dialect, volume_db=-6)) == {"volume": "50.12"}


def test_a_change_too_small_to_write_is_reported() -> None:
    rendering = render("espeak", speech_rate=1.001)
    assert prosody_attributes(rendering) == {}
    assert "smallest step" in rendering.unexpressed["speech_rate"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_parameter_is_expressed_or_reported(dialect: str) -> None:
    asked = ProsodyParameters(-6, 0.5, 0.7, 0.5, -6, 0.5, 1, 1)
    rendering = for_engine(dialect).render(asked, Utterance(text=TEXT))
    names = {"pitch": "pitch_shift_semitones", "range": "pitch_variance", "rate": "speech_rate"}
    expressed = {names.get(name, "volume_db") for name in prosody_attributes(rendering)}
    expressed |= {"pause_multiplier"} if breaks(rendering) or marks(rendering) else set()
    assert expressed | set(rendering.unexpressed) == set(asked.changed())
    assert not expressed & set(rendering.unexpressed)


CORNERS = st.builds(ProsodyParameters, **{name: st.sampled_from(r) for name, r in PROSODY_RANGES.items()})


@settings(deadline=None)
@given(
    prosody=CORNERS, dialect=st.sampled_from(sorted(DIALECTS)), dropped=st.sampled_from(list(PROSODY_RANGES))
)
def test_at_the_ends_of_the_ranges_what_is_not_reported_shows_in_the_document(
    prosody: ProsodyParameters, dialect: str, dropped: str
) -> None:
    renderer, utterance = for_engine(dialect), Utterance(text=TEXT)
    rendering = renderer.render(prosody, utterance)
    without = attrs.evolve(prosody, **{dropped: getattr(NEUTRAL_PROSODY, dropped)})
    same = rendering.output == renderer.render(without, utterance).output
    assert same == (dropped in rendering.unexpressed or prosody == without)


def test_pauses_are_breaks_at_inner_boundaries_only() -> None:
    rendering = render(pause_multiplier=2.0)
    assert breaks(rendering) == ["400ms", "1000ms"]
    assert "pause_multiplier" in rendering.approximated
    assert "late,<break" in str(rendering.output)
    assert breaks(render(pause_multiplier=1.0)) == []


def test_on_espeak_a_pause_is_a_mark_at_another_rate_because_a_break_would_take_its_intonation() -> None:
    rendering = render("espeak", pause_multiplier=1.5)
    assert marks(rendering) == [(",", "78%"), (".", "78%")]
    assert "pause_multiplier" not in rendering.approximated
    assert not breaks(rendering)


def test_on_espeak_marks_make_up_for_pauses_that_shrink_faster_than_words() -> None:
    assert marks(render("espeak", speech_rate=1.5)) == [(",", "79%"), (".", "79%")]
    assert marks(render("espeak", text="Nothing to pause at", speech_rate=1.5)) == []


def test_pollys_generative_voices_get_prosody_around_whole_sentences_only() -> None:
    """docs.aws.amazon.com/polly, "prosody tag", 1 December 2026."""
    whole = render("polly-generative", speech_rate=0.8)
    assert whole.output == f'<speak><prosody rate="80%">{TEXT}</prosody></speak>'
    assert not whole.approximated
    begun = render("polly-generative", text="It is late. Shall we", speech_rate=0.8, pause_multiplier=1.5)
    assert begun.output == (
        '<speak><prosody rate="80%">It is late.<break time="750ms"/></prosody> Shall we</speak>'
    )
    assert "the last words are none" in begun.approximated["speech_rate"]
    torn = render("polly-generative", text="and then, Dr.", speech_rate=0.8)
    assert torn.output == "<speak>and then, Dr.</speak>"
    assert "the text has none" in torn.unexpressed["speech_rate"]
    assert torn.residual.speech_rate == 0.8


def test_chirp_3_gets_no_prosody_and_no_breaks_because_it_passes_over_them() -> None:
    """docs.cloud.google.com/text-to-speech, "Chirp 3: HD voices": other elements are ignored."""
    rendering = render("google-chirp3", speech_rate=0.8, pause_multiplier=1.5)
    assert rendering.output == f"<speak>{TEXT}</speak>"
    assert rendering.unexpressed["pause_multiplier"] == "Google's Chirp 3 HD takes no <break>"


def test_a_text_without_boundaries_has_no_pause_to_change() -> None:
    rendering = render(text="Hello there.", pause_multiplier=1.5)
    assert breaks(rendering) == []
    assert "pause_multiplier" in rendering.unexpressed


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dr. Smith paid 3.14 or 1,000 francs, i.e. nothing.", 1),
        ("Is it 5? No: it is 6! Good.", 3),
        ('He said "Stop." Then he left...', 1),
        ("今日は、雨です。明日は？", 2),  # noqa: RUF001
        ("No boundary", 0),
    ],
)
def test_boundaries_are_punctuation_that_ends_something(text: str, count: int) -> None:
    assert len(breaks(render(text=text, pause_multiplier=1.5))) == count


def test_markup_in_the_text_is_text() -> None:
    text = 'a < b & <break time="9s"/> </prosody> ]]> "quoted"'
    rendering = render(text=text, volume_db=-3)
    assert "".join(ET.fromstring(str(rendering.output)).itertext()) == text
    assert not breaks(rendering)


def test_a_carriage_return_survives_xml() -> None:
    assert ET.fromstring(str(render("google", text="a\rb").output)).text == "a\rb"


@pytest.mark.slow
def test_a_megabyte_of_text_takes_no_longer_than_its_length_asks() -> None:
    for text in (
        "a" * 1_000_000,
        "<" * 1_000_000,
        "." * 1_000_001,
        "\u3002" * 1_000_000,
        "Yes. No, " * 111_000,
    ):
        assert len(str(render(text=text, pause_multiplier=1.5).output)) >= 1_000_000


def test_characters_xml_forbids_are_removed_and_separators_become_spaces() -> None:
    assert render("google", text="a\x00b\x0cc\ud800d\ufffee").output == "<speak>ab cde</speak>"


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x0b", "\ud800", "\ufffe"])
@pytest.mark.parametrize("option", ["voice", "version"])
def test_an_option_with_a_character_xml_forbids_is_refused(option: str, character: str) -> None:
    written = f"1.0{character}"
    dialect = {"engine": "Mine", "like": "azure", "version": written if option == "version" else "1.0"}
    renderer = SsmlRenderer(dialect=dialect, voice=written if option == "voice" else "Mine")
    with pytest.raises(InvalidValueError, match="XML forbids the character"):
        renderer.render(NEUTRAL_PROSODY, Utterance(text=TEXT))


@pytest.mark.parametrize("text", ["", " \n", "\x00"])
def test_no_text_gives_no_empty_prosody_and_leaves_everything(text: str) -> None:
    rendering = render(text=text, speech_rate=1.2, breathiness=0.5)
    assert "<prosody" not in str(rendering.output)
    assert set(rendering.unexpressed) == {"speech_rate", "breathiness"}


def test_an_unknown_dialect_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean 'azure'.*espeak.*polly-neural"):
        SsmlRenderer(dialect="azur")


PARAMETERS = st.builds(
    ProsodyParameters, **{name: st.floats(low, high) for name, (low, high) in PROSODY_RANGES.items()}
)
FORM = {
    "pitch": r"[+-]\d+(\.\d\d?)?(st|%)",
    "range": r"[+-]?\d+(\.\d\d?)?%",
    "rate": r"[+-]?\d+(\.\d\d?)?%|\d(\.\d\d?)?",
    "volume": r"[+-]\d+(\.\d\d?)?(dB|%)|\d+(\.\d\d?)?",
}


@settings(deadline=None)
@given(text=st.text(), prosody=PARAMETERS, dialect=st.sampled_from(sorted(DIALECTS)))
def test_any_text_and_prosody_give_well_formed_ssml_in_the_dialects_forms(
    text: str, prosody: ProsodyParameters, dialect: str
) -> None:
    rendering = for_engine(dialect).render(prosody, Utterance(text=text))
    root = ET.fromstring(str(rendering.output))
    kept = "".join(c for c in text if c.isprintable() and c.isascii() and c > " ")
    assert kept == "".join(c for c in "".join(root.itertext()) if c.isprintable() and c.isascii() and c > " ")
    for e in root.iter():
        if e.tag.endswith("prosody"):
            assert e.attrib
            for name, value in e.attrib.items():
                assert re.fullmatch(FORM[name], value), (name, value)
                attribute = next(a for a in DIALECTS[dialect].prosody.values() if a.name == name)
                assert is_mark(e) or attribute.low <= float(value.rstrip("%stdB")) <= attribute.high
        if e.tag.endswith("break"):
            assert re.fullmatch(r"\d+ms", e.attrib["time"])


@settings(deadline=None)
@given(prosody=PARAMETERS, dialect=st.sampled_from(sorted(DIALECTS)))
def test_only_what_was_asked_is_reported_and_what_is_unexpressed_is_left_whole(
    prosody: ProsodyParameters, dialect: str
) -> None:
    rendering = for_engine(dialect).render(prosody, Utterance(text=TEXT))
    assert set(rendering.approximated) | set(rendering.unexpressed) <= set(prosody.changed())
    assert not set(rendering.approximated) & set(rendering.unexpressed)
    for name in rendering.unexpressed:
        assert getattr(rendering.residual, name) == getattr(prosody, name)
    untouched = set(attrs.asdict(prosody)) - set(rendering.unexpressed) - set(rendering.approximated)
    for name in untouched:
        assert getattr(rendering.residual, name) == getattr(NEUTRAL_PROSODY, name)
