from __future__ import annotations

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
