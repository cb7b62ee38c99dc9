"""How exactly pitch, tempo and breath come out, and how far formants move: python benchmark_pitch.py CORPUS.

CORPUS is a folder of FLAC or WAV files of speech. Needs praat-parselmouth.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import parselmouth
from voxaffect import Audio, ProsodyParameters, Utterance, load_audio
from voxaffect_librosa_audio import pitch_and_tempo
from voxaffect_librosa_audio.renderer import LibrosaAudioRenderer

CLIPS = 20
SEMITONES = (-6, -3, 3, 6)


def render(audio: Audio, **asked: float) -> Audio:
    """The audio with the prosody asked for."""
    output = LibrosaAudioRenderer().render(ProsodyParameters(**asked), Utterance(audio=audio)).output
    assert isinstance(output, Audio)
    return output


def sound(audio: Audio) -> parselmouth.Sound:
    """The audio as Praat's."""
    return parselmouth.Sound(audio.samples.astype(float), audio.rate_hz)


def compare(before: Audio, after: Audio, semitones: float) -> tuple[float, float]:
    """(median F0 error in cents, median F1 drift in percent) over frames voiced in both."""
    ratio = 2 ** (semitones / 12)
    pitch_before = sound(before).to_pitch_ac(0.01, 60, pitch_ceiling=500)
    pitch_after = sound(after).to_pitch_ac(0.01, 60 * min(ratio, 1), pitch_ceiling=500 * max(ratio, 1))
    times = pitch_before.ts()
    f0_before, f0_after = (
        np.array([p.get_value_at_time(t) for t in times]) for p in (pitch_before, pitch_after)
    )
    voiced = np.isfinite(f0_before) & np.isfinite(f0_after)
    cents = 1200 * np.log2(f0_after[voiced] / f0_before[voiced]) - 100 * semitones
    formants = [sound(audio).to_formant_burg(0.01, maximum_formant=5250) for audio in (before, after)]
    f1_before, f1_after = (np.array([f.get_value_at_time(1, t) for t in times[voiced]]) for f in formants)
    drift = np.abs(f1_after / f1_before - 1)
    return float(np.median(cents[np.abs(cents) < 400])), 100 * float(np.nanmedian(drift))


def harmonics_to_noise_db(audio: Audio) -> float:
    """Mean over frames with voice."""
    values = sound(audio).to_harmonicity_cc().values
    return float(values[values > -150].mean())


def main(corpus: Path) -> None:
    """Print the tables."""
    files = sorted(path for path in corpus.rglob("*") if path.suffix in {".flac", ".wav"})
    clips = [load_audio(path) for path in files[:: max(1, len(files) // CLIPS)][:CLIPS]]
    render(clips[0], pitch_shift_semitones=1)  # numba compiles in the first call
    print(f"{len(clips)} clips, {sum(clip.duration_s for clip in clips):.0f} s")
    print(" st   F0 error, cents: mean, largest   F1 drift %   without envelope   RTF")
    for semitones in SEMITONES:
        start = time.perf_counter()
        changed = [render(clip, pitch_shift_semitones=semitones) for clip in clips]
        seconds = time.perf_counter() - start
        rows = np.array([compare(a, b, semitones) for a, b in zip(clips, changed, strict=True)])
        corrected, pitch_and_tempo.formant_gain = pitch_and_tempo.formant_gain, _no_gain  # type: ignore[assignment]
        plain = [compare(clip, render(clip, pitch_shift_semitones=semitones), semitones)[1] for clip in clips]
        pitch_and_tempo.formant_gain = corrected
        cents, rtf = np.abs(rows[:, 0]), seconds / sum(clip.duration_s for clip in clips)
        print(
            f"{semitones:+3d} {cents.mean():22.1f} {cents.max():8.1f} {rows[:, 1].mean():12.0f}"
            f" {np.mean(plain):18.0f} {rtf:6.4f}"
        )
    worst = max(
        abs(render(clip, speech_rate=rate).duration_s * rate / clip.duration_s - 1)
        for clip in clips
        for rate in (0.7, 0.85, 1.25, 1.5)
    )
    print(f"duration at rates 0.7 to 1.5: wrong by at most {100 * worst:.4f} %")
    for breathiness in (0.0, 0.3, 0.6, 1.0):
        ratios = [harmonics_to_noise_db(render(clip, breathiness=breathiness)) for clip in clips]
        print(f"harmonics-to-noise ratio at breathiness {breathiness}: {np.mean(ratios):.1f} dB")


def _no_gain(magnitude: np.ndarray, *_: object) -> np.ndarray:  # type: ignore[type-arg]
    return np.ones_like(magnitude)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
