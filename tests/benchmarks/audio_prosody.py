"""What renderers of audio do to real speech: how exactly, what happens to the formants, how well, how fast.

python tests/benchmarks/audio_prosody.py CORPORA_DIR [--peers] [--clips 24] [--only psola] [--tempo bungee]

On neutral utterances, half from fda_ue, half from EMO-DB. F0 is read by our own tracker; with `--peers` by
Praat (praat-parselmouth), which then reads F1 too, and quality is PESQ-WB (pesq). Peers are Praat's PSOLA
and librosa's own effects. Every figure is a mean over clips:

F0      error in cents at -6, -3, +3, +6 semitones, of each clip's median over frames
F1      drift in percent at the same shifts, median over voiced frames
spread  standard deviation of F0 in semitones over what it was, where 0.5, 1.5 and 2 are asked
length  largest error of any clip in percent, at rates of 0.7, 0.85, 1.25, 1.5
PESQ    3 semitones up and down again; 1.25 times as fast and back
RTF     seconds of work per second of speech, +3 semitones
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from corpora import manifest
from voxaffect import Audio, PluginHost, ProsodyParameters, Utterance, load_audio
from voxaffect.audio import resample
from voxaffect.components import Stage
from voxaffect_prosodic.f0 import track_f0

SHIFTS_ST = (-6.0, -3.0, 3.0, 6.0)
SPREADS = (0.5, 1.5, 2.0)
RATES = (0.7, 0.85, 1.25, 1.5)
FMIN_HZ, FMAX_HZ = 60.0, 500.0
WIDE_RANGE_HZ = (45.0, 700.0)
"""For voices whose spread was doubled."""

OCTAVE_ERROR_ST = 4.0
FRAME_S = 0.01

Renderer = Callable[[Audio, ProsodyParameters], Audio]
ReadF0 = Callable[[Audio, float, float], np.ndarray]
"""(audio, lowest and highest Hz) -> (n_frames,) semitones every 10 ms, NaN where unvoiced."""


@attrs.frozen
class Instruments:
    """What the figures are read with; None where a package is missing."""

    f0_st: ReadF0
    f1_hz: Callable[[Audio, int], np.ndarray] | None = None
    quality: Callable[[Audio, Audio], float] | None = None


def clips(corpora: Path, count: int) -> list[Audio]:
    """Neutral utterances, as many from either corpus."""
    fda = sorted((corpora / "fda_ue").rglob("*.flac"))
    emodb = [corpora / row["file"] for row in manifest(corpora, "emodb") if row["emotion"] == "neutral"]
    return [load_audio(path) for files in (fda, emodb) for path in spread_evenly(files, count // 2)]


def spread_evenly(files: list[Path], count: int) -> list[Path]:
    """`count` of them from the first to the last."""
    return [files[i] for i in np.linspace(0, len(files) - 1, count).round().astype(int)]


def plugin(name: str, **options: Any) -> Renderer:
    """A renderer that is installed here."""
    renderer = PluginHost().build(Stage.RENDERER, {**options, "use": name})

    def render(audio: Audio, prosody: ProsodyParameters) -> Audio:
        output = renderer.render(prosody, Utterance(audio=audio)).output
        assert isinstance(output, Audio)
        return output

    return render


def praat_psola(audio: Audio, prosody: ProsodyParameters) -> Audio:
    """Overlap-add of Praat's Manipulation."""
    from parselmouth.praat import call

    sound = praat_sound(audio)
    manipulation = call(sound, "To Manipulation", FRAME_S, FMIN_HZ, FMAX_HZ)
    tier = call(manipulation, "Extract pitch tier")
    if prosody.pitch_variance != 1:
        points = call(tier, "Get number of points")
        f0_hz = [call(tier, "Get value at index", i + 1) for i in range(points)]
        mean_hz = np.exp(np.mean(np.log(f0_hz)))
        call(tier, "Formula", f"{mean_hz} * (self / {mean_hz}) ^ {prosody.pitch_variance}")
    call(tier, "Multiply frequencies", 0, sound.xmax, 2 ** (prosody.pitch_shift_semitones / 12))
    call([tier, manipulation], "Replace pitch tier")
    if prosody.speech_rate != 1:
        durations = call("Create DurationTier", "tempo", 0, sound.xmax)
        call(durations, "Add point", sound.xmax / 2, 1 / prosody.speech_rate)
        call([durations, manipulation], "Replace duration tier")
    changed = call(manipulation, "Get resynthesis (overlap-add)")
    return Audio(changed.values[0].clip(-1, 1).astype(np.float32), audio.rate_hz)


