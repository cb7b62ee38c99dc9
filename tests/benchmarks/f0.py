"""F0 trackers against the laryngograph of the Edinburgh FDA recordings: clean, in babble, by telephone.

    python tests/benchmarks/f0.py CORPORA_DIR [--peers]

FFE: frames with a voicing error or an F0 more than 20 % off, of all frames.
VDE: voicing errors, of all frames.
GPE: F0 more than 20 % off, of the frames voiced in both.
Each tracker is allowed one time offset for the whole set, the best of its clean run. Our costs were searched
on the odd utterances and rounded with the even ones in view.
Then how far a telephone's band moves the mean F0 that `prosodic` gives of a clip.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from pathlib import Path

import attrs
import numpy as np
import numpy.typing as npt
from corpora import samples_16k
from voxaffect import Audio
from voxaffect.audio import resample
from voxaffect.training.augmentation import through_a_telephone
from voxaffect_prosodic.extractor import ProsodicExtractor
from voxaffect_prosodic.f0 import track_f0
from voxaffect_prosodic.spectrum import RATE_HZ

REFERENCE_HOP_S = 0.015
SNR_DB = 10.0
OFFSETS_S = np.arange(-15, 16) / 1000
FMIN_HZ, FMAX_HZ = 60.0, 1_200.0
SWIFT_F0_CONFIDENCE = 0.5
"""From which SwiftF0 itself writes and draws a frame as voiced."""

Samples = npt.NDArray[np.float32]
Track = tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]
"""Times in seconds, and F0 in Hz there (0 where unvoiced)."""
Tracker = Callable[[Samples], Track]


@attrs.frozen(eq=False)
class Utterance:
    name: str
    clean: Samples
    in_babble: Samples
    by_telephone: Samples
    reference_hz: npt.NDArray[np.float64]


@attrs.frozen
class Errors:
    """Counts of frames."""

    frames: int
    voiced_in_both: int
    voicing: int
    gross: int

    def __str__(self) -> str:
        ffe = 100 * (self.voicing + self.gross) / self.frames
        gpe = 100 * self.gross / max(self.voiced_in_both, 1)
        return f"{ffe:5.2f} {gpe:5.2f} {100 * self.voicing / self.frames:5.2f}"


def ours(samples: Samples) -> Track:
    track = track_f0(samples, fmin_hz=FMIN_HZ, fmax_hz=FMAX_HZ)
    return np.arange(len(track.f0_hz)) * 0.01, track.f0_hz.astype(np.float64)


def praat_ac(samples: Samples) -> Track:
    import parselmouth

    sound = parselmouth.Sound(samples.astype(np.float64), RATE_HZ)
    pitch = sound.to_pitch_ac(time_step=0.01, pitch_floor=FMIN_HZ, pitch_ceiling=FMAX_HZ)
    return pitch.xs(), pitch.selected_array["frequency"]


def rapt(samples: Samples) -> Track:
    import pysptk

    f0 = pysptk.rapt(samples * 32768, fs=RATE_HZ, hopsize=160, min=FMIN_HZ, max=FMAX_HZ, otype="f0")
    return np.arange(len(f0)) * 0.01, f0.astype(np.float64)


def reaper(samples: Samples) -> Track:
    import pyreaper

    pcm = (samples * 32767).astype(np.int16)
    _, _, times, f0, _ = pyreaper.reaper(pcm, RATE_HZ, minf0=FMIN_HZ, maxf0=FMAX_HZ, frame_period=0.01)
    return times, np.maximum(f0, 0).astype(np.float64)


def swift_f0() -> Tracker:
    import swift_f0 as package

    detector = package.SwiftF0(threads=1)

    def track(samples: Samples) -> Track:
        found = detector.detect(samples, RATE_HZ, fmin=FMIN_HZ, fmax=FMAX_HZ)
        return found.timestamps, np.where(found.confidence >= SWIFT_F0_CONFIDENCE, found.pitch_hz, 0.0)

    return track


def babble(clips_of_speakers: list[list[Path]], n_samples: int, rng: np.random.Generator) -> Samples:
    """Clips of each speaker end to end, in an order of chance, at equal level, together."""
    mixed = np.zeros(n_samples, np.float32)
    for clips in clips_of_speakers:
        chain = np.zeros(0, np.float32)
        for clip in rng.permutation(len(clips)):
            if len(chain) < n_samples:
                chain = np.concatenate([chain, samples_16k(clips[clip])])
        mixed += chain[:n_samples] / np.sqrt(np.mean(chain[:n_samples] ** 2))
    return mixed


def by_telephone(samples: Samples) -> Samples:
    heard = through_a_telephone(Audio(samples, RATE_HZ))
    return resample(heard.samples, heard.rate_hz, RATE_HZ)


def load(corpora: Path) -> list[Utterance]:
    rng = np.random.default_rng(0)
    clips = sorted((corpora / "emodb").glob("*.flac"))
    speakers = sorted({clip.name[:2] for clip in clips})[:8]
    clips_of_speakers = [[clip for clip in clips if clip.name.startswith(speaker)] for speaker in speakers]
    utterances = []
    for path in sorted((corpora / "fda_ue").glob("*.flac")):
        clean = samples_16k(path)
        noise = babble(clips_of_speakers, len(clean), rng)
        noise *= np.sqrt(np.mean(clean**2) / np.mean(noise**2)) * 10 ** (-SNR_DB / 20)
        reference_hz = np.loadtxt(path.with_suffix(".f0ref"))
        utterances.append(Utterance(path.stem, clean, clean + noise, by_telephone(clean), reference_hz))
    return utterances


def count_errors(track: Track, reference_hz: npt.NDArray[np.float64], offset_s: float) -> Errors:
    times, f0_hz = track
    wanted = np.arange(len(reference_hz)) * REFERENCE_HOP_S + offset_s
    nearest = np.abs(times[:, None] - wanted).argmin(axis=0)
    heard = f0_hz[nearest]
    both = (heard > 0) & (reference_hz > 0)
    gross = np.abs(heard[both] / reference_hz[both] - 1) > 0.2
    voicing = (heard > 0) != (reference_hz > 0)
    return Errors(len(wanted), int(both.sum()), int(voicing.sum()), int(gross.sum()))


def pooled(tracks: list[Track], references: list[npt.NDArray[np.float64]], offset_s: float) -> Errors:
    every = [
        attrs.astuple(count_errors(track, reference, offset_s))
        for track, reference in zip(tracks, references, strict=True)
    ]
    return Errors(*np.sum(every, axis=0).tolist())


def measure(name: str, tracker: Tracker, utterances: list[Utterance]) -> None:
    tracker(utterances[0].clean)
    began = time.perf_counter()
    clean = [tracker(utterance.clean) for utterance in utterances]
    rtf = (time.perf_counter() - began) / sum(len(utterance.clean) / RATE_HZ for utterance in utterances)
    noisy = [tracker(utterance.in_babble) for utterance in utterances]
    narrow = [tracker(utterance.by_telephone) for utterance in utterances]
    references = [utterance.reference_hz for utterance in utterances]
    offset_s = min(OFFSETS_S, key=lambda o: (e := pooled(clean, references, o)).voicing + e.gross)
    for half, part in (("all", slice(None)), ("odd", slice(0, None, 2)), ("even", slice(1, None, 2))):
        errors = [pooled(tracks[part], references[part], offset_s) for tracks in (clean, noisy, narrow)]
        print(f"{name:10} {half:5} {' | '.join(map(str, errors))} | {1000 * offset_s:6.0f}  {rtf:.5f}")


def print_shift(corpus: str, clips: list[Samples]) -> None:
    """Of the mean F0 of each clip."""
    extractor = ProsodicExtractor()
    shifts_st = []
    for samples in clips:
        whole, narrow = (
            extractor.extract(Audio(each, RATE_HZ)).functionals["f0_mean_st"]
            for each in (samples, by_telephone(samples))
        )
        shifts_st.append(abs(narrow - whole))
    median, most, worst = np.quantile(shifts_st, [0.5, 0.9, 1.0])
    print(
        f"mean F0 by telephone, {len(clips)} clips of {corpus}: moved by {median:.2f} st in the median, "
        f"{most:.2f} in nine of ten, {worst:.2f} at worst"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--peers", action="store_true", help="also the peers that can be imported")
    arguments = parser.parse_args()
    utterances = load(arguments.corpora)
    print(f"{'':16}  clean             | babble, {SNR_DB:.0f} dB     | telephone         |")
    print(f"{'tracker':10} {'files':5}{'   FFE   GPE   VDE |' * 3} offset ms, RTF (clean)")
    measure("ours", ours, utterances)
    emodb = sorted((arguments.corpora / "emodb").glob("*.flac"))
    chosen = np.random.default_rng(0).choice(len(emodb), 100, replace=False)
    print_shift("fda_ue", [utterance.clean for utterance in utterances])
    print_shift("EMO-DB", [samples_16k(emodb[number]) for number in chosen])
    if not arguments.peers:
        return
    peers: dict[str, tuple[str, Callable[[], Tracker]]] = {
        "Praat ac": ("parselmouth", lambda: praat_ac),
        "RAPT": ("pysptk", lambda: rapt),
        "SwiftF0": ("swift_f0", swift_f0),
        "REAPER": ("pyreaper", lambda: reaper),
    }
    for name, (module, make) in peers.items():
        if importlib.util.find_spec(module) is None:
            print(f"{name:10} not installed")
        else:
            measure(name, make(), utterances)


if __name__ == "__main__":
    main()
