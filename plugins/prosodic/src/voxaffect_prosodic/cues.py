"""What a listener would call the functionals: for the explanation of a trained model."""

from __future__ import annotations

import fnmatch
import functools
from collections.abc import Mapping

import attrs


@attrs.frozen
class Cue:
    """Functionals that tell of the same thing; single ones take turns, so their pushes are added up.

    Attributes:
        name: what is said where the leading functional is about as usual.
        more, less: where it is above or below.
        leading: the functional that decides between the two.
        functionals: patterns of all of them.
    """

    name: str
    more: str
    less: str
    leading: str
    functionals: tuple[str, ...]


CUES = (
    Cue("pitch", "high pitch", "low pitch", "f0_mean_st", ("f0_mean_st", "f0_p*_st")),
    Cue(
        "pitch contour",
        "pitch rising at the end",
        "pitch falling at the end",
        "f0_end_st",
        ("f0_start_st", "f0_end_st", "f0_slope_mean"),
    ),
    Cue("pitch movement", "lively pitch", "level pitch", "f0_std_st", ("f0_*",)),
    Cue("tempo", "fast speech", "slow speech", "speech_rate_sps", ("speech_rate_sps", "syllable_median_s")),
    Cue("pauses", "long pauses", "few pauses", "pause_ratio", ("pause_ratio", "hesitation_count")),
    Cue(
        "loudness",
        "uneven loudness",
        "even loudness",
        "loudness_std",
        ("energy_*", "loudness_*", "syllable_l*"),
    ),
    Cue(
        "rhythm",
        "long voiced stretches",
        "short voiced stretches",
        "voiced_length_mean_s",
        ("voiced_*", "unvoiced_*", "syllable_*"),
    ),
    Cue(
        "vocal effort",
        "forceful voice",
        "soft voice",
        "alpha_ratio_db",
        ("alpha_*", "hammarberg_*", "slope_*", "centroid_*", "h1_*"),
    ),
    Cue(
        "voice quality",
        "clear voice",
        "breathy or hoarse voice",
        "hnr_db",
        ("hnr_*", "spectral_f*", "breath*"),
    ),
    Cue("steadiness", "unsteady voice", "steady voice", "jitter", ("jitter", "shimmer")),
    Cue(
        "articulation",
        "lively articulation",
        "restrained articulation",
        "flux_voiced_mean",
        ("flux_*", "mfcc*_std"),
    ),
    Cue("timbre", "dark timbre", "bright timbre", "mfcc1_mean", ("mfcc*_mean", "formant*")),
)
"""The first that has a pattern for a functional takes it."""

AS_USUAL = 0.3
"""Standard deviations within which the leading functional says neither more nor less."""


def cue_pushes(pushes: Mapping[str, float], deviations: Mapping[str, float]) -> dict[str, float]:
    """{functional: push} and {functional: deviation} -> {words: push}, what no cue has under its own name."""
    added: dict[str, float] = {}
    for functional, push in pushes.items():
        name = _cue_of(functional)
        added[name] = added.get(name, 0.0) + push
    return {
        _words(cue, deviations.get(cue.leading, 0.0)) if (cue := _CUES.get(name)) else name: push
        for name, push in added.items()
    }


_CUES = {cue.name: cue for cue in CUES}


@functools.cache
def _cue_of(functional: str) -> str:
    """The cue's name, or the functional's own where no cue has it."""
    matching = (
        cue.name
        for cue in CUES
        if any(fnmatch.fnmatchcase(functional, pattern) for pattern in cue.functionals)
    )
    return next(matching, functional)


def _words(cue: Cue, deviation: float) -> str:
    if abs(deviation) < AS_USUAL:
        return cue.name
    return cue.more if deviation > 0 else cue.less