def plain_librosa(audio: Audio, prosody: ProsodyParameters) -> Audio:
    """`librosa.effects` as they come."""
    from librosa import effects

    samples = audio.samples
    if prosody.speech_rate != 1:
        samples = effects.time_stretch(samples, rate=prosody.speech_rate)
    if prosody.pitch_shift_semitones:
        samples = effects.pitch_shift(samples, sr=audio.rate_hz, n_steps=prosody.pitch_shift_semitones)
    return Audio(samples.clip(-1, 1).astype(np.float32), audio.rate_hz)


def praat_sound(audio: Audio) -> Any:
    """The audio as Praat's."""
    import parselmouth

    return parselmouth.Sound(audio.samples.astype(float), audio.rate_hz)


def our_f0_st(audio: Audio, fmin_hz: float, fmax_hz: float) -> np.ndarray:
    """By voxaffect's own tracker."""
    samples = resample(audio.samples, audio.rate_hz, 16_000)
    track = track_f0(samples, fmin_hz=fmin_hz, fmax_hz=fmax_hz)
    return 12 * np.log2(np.where(track.f0_hz > 0, track.f0_hz, np.nan))


def praat_f0_st(audio: Audio, fmin_hz: float, fmax_hz: float) -> np.ndarray:
    """By Praat's autocorrelation."""
    pitch = praat_sound(audio).to_pitch_ac(FRAME_S, fmin_hz, pitch_ceiling=fmax_hz)
    times_s = np.arange(int(audio.duration_s / FRAME_S)) * FRAME_S
    return 12 * np.log2([pitch.get_value_at_time(t) for t in times_s])


def praat_f1_hz(audio: Audio, n_frames: int) -> np.ndarray:
    """By Praat's Burg."""
    formants = praat_sound(audio).to_formant_burg(FRAME_S, maximum_formant=5250)
    return np.array([formants.get_value_at_time(1, frame * FRAME_S) for frame in range(n_frames)])


def pesq_wb(reference: Audio, degraded: Audio) -> float:
    """ITU-T P.862.2."""
    from pesq import pesq

    n = min(len(reference.samples), len(degraded.samples))
    both = (resample(audio.samples[:n], audio.rate_hz, 16_000) for audio in (reference, degraded))
    return float(pesq(16_000, *both, "wb"))


def f0_and_f1_error(read: Instruments, before: Audio, after: Audio, shift_st: float) -> tuple[float, float]:
    """(cents, percent); NaN where F1 is not read."""
    ratio = 2 ** (shift_st / 12)
    was_st = read.f0_st(before, FMIN_HZ, FMAX_HZ)
    is_st = read.f0_st(after, FMIN_HZ * min(1, ratio), FMAX_HZ * max(1, ratio))
    n = min(len(was_st), len(is_st))
    error_st = is_st[:n] - was_st[:n] - shift_st
    sure = np.abs(error_st) < OCTAVE_ERROR_ST
    cents = abs(100 * float(np.median(error_st[sure])))
    if read.f1_hz is None:
        return cents, float("nan")
    was_hz, is_hz = (read.f1_hz(audio, n)[sure] for audio in (before, after))
    return cents, 100 * float(np.nanmedian(np.abs(is_hz / was_hz - 1)))


def spread_ratio(read: Instruments, before: Audio, after: Audio, asked: float) -> float:
    """Over frames that are voiced in both, octave errors left out."""
    was_st, is_st = read.f0_st(before, FMIN_HZ, FMAX_HZ), read.f0_st(after, *WIDE_RANGE_HZ)
    n = min(len(was_st), len(is_st))
    was_st, is_st = was_st[:n], is_st[:n]
    error_st = is_st - asked * was_st
    sure = np.abs(error_st - np.nanmedian(error_st)) < OCTAVE_ERROR_ST
    return float(np.std(is_st[sure]) / np.std(was_st[sure]))


