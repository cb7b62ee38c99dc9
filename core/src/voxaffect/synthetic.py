"""Synthetic audio whose true F0, jitter, shimmer, noise, syllables and pauses are known.

Everything here is deterministic for a given seed and returns (n_samples,) float32, full scale 1.0.
The voice is source and filter: glottal pulses placed between samples by a windowed sinc, a spectral
tilt of -6 dB/octave (glottis and radiation) and one two-pole resonance a formant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

RATE_HZ = 16_000

VOWELS_HZ: dict[str, tuple[float, ...]] = {
    "a": (730.0, 1090.0, 2440.0, 3300.0, 3750.0),
    "e": (530.0, 1840.0, 2480.0, 3300.0, 3750.0),
    "i": (270.0, 2290.0, 3010.0, 3400.0, 3900.0),
    "o": (570.0, 840.0, 2410.0, 3300.0, 3750.0),
    "u": (300.0, 870.0, 2240.0, 3300.0, 3750.0),
}
"""Formants of five vowels: F1-F3 of men by Peterson & Barney (1952), two higher ones added."""

_TILT_CORNER_HZ = 150.0
_SINC_HALF_WIDTH = 16
_CONSONANT_SHARE = 0.25
"""Part of a syllable that is consonant noise."""

_CONSONANT_DB = -20.0
"""Peak of the consonant noise under the vowel's; too weak to be a syllable of its own."""


def vowel(
    *,
    duration_s: float,
    f0_hz: float | npt.ArrayLike = 150.0,
    rate_hz: int = RATE_HZ,
    formants_hz: Sequence[float] = VOWELS_HZ["a"],
    jitter: float = 0.0,
    shimmer: float = 0.0,
    hnr_db: float = np.inf,
    tremor_hz: float = 0.0,
    tremor_depth: float = 0.0,
    amplitude: float = 0.5,
    seed: int = 0,
) -> npt.NDArray[np.float32]:
    """A sustained vowel.

    Args:
        duration_s: seconds.
        f0_hz: a number, or a contour whose values are spread evenly over the duration.
        rate_hz: sampling rate; formants above 0.45 of it are left out.
        formants_hz: resonances of the vocal tract.
        jitter: local jitter as a ratio (0.01 = 1 %). With a constant F0 and no tremor, mean absolute
            difference of consecutive periods over the mean period is *exactly* this; otherwise the
            change of F0 itself comes on top.
        shimmer: local shimmer of the glottal pulses as a ratio, exact in the same way. At a high F0
            the formants ring on into the next period, so the sound itself has a little less.
        hnr_db: *exact* ratio of the mean power of the harmonic part (jitter and shimmer included) to
            that of added breath noise: white noise through the same vocal tract and tilt.
        tremor_hz, tremor_depth: F0 is multiplied by 1 + depth * sin(2 pi tremor_hz t).
        amplitude: the largest absolute sample.
        seed: another seed draws other periods, amplitudes and noise.
    """
    length = round(duration_s * rate_hz)
    if length == 0:
        return np.zeros(0, np.float32)
    rng = np.random.default_rng(seed)
    epochs_s = _epochs(duration_s, f0_hz, jitter, tremor_hz, tremor_depth, rng)
    strengths = 1.0 + _perturbation(len(epochs_s), shimmer, rng)
    padding = round(0.1 * rate_hz)  # the tract's response has died away by then, so nothing wraps round
    tract = _vocal_tract(length + padding, rate_hz, formants_hz)
    pulses = _pulse_train(epochs_s * rate_hz, strengths, length)
    voice = np.fft.irfft(np.fft.rfft(pulses, length + padding) * tract, length + padding)[:length]
    if np.isfinite(hnr_db):
        white = rng.standard_normal(length + padding)
        breath = np.fft.irfft(np.fft.rfft(white) * tract, length + padding)[:length]
        breath *= np.sqrt(np.mean(voice**2) / np.mean(breath**2)) * 10 ** (-hnr_db / 20)
        voice = voice + breath
    return _to_peak(voice, amplitude)


