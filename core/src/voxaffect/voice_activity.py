"""Where speech is in a stream, frame by frame: the contract, our own detector, and which one is taken."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from voxaffect.errors import InvalidValueError

RATE_HZ = 16_000
"""Every detector hears the stream at this rate."""

Values = npt.NDArray[np.float32]
Probabilities = npt.NDArray[np.float64]
Activity = Literal["auto", "silero", "builtin", "off"]


class VoiceActivity(Protocol):
    """One stream's detector; it carries what it must know of the past."""

    name: str
    frame: int
    """Samples in a frame."""

    def feed(self, samples: npt.NDArray[np.float32]) -> Probabilities:
        """(n_samples,) at `RATE_HZ`, any number -> (n_frames,) of the frames that can now be told, 0..1."""
        ...


def open_activity(activity: str) -> VoiceActivity | None:
    """A fresh detector of this name; "auto" is silero-vad where it is installed, None is "off".

    Raises:
        ComponentUnavailableError: silero-vad is asked for by name and is not installed.
        InvalidValueError: no such detector.
    """
    from voxaffect import silero

    if activity == "off":
        return None
    if activity == "builtin" or (activity == "auto" and silero.why_unavailable() is not None):
        return BuiltinActivity()
    if activity in ("auto", "silero"):
        return silero.SileroActivity()
    raise InvalidValueError(f"activity must be auto, silero, builtin or off, got {activity!r}")


FRAME = 320
"""20 ms."""

LOOK_AHEAD = 5
"""Frames: a consonant is taken for speech by the vowel up to 100 ms after it, and by the one before it."""

_WINDOW = 640
"""40 ms, two and a half cycles of the lowest voice."""

_DECIMATION = 2
_N_FFT = 512
_SHORTEST_LAG, _LONGEST_LAG = 16, 134
"""Samples at 8 kHz: 500 and 60 Hz."""

_PAST_S, _FLOOR_RANK, _LOUD_RANK = 8.0, 0.15, 0.95
"""The noise floor is the level that 15 % of the past 8 s stay below, the loud level that which 5 % exceed. A
choice: longer than most speech goes on without a pause, and short enough to follow a changing room."""

_PAST_FRAMES = round(_PAST_S * RATE_HZ / FRAME)

_FLOOR_STEP = 5
"""Frames that are judged by one floor, that of the last of them: 100 ms."""

_PERIODICITY_MEASURED = (True, False, True, False, True)
"""In which frames of such a step: what counts is the largest of `LOOK_AHEAD` frames to either side, and a
frame reaches over half of each neighbour."""

_LOWEST_FLOOR_DB = -75.0
"""Of full scale: the noise of a 12-bit recording; what lies less than 10 dB above it is no speech."""

_HALF_SHARE, _HALF_RANGE_DB, _WIDTH_DB = 0.4, (6.0, 10.0), 2.5
"""Level over the floor at which speech is as likely as not, as a share of the way from there to the loud
level; its bounds; and how fast speech grows likelier. With 10 dB throughout, a third of what is said at a
signal-to-noise ratio of 5 dB is missed. Chosen on a quarter of the recordings that
tests/benchmarks/voice_activity.py reads; another quarter reads the same."""

_HALF_PERIODICITY, _PERIODICITY_WIDTH = 0.55, 0.05
"""Normalised autocorrelation of the frames around."""

_SILENT = 1e-10
"""-100 dB of full scale: rounding."""

