"""Neutral speech of people who are in no corpus of emotions: where else neutral voices lie.

`neutral/manifest.tsv` names the clips with their licences; to them come synthetic voices of espeak-ng, one a
language. None becomes a class, and no audio enters the repository.
"""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

from voxaffect.evaluation.manifest import Clip

# ruff: noqa: RUF001
SENTENCES = {
    "en-us": "The meeting starts at nine in the morning.",
    "en-gb+f2": "The train leaves from platform four.",
    "de+m3": "Die Sitzung beginnt um neun Uhr am Morgen.",
    "fr+f4": "La réunion commence à neuf heures du matin.",
    "es": "La reunión empieza a las nueve de la mañana.",
    "it+m7": "La riunione comincia alle nove di mattina.",
    "pt+f2": "A reunião começa às nove da manhã.",
    "nl": "De vergadering begint om negen uur.",
    "pl+m3": "Spotkanie zaczyna się o dziewiątej rano.",
    "ru+f4": "Собрание начинается в девять часов утра.",
    "cmn+m7": "会议早上九点开始。",
    "ja+f2": "会議は朝九時に始まります。",
    "tr": "Toplantı sabah dokuzda başlıyor.",
    "sv+f4": "Mötet börjar klockan nio på morgonen.",
    "da+m3": "Mødet begynder klokken ni.",
    "fi+f2": "Kokous alkaa kello yhdeksän.",
    "el+m7": "Η συνάντηση αρχίζει στις εννέα.",
    "hu": "A találkozó kilenckor kezdődik.",
    "cs+f4": "Schůzka začíná v devět hodin.",
    "hi+m3": "बैठक सुबह नौ बजे शुरू होती है।",
    "ko+f2": "회의는 아침 아홉 시에 시작합니다.",
    "ar": "يبدأ الاجتماع في التاسعة صباحا.",
}
"""Voice of espeak-ng, with its variant, -> what it says."""

SOURCE = (
    "Where neutral voices of other people lie (no class of its own, no sound kept): alphanumeric audio "
    "dataset (Sakshee Patil, 2024; MIT); Arabic Speech Commands (Ghandoura, Hjabo, Al Dakkak, 2021; CC BY"
    " 4.0); Asterisk voice prompts (Allison Smith and June Wallack, Digium; CC BY-SA 3.0; Maxim Topal; CC"
    " BY 3.0); CMU ARCTIC (Carnegie Mellon University; BSD-like); Common Voice (Mozilla; CC0 1.0); dutch-"
    "vl-tts (r-dh; CC0 1.0); Free Spoken Digit Dataset (Z. Jackson and others; CC BY-SA 4.0); Kerstin "
    "(rhasspy; CC0 1.0); LibriSpeech (V. Panayotov and others, LibriVox readers; CC BY 4.0); LJ Speech "
    "(Keith Ito; public domain); Mycroft Precise community data (adocampo, el-tocino; public domain); "
    "test recordings of eagle, leopard and rhino (Picovoice Inc.; Apache-2.0); VCTK (CSTR, University of "
    "Edinburgh: Veaux, Yamagishi, MacDonald; Valentini-Botinhao; CC BY 4.0); voices of espeak-ng "
    "(GPL-3.0). Changed: cut, joined, through random channels, measured."
)
"""With the attribution that each licence asks for."""


def people(corpora: Path, *, use: str = "train") -> list[Clip]:
    """The clips that may be trained with, or those to measure on, a speaker's own.

    Args:
        corpora: the folder that has neutral/manifest.tsv.
        use: "train" or "measure".
    """
    with (corpora / "neutral" / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["use"] == use]
    return [
        Clip(
            number,
            corpora / "neutral" / row["file"],
            "neutral",
            f"{row['corpus']}/{row['speaker']}",
            language=row["lang"],
            corpus=row["corpus"],
        )
        for number, row in enumerate(rows, start=2)
    ]


def synthetic(folder: Path) -> list[Clip]:
    """One sentence of each voice, written to a folder as WAV."""
    clips = []
    for number, (voice, sentence) in enumerate(SENTENCES.items()):
        file = folder / f"{voice}.wav"
        subprocess.run(["espeak-ng", "-v", voice, "-w", str(file), sentence], check=True)
        clips.append(Clip(number, file, "neutral", f"espeak-ng/{voice}", corpus="espeak-ng"))
    return clips