def speech_like(
    *,
    syllables: int,
    rate_sps: float = 4.0,
    f0_hz: float | npt.ArrayLike = 150.0,
    pauses_s: Sequence[float] = (),
    rate_hz: int = RATE_HZ,
    hnr_db: float = 25.0,
    jitter: float = 0.005,
    accent_st: float = 2.0,
    background_db: float = -70.0,
    amplitude: float = 0.5,
    seed: int = 0,
) -> npt.NDArray[np.float32]:
    """Syllables of consonant noise and a vowel that glides into the next one's, with pauses between them.

    Known: `syllables` nuclei; an articulation rate of `rate_sps`; a duration of `syllables / rate_sps +
    sum(pauses_s)` seconds; a pause ratio of `sum(pauses_s)` over that. The pauses stand evenly among
    the syllables, in order, never first or last.

    Args:
        syllables: how many.
        rate_sps: syllables a second while speaking.
        f0_hz: a number, or a contour spread evenly over the syllables, pauses left out.
        accent_st: semitones by which F0 rises and falls within each syllable; its mean in semitones stays.
        pauses_s: seconds of each pause; at most `syllables - 1` of them.
        hnr_db, jitter: of every vowel, as in `vowel`.
        background_db: white noise through all of it, dB below full scale (RMS); the pauses hold only it.
        amplitude: the largest absolute sample of the speech.
    """
    if len(pauses_s) > max(0, syllables - 1):
        raise ValueError(f"{len(pauses_s)} pauses do not fit between {syllables} syllables")
    rng = np.random.default_rng(seed)
    contour = np.atleast_1d(np.asarray(f0_hz, float))
    grid = np.linspace(0, 1, len(contour))
    pause_after = {syllables * (i + 1) // (len(pauses_s) + 1) - 1: s for i, s in enumerate(pauses_s)}
    kinds = list(VOWELS_HZ.values())
    bounds = np.round(np.arange(syllables + 1) / rate_sps * rate_hz).astype(int)
    parts = [np.zeros(0, np.float32)]
    for i in range(syllables):
        within = np.linspace(0, 1, 33)
        f0_part = np.interp((i + within) / syllables, grid, contour)
        f0_part = f0_part * 2 ** (accent_st / 12 * np.sin(2 * np.pi * within))
        glide = (kinds[i % len(kinds)], kinds[(i + 1) % len(kinds)])
        parts.append(_syllable(int(bounds[i + 1] - bounds[i]), f0_part, glide, rate_hz, hnr_db, jitter, rng))
        parts.append(np.zeros(round(pause_after.get(i, 0.0) * rate_hz), np.float32))
    speech = _to_peak(np.concatenate(parts), amplitude)
    background = rng.standard_normal(len(speech)) * 10 ** (background_db / 20)
    return (speech + background).astype(np.float32)


def tones(
    *,
    chords_hz: Sequence[Sequence[float]] = ((262.0, 330.0, 392.0), (294.0, 349.0, 440.0)),
    note_s: float = 0.5,
    harmonics: int = 5,
    rate_hz: int = RATE_HZ,
    amplitude: float = 0.5,
) -> npt.NDArray[np.float32]:
    """Music that is not speech: one chord after the other, `note_s` seconds each.

    A chord of one frequency makes a melody. Every note has partials 1..`harmonics` of amplitude 1/n,
    decays by 60 dB in about 2 s and starts anew without a click. Partials above Nyquist are left out.
    """
    length = round(note_s * rate_hz)
    t = np.arange(length) / rate_hz
    envelope = np.minimum(1.0, t / 0.01) * np.exp(-3.5 * t) * np.minimum(1.0, (note_s - t) / 0.01)
    notes = [np.zeros(0)]
    for chord in chords_hz:
        partials = [(f * n, 1 / n) for f in chord for n in range(1, harmonics + 1) if f * n < rate_hz / 2]
        notes.append(envelope * sum((a * np.sin(2 * np.pi * f * t) for f, a in partials), np.zeros(length)))
    return _to_peak(np.concatenate(notes), amplitude)


def noise(
    *,
    duration_s: float,
    color: Literal["white", "pink", "brown"] = "white",
    rms: float = 0.1,
    rate_hz: int = RATE_HZ,
    seed: int = 0,
) -> npt.NDArray[np.float32]:
    """Gaussian noise of exactly this RMS; power falls by 0 (white), 3 (pink) or 6 (brown) dB an octave.

    The tilt holds from 20 Hz up; below it the spectrum is flat.
    """
    length = round(duration_s * rate_hz)
    if length == 0:
        return np.zeros(0, np.float32)
    exponent = {"white": 0.0, "pink": 0.5, "brown": 1.0}[color]
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(length))
    spectrum /= np.maximum(np.fft.rfftfreq(length, 1 / rate_hz), 20.0) ** exponent
    sound = np.fft.irfft(spectrum, length)
    scaled: npt.NDArray[np.float32] = (sound * (rms / np.sqrt(np.mean(sound**2)))).astype(np.float32)
    return scaled


def silence(*, duration_s: float, rate_hz: int = RATE_HZ) -> npt.NDArray[np.float32]:
    """Digital silence: every sample is 0."""
    return np.zeros(round(duration_s * rate_hz), np.float32)


