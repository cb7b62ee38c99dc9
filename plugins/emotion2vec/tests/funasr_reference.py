"""FunASR's own emotion2vec with random weights: the reference for our tests and benchmarks.

    python funasr_reference.py make FOLDER --size small|base|large [--seconds 0.3 1.2 ...]
    python funasr_reference.py time FOLDER --seconds 3 10 --runs 5

Needs `pip install torch funasr safetensors`, and nothing of ours. `make` writes a checkpoint under its
published names (model.safetensors, tokens.txt), its sizes as `Emotion2vecConfig` names them (sizes.json),
and FunASR's outputs for `reference_audio` (expected.npz). The norms and alibi_scale are perturbed, so that
leaving out any part of the network shows; some of alibi_scale is negative, so that its clamp shows. `time`
prints JSON.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from funasr.models.emotion2vec.model import Emotion2vec
from safetensors.numpy import load_file, save_file

SIZES: dict[str, dict[str, int]] = {
    "small": {"dim": 24, "n_heads": 6, "n_prenet_blocks": 2, "n_blocks": 2, "conv_dim": 16, "groups": 4},
    "base": {"dim": 768, "n_heads": 12, "n_prenet_blocks": 4, "n_blocks": 8, "conv_dim": 512, "groups": 16},
    "large": {"dim": 1024, "n_heads": 16, "n_prenet_blocks": 4, "n_blocks": 8, "conv_dim": 512, "groups": 16},
}
LABELS = (
    "生气/angry 厌恶/disgusted 恐惧/fearful 开心/happy 中立/neutral 其他/other 难过/sad 吃惊/surprised <unk>"
)
EXTRA_TOKENS = 10


def reference_audio(seconds: float) -> np.ndarray:
    """(n_samples,) float32: quiet noise that swells and fades around an offset, so that normalisation counts.

    RandomState's stream never changes.
    """
    noise = np.random.RandomState(round(seconds * 1000)).standard_normal(round(seconds * 16_000))
    swell = 0.1 + np.abs(np.sin(np.arange(len(noise)) / 2500))
    return (0.01 * swell * noise + 0.02).astype(np.float32)


def _modality(size: dict[str, int]) -> dict[str, Any]:
    conv = size["conv_dim"]
    return {
        "type": "AUDIO",
        "prenet_depth": size["n_prenet_blocks"],
        "model_depth": size["n_blocks"],
        "feature_encoder_spec": f"[({conv},10,5)]+[({conv},3,2)]*4+[({conv},2,2)]*2",
        "extractor_mode": "layer_norm",
        "conv_pos_width": 95,
        "conv_pos_groups": size["groups"],
        "conv_pos_depth": 5,
        "conv_pos_pre_ln": False,
        "num_extra_tokens": EXTRA_TOKENS,
        "init_extra_token_zero": True,
        "use_alibi_encoder": True,
        "alibi_scale": 1.0,
        "learned_alibi": False,
        "learned_alibi_scale": True,
        "learned_alibi_scale_per_head": True,
        "learned_alibi_scale_per_layer": False,
        "num_alibi_heads": size["n_heads"],
        "prenet_layerdrop": 0.0,
        "prenet_dropout": 0.0,
        "start_drop_path_rate": 0.0,
        "end_drop_path_rate": 0.0,
        "local_grad_mult": 1.0,
        "decoder": None,
    }


def build(size: dict[str, int]) -> Emotion2vec:
    """In evaluation mode, with PyTorch's own initial weights."""
    no_dropout = ("encoder_dropout", "post_mlp_drop", "attention_dropout", "activation_dropout")
    config = {
        "embed_dim": size["dim"],
        "num_heads": size["n_heads"],
        "depth": size["n_blocks"],
        "mlp_ratio": 4.0,
        "norm_eps": 1e-5,
        "norm_affine": True,
        "layer_norm_first": False,
        "normalize": True,
        "end_of_block_targets": False,
        "start_drop_path_rate": 0.0,
        "end_drop_path_rate": 0.0,
        "dropout_input": 0.0,
        "layerdrop": 0.0,
        **dict.fromkeys(no_dropout, 0.0),
        "modalities": {"audio": _modality(size)},
    }
    return Emotion2vec(model_conf=config, vocab_size=9).eval()


def perturb(model: Emotion2vec) -> None:
    """Move what PyTorch starts at 0 or 1, where leaving it out would not show."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("alibi_scale"):
                parameter.copy_(torch.randn_like(parameter) + 0.3)
            elif parameter.ndim == 1:
                parameter.add_(0.2 * torch.randn_like(parameter))
        model.proj.weight.mul_(3)  # so that the nine probabilities differ


class _Tokens:
    token_list = LABELS.split()


def outputs(model: Emotion2vec, audio: np.ndarray) -> dict[str, np.ndarray]:
    """FunASR's inference on one clip, the whole path that its users take."""
    common: dict[str, Any] = {"device": "cpu", "fs": 16_000, "key": ["clip"], "tokenizer": _Tokens()}
    with torch.inference_mode():
        (result,), _ = model.inference([torch.from_numpy(audio)], granularity="frame", **common)
        frames = result["feats"]
        logits = model.proj(torch.from_numpy(frames.mean(axis=0)))
    scores = np.array(result["scores"], np.float32)
    return {"frames": frames, "embedding": frames.mean(axis=0), "logits": logits.numpy(), "scores": scores}


def make(folder: Path, size: dict[str, int], seconds: list[float]) -> None:
    torch.manual_seed(1)
    model = build(size)
    perturb(model)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: tensor.numpy() for name, tensor in model.state_dict().items()}, folder / "model.safetensors"
    )
    sizes = {**{k: v for k, v in size.items() if k != "groups"}, "positional_groups": size["groups"]}
    (folder / "sizes.json").write_text(json.dumps(sizes, indent=2) + "\n", encoding="utf-8")
    (folder / "tokens.txt").write_text("\n".join(_Tokens.token_list) + "\n", encoding="utf-8")
    expected = {
        f"{length:g}/{name}": values
        for length in seconds
        for name, values in outputs(model, reference_audio(length)).items()
    }
    np.savez_compressed(folder / "expected.npz", **expected)


def load(folder: Path) -> Emotion2vec:
    """The model of a folder that `make` wrote."""
    sizes = json.loads((folder / "sizes.json").read_text(encoding="utf-8"))
    model = build({**sizes, "groups": sizes["positional_groups"]})
    weights = load_file(folder / "model.safetensors")
    model.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()})
    return model


def measure(folder: Path, seconds: list[float], runs: int) -> dict[str, Any]:
    """Median and least seconds of a run after one to warm up, and the process's peak memory."""
    started = time.perf_counter()
    model = load(folder)
    load_s = time.perf_counter() - started
    times = {}
    for length in seconds:
        audio = reference_audio(length)
        outputs(model, audio)
        taken = []
        for _ in range(runs):
            started = time.perf_counter()
            outputs(model, audio)
            taken.append(time.perf_counter() - started)
        times[f"{length:g}"] = {"median_s": statistics.median(taken), "least_s": min(taken)}
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"load_s": load_s, "times": times, "peak_mb": peak_mb}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("command", choices=["make", "time"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--seconds", type=float, nargs="+", default=[0.3, 1.2, 3.1])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    if given.command == "make":
        make(given.folder, SIZES[given.size], given.seconds)
    else:
        print(json.dumps(measure(given.folder, given.seconds, given.runs)))


if __name__ == "__main__":
    main()
