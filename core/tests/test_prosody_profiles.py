from __future__ import annotations

import itertools
import math

import attrs
import pytest
from voxaffect import NEUTRAL_PROSODY, EmotionCategory, Intensity, emotion_to_prosody
from voxaffect.builtin.prosody_profiles import EVIDENCE, PROFILE_EVIDENCE, PROSODY_PROFILES
from voxaffect.types import PROSODY_RANGES

E = EmotionCategory

# Russell & Mehrabian 1977: pleasure, arousal, dominance on -100..100 for the term nearest to each emotion.
RATINGS = {
    E.ANXIOUS: (1, 59, -15),
    E.NERVOUS: (-33, 58, -11),
    E.FRUSTRATED: (-64, 52, -35),
    E.ANGRY: (-51, 59, 25),
    E.STRESSED: (-61, 28, -36),
    E.PANICKED: (-62, 82, -43),
    E.IMPATIENT: (-28, 17, 4),
    E.SAD: (-63, -27, -33),
    E.TIRED: (-18, -57, -29),
    E.BORED: (-65, -62, -33),
    E.DISAPPOINTED: (-61, -15, -29),
    E.LONELY: (-66, -43, -32),
    E.HOPELESS: (-72, -16, -38),
    E.EXCITED: (62, 75, 38),
    E.HAPPY: (81, 51, 46),
    E.PLAYFUL: (78, 25, 41),
    E.FLIRTY: (58, 62, -1),
    E.CURIOUS: (22, 62, -1),
    E.CONFIDENT: (70, 28, 61),
    E.AMUSED: (77, 44, 42),
    E.CALM: (68, -46, 6),
    E.CONTENT: (58, -32, 11),
    E.THOUGHTFUL: (42, 28, 39),
    E.AFFECTIONATE: (64, 35, 24),
    E.CONFUSED: (-53, 27, -32),
}

ROUNDING = {"pitch_shift_semitones": 0.1, "pitch_variance": 0.05, "speech_rate": 0.01, "volume_db": 0.1}


def marytts_rule(emotion: EmotionCategory) -> dict[str, float]:
    """As the docstring of `voxaffect.builtin.prosody_profiles` scales it."""
    pleasure, arousal, dominance = RATINGS[emotion]
    pitch_pct = 0.3 * arousal + 0.1 * pleasure - 0.1 * dominance
    rate_pct = 0.5 * arousal + 0.2 * pleasure
    return {
        "pitch_shift_semitones": 0.7 * 12 * math.log2(1 + pitch_pct / 100),
        "pitch_variance": (4 + 0.04 * arousal) / 4,
        "speech_rate": 1 + rate_pct / 100 * (0.6 if rate_pct > 0 else 0.77),
        "volume_db": 0.15 * 0.33 * arousal,
    }


FIXED_POINTS = {
    E.ANGRY: {"pitch_shift_semitones": -0.5, "volume_db": 3, "pause_multiplier": 0.5},
    E.SAD: {
        "pitch_shift_semitones": -1.5,
        "volume_db": -2,
        "speech_rate": 0.8,
        "breathiness": 0.3,
        "pause_multiplier": 1.5,
    },
    E.FLIRTY: {"speech_rate": 0.95, "breathiness": 0.25, "pitch_shift_semitones": 0.5},
    E.PANICKED: {
        "pitch_shift_semitones": 2.5,
        "speech_rate": 1.35,
        "volume_db": 4,
        "tremolo_amount": 0.5,
    },
}


@pytest.mark.parametrize("emotion", FIXED_POINTS)
def test_the_fixed_points_stand_and_are_marked_as_anchors(emotion: EmotionCategory) -> None:
    for name, value in FIXED_POINTS[emotion].items():
        assert getattr(emotion_to_prosody(emotion), name) == value
        assert PROFILE_EVIDENCE[emotion][name] == "A"


def test_each_of_the_26_has_a_profile_of_its_own() -> None:
    assert set(PROSODY_PROFILES) == set(EmotionCategory)
    assert len(set(PROSODY_PROFILES.values())) == 26


def test_neutral_alone_changes_nothing() -> None:
    assert [e for e, profile in PROSODY_PROFILES.items() if not profile.changed()] == [E.NEUTRAL]


def test_every_number_names_its_evidence() -> None:
    for emotion in EmotionCategory:
        assert set(PROFILE_EVIDENCE[emotion]) == set(PROSODY_RANGES)
        assert set(PROFILE_EVIDENCE[emotion].values()) <= set(EVIDENCE)


