"""Errors of jitter, of the harmonics-to-noise ratio, of formants and of H1-H2 on synthetic voices, whose true
values are known.

python tests/benchmarks/voice_quality.py [CORPORA_DIR] [--peers] [--seeds 3] [--formants]

`--peers` reads the same sounds with Praat (praat-parselmouth) and openSMILE (eGeMAPS). With the folder of the
corpora, formants are also judged on EMO-DB: how well they tell its labelled vowels apart, and how far the
readers agree on a clip's median. `--formants` leaves out jitter and HNR.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from corpora import manifest, samples_16k
from voxaffect import Audio
from voxaffect.synthetic import VOWELS_HZ, vowel
from voxaffect_prosodic.f0 import track_f0
from voxaffect_prosodic.formants import N_FORMANTS, formants
from voxaffect_prosodic.glottal_cycles import find_cycles, jitter_local
from voxaffect_prosodic.harmonics import harmonic_differences_db
from voxaffect_prosodic.measurement import measure
from voxaffect_prosodic.spectrum import HOP, RATE_HZ, power_spectrogram
from voxaffect_prosodic.voice_quality import harmonics_to_noise_db, voiced_median

F0_HZ = (90.0, 120.0, 180.0, 240.0, 300.0)
JITTER = (0.0, 0.01, 0.02, 0.03, 0.05)
HNR_DB = (10.0, 12.0, 15.0, 18.0, 20.0)
FMIN_HZ, FMAX_HZ = 60, 500

Reader = Callable[[np.ndarray], tuple[float, float]]
"""(n_samples,) float32 at 16 kHz -> jitter as a ratio, HNR in dB."""


def read_ours(samples: np.ndarray) -> tuple[float, float]:
    """As the plugin does."""
    track = track_f0(samples)
    hnr_db = voiced_median(harmonics_to_noise_db(track, power_spectrogram(samples)), track.f0_hz > 0)
    return jitter_local(find_cycles(samples, track)), hnr_db


def praat() -> Reader:
    """Cross-correlation throughout, Praat's standard settings."""
    import parselmouth
    from parselmouth.praat import call

    def read(samples: np.ndarray) -> tuple[float, float]:
        sound = parselmouth.Sound(samples.astype(float), RATE_HZ)
        pulses = call(sound, "To PointProcess (periodic, cc)", FMIN_HZ, FMAX_HZ)
        jitter = call(pulses, "Get jitter (local)", 0, 0, 0.0001, 0.02, 1.3)
        return jitter, call(sound.to_harmonicity_cc(0.01, FMIN_HZ, 0.1, 1.0), "Get mean", 0, 0)

    return read


def opensmile() -> Reader:
    """EGeMAPS means over voiced frames."""
    import opensmile as package

    smile = package.Smile(package.FeatureSet.eGeMAPSv02, package.FeatureLevel.Functionals)

    def read(samples: np.ndarray) -> tuple[float, float]:
        row = smile.process_signal(samples, RATE_HZ).iloc[0]
        return row["jitterLocal_sma3nz_amean"], row["HNRdBACF_sma3nz_amean"]

    return read


def with_white_noise(samples: np.ndarray, hnr_db: float, seed: int) -> np.ndarray:
    """Noise of a poor microphone, not of the voice: as strong above the formants as below."""
    white = np.random.default_rng(seed).standard_normal(len(samples))
    white *= np.sqrt(np.mean(samples.astype(float) ** 2)) * 10 ** (-hnr_db / 20)
    return (samples + white).astype(np.float32)


def jitter_sounds(hnr_db: float, white: bool, vowel_name: str, seeds: int) -> list[tuple[float, np.ndarray]]:
    """(true jitter, sound) of every F0, jitter and seed."""
    made = []
    for f0_hz in F0_HZ:
        for jitter in JITTER:
            for seed in range(seeds):
                own_hnr_db = math.inf if white else hnr_db
                sound = vowel(
                    duration_s=3,
                    f0_hz=f0_hz,
                    formants_hz=VOWELS_HZ[vowel_name],
                    jitter=jitter,
                    hnr_db=own_hnr_db,
                    seed=seed,
                )
                made.append((jitter, with_white_noise(sound, hnr_db, seed) if white else sound))
    return made


SHORTER_TRACT = 1.15
"""Formants of the voices from 200 Hz up, relative to `VOWELS_HZ`."""

