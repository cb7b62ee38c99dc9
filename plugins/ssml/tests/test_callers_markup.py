from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voxaffect import InvalidValueError, ProsodyParameters, Rendering, UnknownNameError, Utterance
from voxaffect_ssml import DIALECTS, SsmlRenderer
from voxaffect_ssml.espeak import UNHEARD

SLOW = ProsodyParameters(speech_rate=0.8)


def render(text: str, dialect: str = "google", **asked: float) -> Rendering:
    voice = "en-US-AvaMultilingualNeural" if DIALECTS[dialect].needs_voice else None
    renderer = SsmlRenderer(dialect=dialect, markup="ssml", voice=voice)
    return renderer.render(ProsodyParameters(**asked) if asked else SLOW, Utterance(text=text))


def test_markup_is_kept_inside_the_prosody() -> None:
    assert render('It is <emphasis level="strong">not</emphasis> so.').output == (
        '<speak><prosody rate="80%">It is <emphasis level="strong">not</emphasis> so.</prosody></speak>'
    )


def test_a_whole_document_is_merged_and_keeps_its_language() -> None:
    text = (
        '<?xml version="1.0"?><!-- hello --><speak version="1.0" xml:lang="de-DE" '
        'xmlns="http://www.w3.org/2001/10/synthesis"><s>Guten Tag.</s></speak>'
    )
    assert render(text).output == (
        '<speak xml:lang="de-DE"><prosody rate="80%"><s>Guten Tag.</s></prosody></speak>'
    )


def test_what_was_escaped_stays_escaped() -> None:
    text = "a &lt; b &amp; <![CDATA[<c>]]> &#x41;"
    assert "a &lt; b &amp; &lt;c&gt; A" in str(render(text).output)


def test_pauses_go_between_the_callers_words_and_its_own_breaks_stay() -> None:
    rendering = render(
        'One, two.<break time="1.5s"/> <sub alias="Dr. Who, M.D.">DW, him</sub>', pause_multiplier=2
    )
    assert rendering.output == (
        '<speak>One,<break time="400ms"/> two.<break time="1500ms"/> '
        '<sub alias="Dr. Who, M.D.">DW, him</sub></speak>'
    )


def test_markup_without_words_has_nothing_to_change() -> None:
    rendering = render('<break time="1s"/>')
    assert rendering.output == '<speak><break time="1000ms"/></speak>'
    assert set(rendering.unexpressed) == {"speech_rate"}


