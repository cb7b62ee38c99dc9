"""Voice activity against hand labels, and whether speech is told from what is not speech.

    python tests/benchmarks/voice_activity.py CORPORA_DIR [--peers] [--clips N] [--sounds FOLDER]

Frame error: 10 ms frames on the wrong side, of all of vad_upc. SNRs are relative to the labelled speech.
"ours" is the detector that every backend's verdict comes from, frame by frame; "utterances" are a stream's,
which bridge short silences and begin a little early; "prosodic, pauses" is what that backend marks to measure
pauses inside speech, no verdict of speech.
Labelled pauses: EMO-DB's silences of at least 250 ms that contain a pause of prosodic's.
Heard as speech: N clips of each corpus through what happens to recordings, and sounds that are no speech;
with `--sounds` those of a folder too (music, noises), by their first minute.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
from corpora import samples_16k, some_of
from sounds import CHANGES, NO_SPEECH, Mask, Samples, spoken, with_noise
from voxaffect.voice_activity import BuiltinActivity
from voxaffect_prosodic.activity import detect_activity, pauses
from voxaffect_prosodic.spectrum import HOP, RATE_HZ, n_frames, power_spectrogram

CONDITIONS = {
    "clean": None,
    "white 20": ("white", 20.0),
    "white 10": ("white", 10.0),
    "pink 10": ("pink", 10.0),
    "pink 5": ("pink", 5.0),
    "white 0": ("white", 0.0),
}

Detector = Callable[[Samples], Mask]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path)
    parser.add_argument(
        "--peers", action="store_true", help="also Praat, webrtcvad and silero where importable"
    )
    parser.add_argument("--clips", type=int, default=100, metavar="N", help="of each corpus, heard as speech")
    parser.add_argument("--sounds", type=Path, metavar="FOLDER", help="sounds that are no speech")
    arguments = parser.parse_args()
    found = {"ours": ours, "utterances": spoken, "prosodic, pauses": prosodic_pauses}
    print_frame_errors(arguments.corpora, found | (peers() if arguments.peers else {}))
    print_labelled_pauses(arguments.corpora)
    print_heard_as_speech(arguments.corpora, arguments.clips, arguments.sounds)


def ours(samples: Samples) -> Mask:
    return at_frames(BuiltinActivity().feed(np.pad(samples, (0, BuiltinActivity.frame))), len(samples))


def at_frames(probabilities: npt.NDArray[np.float64], n_samples: int) -> Mask:
    """The verdict every 10 ms of one every 32 ms."""
    return probabilities[np.arange(n_frames(n_samples)) * HOP // BuiltinActivity.frame] >= 0.5


def prosodic_pauses(samples: Samples) -> Mask:
    return detect_activity(power_spectrogram(samples))


def print_frame_errors(corpora: Path, detectors: dict[str, Detector]) -> None:
    recordings = [
        (samples_16k(path), labelled_speech(path)) for path in sorted((corpora / "vad_upc").glob("*.flac"))
    ]
    seconds = sum(len(samples) for samples, _ in recordings) / RATE_HZ
    print(f"vad_upc, frame error in %, {len(recordings)} recordings, {seconds:.0f} s")
    print(f"{'':17}" + "".join(f"{condition:>10}" for condition in CONDITIONS) + "  time over ours")
    took_s: dict[str, float] = {}
    for name, detector in detectors.items():
        errors = []
        for condition in CONDITIONS.values():
            wrong = total = 0
            for seed, (clean, speech) in enumerate(recordings):
                samples = clean if condition is None else with_noise(clean, speech, *condition, seed=seed)
                start = time.perf_counter()
                found = detector(samples)
                took_s[name] = took_s.get(name, 0.0) + time.perf_counter() - start
                wrong += int(np.sum(found != speech))
                total += len(speech)
            errors.append(100 * wrong / total)
        ratio = took_s[name] / took_s["ours"]
        print(f"{name:17}" + "".join(f"{error:10.2f}" for error in errors) + f"{ratio:14.1f}")


def print_labelled_pauses(corpora: Path) -> None:
    labelled = found = ours_in_all = clips = 0
    for path in sorted((corpora / "emodb-labels" / "silb").iterdir()):
        lines = [line.split(None, 1) for line in path.read_text("latin-1").splitlines() if line.strip()]
        starts_s = [float(line[0]) for line in lines]
        silences_s = [
            (starts_s[i], starts_s[i + 1])
            for i in range(len(lines) - 1)
            if lines[i][1].strip() == "(" and starts_s[i + 1] - starts_s[i] >= 0.25
        ]
        own_s = pauses(prosodic_pauses(samples_16k(corpora / "emodb" / f"{path.stem}.flac"))) * HOP / RATE_HZ
        centres_s = own_s.mean(axis=1)
        labelled += len(silences_s)
        found += sum(bool(np.any((centres_s > start) & (centres_s < stop))) for start, stop in silences_s)
        ours_in_all += len(own_s)
        clips += 1
    print(f"\nEMO-DB: {found} of {labelled} labelled pauses found; {ours_in_all} of ours in {clips} clips")


def print_heard_as_speech(corpora: Path, count: int, sounds: Path | None) -> None:
    print(f"\nheard as speech, %\n{'':12}{'clips':>6}" + "".join(f"{name:>12}" for name in CHANGES))
    for corpus in ("emodb", "crema-d", "fda_ue", "vad_upc", "neutral"):
        clips = some_of(corpora / corpus, count)
        shares = [
            heard_share(change(clip, seed) for seed, clip in enumerate(clips)) for change in CHANGES.values()
        ]
        print(f"{corpus:12}{len(clips):6}" + "".join(f"{share:12.1f}" for share in shares))
    for name, sound in NO_SPEECH.items():
        levels = (heard_share([sound * np.float32(10 ** (gain_db / 20))]) for gain_db in (0, -20, -40))
        print(f"{name:18}" + "".join(f"{share:12.1f}" for share in levels) + "   at 0, -20, -40 dB")
    if sounds is not None:
        files = sorted(
            path for path in sounds.rglob("*") if path.suffix in (".ogg", ".oga", ".wav", ".flac", ".mp3")
        )
        share = heard_share(samples_16k(path)[: 60 * RATE_HZ] for path in files)
        print(f"{sounds.name}: {len(files)} sounds, {share:.1f} % heard as speech")


def heard_share(clips: Iterable[Samples]) -> float:
    return 100 * float(np.mean([spoken(clip).any() for clip in clips]))


def labelled_speech(audio: Path) -> Mask:
    """(n_frames,) from lines of start, end, S(ilence) or V(oice) beside the recording."""
    times_s = np.arange(n_frames(soundfile.info(audio).frames)) * HOP / RATE_HZ
    speech = np.zeros(len(times_s), np.bool_)
    for line in audio.with_suffix(".lab").read_text().splitlines():
        match line.split():
            case [start, stop, "V"]:
                speech |= (times_s >= float(start)) & (times_s < float(stop))
    return speech


def peers() -> dict[str, Detector]:
    offered = {"parselmouth": praat, "webrtcvad": webrtc, "silero_vad": silero}
    return {name: detector for name, detector in offered.items() if importlib.util.find_spec(name)}


def praat(samples: Samples) -> Mask:
    """To TextGrid (silences), at Praat's own settings."""
    import parselmouth
    from parselmouth.praat import call

    sound = parselmouth.Sound(samples.astype(np.float64), RATE_HZ)
    with warnings.catch_warnings():  # of little contrast, in noise
        warnings.simplefilter("ignore")
        grid = call(sound, "To TextGrid (silences)", 100, 0, -25, 0.1, 0.1, "S", "V")
    times_s = np.arange(n_frames(len(samples))) * HOP / RATE_HZ
    speech = np.zeros(len(times_s), np.bool_)
    for i in range(1, int(call(grid, "Get number of intervals", 1)) + 1):
        if call(grid, "Get label of interval", 1, i) == "V":
            start, stop = (call(grid, f"Get {end} time of interval", 1, i) for end in ("start", "end"))
            speech |= (times_s >= start) & (times_s < stop)
    return speech


def webrtc(samples: Samples) -> Mask:
    """Mode 3, frames of 10 ms."""
    import webrtcvad

    vad = webrtcvad.Vad(3)
    pcm = np.round(np.clip(samples, -1, 1) * 32767).astype("<i2")
    pcm = np.pad(pcm, (0, n_frames(len(samples)) * HOP - len(pcm)))
    return np.array([vad.is_speech(frame.tobytes(), RATE_HZ) for frame in pcm.reshape(-1, HOP)])


def silero(samples: Samples) -> Mask:
    """Its own segmentation, at its defaults."""
    import silero_vad
    import torch

    if not hasattr(silero, "model"):
        silero.model = silero_vad.load_silero_vad()  # type: ignore[attr-defined]
    speech = np.zeros(n_frames(len(samples)), np.bool_)
    for span in silero_vad.get_speech_timestamps(torch.from_numpy(samples), silero.model):  # type: ignore[attr-defined]
        speech[span["start"] // HOP : span["end"] // HOP] = True
    return speech


if __name__ == "__main__":
    main()
