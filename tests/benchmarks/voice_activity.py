"""Voice activity against hand labels, and whether speech is told from what is not speech.

    python tests/benchmarks/voice_activity.py CORPORA_DIR [--peers]

Frame error: 10 ms frames on the wrong side, of all of vad_upc. SNRs are relative to the labelled speech.
"stream" are the utterances of a stream with the voice activity detector of that name; they hold short
silences and a margin at either end that the labels do not.
Labelled pauses: EMO-DB's silences of at least 250 ms that contain a pause of ours.
Heard as speech: clips of each corpus, alone and with white noise 10 dB below their active part, and windows
around a voiced frame.
The constants of `detect_activity` were searched on every second recording of vad_upc.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
from corpora import samples_16k
from voxaffect.speech_tracking import SpeechTracker
from voxaffect.stream_audio import SampleBuffer
from voxaffect.utterances import LONGEST_S
from voxaffect.voice_activity import BuiltinActivity
from voxaffect_prosodic.activity import detect_activity, pauses
from voxaffect_prosodic.f0 import track_f0
from voxaffect_prosodic.spectrum import HOP, RATE_HZ, n_frames, power_spectrogram
from voxaffect_prosodic.speech_presence import is_speech

CONDITIONS = {
    "clean": None,
    "white 20": ("white", 20.0),
    "white 10": ("white", 10.0),
    "pink 10": ("pink", 10.0),
    "pink 5": ("pink", 5.0),
    "white 0": ("white", 0.0),
}
PURE_SILENCE = "1076_MTI_SAD_XX"
LONGEST_BLOCK_S = 32

Samples = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Detector = Callable[[Samples], Mask]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path)
    parser.add_argument(
        "--peers", action="store_true", help="also Praat, webrtcvad and silero where importable"
    )
    arguments = parser.parse_args()
    found = {"ours": ours, "stream, builtin": utterances}
    print_frame_errors(arguments.corpora, found | (peers() if arguments.peers else {}))
    print_labelled_pauses(arguments.corpora)
    print_heard_as_speech(arguments.corpora)


def ours(samples: Samples) -> Mask:
    return detect_activity(power_spectrogram(samples))


def utterances(samples: Samples) -> Mask:
    buffer = SampleBuffer()
    buffer.append(samples[:, np.newaxis])
    tracker = SpeechTracker(BuiltinActivity(), RATE_HZ, LONGEST_S)
    boundaries = []
    while tracker.next_end <= buffer.end:
        boundaries += tracker.step(buffer)
    spoken, start = np.zeros(n_frames(len(samples)), np.bool_), 0
    for boundary in [*boundaries, *tracker.finish(buffer)]:
        if boundary.kind != "start":
            spoken[start // HOP : boundary.at // HOP] = True
        start = boundary.at
    return spoken


def print_frame_errors(corpora: Path, detectors: dict[str, Detector]) -> None:
    recordings = [
        (samples_16k(path), labelled_speech(path)) for path in sorted((corpora / "vad_upc").glob("*.flac"))
    ]
    seconds = sum(len(samples) for samples, _ in recordings) / RATE_HZ
    print(f"vad_upc, frame error in %, {len(recordings)} recordings, {seconds:.0f} s")
    print(f"{'':15}" + "".join(f"{condition:>10}" for condition in CONDITIONS) + "  time over ours")
    took_s: dict[str, float] = {}
    for name, detector in detectors.items():
        errors = []
        for noise in CONDITIONS.values():
            wrong = total = 0
            for seed, (clean, speech) in enumerate(recordings):
                samples = clean if noise is None else with_noise(clean, speech, *noise, seed=seed)
                start = time.perf_counter()
                found = detector(samples)
                took_s[name] = took_s.get(name, 0.0) + time.perf_counter() - start
                wrong += int(np.sum(found != speech))
                total += len(speech)
            errors.append(100 * wrong / total)
        ratio = took_s[name] / took_s["ours"]
        print(f"{name:15}" + "".join(f"{error:10.2f}" for error in errors) + f"{ratio:14.1f}")


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
        own_s = pauses(ours(samples_16k(corpora / "emodb" / f"{path.stem}.flac"))) * HOP / RATE_HZ
        centres_s = own_s.mean(axis=1)
        labelled += len(silences_s)
        found += sum(bool(np.any((centres_s > start) & (centres_s < stop))) for start, stop in silences_s)
        ours_in_all += len(own_s)
        clips += 1
    print(f"\nEMO-DB: {found} of {labelled} labelled pauses found; {ours_in_all} of ours in {clips} clips")


def print_heard_as_speech(corpora: Path) -> None:
    print(f"\nheard as speech, %\n{'':10}{'clips':>8}{'clean':>8}{'white 10':>10}{'1 s':>8}{'0.5 s':>8}")
    for corpus in ("emodb", "crema-d", "fda_ue", "vad_upc"):
        heard: dict[str, list[bool]] = {"clean": [], "white 10": [], "1 s": [], "0.5 s": []}
        paths = [path for path in sorted((corpora / corpus).glob("*.flac")) if path.stem != PURE_SILENCE]
        for seed, path in enumerate(paths):
            samples = samples_16k(path)[: LONGEST_BLOCK_S * RATE_HZ]
            active = ours(samples)
            heard["clean"].append(has_speech(samples))
            heard["white 10"].append(has_speech(with_noise(samples, active, "white", 10, seed=seed)))
            for name, length_s in (("1 s", 1.0), ("0.5 s", 0.5)):
                heard[name] += [has_speech(w) for w in voiced_window(samples, length_s, seed=seed)]
        percent = {name: 100 * float(np.mean(flags)) for name, flags in heard.items()}
        print(
            f"{corpus:10}{len(paths):8}{percent['clean']:8.1f}{percent['white 10']:10.1f}"
            f"{percent['1 s']:8.1f}{percent['0.5 s']:8.1f}"
        )


def has_speech(samples: Samples) -> bool:
    power = power_spectrogram(samples)
    return is_speech(power, detect_activity(power), track_f0(samples))


def voiced_window(samples: Samples, length_s: float, *, seed: int) -> Iterator[Samples]:
    """One window around a voiced frame; none where the clip is shorter or nothing is voiced."""
    voiced = np.flatnonzero(track_f0(samples).f0_hz > 0)
    length = int(length_s * RATE_HZ)
    if len(voiced) and len(samples) > length:
        centre = int(np.random.default_rng(seed).choice(voiced)) * HOP
        start = int(np.clip(centre - length // 2, 0, len(samples) - length))
        yield samples[start : start + length]


def labelled_speech(audio: Path) -> Mask:
    """(n_frames,) from lines of start, end, S(ilence) or V(oice) beside the recording."""
    times_s = np.arange(n_frames(soundfile.info(audio).frames)) * HOP / RATE_HZ
    speech = np.zeros(len(times_s), np.bool_)
    for line in audio.with_suffix(".lab").read_text().splitlines():
        match line.split():
            case [start, stop, "V"]:
                speech |= (times_s >= float(start)) & (times_s < float(stop))
    return speech


def with_noise(samples: Samples, speech: Mask, colour: str, snr_db: float, *, seed: int) -> Samples:
    """Noise so many dB below the mean power of the frames marked as speech."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(len(samples)))
    if colour == "pink":
        spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    noise = np.fft.irfft(spectrum, len(samples))
    spoken = np.repeat(speech, HOP)[: len(samples)]
    spoken_power = np.mean(samples[: len(spoken)][spoken].astype(np.float64) ** 2) if spoken.any() else 0.0
    gain = np.sqrt(spoken_power / np.mean(noise**2) / 10 ** (snr_db / 10))
    return (samples + gain * noise).astype(np.float32)


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