_HANN = np.hanning(_WINDOW // _DECIMATION + 2)[1:-1]
_SCALED_HANN = (_HANN / np.sqrt(np.sum(_HANN**2)) / _DECIMATION).astype(np.float32)
_OWN_CORRELATION = np.correlate(_HANN, _HANN, "full")[len(_HANN) - 1 :] / np.sum(_HANN**2)
_WEIGHT = (1 / _OWN_CORRELATION[_SHORTEST_LAG : _LONGEST_LAG + 1]).astype(np.float32)
"""Takes out of a correlation what the window does to it (Boersma, 1993)."""


class BuiltinActivity:
    """Level over a running noise floor, near something periodic enough for a voice.

    A tone or a hum is periodic, too, but becomes the floor of its own within seconds.
    """

    name = "builtin"
    frame = FRAME

    def __init__(self) -> None:
        self._tail = np.zeros(FRAME, np.float32)
        self._rest = np.zeros(0, np.float32)
        self._levels_db: npt.NDArray[np.float32] = np.zeros(0, np.float32)
        self._excess_db = np.zeros(0, np.float32)
        """Over the level at which speech is as likely as not, of the frames not yet told."""
        self._periodicity = np.zeros(LOOK_AHEAD, np.float32)
        """Of the last `LOOK_AHEAD` frames told, and of those not yet told."""

    def feed(self, samples: npt.NDArray[np.float32]) -> Probabilities:
        """Told `LOOK_AHEAD` frames late; alike however it is cut, if always at whole `_FLOOR_STEP`s."""
        waiting = np.concatenate([self._rest, samples])
        count = len(waiting) // FRAME
        if not count:
            self._rest = waiting
            return np.zeros(0)
        self._rest = waiting[count * FRAME :]
        heard = np.concatenate([self._tail, waiting[: count * FRAME]])
        self._tail = heard[-FRAME:]
        framed = _frames(heard)
        level_db = _level_db(framed)
        starts = range(0, count, _FLOOR_STEP)
        excess_db = [self._over_half(level_db[start : start + _FLOOR_STEP]) for start in starts]
        periodicity = np.zeros(count, np.float32)
        # Not in steps too quiet to be told as speech, however periodic.
        audible = [each.max() >= -2 * _WIDTH_DB for each in excess_db]
        measured = np.flatnonzero(np.outer(audible, _PERIODICITY_MEASURED).ravel()[:count])
        if len(measured):
            periodicity[measured] = _periodicity(framed[measured])
        self._excess_db = np.concatenate([self._excess_db, *excess_db])
        self._periodicity = np.concatenate([self._periodicity, periodicity])
        return self._tell()

    def _over_half(self, level_db: Values) -> Values:
        """(n_frames,) levels of the next ones -> how far above that at which speech is as likely as not."""
        self._levels_db = np.concatenate([self._levels_db, level_db])[-_PAST_FRAMES:]
        low, high = (int(rank * len(self._levels_db)) for rank in (_FLOOR_RANK, _LOUD_RANK))
        ordered = np.partition(self._levels_db, (low, high))
        floor_db, loud_db = max(_LOWEST_FLOOR_DB, float(ordered[low])), float(ordered[high])
        nearest_db, farthest_db = _HALF_RANGE_DB
        half_db = min(max(_HALF_SHARE * (loud_db - floor_db), nearest_db), farthest_db)
        return level_db - np.float32(floor_db + half_db)

    def _tell(self) -> Probabilities:
        count = len(self._excess_db) - LOOK_AHEAD
        if count <= 0:
            return np.zeros(0)
        near = _largest_near(self._periodicity, count)
        likely = _logistic(self._excess_db[:count] / np.float32(_WIDTH_DB))
        voiced = _logistic((near - np.float32(_HALF_PERIODICITY)) / np.float32(_PERIODICITY_WIDTH))
        self._excess_db, self._periodicity = self._excess_db[count:], self._periodicity[count:]
        return (likely * voiced).astype(np.float64)


def _largest_near(values: Values, count: int) -> Values:
    """(n,) -> (count,): the largest of `LOOK_AHEAD` to either side, from value number `LOOK_AHEAD` on."""
    step = values.itemsize
    around = np.ndarray((count, 2 * LOOK_AHEAD + 1), values.dtype, values, strides=(step, step))
    largest: Values = np.maximum.reduce(around, axis=1)
    return largest


def _frames(heard: Values) -> Values:
    """(n_samples,), a frame more than there are to measure -> (n_frames, 320) at 8 kHz, windowed."""
    halves = heard[0::2] + heard[1::2]
    step, length = halves.itemsize, _WINDOW // _DECIMATION
    count, hop = len(heard) // FRAME - 1, FRAME // _DECIMATION
    overlapping = np.ndarray((count, length), np.float32, halves, strides=(hop * step, step))
    framed: Values = overlapping.copy()
    framed -= framed.sum(axis=1, keepdims=True) / np.float32(length)
    framed *= _SCALED_HANN
    return framed


def _level_db(framed: Values) -> Values:
    """(n_frames,) of full scale."""
    energy: Values = np.einsum("nt,nt->n", framed, framed)
    energy += np.float32(_SILENT)
    level_db: Values = np.float32(10) * np.log10(energy)
    return level_db


def _periodicity(framed: Values) -> Values:
    """(n_frames,) the highest normalised autocorrelation at a period of a voice, 0..1."""
    spectrum = np.fft.rfft(framed, _N_FFT)
    spectrum *= spectrum.conj()
    correlation = np.fft.irfft(spectrum, _N_FFT)
    at_periods = correlation[:, _SHORTEST_LAG : _LONGEST_LAG + 1] * _WEIGHT
    periodicity: Values = np.maximum.reduce(at_periods, axis=1) / (correlation[:, 0] + np.float32(_SILENT))
    return periodicity


def _logistic(x: Values) -> Values:
    logistic: Values = np.asarray(1 / (1 + np.exp(-x)), np.float32)
    return logistic
