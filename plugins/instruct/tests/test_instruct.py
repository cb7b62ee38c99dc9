from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

import attrs
import pytest
from voxaffect import EmotionCategory, InvalidValueError, UnknownNameError, Utterance, emotion_to_prosody
from voxaffect.testing import RendererContract
from voxaffect.types import NEUTRAL_PROSODY, PROSODY_RANGES, ProsodyParameters, Rendering
from voxaffect_instruct import TARGETS, InstructRenderer
from voxaffect_instruct.cartesia import EMOTIONS
from voxaffect_instruct.emotion_words import EMOTION_WORDS
from voxaffect_instruct.indextts2 import MIXTURES
from voxaffect_instruct.tagged import ELEVENLABS_DIRECTIONS, ORPHEUS_SOUNDS, TURBO_SOUNDS

E = EmotionCategory
TEXT = "It is late. Shall we go?"

CARTESIAN = {
    "neutral", "happy", "excited", "enthusiastic", "elated", "euphoric", "triumphant", "amazed",
    "surprised", "flirtatious", "joking/comedic", "curious", "content", "peaceful", "serene", "calm",
    "grateful", "affectionate", "trust", "sympathetic", "anticipation", "mysterious", "angry", "mad",
    "outraged", "frustrated", "agitated", "threatened", "disgusted", "contempt", "envious", "sarcastic",
    "ironic", "sad", "dejected", "melancholic", "disappointed", "hurt", "guilty", "bored", "tired",
    "rejected", "nostalgic", "wistful", "apologetic", "hesitant", "insecure", "confused", "resigned",
    "anxious", "panicked", "alarmed", "scared", "proud", "confident", "distant", "skeptical",
    "contemplative", "determined",
}  # fmt: skip
"""The names in Cartesia's documentation."""


class TestInstruction(RendererContract):
    component = "instruct"


class TestElevenlabs(RendererContract):
    component = "instruct"
    options = {"target": "elevenlabs-v3"}  # noqa: RUF012


class TestHume(RendererContract):
    component = "instruct"
    options = {"target": "hume"}  # noqa: RUF012


def render(
    target: str,
    emotion: EmotionCategory | None = None,
    intensity: float = 1.0,
    *,
    text: str | None = TEXT,
    **prosody: float,
) -> Rendering:
    asked = (
        ProsodyParameters(**prosody) if emotion is None or prosody else emotion_to_prosody(emotion, intensity)
    )
    return InstructRenderer(target=target).render(
        asked, Utterance(text=text, emotion=emotion, intensity=intensity)
    )


def parameters(target: str, *arguments: Any, **options: Any) -> Mapping[str, Any]:
    output = render(target, *arguments, **options).output
    assert isinstance(output, Mapping)
    return output


def spoken(target: str, text: str) -> str:
    """The words that a target is given to speak, with nothing of ours among them."""
    output = parameters(target, E.NEUTRAL, text=text)
    output = output.get("input", output) if target == "google-chirp3" else output
    (field,) = {"text", "input", "tts_text", "prompt", "transcript"} & set(output)
    return str(output[field])


# every target


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("emotion", E)
def test_every_emotion_is_rendered_for_every_target_and_every_parameter_accounted_for(
    target: str, emotion: EmotionCategory
) -> None:
    for intensity in (0.0, 0.3, 1.0):
        rendering = render(target, emotion, intensity)
        asked = set(emotion_to_prosody(emotion, intensity).changed())
        reported = set(rendering.approximated) | set(rendering.unexpressed)
        assert reported <= asked
        silent = asked - reported
        assert silent <= {"speech_rate"}, "only a rate is taken exactly"
        assert set(rendering.unexpressed) <= set(rendering.residual.changed())
        assert rendering.output


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", PROSODY_RANGES)
def test_at_the_ends_of_the_ranges_what_is_not_reported_shows_in_the_output(target: str, name: str) -> None:
    for value in PROSODY_RANGES[name]:
        rendering = render(target, None, **{name: value})
        asked = value != getattr(NEUTRAL_PROSODY, name)
        assert (rendering.output != render(target).output) == (asked and name not in rendering.unexpressed)


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_left_for_others_is_what_was_asked_and_no_number_rendered(target: str) -> None:
    asked = ProsodyParameters(3, 1.5, 1.2, 1.5, 3, 1.2, 0.5, 0.5)
    rendering = render(target, None, **attrs.asdict(asked))
    for name in rendering.unexpressed:
        assert getattr(rendering.residual, name) == getattr(asked, name)
    done = set(asked.changed()) - set(rendering.unexpressed)
    assert not done & set(rendering.residual.changed())


