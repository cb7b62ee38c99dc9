"""When it is noticed that a speaker's baseline no longer fits.

    python tests/benchmarks/baseline_drift.py CORPORA_DIR

Recent clips of one speaker against baselines of their own and of others, and against their own through
another channel.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import attrs
import numpy as np
from corpora import RATE_HZ, manifest, samples_16k
from scipy import signal
from voxaffect import Audio, Features, SpeakerBaseline
from voxaffect.baseline import average_features
from voxaffect.baseline_drift import FITS_BELOW, RECENT, measure_drift
from voxaffect.spoken_part import spoken_part
from voxaffect_prosodic.extractor import ProsodicExtractor

SAMPLES = 3
DRAWS = 10
"""Of samples, for each speaker."""


@attrs.frozen
class Clip:
    """One clip."""

    speaker: str
    sex: str
    emotion: str
    features: Features


def measure(corpora: Path, corpus: str) -> list[Clip]:
    """Every clip in which there is speech."""
    extractor = ProsodicExtractor()
    clips = []
    for row in manifest(corpora, corpus):
        audio = spoken_part(Audio(samples_16k(corpora / row["file"]), RATE_HZ))
        if audio is not None:
            features = extractor.extract(audio)
            clips.append(Clip(row["speaker"], row["gender"], row["emotion"], features))
    return clips


def drift(corpus: str, clips: Sequence[Clip], rng: np.random.Generator) -> None:
    """How often a baseline is said not to fit."""
    by_speaker = {s: [c for c in clips if c.speaker == s] for s in sorted({c.speaker for c in clips})}
    counted: dict[str, list[bool]] = {"their own": [], "another's, same sex": [], "another's, other sex": []}
    for speaker, own in by_speaker.items():
        # CREMA-D's clips here are acted happy or sad, and mostly heard as neutral.
        calm = [c for c in own if c.emotion == "neutral"] if corpus == "emodb" else own
        if len(calm) < SAMPLES:
            continue
        for _ in range(DRAWS):
            samples = [calm[i] for i in rng.choice(len(calm), SAMPLES, replace=False)]
            mean = average_features([c.features for c in samples])
            baseline = SpeakerBaseline({"prosodic": mean})
            other = by_speaker[rng.choice([s for s in by_speaker if s != speaker])]
            kind = "same" if other[0].sex == own[0].sex else "other"
            rest = [c for c in own if all(c is not s for s in samples)]
            for name, heard in (("their own", rest), (f"another's, {kind} sex", other)):
                if len(heard) >= RECENT:
                    recent = [heard[i].features for i in rng.choice(len(heard), RECENT, replace=False)]
                    found = measure_drift(baseline, [{"prosodic": features} for features in recent])
                    assert found is not None
                    counted[name].append(not found.fits)
    for name, flags in counted.items():
        print(
            f"{corpus:8s} baseline against {name:22s} said not to fit: {np.mean(flags):5.1%} of {len(flags)}"
        )


def channels(corpora: Path, rng: np.random.Generator) -> None:
    """EMO-DB's speakers through a telephone, and in white noise at 10 dB."""
    extractor = ProsodicExtractor()
    telephone = signal.butter(4, (300, 3400), "band", fs=RATE_HZ, output="sos")
    rows = manifest(corpora, "emodb")
    flags: dict[str, list[bool]] = {"through a telephone": [], "in noise at 10 dB": []}
    for speaker in sorted({row["speaker"] for row in rows}):
        own = [row for row in rows if row["speaker"] == speaker]
        calm = [row for row in own if row["emotion"] == "neutral"][:SAMPLES]
        rest = [row for row in own if row not in calm]
        means = [extractor.extract(Audio(samples_16k(corpora / r["file"]), RATE_HZ)) for r in calm]
        baseline = SpeakerBaseline({"prosodic": average_features(means)})
        chosen = [rest[i] for i in rng.choice(len(rest), RECENT, replace=False)]
        for name, kept in flags.items():
            recent = []
            for row in chosen:
                x = samples_16k(corpora / row["file"]).astype(np.float64)
                noise = rng.normal(0, np.sqrt(np.mean(x**2) / 10), len(x))
                changed = signal.sosfilt(telephone, x) if "telephone" in name else x + noise
                recent.append({"prosodic": extractor.extract(Audio(changed.astype(np.float32), RATE_HZ))})
            found = measure_drift(baseline, recent)
            assert found is not None
            kept.append(not found.fits)
    for name, found_off in flags.items():
        share = f"{np.mean(found_off):5.1%} of {len(found_off)}"
        print(f"emodb    baseline against their own {name:20s} said not to fit: {share}")


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpora", type=Path, help="folder with manifest.tsv, emodb/ and crema-d/")
    corpora = parser.parse_args().corpora
    rng = np.random.default_rng(0)
    clips = measure(corpora, "emodb")
    drift("emodb", clips, rng)
    drift("crema-d", measure(corpora, "crema-d"), rng)
    channels(corpora, rng)
    print(f"a baseline is said not to fit from a distance of {FITS_BELOW:g}, over {RECENT} utterances")


if __name__ == "__main__":
    main()