FORMANT_F0_HZ = (100.0, 130.0, 160.0, 200.0, 250.0, 300.0, 350.0)
H1_H2_F0_HZ = (80.0, 100.0, 130.0, 180.0, 250.0, 350.0)
H1_H2_DB = (-12.0, -6.0, 0.0, 6.0, 12.0)
LABELLED_VOWELS = ("a", "I", "i", "e", "E", "U", "o", "O")
"""Of EMO-DB's labels, in SAMPA."""

FormantReader = Callable[[np.ndarray, np.ndarray, bool], np.ndarray]
"""(n_samples,) at 16 kHz, (n,) seconds, whether the tract is a woman's -> (n, 3) Hz of the first formants."""


def our_formants(samples: np.ndarray, times_s: np.ndarray, woman: bool) -> np.ndarray:
    """As the plugin does, which does not ask whose voice it is."""
    frames = np.rint(times_s * RATE_HZ / HOP).astype(int)
    return formants(power_spectrogram(samples)[frames])[0]


def praat_formants() -> FormantReader:
    """Burg, five formants up to 5500 Hz for women and 5000 Hz for men, as Praat's manual advises."""
    import parselmouth

    def read(samples: np.ndarray, times_s: np.ndarray, woman: bool) -> np.ndarray:
        sound = parselmouth.Sound(samples.astype(float), RATE_HZ)
        track = sound.to_formant_burg(0.01, 5, 5500 if woman else 5000, 0.025, 50)
        numbers = range(1, N_FORMANTS + 1)
        return np.array([[track.get_value_at_time(n, t) for n in numbers] for t in times_s])

    return read


def opensmile_descriptors() -> Callable[[np.ndarray, list[str]], np.ndarray]:
    """Low-level descriptors of eGeMAPS, a row every 10 ms from 10 ms on."""
    import opensmile as package

    smile = package.Smile(package.FeatureSet.eGeMAPSv02, package.FeatureLevel.LowLevelDescriptors)
    return lambda samples, names: smile.process_signal(samples, RATE_HZ)[names].to_numpy()


def opensmile_formants() -> FormantReader:
    """Of frames of 20 ms; eGeMAPS gives none where it finds no voice."""
    describe = opensmile_descriptors()
    names = [f"F{number}frequency_sma3nz" for number in range(1, N_FORMANTS + 1)]

    def read(samples: np.ndarray, times_s: np.ndarray, woman: bool) -> np.ndarray:
        rows = describe(samples, names)
        found = rows[np.clip(np.rint(times_s / 0.01).astype(int) - 1, 0, len(rows) - 1)]
        return np.where(found > 0, found, np.nan)

    return read


def voiced_s(samples: np.ndarray) -> np.ndarray:
    """(n,) times of voiced frames at least 50 ms from either end."""
    return np.flatnonzero(track_f0(samples).f0_hz[5:-5]) * HOP / RATE_HZ + 0.05


def print_formant_errors(readers: dict[str, FormantReader], seeds: int) -> None:
    """Of five vowels an F0; each sound has formants of its own, a few per cent from the vowel's."""
    print("\nFormant error of a frame, Hz: mean absolute, F1 / F2 / F3")
    print(f"{'':26}" + "".join(f"{name:>24}" for name in readers))
    for f0_hz in FORMANT_F0_HZ:
        errors: dict[str, list[np.ndarray]] = {name: [] for name in readers}
        for table_hz in VOWELS_HZ.values():
            for seed in range(seeds):
                woman = f0_hz >= 200
                own = np.random.default_rng(seed).uniform(0.93, 1.07, len(table_hz))
                formants_hz = np.sort(np.asarray(table_hz) * own * (SHORTER_TRACT if woman else 1))
                sound = vowel(
                    duration_s=0.5,
                    f0_hz=[0.94 * f0_hz, 1.06 * f0_hz],
                    formants_hz=formants_hz,
                    jitter=0.01,
                    hnr_db=25,
                    seed=seed,
                )
                times_s = voiced_s(sound)
                for name, read in readers.items():
                    errors[name].append(np.abs(read(sound, times_s, woman) - formants_hz[:N_FORMANTS]))
        print(f"{f'F0 {f0_hz:.0f} Hz':26}", end="")
        for found in errors.values():
            mean = np.nanmean(np.concatenate(found), axis=0)
            print(f"{' / '.join(f'{error:.0f}' for error in mean):>24}", end="")
        print(flush=True)