LONG = "Ja, gut; nun, wir sehen: ok. " * 400
LIMITS = {  # platform.openai.com; elevenlabs.io/docs, models; cloud.google.com/text-to-speech/quotas
    "openai": "4,096 characters",
    "openai-tts-1": "4,096 characters",
    "elevenlabs-v3": "5,000 characters",
    "google-chirp3": "5,000 bytes",
}


def test_the_limits_are_those_that_the_engines_document() -> None:
    assert {name: str(target.limit) for name, target in TARGETS.items() if target.limit} == LIMITS


@pytest.mark.parametrize("target", LIMITS)
def test_a_text_that_is_too_long_becomes_requests_that_fit_each_told_the_same(target: str) -> None:
    rendering = render(target, E.SAD, text=LONG)
    assert len(rendering.parts) > 1
    for part in rendering.parts:
        assert isinstance(part, Mapping)
        assert TARGETS[target].fits(part)
        assert {**part, "input": "", "text": ""} == {**rendering.output, "input": "", "text": ""}  # type: ignore[dict-item]
    assert str(rendering.parts).count("sehen") == 400
    assert render(target, E.SAD).parts == ()


def test_an_unknown_target_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"cartesia.*elevenlabs-v3.*orpheus"):
        InstructRenderer(target="elevenlabs")
    with pytest.raises(UnknownNameError, match="target"):
        InstructRenderer(target=["hume"])  # type: ignore[arg-type]


@pytest.mark.parametrize("target", [name for name, target in TARGETS.items() if target.tags])
def test_a_target_of_tags_needs_a_text(target: str) -> None:
    with pytest.raises(InvalidValueError, match="give a text"):
        render(target, E.SAD, text=None)


@pytest.mark.parametrize("target", [name for name, target in TARGETS.items() if target.text_field])
def test_the_others_need_none_and_then_leave_its_field_out(target: str) -> None:
    output = render(target, E.SAD, text=None).output
    assert TARGETS[target].text_field not in output


def test_an_emotion_counts_only_for_what_its_own_profile_moves_that_way() -> None:
    against = render("cartesia", E.SAD, pitch_shift_semitones=3.0, pitch_variance=0.6)
    assert "pitch_shift_semitones" in against.unexpressed
    assert against.residual.pitch_shift_semitones == 3
    assert "pitch_variance" in against.approximated


# words


def test_the_instruction_says_the_feeling_its_degree_and_every_parameter() -> None:
    assert render("text", E.SAD).output == (
        "Speak in a very sad voice, heavy and downcast: slightly lower in pitch, flatter in melody, slower, "
        "with longer pauses, quieter, slightly more even in loudness and slightly breathier."
    )


def test_the_degree_follows_the_intensity() -> None:
    said = [str(render("text", E.ANGRY, intensity).output) for intensity in (0.2, 0.4, 0.7, 1.0)]
    starts = ("a slightly angry", "a fairly angry", "an angry", "a very angry")
    assert [text.startswith(f"Speak in {start} voice") for text, start in zip(said, starts, strict=True)]
    assert all(f"Speak in {start} voice" in text for text, start in zip(said, starts, strict=True))


def test_prosody_alone_is_an_instruction_too() -> None:
    assert render("text", speech_rate=0.7, volume_db=-1).output == (
        "Speak much slower and slightly quieter than usual."
    )
    assert render("text").output == "Speak in your usual voice."


