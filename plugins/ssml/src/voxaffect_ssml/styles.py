"""Azure's speaking styles: which one speaks which emotion, for voices that have it.

Styles belong to voices, change with every release of them, and an element whose style the voice lacks is
dropped by the service, so the caller says which styles the voice has (the service's list of voices names
them); there is no table of voices here to go stale.

Source of the names: learn.microsoft.com, "Customize voice and sound with SSML" and "Voice styles and roles".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from voxaffect.emotions import EmotionCategory as E

STYLE_NAMESPACE = "https://www.w3.org/2001/mstts"
DEGREES = (0.01, 2.0)
"""Least and greatest `styledegree`; 1 is the style as it was recorded."""

AZURE_STYLES: Mapping[E, tuple[str, ...]] = {
    E.ANXIOUS: ("fearful", "terrified"),
    E.NERVOUS: ("shy", "embarrassed", "fearful"),
    E.FRUSTRATED: ("disgruntled", "complaining", "unfriendly"),
    E.ANGRY: ("anger",),
    E.STRESSED: ("fearful",),
    E.PANICKED: ("terrified", "fearful", "fear"),
    E.IMPATIENT: ("disgruntled", "unfriendly"),
    E.SAD: ("sadness", "depressed"),
    E.TIRED: (),
    E.BORED: ("unfriendly",),
    E.DISAPPOINTED: ("saddisappointed", "regretful", "sad"),
    E.LONELY: ("sad", "depressed"),
    E.HOPELESS: ("depressed", "sad"),
    E.EXCITED: ("excitement", "cheerful"),
    E.HAPPY: ("happiness", "joyful", "cheerful"),
    E.PLAYFUL: ("funny", "cheerful"),
    E.FLIRTY: ("affectionate",),
    E.CURIOUS: (),
    E.CONFIDENT: ("determined", "serious"),
    E.AMUSED: ("funny", "cheerful"),
    E.CALM: ("gentle",),
    E.CONTENT: ("relieved", "calm", "friendly"),
    E.THOUGHTFUL: ("reflective", "serious"),
    E.AFFECTIONATE: ("caringempathy", "empathetic", "gentle", "friendly"),
    E.NEUTRAL: (),
    E.CONFUSED: ("confusion",),
}
"""Emotion -> styles that come near it, nearest first; a style of the emotion's own name comes before all."""


def express_as(emotion: E, intensity: float, spoken: Collection[str]) -> dict[str, str] | None:
    """Attributes of `mstts:express-as`; None where the voice has no style that comes near.

    Args:
        intensity: 0..1; half of it is the style as recorded, all of it twice that.
        spoken: styles that the voice has.
    """
    style = next((name for name in (emotion.value, *AZURE_STYLES[emotion]) if name in spoken), None)
    if style is None or intensity == 0:
        return None
    low, high = DEGREES
    return {"style": style, "styledegree": f"{min(max(2 * intensity, low), high):.2f}"}
