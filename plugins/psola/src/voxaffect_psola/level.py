"""The level of sound over time: where there is speech, how its level moves, and what keeps it unclipped."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_closing, minimum_filter1d, uniform_filter1d

from voxaffect_psola.sound import BLOCK, Sound, Source, blocks, peak

FRAME_S, HOP_S = 0.03, 0.01
QUIETEST_DB = -100.0

MIN_CONTRAST_DB = 15.0
"""Between the loudest and the quietest frames; with less there is no telling speech from silence."""

THRESHOLD_SHARE = 0.35
"""Of the way up from the quietest to the loudest frames lies the threshold of speech ..."""

MAX_BELOW_LOUDEST_DB = 35.0
"""... but no further below the loudest than this, where a recording is digitally silent in between."""

SHORTEST_SILENCE_S = 0.1
"""Shorter gaps, closures of plosives among them, belong to the speech around them."""

SYLLABLE_S = 0.2
"""Dynamics are between syllables, of which 4 to 6 a second are spoken. Moved within them as well, onsets and
closures come up where speech is to be more even, and it sounds more agitated instead of less: to the trained
`prosodic` model arousal then moves the right way in 1 to 3 % fewer renderings (tests/test_roundtrip.py)."""

MAX_LEVEL_CHANGE_DB = 12.0
CEILING = 0.999
LOOKAHEAD_S = 0.004


@attrs.frozen(eq=False)
class Level:
    """The level of a sound, frame by frame.

    Attributes:
        frames_db: (n_frames,) RMS.
        speech: (n_frames,) whether there is speech.
        threshold_db: what separates the two.
        hop: samples from one frame to the next; frame i is centred on sample i * hop.
    """

    frames_db: npt.NDArray[np.float64]
    speech: npt.NDArray[np.bool_]
    threshold_db: float
    hop: int


def measure(samples: Source, rate_hz: int) -> Level:
    """The level of a sound, with an adaptive threshold between speech and silence."""
    hop = max(1, round(HOP_S * rate_hz))
    frames_db = _frames_db(samples, round(FRAME_S * rate_hz), hop)
    quiet_db, loud_db = np.percentile(frames_db, [5, 95])
    if loud_db <= QUIETEST_DB:
        return Level(frames_db, np.zeros(len(frames_db), bool), QUIETEST_DB, hop)
    if loud_db - quiet_db < MIN_CONTRAST_DB:
        return Level(frames_db, np.ones(len(frames_db), bool), float(quiet_db), hop)
    threshold_db = max(quiet_db + THRESHOLD_SHARE * (loud_db - quiet_db), loud_db - MAX_BELOW_LOUDEST_DB)
    speech = np.pad(frames_db > threshold_db, 1)  # padded, because closing takes the outside for silence
    closed = binary_closing(speech, np.ones(max(1, round(SHORTEST_SILENCE_S / HOP_S) - 1), bool))
    return Level(frames_db, (speech | closed)[1:-1], float(threshold_db), hop)


def _frames_db(samples: Source, window: int, hop: int) -> npt.NDArray[np.float64]:
    """(n_frames,) RMS of `window` samples round every `hop`-th, zeros beyond both ends."""
    parts = []
    for block in blocks(len(samples), max(1, BLOCK // hop) * hop):
        first = max(0, block.start - window)
        near = samples[first : block.stop + window].astype(np.float64)
        power = uniform_filter1d(near**2, window, mode="constant")[block.start - first :]
        parts.append(power[: block.stop - block.start : hop].copy())  # a view would hold all of it
    # A running sum of squares can come out a hair below zero.
    return 10 * np.log10(np.maximum(np.concatenate(parts), 10 ** (QUIETEST_DB / 10)))


def apply_gain(samples: Source, gain: npt.NDArray[np.float64], hop: int) -> Iterator[Sound]:
    """The sound times a gain given every `hop` samples, straight lines between; in blocks."""
    frames = np.arange(len(gain))
    for block in blocks(len(samples)):
        now = np.interp(np.arange(block.start, block.stop) / hop, frames, gain)
        yield (samples[block] * now).astype(np.float32)


def scale_dynamics(samples: Source, rate_hz: int, factor: float) -> Iterator[Sound] | None:
    """Blocks of speech whose level moves `factor` times as far in dB, its RMS kept; None where there is none.

    The level is that of syllables, and what goes on within one stays. Silences are never raised, and no frame
    changes by more than `MAX_LEVEL_CHANGE_DB`.
    """
    level = measure(samples, rate_hz)
    if not level.speech.any():
        return None
    syllable = max(1, round(SYLLABLE_S / HOP_S))
    gain_db = (factor - 1) * uniform_filter1d(np.maximum(level.frames_db, level.threshold_db), syllable)
    # What is loud holds most of the power: about the mean in dB, wider dynamics would be louder as well.
    power = 10 ** (level.frames_db[level.speech] / 10)
    gain_db -= 10 * np.log10(np.average(10 ** (gain_db[level.speech] / 10), weights=power))
    gain_db = np.clip(gain_db, -MAX_LEVEL_CHANGE_DB, MAX_LEVEL_CHANGE_DB)
    gain_db = np.where(level.speech, gain_db, np.minimum(gain_db, 0))
    return apply_gain(samples, 10 ** (gain_db / 20), level.hop)


def amplify(samples: Source, rate_hz: int, volume_db: float) -> Iterator[Sound]:
    """Blocks of the sound louder, peaks turned down to `CEILING`, smoothly and only around them."""
    factor = np.float32(10 ** (volume_db / 20))
    if peak(samples) * factor <= CEILING:
        yield from (samples[block] * factor for block in blocks(len(samples)))
        return
    window = 2 * round(LOOKAHEAD_S * rate_hz) + 1
    for block in blocks(len(samples)):
        first = max(0, block.start - window)
        near = samples[first : block.stop + window] * factor
        needed = CEILING / np.maximum(np.abs(near), np.float32(CEILING))
        # The mean of minima over one window never exceeds what the sample in its middle needs.
        gain = uniform_filter1d(minimum_filter1d(needed, window), window)
        own = slice(block.start - first, block.stop - first)
        yield np.clip(near[own] * gain[own], -CEILING, CEILING).astype(np.float32)