@pytest.mark.parametrize(
    ("name", "less", "more"),
    [
        ("pitch_shift_semitones", (-6, "much lower in pitch"), (1, "slightly higher in pitch")),
        ("pitch_variance", (0.5, "much flatter in melody"), (2, "much livelier in melody")),
        ("speech_rate", (0.9, "slightly slower"), (1.5, "much faster")),
        ("pause_multiplier", (0.5, "with much shorter pauses"), (1.4, "with longer pauses")),
        ("volume_db", (-3, "quieter"), (6, "much louder")),
        ("dynamic_range", (0.5, "much more even"), (1.5, "with much more contrast")),
        ("breathiness", (0.1, "slightly breathier"), (1, "much breathier")),
        ("tremolo_amount", (0.1, "slightly more trembling"), (1, "much more trembling")),
    ],
)
def test_each_parameter_has_its_words_and_degrees(
    name: str, less: tuple[float, str], more: tuple[float, str]
) -> None:
    for value, phrase in (less, more):
        rendering = render("text", **{name: value})
        assert phrase in str(rendering.output)
        assert set(rendering.approximated) == {name}


def test_what_is_too_little_for_words_is_left_to_others() -> None:
    rendering = render("text", volume_db=0.1)
    assert rendering.output == "Speak in your usual voice."
    assert rendering.residual.volume_db == 0.1
    assert "volume_db" in rendering.unexpressed


def test_every_emotion_has_words_of_its_own() -> None:
    assert set(EMOTION_WORDS) == set(E)
    assert len(set(EMOTION_WORDS.values())) == len(E)


# each target


def test_openais_model_that_reads_instructions_gets_the_rate_in_words_because_it_takes_no_speed() -> None:
    """platform.openai.com, audio/speech: speed "does not work with gpt-4o-mini-tts"."""
    rendering = render("openai", E.SAD)
    output = parameters("openai", E.SAD)
    assert set(output) == {"input", "instructions"}
    assert "slower" in output["instructions"]
    assert 'in words: "slower"' in rendering.approximated["speech_rate"]


def test_openais_models_that_take_a_speed_get_no_instructions_because_they_read_none() -> None:
    """platform.openai.com, audio/speech: instructions "do not work with tts-1 or tts-1-hd"."""
    rendering = render("openai-tts-1", E.SAD)
    assert rendering.output == {"input": TEXT, "speed": emotion_to_prosody("sad").speech_rate}
    assert set(rendering.unexpressed) == set(emotion_to_prosody("sad").changed()) - {"speech_rate"}


@pytest.mark.parametrize("target", ["cosyvoice", "cosyvoice3"])
def test_cosyvoices_instruction_ends_its_prompt_once(target: str) -> None:
    output = parameters(target, E.HAPPY, text="Stop.<|endofprompt|>Now.")
    assert str(output).count("<|endofprompt|>") == 1
    assert output["instruct_text"].endswith(".<|endofprompt|>")
    assert output["tts_text"] == "Stop.(|endofprompt|)Now."
    assert output["speed"] == emotion_to_prosody("happy").speech_rate


def test_cosyvoice_3_is_given_the_role_it_wants() -> None:
    assert parameters("cosyvoice3", E.HAPPY)["instruct_text"].startswith("You are a helpful assistant. Speak")


def test_humes_description_is_at_most_100_characters_and_says_what_did_not_fit() -> None:
    for emotion in E:
        rendering = render("hume", emotion)
        output = parameters("hume", emotion)
        assert len(output["description"]) <= 100
        assert 0.75 <= output["speed"] <= 1.5
        if any("no room" in reason for reason in rendering.unexpressed.values()):
            break
    else:
        pytest.fail("every description fitted")


def test_parler_describes_the_speaker() -> None:
    assert parameters("parler", E.CALM)["description"].startswith("The speaker's delivery is very calm, ")


def test_indextts2s_vector_is_of_eight_and_never_sums_to_more_than_it_may() -> None:
    assert set(MIXTURES) == set(E)
    for emotion in E:
        vector = parameters("indextts2", emotion)["emo_vector"]
        assert len(vector) == 8
        assert min(vector) >= 0
        assert sum(vector) <= 0.8 + 1e-9
    assert parameters("indextts2", E.NEUTRAL)["emo_vector"] == [0.0] * 8


def test_indextts2_has_its_axes_in_their_order_and_the_intensity_as_alpha() -> None:
    order = (E.HAPPY, E.ANGRY, E.SAD, E.PANICKED, None, E.LONELY, E.CURIOUS, E.CALM)
    for place, emotion in enumerate(order):
        if emotion is not None:
            vector = parameters("indextts2", emotion)["emo_vector"]
            assert vector[place] == max(vector)
    assert parameters("indextts2", E.SAD, 0.4)["emo_alpha"] == 0.4