def there_and_back(
    quality: Callable[[Audio, Audio], float],
    render: Renderer,
    audio: Audio,
    name: str,
    ways: tuple[float, float],
) -> float:
    """Quality of what was changed one way and then the other."""
    changed = audio
    for value in ways:
        changed = render(changed, ProsodyParameters(**{name: value}))
    return quality(audio, changed)


def figures(render: Renderer, sounds: list[Audio], read: Instruments, *, spreads: bool) -> list[str]:
    """A row of the table."""
    row = []
    errors = np.array(
        [
            [
                f0_and_f1_error(read, a, render(a, ProsodyParameters(pitch_shift_semitones=st)), st)
                for st in SHIFTS_ST
            ]
            for a in sounds
        ]
    ).mean(axis=0)  # (n_shifts, 2)
    row += [" ".join(f"{cents:.1f}" for cents in errors[:, 0])]
    row += [" ".join(f"{drift:.1f}" for drift in errors[:, 1])]
    ratios = [
        np.mean([spread_ratio(read, a, render(a, ProsodyParameters(pitch_variance=v)), v) for a in sounds])
        for v in (SPREADS if spreads else ())
    ]
    row += [" ".join(f"{ratio:.3f}" for ratio in ratios) or "-"]
    lengths = [
        abs(render(a, ProsodyParameters(speech_rate=rate)).duration_s * rate / a.duration_s - 1)
        for a in sounds
        for rate in RATES
    ]
    row += [f"{100 * max(lengths):.3f}"]
    trips = {"pitch_shift_semitones": (3.0, -3.0), "speech_rate": (1.25, 0.8)}
    if read.quality is None:
        return [*row, "-"]
    means = [
        np.mean([there_and_back(read.quality, render, a, name, ways) for a in sounds])
        for name, ways in trips.items()
    ]
    return [*row, " ".join(f"{mean:.2f}" for mean in means)]


def real_time_factors(
    renderers: dict[str, Renderer], sounds: list[Audio], rounds: int = 5
) -> dict[str, float]:
    """Each clip's best of a few rounds, renderers taking turns: other work on the machine counts least."""
    asked, best = ProsodyParameters(pitch_shift_semitones=3), dict.fromkeys(renderers, 0.0)
    for audio in sounds:
        taken_s: dict[str, list[float]] = {name: [] for name in renderers}
        for _ in range(rounds):
            for name, render in renderers.items():
                start = time.perf_counter()
                render(audio, asked)
                taken_s[name].append(time.perf_counter() - start)
        best = {name: best[name] + min(taken_s[name]) for name in renderers}
    seconds = sum(audio.duration_s for audio in sounds)
    return {name: taken / seconds for name, taken in best.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--only", metavar="NAME", help="psola or librosa_audio, and its peer")
    parser.add_argument("--tempo", metavar="NAME", help="psola with its tempo by this library, e.g. bungee")
    arguments = parser.parse_args()
    ours = [arguments.only] if arguments.only else ["psola", "librosa_audio"]
    read, renderers = Instruments(our_f0_st), {name: plugin(name) for name in ours}
    if arguments.peers:
        read = Instruments(praat_f0_st, praat_f1_hz, pesq_wb)
        peers = {"psola": ("Praat PSOLA", praat_psola), "librosa_audio": ("librosa", plain_librosa)}
        renderers |= dict(peers[name] for name in ours)
    if arguments.tempo:
        renderers[arguments.tempo] = plugin("psola", tempo=arguments.tempo)
    sounds = clips(arguments.corpora, arguments.clips)
    scales_spread = {"psola", "librosa_audio", "Praat PSOLA"}
    print(f"{len(sounds)} clips, {sum(audio.duration_s for audio in sounds):.0f} s")
    columns = ("F0, cents", "F1, %", "spread", "length, %", "PESQ", "RTF")
    print(f"{'':14}" + "".join(f"{column:>20}" for column in columns))
    rows = {
        name: figures(render, sounds, read, spreads=name in scales_spread)
        for name, render in renderers.items()
    }
    factors = real_time_factors(renderers, sounds)
    for name, row in rows.items():
        print(f"{name:14}" + "".join(f"{cell:>20}" for cell in [*row, f"{factors[name]:.4f}"]))


if __name__ == "__main__":
    main()