@pytest.mark.parametrize("emotion", RATINGS)
def test_numbers_marked_m_follow_the_rule_within_rounding_and_range(emotion: EmotionCategory) -> None:
    rule = marytts_rule(emotion)
    for name, letter in PROFILE_EVIDENCE[emotion].items():
        if letter == "M":
            low, high = PROSODY_RANGES[name]
            expected = min(high, max(low, rule[name]))
            assert getattr(PROSODY_PROFILES[emotion], name) == pytest.approx(
                expected, abs=ROUNDING[name] / 2 + 1e-9
            ), name


@pytest.mark.parametrize("emotion", list(EmotionCategory))
@pytest.mark.parametrize("intensity", [0.0, 0.25, 0.6, 1.0])
def test_intensity_scales_the_distance_from_neutral(emotion: EmotionCategory, intensity: float) -> None:
    neutral, whole = attrs.asdict(NEUTRAL_PROSODY), attrs.asdict(PROSODY_PROFILES[emotion])
    for name, value in attrs.asdict(emotion_to_prosody(emotion, intensity)).items():
        assert value == pytest.approx(neutral[name] + intensity * (whole[name] - neutral[name]))


def test_an_intensity_by_name_is_the_upper_edge_of_its_band() -> None:
    assert emotion_to_prosody("angry", "intense") == emotion_to_prosody("angry")
    assert emotion_to_prosody("angry", Intensity.MODERATE) == emotion_to_prosody("angry", 0.5)


def test_activation_shows_in_the_voice() -> None:
    loud, soft = (PROSODY_PROFILES[e] for e in (E.EXCITED, E.TIRED))
    assert loud.speech_rate > 1 > soft.speech_rate
    assert loud.volume_db > 0 > soft.volume_db
    assert loud.pitch_variance > 1 > soft.pitch_variance
    assert loud.pause_multiplier < 1 < soft.pause_multiplier


# Pairs of emotions, the order of each parameter in both: MaryTTS's rule on Russell & Mehrabian's ratings
# (above) and on those of Warriner, Kuperman & Brysbaert 2013. The latter are not given here (CC BY-NC-ND),
# only on which pairs they order the two the other way round, by the emotion that the former put higher.
OTHERWISE = {
    "speech_rate": {
        "anxious": "playful",
        "nervous": "angry",
        "frustrated": "stressed",
        "panicked": "playful",
        "sad": "tired bored lonely",
        "tired": "lonely",
        "calm": "tired bored disappointed lonely hopeless",
        "hopeless": "lonely",
        "flirty": "happy playful",
        "curious": "playful",
    },
    "volume_db": {
        "flirty": "anxious angry happy",
        "curious": "anxious angry happy playful",
        "nervous": "stressed happy playful",
        "frustrated": "stressed happy playful",
        "stressed": "playful",
        "panicked": "excited",
        "sad": "tired bored lonely",
        "calm": "tired bored",
        "content": "tired bored lonely",
        "disappointed": "hopeless",
    },
    "pitch_shift_semitones": {
        "anxious": "happy playful",
        "curious": "anxious angry happy playful",
        "nervous": "angry playful",
        "frustrated": "angry stressed playful",
        "panicked": "happy",
        "flirty": "panicked happy",
        "sad": "tired bored lonely",
        "calm": "sad tired bored disappointed lonely hopeless",
        "tired": "lonely",
        "disappointed": "lonely hopeless",
        "content": "disappointed lonely hopeless",
    },
}
UNSURE = {E.IMPATIENT, E.CONFIDENT, E.AMUSED, E.THOUGHTFUL, E.AFFECTIONATE, E.CONFUSED}
"""The two sources disagree on the sign of their arousal, from which all three parameters follow."""

CONTRADICTED_BY_AN_ANCHOR = {
    # The table's anchors stand where they contradict the sources: anger is spoken low, flirting slowly and
    # not high, panic faster than anything, sadness softer than content.
    ("speech_rate", E.FLIRTY): {
        E.ANXIOUS, E.NERVOUS, E.FRUSTRATED, E.ANGRY, E.STRESSED, E.PANICKED, E.CURIOUS, E.CONTENT,
    },
    ("speech_rate", E.ANXIOUS): {E.PANICKED},
    ("speech_rate", E.EXCITED): {E.PANICKED},
    ("speech_rate", E.HAPPY): {E.PANICKED},
    ("speech_rate", E.CURIOUS): {E.PANICKED},
    ("volume_db", E.SAD): {E.CONTENT},
    ("pitch_shift_semitones", E.ANGRY): {E.STRESSED},
    ("pitch_shift_semitones", E.FLIRTY): {
        E.ANXIOUS, E.NERVOUS, E.FRUSTRATED, E.STRESSED, E.PLAYFUL, E.CURIOUS,
    },
}  # fmt: skip