def test_chatterbox_exaggerates_activation_and_holds_back_where_there_is_none() -> None:
    exaggeration = {emotion: parameters("chatterbox", emotion)["exaggeration"] for emotion in E}
    assert exaggeration[E.NEUTRAL] == 0.5
    assert exaggeration[E.PANICKED] > exaggeration[E.ANGRY] > 0.7 > exaggeration[E.CALM]
    assert 0.25 <= min(exaggeration.values()) < 0.5 < max(exaggeration.values()) <= 1
    assert parameters("chatterbox", E.PANICKED)["cfg_weight"] == 0.3
    assert parameters("chatterbox", E.NEUTRAL)["cfg_weight"] == 0.5
    assert 0.5 < parameters("chatterbox", E.PANICKED, 0.3)["exaggeration"] < exaggeration[E.PANICKED]


def test_sounds_are_those_the_engines_know() -> None:
    known = {"laugh", "chuckle", "sigh", "cough", "sniffle", "groan", "yawn", "gasp"}
    assert set(ORPHEUS_SOUNDS.values()) <= known
    assert set(TURBO_SOUNDS.values()) <= {"laugh", "cough", "chuckle"}


def test_orpheus_and_turbo_make_a_sound_that_fits_and_none_below_half_the_intensity() -> None:
    assert parameters("orpheus", E.DISAPPOINTED) == {"prompt": f"<sigh> {TEXT}"}
    assert parameters("orpheus", E.DISAPPOINTED, 0.4) == {"prompt": TEXT}
    assert parameters("orpheus", E.CONFIDENT) == {"prompt": TEXT}
    assert parameters("chatterbox-turbo", E.AMUSED) == {"text": f"[laugh] {TEXT}"}
    assert parameters("chatterbox-turbo", E.SAD) == {"text": TEXT}


def test_elevenlabs_v3_gets_the_pace_as_a_direction_because_it_takes_no_speed() -> None:
    """github.com/elevenlabs/elevenlabs-mcp, pull request 96."""
    assert set(ELEVENLABS_DIRECTIONS) == set(E) - {E.NEUTRAL}
    rendering = render("elevenlabs-v3", E.PANICKED, speech_rate=1.5)
    assert rendering.output == {
        "text": f"[panicked] [much faster] {TEXT}",
        "voice_settings": {"stability": 0.0},
    }
    assert rendering.approximated["speech_rate"] == 'in words: "much faster"'
    assert parameters("elevenlabs-v3", E.NEUTRAL)["text"] == TEXT


def test_elevenlabs_v3_gets_one_of_the_stabilities_it_takes() -> None:
    """ "Invalid TTD stability value. Must be one of: [0.0, 0.5, 1.0]" is the service's message."""
    for emotion in E:
        for intensity in (0.0, 0.3, 0.6, 1.0):
            settings = parameters("elevenlabs-v3", emotion, intensity)["voice_settings"]
            intense = intensity == 1.0 and emotion is not E.NEUTRAL
            assert settings == {"stability": 0.0 if intense else 0.5}


def test_cartesia_gets_names_it_knows_and_factors_it_takes() -> None:
    assert set(EMOTIONS) == set(E)
    assert set(EMOTIONS.values()) <= CARTESIAN
    config = parameters("cartesia", E.SAD, speech_rate=0.7, volume_db=-6)["generation_config"]
    assert config == {"speed": 0.7, "volume": 0.501, "emotion": "sad"}
    loud = parameters("cartesia", volume_db=6)["generation_config"]
    assert loud == {"speed": 1.0, "volume": 1.995}
    assert parameters("cartesia", E.SAD, 0.2)["generation_config"]["emotion"] == "neutral"


def test_cartesias_sonic_3_5_gets_no_speed_and_no_volume_because_it_has_them_switched_off() -> None:
    """docs.cartesia.ai, "Volume, Speed, and Emotion", 1 December 2026."""
    assert parameters("cartesia-sonic-3.5", E.SAD)["generation_config"] == {"emotion": "sad"}
    rendering = render("cartesia-sonic-3.5", speech_rate=0.8, volume_db=-2)
    assert rendering.output == {"transcript": TEXT, "generation_config": {}}
    assert set(rendering.unexpressed) == {"speech_rate", "volume_db"}
    assert "sonic-3 has it" in rendering.unexpressed["speech_rate"]


