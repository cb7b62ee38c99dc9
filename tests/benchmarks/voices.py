"""Whose voices the benchmark of strangers hears: neutral ones, odd ones, and acted emotions."""

# ruff: noqa: RUF001  (letters of other scripts)

from __future__ import annotations

import collections
import csv
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import attrs
import numpy as np
from corpora import LONGEST_S, RATE_HZ, samples_16k
from scipy import signal
from sounds import Samples
from train_prosodic import heard_clips
from voxaffect import NEUTRAL_PROSODY
from voxaffect.audio import resample
from voxaffect.espeak import PROGRAM, EspeakSynthesiser

T = TypeVar("T")

SEED = 0
CHILD_BELOW = 16
"""Years of age."""

ACTED = ("anger", "happiness", "sadness")
SOUND_FILES = (".flac", ".mp3", ".oga", ".ogg", ".wav")

ESPEAK: Mapping[str, str] = {
    "en-us": "The train to the north leaves from platform four.",
    "en-gb+f2": "The library is on the second floor, next to the stairs.",
    "en-gb-scotland+m3": "The bus stops in front of the station every ten minutes.",
    "de": "Der Zug nach Norden fährt heute von Gleis vier.",
    "de+f4": "Die Bibliothek ist im zweiten Stock neben der Treppe.",
    "fr-fr": "Le train pour le nord part de la voie quatre.",
    "es": "El tren del norte sale del andén número cuatro.",
    "es-419+f3": "La biblioteca está en el segundo piso, junto a la escalera.",
    "it": "Il treno per il nord parte dal binario quattro.",
    "pt-br": "O trem para o norte sai da plataforma quatro.",
    "nl": "De trein naar het noorden vertrekt van spoor vier.",
    "sv": "Tåget norrut går från spår fyra.",
    "pl": "Pociąg na północ odjeżdża z peronu czwartego.",
    "cs": "Vlak na sever odjíždí ze čtvrtého nástupiště.",
    "ru": "Поезд на север отправляется с четвёртой платформы.",
    "tr": "Kuzeye giden tren dördüncü perondan kalkıyor.",
    "el": "Το τρένο για τον βορρά φεύγει από την τέταρτη αποβάθρα.",
    "fi": "Juna pohjoiseen lähtee raiteelta neljä.",
    "hu": "Az északi vonat a negyedik vágányról indul.",
    "cmn": "去北方的火车从四号站台出发。",
}
"""A neutral sentence in each of twenty languages and variants: about a train, or about where a thing is."""

WHISPERED = ("en-us+whisper", "de+whisper", "es+whisperf", "fr-fr+whisperf", "it+whisper", "ru+whisperf")


@attrs.frozen(eq=False)
class Voice:
    """One recording.

    Attributes:
        group: the row that it counts in.
        samples: (n_samples,) at 16 kHz.
        emotion: that was acted, and heard by listeners; "" where nobody acted any.
        speaker: unique, where known.
        neutral: other recordings of the same speaker, for a baseline.
    """

    group: str
    samples: Samples
    emotion: str = ""
    speaker: str = ""
    neutral: tuple[Samples, ...] = ()


