"""OpenAI's own encoder in PyTorch, fed unpadded clips: the reference for our tests.

    python openai_reference.py FOLDER

Needs `pip install torch openai-whisper safetensors`, and nothing of ours. Writes a small Whisper with random
weights under the names of OpenAI's release (model.safetensors, config.json), and what OpenAI's code makes of
`reference_audio` (expected.npz): spectrograms of 80 and 128 bands, and every level of the encoder, the last
one normed. Norms are perturbed, so that leaving out any part of the network shows.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from whisper.audio import log_mel_spectrogram, mel_filters
from whisper.model import AudioEncoder

N_MELS, WIDTH, N_HEADS, N_BLOCKS = 80, 16, 2, 3
SECONDS = (0.025, 0.3, 1.21)


def reference_audio(seconds: float) -> np.ndarray:
    """(n_samples,) float32: noise that swells and fades by 60 dB. RandomState's stream never changes."""
    noise = np.random.RandomState(round(seconds * 1000)).standard_normal(round(seconds * 16_000))
    swell = 10 ** (-3 * np.abs(np.sin(np.arange(len(noise)) / 2500)))
    return (0.1 * swell * noise).astype(np.float32)


def build(tensors: Mapping[str, np.ndarray], n_heads: int) -> AudioEncoder:
    """OpenAI's encoder with these weights, its positions computed by its own code."""
    width, n_mels, _ = tensors["conv1.weight"].shape
    n_blocks = len({name.split(".")[1] for name in tensors if name.startswith("blocks.")})
    encoder = AudioEncoder(n_mels, 1500, width, n_heads, n_blocks).eval()
    state = {name: torch.from_numpy(np.array(values, np.float32)) for name, values in tensors.items()}
    missing, unexpected = encoder.load_state_dict(state, strict=False)
    if missing != ["positional_embedding"] or unexpected:
        raise SystemExit(f"these are not the encoder's weights: missing {missing}, unexpected {unexpected}")
    return encoder


def spectrogram(audio: np.ndarray, n_mels: int) -> np.ndarray:
    """(n_frames, n_mels) as OpenAI's code computes it."""
    return log_mel_spectrogram(torch.from_numpy(audio), n_mels).numpy().T


def levels(encoder: AudioEncoder, mel: np.ndarray) -> list[np.ndarray]:
    """(T, width) each: before the first block, after each, and after the last norm.

    The steps of `AudioEncoder.forward`, with as many positions as there are frames in place of 1500.
    """
    with torch.inference_mode():
        x = torch.from_numpy(np.ascontiguousarray(mel.T))[None]
        x = torch.nn.functional.gelu(encoder.conv1(x))
        x = torch.nn.functional.gelu(encoder.conv2(x)).permute(0, 2, 1)
        x = x + encoder.positional_embedding[: x.shape[1]]
        found = [x]
        for block in encoder.blocks:
            found.append(block(found[-1]))
        found.append(encoder.ln_post(found[-1]))
    return [each[0].numpy() for each in found]


def main() -> None:
    folder = Path(sys.argv[1])
    torch.manual_seed(1)
    encoder = AudioEncoder(N_MELS, 1500, WIDTH, N_HEADS, N_BLOCKS).eval()
    with torch.no_grad():
        for parameter in encoder.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.2 * torch.randn_like(parameter))
            else:
                parameter.mul_(2)  # so that attention is far from even
    tensors = {name: values.detach().numpy() for name, values in encoder.named_parameters()}
    folder.mkdir(parents=True, exist_ok=True)
    save_file({f"encoder.{name}": values for name, values in tensors.items()}, folder / "model.safetensors")
    config = {"model_type": "whisper", "n_mels": N_MELS, "n_audio_state": WIDTH, "n_audio_head": N_HEADS}
    config |= {"n_audio_layer": N_BLOCKS, "n_audio_ctx": 1500}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    expected = {f"filters/{n_mels}": mel_filters("cpu", n_mels).numpy().T for n_mels in (80, 128)}
    for seconds in SECONDS:
        audio = reference_audio(seconds)
        for n_mels in (80, 128):
            expected[f"{seconds:g}/mel/{n_mels}"] = spectrogram(audio, n_mels)
        for number, level in enumerate(levels(encoder, spectrogram(audio, N_MELS))):
            expected[f"{seconds:g}/level/{number}"] = level
    np.savez_compressed(folder / "expected.npz", **expected)


if __name__ == "__main__":
    main()
