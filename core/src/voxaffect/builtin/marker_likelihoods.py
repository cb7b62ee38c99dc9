"""How likely each prosodic marker is in each of the 26 emotions, read off how each of them is spoken.

`prosody_profiles` says, with its evidence, how an emotion differs from a neutral delivery. An emotion that is
spoken faster is heard fast more often: the odds of a marker grow with the parameter that makes it. So what
is heard and what is expressed cannot contradict each other, and each number has one source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import attrs
import numpy as np
import numpy.typing as npt

from voxaffect.builtin.prosody_profiles import PROSODY_PROFILES
from voxaffect.emotions import EmotionCategory
from voxaffect.types import FAST_ABOVE_SPS, SLOW_BELOW_SPS, ProsodicMarkers, ProsodyParameters

Array = npt.NDArray[np.float64]

ODDS_AT_MOST = 3.0
"""By which the emotion that a marker fits best can gain on the one that it fits least. A choice, and a small
one: single cues are weak. Banse & Scherer (1996), "Acoustic profiles in vocal emotion expression", found 29
acoustic measures together to tell 14 emotions apart in 40 % of actors' portrayals."""


@attrs.frozen
class _Marker:
    """One marker as a degree of presence, and what makes it.

    Attributes:
        usual: mean degree in neutral speech: rounded means of two, the neutral clips of EMO-DB and those that
            listeners heard as neutral in CREMA-D, which stand beside it.
        degree: 0 (absent) .. 1 (present), None where it was not measured.
        made_by: a number that grows with the emotion's inclination to it.
    """

    usual: float
    degree: Callable[[ProsodicMarkers], float | None]
    made_by: Callable[[ProsodyParameters], float]


def _from(value: float | None, start: float, full: float) -> float | None:
    """0 up to `start`, 1 from `full` on, in between on a line: no result hangs on a hair's breadth."""
    return None if value is None else min(max((value - start) / (full - start), 0.0), 1.0)


def _whether(value: bool | None) -> float | None:
    return None if value is None else float(value)


MARKERS: Mapping[str, _Marker] = MappingProxyType(
    {
        "elevated pitch": _Marker(
            0.4,  # .33, .42
            lambda m: _whether(m.pitch_elevated),
            lambda p: p.pitch_shift_semitones,
        ),
        "fast speech": _Marker(
            0.6,  # .83, .41
            lambda m: _from(m.speech_rate_sps, FAST_ABOVE_SPS - 1, FAST_ABOVE_SPS + 1),
            lambda p: p.speech_rate,
        ),
        "slow speech": _Marker(
            0.07,  # .00, .14
            lambda m: _from(m.speech_rate_sps, SLOW_BELOW_SPS + 1, SLOW_BELOW_SPS - 1),
            lambda p: -p.speech_rate,
        ),
        "tremor": _Marker(
            0.2,  # .13, .26
            lambda m: _whether(m.voice_tremor),
            lambda p: p.tremolo_amount,
        ),
        "breathiness": _Marker(
            0.3,  # .03, .61
            lambda m: _from(m.breathiness, 0.25, 0.75),
            lambda p: p.breathiness,
        ),
        "long pauses": _Marker(
            0.02,  # .00, .03
            lambda m: _from(m.pause_ratio, 0.1, 0.4),
            lambda p: p.pause_multiplier,
        ),
    }
)
"""Hesitations are none of them: no parameter of the profiles makes them."""


def _shares(marker: _Marker) -> Array:
    """(26,) how often speech of each emotion has the marker."""
    inclination = np.array([marker.made_by(PROSODY_PROFILES[emotion]) for emotion in EmotionCategory])
    step = np.log(ODDS_AT_MOST) / np.ptp(inclination)
    neutral = inclination[list(EmotionCategory).index(EmotionCategory.NEUTRAL)]
    log_odds = np.log(marker.usual / (1 - marker.usual)) + step * (inclination - neutral)
    shares: Array = 1 / (1 + np.exp(-log_odds))
    return shares


MARKER_SHARES: Mapping[str, Array] = MappingProxyType(
    {name: _shares(marker) for name, marker in MARKERS.items()}
)

_LOG_ABSENT: Array = np.log([1 - share for share in MARKER_SHARES.values()])
_LOG_ODDS: Array = np.log([*MARKER_SHARES.values()]) - _LOG_ABSENT
"""(n_markers, 26): of the marker absent, and what is added where it is present."""


def marker_likelihoods(markers: ProsodicMarkers | None) -> Array:
    """(26,) likelihood of what was measured under each emotion, the largest 1; all 1 where nothing was.

    A marker in between absent and present counts as that much of each.
    """
    if markers is None:
        return np.ones(len(EmotionCategory))
    degrees = [marker.degree(markers) for marker in MARKERS.values()]
    measured = np.array([float(degree is not None) for degree in degrees])
    log_likelihood = measured @ _LOG_ABSENT + np.array([degree or 0.0 for degree in degrees]) @ _LOG_ODDS
    likelihood: Array = np.exp(log_likelihood - log_likelihood.max())
    return likelihood
