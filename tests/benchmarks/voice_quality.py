"""Errors of jitter and of the harmonics-to-noise ratio on synthetic vowels, whose true values are known.

python tests/benchmarks/voice_quality.py [--peers] [--seeds 3]

`--peers` reads the same sounds with Praat (praat-parselmouth) and openSMILE (eGeMAPS).
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable

import numpy as np
from voxaffect.synthetic import VOWELS_HZ, vowel
from voxaffect_prosodic.f0 import track_f0
from voxaffect_prosodic.glottal_cycles import find_cycles, jitter_local
from voxaffect_prosodic.spectrum import RATE_HZ, power_spectrogram
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


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    readers: dict[str, Reader] = {"voxaffect": read_ours}
    if arguments.peers:
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
        sounds = jitter_sounds(hnr_db, white, vowel_name, arguments.seeds)
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