@pytest.mark.parametrize(
    ("dialect", "text", "said"),
    [
        ("google", "a < b", "no well-formed SSML"),
        ("google", "<p>a</s>", "no well-formed SSML"),
        ("google", "&nbsp;", "no well-formed SSML"),
        ("google", "</speak><speak>", "no well-formed SSML"),
        ("google", '<!DOCTYPE speak [<!ENTITY a "b">]><speak>&a;</speak>', "document type"),
        ("google", "<s>" * 100 + "a" + "</s>" * 100, "64 deep"),
        ("google", "<script>a</script>", "Google takes no <script>"),
        ("google", "a <speak>b</speak>", "Google takes no <speak>"),
        ("google", '<x:effect xmlns:x="urn:x">a</x:effect>', "Google takes no"),
        ("google", "<emphasis colour='red'>a</emphasis>", "it takes: level"),
        ("google", "<emphasis level='very'>a</emphasis>", "no level of <emphasis>"),
        ("google", "<prosody>a</prosody>", "without an attribute"),
        ("google", "<sub>a</sub>", "needs the attribute alias"),
        ("google", "<sub alias='b'><s>a</s></sub>", "text only"),
        ("google", "<break time='long'/>", "like 250ms"),
        ("google", "<break strength='huge'/>", "x-strong"),
        ("google", "<break>a</break>", "must be empty"),
        ("google", "<s>a <p>b</p></s>", "cannot stand inside <s>"),
        ("polly-neural", "<emphasis>a</emphasis>", "neural and long-form"),
        ("polly-neural", "<prosody pitch='+5%'>a</prosody>", "it takes: rate, volume"),
        ("azure", "<voice name='b'>a</voice>", "Azure takes no <voice>"),
        ("w3c-1.0", "<lang xml:lang='de'>a</lang>", "SSML 1.0 takes no <lang>"),
        # docs.aws.amazon.com/polly, "break tag" and "prosody tag"
        ("polly-standard", "<break time='10.1s'/>", "for 10 s at most"),
        ("polly-standard", "<prosody rate='19%'>a</prosody>", r"it takes: N% \(20 to 200\), x-slow"),
        ("polly-neural", "<prosody rate='+20%'>a</prosody>", "no rate='\\+20%'"),
        ("polly-standard", "<prosody pitch='2st'>a</prosody>", "no pitch='2st'"),
        ("polly-standard", "<prosody pitch='+60%'>a</prosody>", "-33.3 to 50"),
        ("polly-standard", "<prosody volume='80'>a</prosody>", "no volume='80'"),
        ("polly-generative", "<break time='20s'/>", "for 10 s at most"),
        ("polly-generative", "It is <prosody rate='80%'>late.</prosody>", "around whole sentences only"),
        ("polly-generative", "No. <s>It is <prosody rate='80%'>very late.</prosody></s>", "'very late.'"),
        ("polly-generative", "<prosody rate='80%'>It is</prosody> late.", "around whole sentences only"),
        # github.com/gsdriver/ssml-check-core, checktag.js
        ("google", "<break time='60s'/>", "for 10 s at most"),
        ("google", "<prosody rate='20%'>a</prosody>", "25 to 200"),
        # learn.microsoft.com, "SSML document structure" and "Voice and sound with SSML"
        ("azure", "<break time='20001ms'/>", "for 20 s at most"),
        ("azure", "<prosody volume='loudest'>a</prosody>", "x-soft, soft, medium, loud"),
        ("azure", "<prosody volume='101'>a</prosody>", "no volume='101'"),
        ("azure", "<prosody rate='3'>a</prosody>", "0.5 to 2"),
        ("azure", "<prosody contour='up'>a</prosody>", "contour of <prosody> must be like"),
        # www.w3.org/TR/speech-synthesis11, 3.2.4
        ("w3c", "<prosody pitch='2st'>a</prosody>", r"\+/-Nst"),
        ("w3c", "<prosody rate='quick'>a</prosody>", "x-fast"),
        ("w3c", "<prosody volume='50'>a</prosody>", "silent"),
        ("w3c-1.0", "<prosody volume='+6dB'>a</prosody>", "0 to 100"),
        ("w3c", "<prosody duration='long'>a</prosody>", "duration of <prosody> must be like"),
        ("w3c", "<s xml:lang='de_DE'>a</s>", "must be a language tag"),
        ("w3c", "<speak xml:lang='de_DE'>a</speak>", "must be a language tag"),
        # github.com/espeak-ng/espeak-ng, ssml.c
        ("espeak", "<prosody rate='quick'>a</prosody>", "no rate='quick'"),
        ("espeak", "<prosody volume='+6dB'>a</prosody>", "no volume="),
    ],
)
def test_what_the_engine_would_not_understand_is_refused(dialect: str, text: str, said: str) -> None:
    with pytest.raises(InvalidValueError, match=said):
        render(text, dialect)


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("polly-standard", "<break time='10s'/> <prosody rate='20%' pitch='-10%' volume='+4dB'>a</prosody>"),
        ("google", "<prosody rate='+20%' pitch='+1.5st' volume='x-soft'>a</prosody>"),
        ("azure", "<prosody rate='50%' volume='+10' pitch='120Hz'>a</prosody>"),
        ("azure", "<prosody contour='(0%,+20Hz) (10%, -2st) (40%,high)' rate='1.5'>a</prosody>"),
        ("w3c", "<prosody pitch='x-low' range='+3st' rate='80%' volume='-6dB' duration='2s'>a</prosody>"),
        ("w3c-1.0", "<prosody rate='0.8' volume='50'>a</prosody>"),
        ("espeak", "<prosody rate='1.25' pitch='+2st' volume='loud'>a</prosody>"),
    ],
)
def test_the_values_that_an_engine_documents_are_taken(dialect: str, text: str) -> None:
    assert "a</prosody>" in str(render(text, dialect).output)


def test_an_unknown_markup_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="ssml, text"):
        SsmlRenderer(markup="html")


TREES = st.recursive(
    st.sampled_from(["a", "Well, yes. No", "", "<break/>", "x &amp; y"]),
    lambda inside: st.builds(
        "{}{}{}{}".format,
        inside,
        st.sampled_from(
            ["<s>", "<p>", '<prosody rate="90%">', "<emphasis>", "<b>", '<say-as interpret-as="date">']
        ),
        inside,
        st.sampled_from(["</s>", "</p>", "</prosody>", "</emphasis>", "</b>", "</say-as>", ""]),
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(text=TREES | st.text(), dialect=st.sampled_from(sorted(DIALECTS)))
def test_any_markup_is_merged_word_for_word_or_refused(text: str, dialect: str) -> None:
    try:
        rendering = render(text, dialect, speech_rate=0.8, pause_multiplier=1.5)
    except InvalidValueError:
        return
    try:
        before = ET.fromstring(f"<speak>{text}</speak>")
    except ET.ParseError:  # what XML forbids was removed
        return
    after = ET.fromstring(str(rendering.output))
    assert "".join(after.itertext()).replace(UNHEARD, "") == "".join(before.itertext()).replace(UNHEARD, "")