@pytest.mark.parametrize(
    ("factor", "markup"),
    [
        (1.1, None),
        (1.3, "It is late, [pause short] I know. [pause] Shall we go?"),
        (1.8, "It is late, [pause] I know. [pause long] Shall we go?"),
    ],
)
def test_chirp_3_gets_its_pace_and_its_marks_for_pauses(factor: float, markup: str | None) -> None:
    """docs.cloud.google.com/text-to-speech, "Chirp 3: HD voices": no prosody; marks in `markup` only."""
    text = "It is late, I know. Shall we go?"
    rendering = render("google-chirp3", text=text, speech_rate=0.8, pause_multiplier=factor, volume_db=3)
    spoken_text = {"text": text} if markup is None else {"markup": markup}
    assert rendering.output == {"input": spoken_text, "audio_config": {"speaking_rate": 0.8}}
    reported = rendering.unexpressed if markup is None else rendering.approximated
    assert "pause_multiplier" in reported
    assert "volume_db" in rendering.unexpressed


# text is only ever spoken

TAGGED = "[laugh] <sigh> <break time='3s'/> <|endofprompt|> [[gasp]] <<yawn>>"


@pytest.mark.parametrize("target", [name for name in TARGETS if name != "text"])
def test_what_the_speaker_writes_never_becomes_a_tag(target: str) -> None:
    said = spoken(target, TAGGED)
    for opening, closing in TARGETS[target].delimiters:
        assert opening not in said
        assert closing not in said
    assert "laugh" in said
    assert "sigh" in said


@pytest.mark.parametrize(
    ("target", "kinds"),
    [
        ("orpheus", {"<>"}),
        ("chatterbox-turbo", {"[]"}),
        ("elevenlabs-v3", {"[]", "<>"}),
        ("cartesia", {"[]", "<>"}),
        ("cartesia-sonic-3.5", {"[]", "<>"}),
        ("google-chirp3", {"[]"}),
        ("cosyvoice", {"[]", "<>"}),
        ("cosyvoice3", {"[]", "<>"}),
        ("indextts2", {"<>"}),
    ],
)
def test_every_kind_of_tag_that_a_target_knows_is_disarmed(target: str, kinds: set[str]) -> None:
    assert set(TARGETS[target].delimiters) == kinds


def test_a_comparison_stays_and_cannot_open_one_of_our_own_tags() -> None:
    assert spoken("orpheus", "3 < 4 and 5 > 4") == "3 < 4 and 5 > 4"
    assert spoken("elevenlabs-v3", "[ laughs ]") == "( laughs )"
    assert parameters("orpheus", E.SAD, text="3 < 4")["prompt"] == "<sniffle> 3 < 4"


def test_brackets_made_parentheses_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    spoken("orpheus", "<laugh>")
    assert "parentheses" in caplog.text
    caplog.clear()
    spoken("orpheus", "no tag")
    assert not caplog.text


def test_characters_that_nobody_speaks_are_removed() -> None:
    assert spoken("openai", "a\x00b\x1b[31m\u202ec\u2066d\ud800e\x85f") == "ab[31mcde f"


def test_a_megabyte_of_brackets_takes_no_long_time() -> None:
    text = "<" * 500_000 + "[>" * 250_000 + ">" * 250_000
    begun = time.process_time()
    said = spoken("cartesia", text)
    assert time.process_time() - begun < 5, "a loop over nested pairs would take minutes"
    assert "<" not in said
    assert len(said) == len(text)


@pytest.mark.parametrize("text", ["", " ", "\n"])
@pytest.mark.parametrize("target", TARGETS)
def test_a_text_without_words_is_survived(target: str, text: str) -> None:
    assert render(target, E.SAD, text=text).output


def test_a_neutral_delivery_changes_nothing() -> None:
    for target in TARGETS:
        rendering = render(target, E.NEUTRAL)
        assert rendering.residual == NEUTRAL_PROSODY
        assert not rendering.approximated