def print_harmonic_errors(peers: bool) -> None:
    """H1-H2 of tones whose first harmonic is made stronger or weaker, by F0.

    OpenSMILE counts harmonics from 0: what it calls H1 and H2 are the second and the third, here always
    20 log10(3 / 2) = 3.5 dB apart.
    """
    describe = opensmile_descriptors() if peers else None
    print("\nH1-H2 read where -12, -6, 0, 6, 12 dB were made")
    for f0_hz in H1_H2_F0_HZ:
        ours, theirs = [], []
        for h1_h2_db in H1_H2_DB:
            sound = harmonics(f0_hz, h1_h2_db)
            power, track = power_spectrogram(sound)[5:-5], track_f0(sound).f0_hz[5:-5]
            ours.append(np.median(harmonic_differences_db(power[track > 0], track[track > 0])[0]))
            if describe:
                theirs.append(np.median(describe(sound, ["logRelF0-H1-H2_sma3nz"])[5:-5]))
        print(f"{f'F0 {f0_hz:.0f} Hz':14}", "voxaffect", " ".join(f"{value:6.1f}" for value in ours), end="")
        print("   openSMILE " + " ".join(f"{value:6.1f}" for value in theirs) if peers else "")


def harmonics(f0_hz: float, h1_h2_db: float) -> np.ndarray:
    """One second: the second harmonic and all above fall by 6 dB an octave; F0 glides by 12 %."""
    t = np.arange(RATE_HZ) / RATE_HZ
    phase = 2 * np.pi * np.cumsum(f0_hz * (0.94 + 0.12 * t)) / RATE_HZ
    levels_db = [h1_h2_db, *(-6 * np.log2(k / 2) for k in range(2, int(7000 / f0_hz)))]
    tone = sum(10 ** (level / 20) * np.cos(k * phase + k * k) for k, level in enumerate(levels_db, start=1))
    return np.asarray(tone / np.max(np.abs(tone)) / 2, np.float32)


def print_formants_of_emodb(readers: dict[str, FormantReader], corpora: Path) -> None:
    """Vowels told apart by three formants, and agreement between readers on clips' medians."""
    medians: dict[str, list[np.ndarray]] = {name: [] for name in readers}
    tokens: dict[str, list[np.ndarray]] = {name: [] for name in readers}
    kinds, speakers = [], []
    for row in manifest(corpora, "emodb"):
        samples, woman = samples_16k(corpora / row["file"]), row["gender"] == "F"
        times_s = np.flatnonzero(measure(Audio(samples, RATE_HZ)).f0_hz) * HOP / RATE_HZ
        label_file = corpora / "emodb-labels" / "lablaut" / f"{Path(row['file']).stem}xx.lablaut"
        inside = [
            (kind, kept)
            for kind, first_s, last_s in (labelled_vowels(label_file) if label_file.exists() else [])
            if np.count_nonzero(kept := (times_s > first_s) & (times_s < last_s)) > 1
        ]
        kinds += [kind for kind, _ in inside]
        speakers += [row["speaker"]] * len(inside)
        for name, read in readers.items():
            found = read(samples, times_s, woman)
            medians[name].append(known_medians(found))
            tokens[name] += [known_medians(found[kept]) for _, kept in inside]
    print(f"\nEMO-DB: {len(kinds)} vowels of {len(LABELLED_VOWELS)} kinds told apart by")
    print(
        "F1-F3 (unweighted average recall, speakers not heard), and F1 / F2 / F3 of the clip against Praat's"
    )
    known = np.all([np.isfinite(values).all(axis=1) for values in tokens.values()], axis=0)
    for name, values in tokens.items():
        recall = vowel_recall(np.log(values)[known], np.array(kinds)[known], np.array(speakers)[known])
        print(f"{name:14} recall {recall:.2f}", end="")
        if "Praat" in readers and name != "Praat":
            own, other = np.array(medians[name]), np.array(medians["Praat"])
            off = " / ".join(f"{value:+.0f}" for value in np.nanmean(own - other, axis=0))
            together = " / ".join(f"{correlation(a, b):.2f}" for a, b in zip(own.T, other.T, strict=True))
            print(f"   mean difference {off} Hz, correlation {together}", end="")
        print()


def labelled_vowels(path: Path) -> list[tuple[str, float, float]]:
    """(kind, from, to) in seconds, the middle three fifths of each vowel of 40 ms or more."""
    lines = path.read_text(encoding="latin-1").split("\n#\n")[1].splitlines()
    marks = [(float(words[0]), *words[2:3]) for words in map(str.split, lines) if words]
    return [
        (mark[1], mark[0] + 0.2 * (after[0] - mark[0]), after[0] - 0.2 * (after[0] - mark[0]))
        for mark, after in pairwise(marks)
        if mark[1:] and mark[1] in LABELLED_VOWELS and after[0] - mark[0] >= 0.04
    ]


def known_medians(found: np.ndarray) -> np.ndarray:
    """(n, 3) -> (3,), NaN where no frame has a value."""
    return np.array([voiced_median(column, np.isfinite(column)) for column in found.T])


