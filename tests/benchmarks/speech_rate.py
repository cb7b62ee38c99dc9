"""Speech rate from syllable nuclei, against the syllables of EMO-DB and of the FDA recordings' texts.

    python tests/benchmarks/speech_rate.py CORPORA_DIR [--peers]

Measured: nuclei over the time from the first to the last active frame, pauses included.
EMO-DB: the sentence's syllables over the time from the first labelled syllable to the end of the last.
FDA: groups of vowel letters in the text (silent e left out) over our own active time: a rough truth.
The constants of `syllable_nuclei` were searched on five of EMO-DB's speakers and every second FDA utterance.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import attrs
import numpy as np
import numpy.typing as npt
from corpora import manifest, samples_16k
from voxaffect_prosodic.activity import detect_activity, speech_segments
from voxaffect_prosodic.f0 import track_f0
from voxaffect_prosodic.spectrum import HOP, RATE_HZ, power_spectrogram
from voxaffect_prosodic.syllables import count_hesitations, speech_rate_sps, syllable_nuclei

SNR_DB = 15.0
SLOW_SPS, FAST_SPS = 3.5, 5.5

Samples = npt.NDArray[np.float32]
Rater = Callable[[Samples], float]


@attrs.frozen(eq=False)
class Utterance:
    samples: Samples
    rate_sps: float
    silences_s: tuple[float, ...] = ()
    """Durations of the labelled silences inside."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--peers", action="store_true", help="also the method of de Jong and Wempe, by Praat")
    arguments = parser.parse_args()
    raters: dict[str, Rater] = {"ours": ours}
    if arguments.peers and importlib.util.find_spec("parselmouth"):
        raters["Praat"] = de_jong_and_wempe
    emodb, fda = read_emodb(arguments.corpora), read_fda(arguments.corpora)
    noisy = [attrs.evolve(u, samples=with_noise(u.samples, seed)) for seed, u in enumerate(emodb)]
    quiet = [attrs.evolve(u, samples=u.samples * np.float32(10**-1.5)) for u in emodb]

    print(f"{'':28}{'clips':>6}{'error':>8}{'r':>7}{'bias':>8}{'class %':>9}{'x ours':>8}")
    ours_s = 1.0
    for corpus, utterances in {
        "EMO-DB": emodb,
        f"EMO-DB, white {SNR_DB:.0f} dB": noisy,
        "EMO-DB, 30 dB quieter": quiet,
        "FDA": fda,
    }.items():
        truth = np.array([u.rate_sps for u in utterances])
        for name, rater in raters.items():
            start = time.perf_counter()
            rates = np.array([rater(u.samples) for u in utterances])
            took_s = time.perf_counter() - start
            ours_s = took_s if rater is ours else ours_s
            print(
                f"{corpus + ', ' + name:28}{len(truth):6}{np.mean(np.abs(rates - truth)):8.3f}"
                f"{np.corrcoef(rates, truth)[0, 1]:7.3f}{np.mean(rates - truth):8.3f}"
                f"{100 * np.mean(category(rates) == category(truth)):9.1f}{took_s / ours_s:8.1f}"
            )
    print_hesitations(emodb)


def category(rate_sps: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """0 slow, 1 normal, 2 fast."""
    return np.digitize(rate_sps, (SLOW_SPS, FAST_SPS))


def print_hesitations(utterances: list[Utterance]) -> None:
    counts: dict[bool, list[int]] = {True: [], False: []}
    for utterance in utterances:
        power = power_spectrogram(utterance.samples)
        has_silence = any(0.1 <= duration <= 0.4 for duration in utterance.silences_s)
        counts[has_silence].append(count_hesitations(power, detect_activity(power)))
    print("\nEMO-DB, hesitations a clip")
    for has_silence, name in ((True, "with a labelled silence of 100-400 ms"), (False, "without")):
        print(f"{name:40}{len(counts[has_silence]):5} clips {np.mean(counts[has_silence]):6.2f}")


def ours(samples: Samples) -> float:
    power = power_spectrogram(samples)
    active = detect_activity(power)
    return speech_rate_sps(syllable_nuclei(power, active, track_f0(samples)), active)


def read_emodb(corpora: Path) -> list[Utterance]:
    utterances = []
    for row in manifest(corpora, "emodb"):
        labels = corpora / "emodb-labels" / "silb" / f"{Path(row['file']).stem}.silb"
        lines = [line.split(None, 1) for line in labels.read_text("latin-1").splitlines() if line.strip()]
        marks = [(float(line[0]), line[1].strip()) for line in lines]
        syllables = [i for i, (_, text) in enumerate(marks) if text not in (".", "(")]
        if not syllables:  # one file of labels is empty
            continue
        start_s, stop_s = marks[syllables[0]][0], marks[syllables[-1] + 1][0]
        silences_s = tuple(marks[i + 1][0] - marks[i][0] for i in range(len(marks) - 1) if marks[i][1] == "(")
        rate_sps = json.loads(row["extra"])["n_syll"] / (stop_s - start_s)
        utterances.append(Utterance(samples_16k(corpora / row["file"]), rate_sps, silences_s))
    return utterances


def read_fda(corpora: Path) -> list[Utterance]:
    folder = corpora / "fda_ue"
    texts = dict(
        line.split(None, 1) for line in (folder / "orthographic.index").read_text().splitlines() if line
    )
    utterances = []
    for path in sorted(folder.glob("*.flac")):
        samples = samples_16k(path)
        segments = speech_segments(detect_activity(power_spectrogram(samples)))
        duration_s = (segments[-1, 1] - segments[0, 0]) * HOP / RATE_HZ
        utterances.append(Utterance(samples, spelt_syllables(texts[path.stem[2:]]) / duration_s))
    return utterances


def spelt_syllables(text: str) -> int:
    words = re.findall(r"[a-z]+", text.lower().replace("'", ""))
    return sum(
        max(1, len(re.findall(r"[aeiouy]+", re.sub(r"(?<=[^l])e(s|d)?$", "", word)))) for word in words
    )


def with_noise(samples: Samples, seed: int) -> Samples:
    hiss = np.random.default_rng(seed).standard_normal(len(samples))
    return (samples + hiss * np.sqrt(np.mean(samples**2) / 10 ** (SNR_DB / 10))).astype(np.float32)


def de_jong_and_wempe(samples: Samples) -> float:
    """Voiced peaks of intensity with dips of 2 dB before them, over the time Praat finds sounding.

    After de Jong and Wempe, Behavior Research Methods 41 (2009): silence at -25 dB.
    """
    import parselmouth
    from scipy.signal import find_peaks

    sound = parselmouth.Sound(samples.astype(np.float64), RATE_HZ)
    intensity = sound.to_intensity(50)
    level_db = intensity.values[0]
    threshold_db = max(float(np.quantile(level_db, 0.99)) - 25, float(level_db.min()))
    peaks, _ = find_peaks(level_db, height=threshold_db, prominence=2)
    pitch = sound.to_pitch_ac(0.02, 30, 4, False, 0.03, 0.25, 0.01, 0.35, 0.25, 450)
    voiced = [not np.isnan(pitch.get_value_at_time(intensity.xs()[peak])) for peak in peaks]
    sounding = np.flatnonzero(level_db > threshold_db)
    duration_s = intensity.xs()[sounding[-1]] - intensity.xs()[sounding[0]] if len(sounding) else 0.0
    return sum(voiced) / duration_s if duration_s > 0 else 0.0


if __name__ == "__main__":
    main()
