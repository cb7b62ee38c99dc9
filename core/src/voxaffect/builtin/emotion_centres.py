"""Where each of the 26 emotions lies in valence, arousal and dominance.

Source of every row but those marked: Russell & Mehrabian (1977), "Evidence for a three-factor theory of
emotions", J. Research in Personality 11, 273-294: mean ratings of pleasure, arousal and dominance on
-1..1 for the term in the comment. Arousal and dominance are shifted to 0..1.

Rows marked * leave that source where later word ratings (Warriner, Kuperman & Brysbaert 2013) contradict
it and the emotion's group in the circumplex decides, or where it has no such term.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from voxaffect.emotions import EmotionCategory as E
from voxaffect.types import PrimaryDimensions

EMOTION_CENTRES: Mapping[E, PrimaryDimensions] = MappingProxyType(
    {
        emotion: PrimaryDimensions(valence=valence, arousal=arousal, dominance=dominance)
        for emotion, (valence, arousal, dominance) in {
            E.ANXIOUS: (-0.25, 0.79, 0.42),  # * "anxious": its valence there is 0.01
            E.NERVOUS: (-0.33, 0.74, 0.38),  # * "tense" .79, .45: set apart from anxious, milder
            E.FRUSTRATED: (-0.64, 0.76, 0.45),  # * "frustrated" .33: blocked, but pushing back
            E.ANGRY: (-0.51, 0.80, 0.70),  # * "angry" .62: dominance is what tells it from fear
            E.STRESSED: (-0.61, 0.64, 0.32),  # "distressed"
            E.PANICKED: (-0.62, 0.91, 0.28),  # "terrified"
            E.IMPATIENT: (-0.28, 0.62, 0.56),  # * "mildly annoyed" .58, .52
            E.SAD: (-0.63, 0.34, 0.34),  # "sad"
            E.TIRED: (-0.18, 0.22, 0.36),  # "fatigued"
            E.BORED: (-0.50, 0.19, 0.40),  # * "bored" -.65, .33: later ratings are milder
            E.DISAPPOINTED: (-0.61, 0.42, 0.36),  # "discouraged"
            E.LONELY: (-0.66, 0.28, 0.30),  # "lonely" .34
            E.HOPELESS: (-0.72, 0.38, 0.20),  # * "despairing" .42, .31
            E.EXCITED: (0.62, 0.88, 0.69),  # "excited"
            E.HAPPY: (0.81, 0.75, 0.73),  # "happy"
            E.PLAYFUL: (0.72, 0.64, 0.62),  # * "carefree" .78, .62, .70
            E.FLIRTY: (0.55, 0.66, 0.50),  # * "sexually excited" .81: stronger than a flirt
            E.CURIOUS: (0.24, 0.68, 0.55),  # * "curious" .81: later ratings are lower
            E.CONFIDENT: (0.66, 0.60, 0.85),  # * "capable" .70, .64, .80
            E.AMUSED: (0.70, 0.70, 0.60),  # * "enjoyment" .77, .72, .71
            E.CALM: (0.60, 0.22, 0.58),  # * "relaxed" .68, .27, .53
            E.CONTENT: (0.56, 0.34, 0.56),  # "leisurely"
            E.THOUGHTFUL: (0.35, 0.36, 0.62),  # * "concentrating" .64: its group is deactivated
            E.AFFECTIONATE: (0.68, 0.44, 0.60),  # * "affectionate" .68: its group is deactivated
            E.NEUTRAL: (0.0, 0.40, 0.50),  # * between the scale's middle and later ratings of "neutral"
            E.CONFUSED: (-0.20, 0.52, 0.34),  # * "confused" -.53, .64: its group is the neutral one
        }.items()
    }
)