def _epochs(
    duration_s: float,
    f0_hz: float | npt.ArrayLike,
    jitter: float,
    tremor_hz: float,
    tremor_depth: float,
    rng: np.random.Generator,
) -> npt.NDArray[np.float64]:
    """Seconds of the glottal pulses inside the duration: F0 integrated to cycles, the cycles perturbed."""
    contour = np.atleast_1d(np.asarray(f0_hz, float))
    t = np.linspace(0, duration_s, max(2, round(duration_s * 2000)) + 1)
    f0 = np.interp(t, np.linspace(0, duration_s, len(contour)), contour)
    f0 = f0 * (1 + tremor_depth * np.sin(2 * np.pi * tremor_hz * t))
    cycles = np.concatenate([[0.0], np.cumsum((f0[1:] + f0[:-1]) / 2 * np.diff(t))])
    count = max(1, int(cycles[-1]))
    # The perturbations sum to 0, so the last pulse lies inside too and none has to be dropped.
    at = 0.5 + np.concatenate([[0.0], np.cumsum(1.0 + _perturbation(count - 1, jitter, rng))])
    return np.interp(at, cycles, t)


def _perturbation(count: int, local: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """(count,) deviations from 1 with mean 0 whose mean absolute successive difference is `local`."""
    if count < 2 or local == 0:
        return np.zeros(count)
    drawn = np.clip(rng.standard_normal(count), -2.5, 2.5)
    drawn -= drawn.mean()
    return drawn * (local / np.mean(np.abs(np.diff(drawn))))


def _pulse_train(
    positions: npt.NDArray[np.float64], strengths: npt.NDArray[np.float64], length: int
) -> npt.NDArray[np.float64]:
    """(length,) unit pulses at fractional sample positions, each a Hann-windowed sinc."""
    around = np.arange(-_SINC_HALF_WIDTH + 1, _SINC_HALF_WIDTH + 1)
    index = np.floor(positions).astype(int)[:, None] + around  # (n_pulses, 2 * half width)
    distance = index - positions[:, None]
    taps = np.sinc(distance) * np.cos(np.pi / 2 * distance / _SINC_HALF_WIDTH) ** 2 * strengths[:, None]
    inside = (index >= 0) & (index < length)
    return np.bincount(index[inside], taps[inside], length).astype(np.float64)


def _vocal_tract(length: int, rate_hz: int, formants_hz: Sequence[float]) -> npt.NDArray[np.complex128]:
    """(length // 2 + 1,) frequency response of tilt and formants."""
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(length))  # z^-1
    pole = np.exp(-2 * np.pi * _TILT_CORNER_HZ / rate_hz)
    response: npt.NDArray[np.complex128] = (1 - z) / (1 - pole * z) ** 2
    for formant_hz in formants_hz:
        if formant_hz < 0.45 * rate_hz:
            bandwidth_hz = 60 + formant_hz / 25
            radius = np.exp(-np.pi * bandwidth_hz / rate_hz)
            turn = 2 * radius * np.cos(2 * np.pi * formant_hz / rate_hz)
            response = response * (1 - turn + radius**2) / (1 - turn * z + radius**2 * z**2)
    return response


def _syllable(
    length: int,
    f0_hz: npt.NDArray[np.float64],
    glide: tuple[Sequence[float], Sequence[float]],
    rate_hz: int,
    hnr_db: float,
    jitter: float,
    rng: np.random.Generator,
) -> npt.NDArray[np.float32]:
    """(length,) high-frequency noise, then a vowel that swells, turns into another, and fades."""
    consonant_length = round(_CONSONANT_SHARE * length)
    hiss = np.diff(rng.standard_normal(consonant_length + 2), 2) * np.hanning(consonant_length)
    seed = int(rng.integers(2**31))
    first, second = (
        vowel(
            duration_s=(length - consonant_length) / rate_hz,
            f0_hz=f0_hz,
            rate_hz=rate_hz,
            formants_hz=formants_hz,
            jitter=jitter,
            hnr_db=hnr_db,
            amplitude=1.0,
            seed=seed,  # the same pulses for both, so that the mixture has one pitch
        )
        for formants_hz in glide
    )
    position = (np.arange(len(first)) + 0.5) / max(1, len(first))
    mixed = (first * (1 - position) + second * position) * np.sin(np.pi * position)
    return np.concatenate([_to_peak(hiss, 10 ** (_CONSONANT_DB / 20)), _to_peak(mixed, 1.0)])


def _to_peak(sound: npt.NDArray[np.floating], peak: float) -> npt.NDArray[np.float32]:
    largest = float(np.max(np.abs(sound), initial=0.0))
    return (sound * (peak / largest if largest > 0 else 1.0)).astype(np.float32)
