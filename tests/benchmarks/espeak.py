"""What espeak-ng is asked for by the dialect `espeak` of the plugin ssml, against what it then says.

Usage: python espeak.py [--voices en en-us ...]

Each line is one value asked, and the mean and the worst of what was measured over sentences and voices.
Pitch is measured by our own tracker and, where it is installed, by Praat (praat-parselmouth); tempo on
phrases without pauses; level over the samples of speech; pauses as the longest silence between two
clauses, against the one that espeak-ng makes unasked, times the multiplier, over the tempo.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import statistics
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from voxaffect import Audio, ProsodyParameters
from voxaffect.audio import resample
from voxaffect.espeak import EspeakSynthesiser
from voxaffect_prosodic.f0 import track_f0

SENTENCES = (
    "The morning train was nearly empty when we arrived",
    "Nobody remembered where the old lighthouse used to be",
    "All our animals are allowed in the garden",
    "Please put the box of books back on the top shelf",
    "When will you come home this evening?",
    "She sells the finest silver spoons in the whole town",
)
PAIRS = (
    "We saw a mile of snow now{} Many more followed.",
    "They all ran away{} Nobody came.",
    "It was a long game{} Our men are here.",
)
MARKS = ".?!,;"

SHIFTS_ST = (-4, -3, -2, -1, 1, 2, 3, 4)
VARIANCES = (0.5, 0.75, 1.25, 1.5, 1.8)
RATES = (0.7, 0.8, 0.9, 1.1, 1.2, 1.3, 1.4, 1.5)
LEVELS_DB = (-6, -4, -2, -1, 1, 2, 3)
PAUSES = (0.5, 0.75, 1.25, 1.5, 2.0)

Tracker = Callable[[Audio], tuple[float, float]]
"""Sound -> mean and spread of its F0 in semitones."""

SILENT_BELOW = 1e-3
"""Full scale 1; espeak-ng's pauses are digital silence with the tail of a decay."""


@functools.cache
def pitch_of_ours(audio: Audio) -> tuple[float, float]:
    """Mean and spread of F0 in semitones; octave errors of the tracker left out."""
    samples = resample(audio.samples, audio.rate_hz, 16_000)
    return _mean_and_spread(track_f0(samples, fmin_hz=40, fmax_hz=400).f0_hz)


@functools.cache
def pitch_of_praat(audio: Audio) -> tuple[float, float]:
    import parselmouth

    sound = parselmouth.Sound(audio.samples.astype(float), audio.rate_hz)
    return _mean_and_spread(sound.to_pitch_ac(pitch_floor=40, pitch_ceiling=400).selected_array["frequency"])


def _mean_and_spread(f0_hz: npt.NDArray[np.floating]) -> tuple[float, float]:
    st = 12 * np.log2(f0_hz[f0_hz > 0])
    st = st[np.abs(st - np.median(st)) < 10]
    return float(st.mean()), float(st.std())


def spoken(audio: Audio) -> npt.NDArray[np.intp]:
    return np.flatnonzero(np.abs(audio.samples) > SILENT_BELOW)


def duration_s(audio: Audio) -> float:
    where = spoken(audio)
    return float(where[-1] - where[0]) / audio.rate_hz


def pause_ms(audio: Audio) -> float:
    return float(np.diff(spoken(audio)).max()) / audio.rate_hz * 1000


def level_db(audio: Audio) -> float:
    return float(10 * np.log10(np.mean(np.square(audio.samples[spoken(audio)], dtype=np.float64))))


def compare(
    what: str,
    parameter: str,
    values: tuple[float, ...],
    error: Callable[[Audio, Audio, float], float],
    voices: list[str],
    unit: str,
) -> None:
    """Print, for each value asked, the mean and the worst error; then the worst of both.

    Args:
        error: (neutral, changed, value asked) -> what is wrong with the change.
    """
    means, worsts = [], []
    for value in values:
        errors = [
            error(neutral(voice, text), say(voice, text, **{parameter: value}), value)
            for voice in voices
            for text in SENTENCES
        ]
        means.append(statistics.fmean(errors))
        worsts.append(max(errors, key=abs))
        print(f"  {what} {value:g}: off by {means[-1]:+.3f} {unit} on average, {worsts[-1]:+.3f} at worst")
    print(f"{what:22} {max(map(abs, means)):7.3f} {unit} mean, {max(map(abs, worsts)):7.3f} worst")


def compare_pitch(tracker: str, pitch: Tracker, voices: list[str]) -> None:
    def mean(before: Audio, after: Audio, asked_st: float) -> float:
        return pitch(after)[0] - pitch(before)[0] - asked_st

    def spread(before: Audio, after: Audio, asked: float) -> float:
        return 100 * (pitch(after)[1] / pitch(before)[1] / asked - 1)

    shift, variance = "pitch_shift_semitones", "pitch_variance"
    compare(f"pitch, {tracker}", shift, SHIFTS_ST, mean, voices, "st")
    compare(f"variance, {tracker}", variance, VARIANCES, spread, voices, "%")
    compare(f"mean kept, {tracker}", variance, VARIANCES, lambda b, a, _: mean(b, a, 0), voices, "st")
    compare(f"spread kept, {tracker}", shift, SHIFTS_ST, lambda b, a, _: spread(b, a, 1), voices, "%")


def rate_error(before: Audio, after: Audio, asked: float) -> float:
    return 100 * (duration_s(before) / duration_s(after) / asked - 1)


def level_error(before: Audio, after: Audio, asked_db: float) -> float:
    return level_db(after) - level_db(before) - asked_db


def compare_pauses(voices: list[str], rate: float) -> None:
    worst = 0.0
    for mark in MARKS:
        for value in PAUSES:
            for voice in voices:
                for pair in PAIRS:
                    text = pair.format(mark)
                    asked_ms = pause_ms(neutral(voice, text)) * value / rate
                    got_ms = pause_ms(say(voice, text, speech_rate=rate, pause_multiplier=value))
                    worst = max(worst, abs(got_ms - asked_ms))
    print(f"pauses at rate {rate:<7g} {worst:7.1f} ms worst")


@functools.cache
def synthesiser(voice: str) -> EspeakSynthesiser:
    return EspeakSynthesiser(voice=voice)


@functools.cache
def say(voice: str, text: str, **asked: float) -> Audio:
    return synthesiser(voice)(text, ProsodyParameters(**asked))


def neutral(voice: str, text: str) -> Audio:
    return say(voice, text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voices", nargs="+", default=["en", "en-us"])
    voices = parser.parse_args().voices
    compare_pitch("ours", pitch_of_ours, voices)
    if importlib.util.find_spec("parselmouth"):
        compare_pitch("Praat", pitch_of_praat, voices)
    else:
        print("praat-parselmouth is not installed: our own tracker alone measured the pitch")
    compare("rate", "speech_rate", RATES, rate_error, voices, "%")
    compare("volume", "volume_db", LEVELS_DB, level_error, voices, "dB")
    for rate in (1.0, 0.7, 1.5):
        compare_pauses(voices, rate)


if __name__ == "__main__":
    main()