def ordered_pairs() -> list[tuple[str, EmotionCategory, EmotionCategory]]:
    """(Parameter, the emotion that both sources put higher, the lower one)."""
    pairs = []
    for name, otherwise in OTHERWISE.items():
        for one, other in itertools.combinations([e for e in RATINGS if e not in UNSURE], 2):
            difference = marytts_rule(one)[name] - marytts_rule(other)[name]
            higher, lower = (one, other) if difference > 0 else (other, one)
            if abs(difference) > 1e-9 and lower not in otherwise.get(higher, "").split():
                pairs.append((name, higher, lower))
    return pairs


def test_the_sources_agree_on_most_pairs() -> None:
    counted = [name for name, _, _ in ordered_pairs()]
    assert {name: counted.count(name) for name in OTHERWISE} == {
        "speech_rate": 154,
        "volume_db": 145,
        "pitch_shift_semitones": 142,
    }


@pytest.mark.parametrize(("name", "higher", "lower"), ordered_pairs(), ids="-".join)
def test_two_emotions_are_ordered_as_both_sources_order_them(
    name: str, higher: EmotionCategory, lower: EmotionCategory
) -> None:
    above, below = getattr(PROSODY_PROFILES[higher], name), getattr(PROSODY_PROFILES[lower], name)
    if lower in CONTRADICTED_BY_AN_ANCHOR.get((name, higher), ()):
        assert "A" in (PROFILE_EVIDENCE[higher][name], PROFILE_EVIDENCE[lower][name])
        assert above < below  # else there is nothing to excuse
    elif marytts_rule(higher)[name] - marytts_rule(lower)[name] < ROUNDING[name]:
        assert above >= below
    else:
        assert above > below


@pytest.mark.parametrize("emotion", [e for e in RATINGS if e not in UNSURE])
def test_activation_sets_the_level_as_both_sources_say(emotion: EmotionCategory) -> None:
    assert PROSODY_PROFILES[emotion].volume_db * RATINGS[emotion][1] > 0


# Murray & Arnott 1993, cue directions for full-blown emotions, where MaryTTS's rule has the same direction.
# Not asked: the height of anger's pitch (higher, but the anchor is lower), the rate of joy (either way), the
# range of fear (sources disagree) and its level (as usual).
CUES = [
    ("anger", E.ANGRY, "speech_rate", +1),
    ("anger", E.ANGRY, "pitch_variance", +1),
    ("anger", E.ANGRY, "volume_db", +1),
    ("joy", E.HAPPY, "pitch_shift_semitones", +1),
    ("joy", E.HAPPY, "pitch_variance", +1),
    ("joy", E.HAPPY, "volume_db", +1),
    ("sadness", E.SAD, "speech_rate", -1),
    ("sadness", E.SAD, "pitch_shift_semitones", -1),
    ("sadness", E.SAD, "pitch_variance", -1),
    ("sadness", E.SAD, "volume_db", -1),
    ("fear", E.PANICKED, "speech_rate", +1),
    ("fear", E.PANICKED, "pitch_shift_semitones", +1),
    ("fear", E.ANXIOUS, "speech_rate", +1),
    ("fear", E.ANXIOUS, "pitch_shift_semitones", +1),
]


@pytest.mark.parametrize(("emotion", "name", "direction"), [cue[1:] for cue in CUES])
def test_a_cue_goes_the_way_it_goes_in_full_blown_emotions(
    emotion: EmotionCategory, name: str, direction: int
) -> None:
    moved = getattr(PROSODY_PROFILES[emotion], name) - getattr(NEUTRAL_PROSODY, name)
    assert moved * direction > 0


def test_fear_is_faster_than_anger_and_anger_faster_than_sadness() -> None:
    fear, anger, sadness = (PROSODY_PROFILES[e] for e in (E.PANICKED, E.ANGRY, E.SAD))
    assert fear.speech_rate > anger.speech_rate > 1 > sadness.speech_rate
    assert fear.volume_db > anger.volume_db > sadness.volume_db