def strangers(corpora: Path, count: int) -> Iterator[Voice]:
    """Neutral voices, so many a group, and where espeak-ng is installed a sentence of each of its voices."""
    for corpus in ("fda_ue", "vad_upc"):
        yield from recordings(corpus, drawn(sorted((corpora / corpus).glob("*.flac")), count))
    with (corpora / "neutral" / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for group, chosen in {
        "neutral, adults": [row for row in rows if row["use"] == "measure" and not is_child(row)],
        "neutral, children": [row for row in rows if row["use"] == "measure" and is_child(row)],
        "neutral, for training": [row for row in rows if row["use"] == "train"],
    }.items():
        files = [corpora / "neutral" / row["file"] for row in each_speaker_first(drawn(chosen), "speaker")]
        yield from recordings(group, files[:count])
    yield from spoken_by_espeak("espeak-ng", ESPEAK)


def odd(corpora: Path, count: int) -> Iterator[Voice]:
    """Two voices at once, and whispering: recorded voices without their pitch, and espeak-ng's."""
    pairs = [drawn(sorted((corpora / corpus).glob("*.flac")), count) for corpus in ("fda_ue", "vad_upc")]
    for one, other in zip(*pairs, strict=False):
        both = [samples_16k(path) for path in (one, other)]
        length = min(map(len, both))
        levels = [samples[:length] / np.std(samples) for samples in both]
        yield Voice("two voices at once", (0.05 * sum(levels)).astype(np.float32))
        yield Voice("whispering", whispered(both[0]))
    sentences = {voice: ESPEAK[voice.partition("+")[0]] for voice in WHISPERED}
    yield from spoken_by_espeak("whispering, espeak-ng", sentences)


def whispered(samples: Samples) -> Samples:
    """Noise through the resonances of a voice, its spectrum without what a pitch below 500 Hz makes of it."""
    pieces = {"nperseg": 512, "noverlap": 384}
    noise = np.random.default_rng(SEED).standard_normal(len(samples))
    (*_, voice), (*_, breath) = (signal.stft(each, **pieces) for each in (samples, noise))
    cepstrum = np.fft.irfft(np.log(np.abs(voice) + 1e-8), axis=0)
    lowest = RATE_HZ // 500
    cepstrum[lowest:-lowest] = 0
    breathed = np.exp(np.fft.rfft(cepstrum, axis=0).real) * breath / np.abs(breath).mean()
    return signal.istft(breathed, **pieces)[1][: len(samples)].astype(np.float32)


def of_folder(folder: Path, count: int) -> Iterator[Voice]:
    """So many sounds of each folder in it, which is a group of its name."""
    for each in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(path for path in each.rglob("*") if path.suffix.lower() in SOUND_FILES)
        yield from recordings(each.name, drawn(files, count))


def acted(corpora: Path, corpus: str, count: int, *, enrolled: int) -> Iterator[Voice]:
    """Emotions of one corpus as listeners heard them, so many each, with neutral clips of the speaker."""
    clips = [clip for clip in heard_clips(corpora) if clip.corpus == corpus]
    neutral = collections.defaultdict(list)
    for clip in drawn([clip for clip in clips if clip.label == "neutral"]):
        neutral[clip.speaker].append(clip.file)
    for emotion in ACTED:
        able = [c for c in clips if c.label == emotion and len(neutral[c.speaker]) >= enrolled]
        for clip in drawn(able, count):
            samples = tuple(heard(path) for path in neutral[clip.speaker][:enrolled])
            yield Voice(f"{corpus}, {emotion}", heard(clip.file), emotion, clip.speaker, samples)


def recordings(group: str, files: Iterable[Path]) -> Iterator[Voice]:
    for path in files:
        samples = heard(path)
        if samples.any():
            yield Voice(group, samples)


def heard(path: Path) -> Samples:
    return samples_16k(path)[: LONGEST_S * RATE_HZ]


def spoken_by_espeak(group: str, sentences: Mapping[str, str]) -> Iterator[Voice]:
    if shutil.which(PROGRAM) is None:
        print(f"{PROGRAM} is not installed: no row {group!r}")
        return
    for voice, sentence in sentences.items():
        audio = EspeakSynthesiser(voice=voice)(sentence, NEUTRAL_PROSODY)
        yield Voice(group, resample(audio.samples, audio.rate_hz, RATE_HZ))


def is_child(row: Mapping[str, str]) -> bool:
    return bool(row["age"]) and int(row["age"]) < CHILD_BELOW


def drawn(items: Sequence[T], count: int | None = None) -> list[T]:
    """In an order that is always the same, so many of them."""
    return [items[n] for n in np.random.default_rng(SEED).permutation(len(items))[:count]]


def each_speaker_first(rows: Sequence[Mapping[str, str]], column: str) -> list[Mapping[str, str]]:
    """One of every speaker, then a second of every speaker, and so on."""
    seen: collections.Counter[str] = collections.Counter()
    turn = []
    for row in rows:
        turn.append(seen[row[column]])
        seen[row[column]] += 1
    return [rows[n] for n in np.argsort(turn, kind="stable")]
