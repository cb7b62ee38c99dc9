"""Which of the 26 the broad words of emotional speech corpora and classifiers stand for.

A listener who may choose among seven words says "fear" of the anxious, the nervous and the panicked alike.
Taxonomy and evaluation share this table, so that what the one spreads out the other gathers again.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from voxaffect.builtin.emotion_centres import EMOTION_CENTRES
from voxaffect.emotions import EmotionCategory as E
from voxaffect.types import PrimaryDimensions

BRANCHES: Mapping[str, tuple[E, ...]] = MappingProxyType(
    {
        "anger": (E.ANGRY, E.FRUSTRATED, E.IMPATIENT),
        "fear": (E.ANXIOUS, E.NERVOUS, E.STRESSED, E.PANICKED),
        "sadness": (E.SAD, E.DISAPPOINTED, E.LONELY, E.HOPELESS),
        "happiness": (
            *(E.HAPPY, E.EXCITED, E.PLAYFUL, E.AMUSED, E.CONTENT, E.CONFIDENT),
            *(E.FLIRTY, E.AFFECTIONATE),  # the branch of love, for which such corpora have no word
        ),
        "disgust": (E.FRUSTRATED, E.IMPATIENT, E.ANGRY),  # none of the 26 means it; there, a twig of anger
        "surprise": (E.EXCITED, E.CURIOUS),  # nor this; a choice
        "boredom": (E.BORED, E.TIRED),  # not there; a choice: low and slow, and no sadness in it
        "neutral": (E.NEUTRAL, E.CALM),  # not there; a choice
        "calm": (E.CALM, E.CONTENT),  # not there; a choice
    }
)
"""Source: the branches of Shaver, Schwartz, Kirson & O'Connor (1987), "Emotion knowledge: further exploration
of a prototype approach", J. Personality and Social Psychology 52, 1061-1086, but where marked. Of the 26,
curious, thoughtful and confused are in no branch but as marked: such words say nothing of them."""

WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "anger": ("anger", "angry"),
        "fear": ("fear", "fearful", "afraid"),
        "sadness": ("sadness", "sad"),
        "happiness": ("happiness", "happy", "joy"),
        "disgust": ("disgust", "disgusted"),
        "surprise": ("surprise", "surprised"),
        "boredom": ("boredom", "bored"),
        "neutral": ("neutral",),
        "calm": ("calm", "calmness"),
    }
)
"""Branch -> what corpora and classifiers call it, in lower case."""

BRANCH_OF: Mapping[str, str] = MappingProxyType(
    {word: branch for branch, words in WORDS.items() for word in words}
)

BRANCH_PLACES: Mapping[str, PrimaryDimensions] = MappingProxyType(
    {
        "anger": EMOTION_CENTRES[E.ANGRY],
        "fear": PrimaryDimensions(-0.315, 0.80, 0.355),  # between "fearful" and the centre of anxious
        "sadness": EMOTION_CENTRES[E.SAD],
        "happiness": EMOTION_CENTRES[E.HAPPY],
        "disgust": PrimaryDimensions(-0.60, 0.675, 0.555),  # "disgusted"
        "surprise": PrimaryDimensions(0.40, 0.835, 0.435),  # "surprised"
        "boredom": EMOTION_CENTRES[E.BORED],
        "neutral": EMOTION_CENTRES[E.NEUTRAL],
        "calm": EMOTION_CENTRES[E.CALM],
    }
)
"""Where the word lies in valence, arousal and dominance. Source: Russell & Mehrabian (1977), as in
`voxaffect.builtin.emotion_centres`."""