def vowel_recall(measures: np.ndarray, kinds: np.ndarray, speakers: np.ndarray) -> float:
    """Linear discriminants of (n, 3) measures, less each speaker's mean, leaving one speaker out."""
    measures = measures.copy()
    guessed = np.empty_like(kinds)
    for speaker in np.unique(speakers):
        measures[speakers == speaker] -= measures[speakers == speaker].mean(axis=0)
    names = np.unique(kinds)
    for speaker in np.unique(speakers):
        rest, left_out = speakers != speaker, measures[speakers == speaker]
        means = np.array([measures[rest & (kinds == name)].mean(axis=0) for name in names])
        spread = measures[rest] - means[np.searchsorted(names, kinds[rest])]
        apart = left_out[:, np.newaxis] - means  # (n, n_kinds, 3)
        distance = np.einsum("nki,ij,nkj->nk", apart, np.linalg.inv(spread.T @ spread), apart)
        guessed[speakers == speaker] = names[distance.argmin(axis=1)]
    return float(np.mean([np.mean(guessed[kinds == name] == name) for name in names]))


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Of the pairs that both have."""
    both = np.isfinite(a) & np.isfinite(b)
    return float(np.corrcoef(a[both], b[both])[0, 1])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path, nargs="?")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--formants", action="store_true")
    arguments = parser.parse_args()
    if not arguments.formants:
        print_jitter_and_noise(arguments.peers, arguments.seeds)
    formant_readers: dict[str, FormantReader] = {"voxaffect": our_formants}
    if arguments.peers:
        formant_readers |= {"Praat": praat_formants(), "openSMILE": opensmile_formants()}
    print_formant_errors(formant_readers, arguments.seeds)
    print_harmonic_errors(arguments.peers)
    if arguments.corpora:
        print_formants_of_emodb(formant_readers, arguments.corpora)


def print_jitter_and_noise(peers: bool, seeds: int) -> None:
    """Both tables, and what reading takes."""
    readers: dict[str, Reader] = {"voxaffect": read_ours}
    if peers:
        readers |= {"Praat": praat(), "openSMILE": opensmile()}

    print("Jitter error, percentage points: mean absolute / 90 % of sounds below / not given")
    print(f"{'':26}" + "".join(f"{name:>24}" for name in readers))
    for label, vowel_name, white, hnr_db in [
        ("a, no noise", "a", False, math.inf),
        ("a, breath 20 dB", "a", False, 20.0),
        ("i, breath 20 dB", "i", False, 20.0),
        ("u, breath 20 dB", "u", False, 20.0),
        ("a, white noise 20 dB", "a", True, 20.0),
        ("a, breath 15 dB", "a", False, 15.0),
        ("a, breath 10 dB", "a", False, 10.0),
    ]:
        sounds = jitter_sounds(hnr_db, white, vowel_name, seeds)
        print(f"{label:26}", end="", flush=True)
        for read in readers.values():
            errors = [100 * abs(read(sound)[0] - jitter) for jitter, sound in sounds]
            given = [error for error in errors if math.isfinite(error)] or [math.nan]
            summary = (
                f"{statistics.mean(given):.2f} / {np.quantile(given, 0.9):.2f} / {np.isnan(errors).sum()}"
            )
            print(f"{summary:>24}", end="", flush=True)
        print()

    print("\nHNR read, dB: mean over F0 (lowest .. highest)")
    for white in (False, True):
        for hnr_db in HNR_DB:
            clean = [
                vowel(duration_s=3, f0_hz=f0_hz, hnr_db=math.inf if white else hnr_db) for f0_hz in F0_HZ
            ]
            sounds_only = [with_white_noise(sound, hnr_db, 0) if white else sound for sound in clean]
            print(f"{f'{hnr_db:.0f} dB of ' + ('white noise' if white else 'breath'):26}", end="", flush=True)
            for read in readers.values():
                values = [read(sound)[1] for sound in sounds_only]
                summary = f"{statistics.mean(values):.1f} ({min(values):.1f} .. {max(values):.1f})"
                print(f"{summary:>24}", end="", flush=True)
            print()

    sound = vowel(duration_s=3, jitter=0.01, hnr_db=20)
    print("\nReal-time factor: ", end="")
    for name, read in readers.items():
        read(sound)
        start = time.perf_counter()
        for _ in range(10):
            read(sound)
        print(f"{name} {(time.perf_counter() - start) / 10 / 3:.4f}  ", end="")
    print()


if __name__ == "__main__":
    main()
