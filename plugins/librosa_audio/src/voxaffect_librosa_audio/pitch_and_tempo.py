"""Pitch, its spread and tempo together, in one pass of a phase vocoder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from voxaffect.types import ProsodyParameters
from voxaffect_psola.overlap_add import FINE_RATE_HZ, upsampled
from voxaffect_psola.sound import Sound, Source, stretch_of

from voxaffect_librosa_audio.contour import TimeMap, pitch_ratios, track_in_blocks
from voxaffect_librosa_audio.envelope import formant_gain
from voxaffect_librosa_audio.high_band import high_band
from voxaffect_librosa_audio.phase_locking import lock_phases
from voxaffect_librosa_audio.spectrum import OVERLAP, analyse, overlap_add, window_length

FRAMES = 64
"""Made at a time, so that the transforms stay in the processor's cache."""

UNVOICED_HOP_S = 0.015
"""About as short as a burst, too long to be heard as a pitch."""

CONTEXT = 64
"""Samples of stretched speech that must lie beyond one for it to be read between samples."""


def shift_and_stretch(
    samples: Source, rate_hz: int, prosody: ProsodyParameters
) -> tuple[Iterator[Sound] | None, Mapping[str, str]]:
    """Speech at another pitch, spread of pitch and tempo, its formants kept.

    The vocoder stretches the speech by the ratio of the pitches, and reading it that much faster leaves pitch
    and duration as they were asked for; the formants are moved the other way first, for the reading to move
    them back. Only the voice is moved in pitch.

    Returns:
        Blocks of (n_samples / speech_rate,) to the nearest sample, one at least, None where all stays as it
        is; and why pitch or its spread could not be changed, where there is no voice.
    """
    f0_hz, tempo = track_in_blocks(samples, rate_hz), prosody.speech_rate
    ratios = pitch_ratios(f0_hz, semitones=prosody.pitch_shift_semitones, variance=prosody.pitch_variance)
    missing = {}
    if not f0_hz.any():
        of_voice = {"pitch_shift_semitones", "pitch_variance"} & set(prosody.changed())
        missing = dict.fromkeys(sorted(of_voice), "no voice was found whose pitch could be moved")
    if tempo == 1 and np.all(ratios == 1):
        return None, missing
    time = TimeMap.of(f0_hz, ratios, tempo=tempo, length=len(samples), rate_hz=rate_hz)
    stretched = _stretched(samples, rate_hz, time)
    return _read(stretched, samples, rate_hz, time, tempo), missing


def _stretched(samples: Source, rate_hz: int, time: TimeMap) -> Iterator[Sound]:
    """The stretched speech from its first sample on, its envelope moved, and silence without end after it."""
    n_fft = window_length(rate_hz)
    hop = n_fft // OVERLAP
    last, tail = np.zeros(n_fft // 2 + 1, np.complex64), np.zeros(n_fft, np.float32)
    # The first window ends a hop after the first sample, so that OVERLAP of them lie over it.
    at, begin = hop - n_fft // 2, hop - n_fft  # centre of the next window, and the sample it begins with
    while True:
        frames = np.arange(at, at + FRAMES * hop, hop, dtype=np.float64)
        wanted = time.to_original(frames)
        centres = np.round(wanted).astype(np.intp)
        both = analyse(samples, np.concatenate([centres, centres - hop]), n_fft)
        spectra, a_hop_before = both[:FRAMES], both[FRAMES:]
        ratios = time.ratio_at(wanted).astype(np.float32)
        locked = lock_phases(spectra, a_hop_before, time.voicing_at(frames) == 0, last)
        last = locked[-1]
        moved = ratios != 1
        if moved.any():
            f0_hz = time.f0_at(wanted)[moved].astype(np.float32)
            locked[moved] *= formant_gain(np.abs(spectra[moved]), ratios[moved], f0_hz, rate_hz)
        made, tail = overlap_add(locked, n_fft, tail)
        voicing = time.voicing_at(np.arange(begin, begin + len(made), dtype=np.float64)).astype(np.float32)
        if not voicing.all():
            plain = _unvoiced(samples, rate_hz, time, begin, len(made))
            made = plain + voicing * (made - plain)
        yield made[max(0, -begin) :]
        at, begin = at + FRAMES * hop, begin + FRAMES * hop


def _unvoiced(samples: Source, rate_hz: int, time: TimeMap, begin: int, length: int) -> Sound:
    """(length,) of the stretched speech where it has no harmonics: stretches of the original, faded over.

    They are shorter than the vocoder's windows, which would smear bursts.
    """
    hop = round(UNVOICED_HOP_S * rate_hz)
    n = np.arange(begin, begin + length)
    left = n // hop
    places = np.arange(left[0], left[-1] + 2) * hop
    shift = np.round(time.to_original(places.astype(np.float64))).astype(np.intp) - places
    first = begin + int(shift.min())
    near = stretch_of(samples, first, begin + length + int(shift.max()))
    fade = (np.sin(np.pi / 2 / hop * np.arange(hop)) ** 2).astype(np.float32)[n % hop]
    left -= left[0]
    n -= first
    sound: Sound = near[n + shift[left]] * (1 - fade) + near[n + shift[left + 1]] * fade
    return sound


def _read(
    blocks: Iterable[Sound], samples: Source, rate_hz: int, time: TimeMap, tempo: float
) -> Iterator[Sound]:
    """The changed speech in blocks, read from the stretched speech between its samples."""
    length = max(1, round(len(samples) / tempo))
    factor = max(1, -(-FINE_RATE_HZ // rate_hz))
    held, start, done = np.zeros(0, np.float32), 0, 0  # `held` begins with sample `start`
    for block in blocks:
        held = np.concatenate([held, block])
        ready = time.to_original(np.array([start + len(held) - CONTEXT - 1.0]))[0] / tempo
        stop = min(length, int(ready))
        if stop > done:
            place = time.to_stretched(np.arange(done, stop, dtype=np.float64) * tempo) - start
            low, high = int(place[0]), int(place[-1]) + 2
            fine = upsampled(held, low, high, factor)
            place = (place - low) * factor
            whole = place.astype(np.intp)
            share = (place - whole).astype(np.float32)
            sound = fine[whole] * (1 - share) + fine[whole + 1] * share
            yield sound + high_band(samples, rate_hz, time, tempo, done, stop)
            done = stop
            keep = max(0, int(place[-1] / factor) + low - CONTEXT)
            held, start = held[keep:], start + keep
        if done == length:
            return
