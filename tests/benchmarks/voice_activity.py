"""Voice activity against hand labels, and whether speech is told from what is not speech.

    python tests/benchmarks/voice_activity.py CORPORA_DIR [--peers] [--conditions A,B] [--clips N]
        [--sounds FOLDER]

False alarms: frames of 10 ms that are marked as silence by hand and taken for speech, in % of these;
misses: marked as speech and not found. All of vad_upc is heard, through what happens to recordings.
"ours" is the detector that every backend's verdict comes from, frame by frame; "utterances" are a stream's,
which bridge short silences and begin a little early; "prosodic, pauses" is what that backend marks to measure
pauses inside speech, no verdict of speech.
Labelled pauses: EMO-DB's silences of at least 250 ms that contain a pause of prosodic's.
Heard as speech: N clips of each corpus through the same, and sounds that are no speech;
with `--sounds` those of a folder too (music, noises), by their first minute.
Peers: dependency group `benchmark`, and `pip install --no-deps silero-vad`, whose network runs by itself.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
from corpora import samples_16k, some_of
from sounds import CHANGES, NO_SPEECH, Change, Mask, Samples, changes, spoken
from speech_network import OriginalNetwork, in_frames, original_network
from voxaffect.voice_activity import BuiltinActivity
from voxaffect_prosodic.activity import detect_activity, pauses
from voxaffect_prosodic.spectrum import HOP, RATE_HZ, n_frames, power_spectrogram

Detector = Callable[[Samples], Mask]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--peers", action="store_true", help="also Praat, WebRTC's and Silero's detectors")
    parser.add_argument("--conditions", type=changes, default=CHANGES, metavar="NAME,...")
    parser.add_argument("--clips", type=int, default=100, metavar="N", help="of each corpus, heard as speech")
    parser.add_argument("--sounds", type=Path, metavar="FOLDER", help="sounds that are no speech")
    arguments = parser.parse_args()
    found = {"ours": ours, "utterances": spoken, "prosodic, pauses": prosodic_pauses}
    print_false_alarms_and_misses(
        arguments.corpora, found | (peers() if arguments.peers else {}), arguments.conditions
    )
    print_labelled_pauses(arguments.corpora)
    print_heard_as_speech(arguments.corpora, arguments.clips, arguments.conditions, arguments.sounds)


def ours(samples: Samples) -> Mask:
    return at_frames(BuiltinActivity().feed(np.pad(samples, (0, BuiltinActivity.frame))), len(samples))


def at_frames(probabilities: npt.NDArray[np.float64], n_samples: int) -> Mask:
    """The verdict every 10 ms of one every 32 ms."""
    return probabilities[np.arange(n_frames(n_samples)) * HOP // BuiltinActivity.frame] >= 0.5


def prosodic_pauses(samples: Samples) -> Mask:
    return detect_activity(power_spectrogram(samples))


def print_false_alarms_and_misses(
    corpora: Path, detectors: dict[str, Detector], conditions: dict[str, Change]
) -> None:
    recordings = [
        (samples_16k(path), labelled_speech(path)) for path in sorted((corpora / "vad_upc").glob("*.flac"))
    ]
    seconds = sum(len(samples) for samples, _ in recordings) / RATE_HZ
    print(f"vad_upc, false alarms / misses in %, {len(recordings)} recordings, {seconds:.0f} s")
    print(f"{'':16}" + "".join(f"{name:>18}" for name in detectors))
    took_s = dict.fromkeys(detectors, 0.0)
    for condition, change in conditions.items():
        changed = [change(samples, seed) for seed, (samples, _) in enumerate(recordings)]
        marked = [
            in_the_midst(speech, n_frames(len(c))) for c, (_, speech) in zip(changed, recordings, strict=True)
        ]
        speech = np.concatenate(marked)
        cells = []
        for name, detector in detectors.items():
            start = time.perf_counter()
            found = np.concatenate([detector(samples) for samples in changed])
            took_s[name] += time.perf_counter() - start
            cells.append(f"{100 * found[~speech].mean():.1f} /{100 * (~found[speech]).mean():5.1f}")
        print(f"{condition:16}" + "".join(f"{cell:>18}" for cell in cells))
    print(f"{'time over ours':16}" + "".join(f"{each / took_s['ours']:18.1f}" for each in took_s.values()))


def in_the_midst(marks: Mask, length: int) -> Mask:
    """The marks of a recording that has silence before and after it, as much of each."""
    before = (length - len(marks)) // 2
    return np.pad(marks, (before, length - len(marks) - before))


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


def print_heard_as_speech(
    corpora: Path, count: int, conditions: dict[str, Change], sounds: Path | None
) -> None:
    corpora_clips = {
        corpus: some_of(corpora / corpus, count)
        for corpus in ("emodb", "crema-d", "fda_ue", "vad_upc", "neutral")
    }
    print(f"\nheard as speech, % of at most {count} clips")
    print(f"{'':16}" + "".join(f"{corpus:>10}" for corpus in corpora_clips))
    for name, change in conditions.items():
        shares = (
            heard_share(change(clip, seed) for seed, clip in enumerate(clips))
            for clips in corpora_clips.values()
        )
        print(f"{name:16}" + "".join(f"{share:10.1f}" for share in shares))
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
    offered = {
        "Silero's": ("silero_vad", "onnxruntime", silero),
        "WebRTC's": ("webrtcvad", "webrtcvad", webrtc),
        "Praat's": ("parselmouth", "parselmouth", praat),
    }
    found = {}
    for name, (*modules, detector) in offered.items():
        missing = {module for module in modules if importlib.util.find_spec(module) is None}
        if missing:
            print(f"{name} detector is left out: {', '.join(missing)} cannot be imported")
        else:
            found[name] = detector
    return found


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
    """Its network as it comes, at the level of the recording, from a probability of 0.5."""
    frames = in_frames(np.pad(samples, (0, BuiltinActivity.frame)))
    return at_frames(silero_network().feed(frames), len(samples))


@functools.cache
def silero_network() -> OriginalNetwork:
    file = original_network()
    assert file is not None
    return OriginalNetwork(file)


if __name__ == "__main__":
    main()
