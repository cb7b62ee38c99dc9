"""Published Whispers in MLX's format, and which one is meant: bundled, a path, a name.

Revisions and checksums are those that other public projects pin, as they stood in 2026.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voxaffect.errors import UnknownNameError
from voxaffect.weights import Catalogue, Source, Variant, WeightsMissingError, locate_weights
from voxaffect.weights.store import huggingface_cache

from voxaffect_whisper_mlx.checkpoint import TENSOR_FILES, parameter_name
from voxaffect_whisper_mlx.config import HEAD_WIDTH, MODEL_TYPE, WhisperConfig, parameter_shapes

BUNDLED = Path(__file__).parent / "bundled"
"""The small model that comes with this: see its config.json."""

TERMS = """\
{repository}: Whisper by OpenAI (Radford et al. 2022, arXiv:2212.04356), converted to MLX's format.
Code and weights of Whisper are under the MIT licence, Copyright (c) 2022 OpenAI
(github.com/openai/whisper, LICENSE). Only the encoder is kept.
"""


def _layout(config: Mapping[str, Any]) -> Mapping[str, tuple[int, ...]]:
    """{parameter: shape} as MLX has them: (out, kernel, in) of a convolution."""
    shapes = parameter_shapes(WhisperConfig(**config, final_norm=True))
    return {
        f"encoder.{name}": (shape[0], shape[2], shape[1]) if len(shape) == 3 else shape
        for name, shape in shapes.items()
    }


def _rename(key: str) -> str | None:
    name = parameter_name(key)
    return None if name is None else f"encoder.{name}"


def _no_labels(text: str) -> tuple[str, ...]:
    raise ValueError("a Whisper has no classes")


def _variant(
    name: str,
    width: int,
    blocks: int,
    download_bytes: int,
    repository: str,
    revision: str,
    sha256: str | None = None,
    *,
    n_mels: int = 80,
    checkpoint: str = "weights.npz",
) -> Variant:
    repository = f"mlx-community/{repository}"
    return Variant(
        name=name,
        summary=f"Whisper's encoder: {blocks} blocks of width {width}",
        licence="MIT",
        terms=TERMS.format(repository=repository),
        config={
            "n_mels": n_mels,
            "n_audio_state": width,
            "n_audio_head": width // HEAD_WIDTH,
            "n_audio_layer": blocks,
        },
        checkpoint=checkpoint,
        download_bytes=download_bytes,
        labels=None,
        sources=(Source(hub="huggingface", repository=repository, revision=revision, sha256=sha256),),
    )


CATALOGUE = Catalogue(
    model=MODEL_TYPE,
    shapes=_layout,
    rename=_rename,
    read_labels=_no_labels,
    variants=(
        _variant(
            "whisper-tiny",
            384,
            4,
            74_000_000,
            "whisper-tiny",
            "78c52ab98ca87f570bc57ad852e15ef7060f9f76",
            "d5a3b8671ac7aab11a2c9d0f16e7da94bad5500d785856f438c6bd44c3723944",
        ),
        _variant(
            "whisper-base",
            512,
            6,
            143_726_326,
            "whisper-base-mlx",
            "1e3e249fb8d01c655324bd6841b1deadffd6d04c",
            "2f57d5f3ef473054c638961f90716f4ee415e8108de81313eccb2c5fd62eff0b",
        ),
        _variant(
            "whisper-small",
            768,
            12,
            481_307_592,
            "whisper-small-mlx",
            "45f3915923c7a79a5a5b5a7d909d39aeb0e5630e",
            "55b6674c9b339702d486e2b1573839a66f8ec8f821ed2886993ef717a86b09f5",
        ),
        _variant(
            "whisper-medium",
            1024,
            24,
            1_524_924_912,
            "whisper-medium-mlx",
            "7fc08c4eac4c316526498f147dfdee6f6303f975",
            "10b597c2bcb1bcc38b2d3d24cd4f0885f461a7cd70e8444d6ad5a763ece549ea",
        ),
        _variant(
            "whisper-large-v3",
            1280,
            32,
            3_083_520_000,
            "whisper-large-v3-mlx",
            "49e6aa286ad60c14352c404340ded53710378a11",
            "05ff791ce3630fae47e7c51004e9666204d786246ec07cac6110af768099b40d",
            n_mels=128,
        ),
        _variant(
            "whisper-large-v3-turbo",
            1280,
            32,
            1_613_977_612,
            "whisper-large-v3-turbo",
            "a4aaeec0636e6fef84abdcbe3544cb2bf7e9f6fb",
            "951ed3fc1203e6a62467abb2144a96ce7eafca8fa77e3704fdb8635ff3e7f8a6",
            n_mels=128,
            checkpoint="weights.safetensors",
        ),
    ),
)


def find_whisper(model: str | os.PathLike[str] | None = None) -> Path:
    """The folder or file of a Whisper.

    Args:
        model: a folder or file; a name of `voxaffect weights list`; a repository of the hub such as
            "mlx-community/whisper-tiny" that another program has fetched; the bundled one if None.

    Raises:
        WeightsMissingError: it is not on this machine; the message has the command to get it.
        UnknownNameError: neither a path nor a known name.
    """
    if model is None:
        return BUNDLED
    path = Path(model).expanduser()
    if path.exists():
        return path
    name = os.fspath(model)
    if any(variant.name == name for variant in CATALOGUE.variants):
        return locate_weights(CATALOGUE, CATALOGUE.find(name)).path
    if name.count("/") == 1 and path.parts[0] not in ("~", ".", ".."):
        return _from_the_hub(name)
    if len(path.parts) > 1:
        raise WeightsMissingError(f"no model of Whisper at {name}")
    raise UnknownNameError("model of Whisper", name, [variant.name for variant in CATALOGUE.variants])


def _from_the_hub(repository: str) -> Path:
    """What Hugging Face's own cache holds of a repository."""
    for variant in CATALOGUE.variants:
        if variant.sources[0].repository == repository:
            return locate_weights(CATALOGUE, variant).path
    cached = huggingface_cache() / f"models--{repository.replace('/', '--')}"
    current = cached / "refs" / "main"
    revision = current.read_text(encoding="utf-8").strip() if current.is_file() else ""
    folder = cached / "snapshots" / revision
    if not revision or not any((folder / name).is_file() for name in TENSOR_FILES):
        raise WeightsMissingError(
            f"neither a path nor in Hugging Face's cache: {repository}; "
            f"get it with its own package: hf download {repository}"
        )
    return folder
