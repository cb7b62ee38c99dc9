"""A trained model on disk: `model.safetensors` with the numbers, `model.json` with all that is said of it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import platformdirs

from voxaffect.emotions import EmotionCategory
from voxaffect.errors import reason_of
from voxaffect.text_file import read_text
from voxaffect.training.familiarity import Familiarity
from voxaffect.training.model import Head, LinearModel, ModelError, SpeakerAdaptation
from voxaffect.types import PrimaryDimensions
from voxaffect.weights.errors import CheckpointError
from voxaffect.weights.safetensors_file import read_safetensors, write_safetensors
from voxaffect.whole_file import whole_file

NUMBERS, CARD = "model.safetensors", "model.json"
FORMAT, FORMAT_VERSION = "voxaffect linear classifier", 2

MOST_CARD_BYTES, MOST_NUMBER_BYTES = 1_000_000, 100_000_000
MOST_CLASSES, MOST_INPUTS = 200, 20_000
"""A file that says more is damaged or hostile."""

MOST_CAUTION = 100.0

_PARTS = ("center", "scale", "weights", "bias", "temperature")


def models_folder() -> Path:
    """Where models are looked for by name: `models` in the user's data directory."""
    return platformdirs.user_data_path("voxaffect") / "models"


def find_model(model: str | os.PathLike[str]) -> Path:
    """The folder of a model.

    Args:
        model: a folder, or the name of one in `models_folder()`.

    Raises:
        ModelError: there is none.
    """
    given = Path(model)
    for folder in (given, models_folder() / given.name if given.name == str(model) else given):
        if (folder / CARD).is_file():
            return folder
    raise ModelError(
        f"no trained model at {os.fspath(model)!r}: it takes a folder with {CARD} and {NUMBERS}, or the name "
        f"of one in {models_folder()}; voxaffect train makes one"
    )


def save_model(folder: str | os.PathLike[str], model: LinearModel, about: Mapping[str, Any]) -> Path:
    """Write a model and what is to be known of it; returns the folder.

    Args:
        about: for the card: licence, data, metrics, ...

    Raises:
        ModelError: the folder cannot be written.
    """
    folder = Path(folder)
    tensors = {f"plain.{name}": value for name, value in _numbers(model.head).items()}
    if model.adaptation is not None:
        adapted = _numbers(model.adaptation.head)
        adapted |= {"usual": model.adaptation.usual}
        tensors |= {f"adapted.{name}": value for name, value in adapted.items()}
    if model.familiarity is not None:
        tensors |= {f"familiar.{name}": value for name, value in attrs.asdict(model.familiarity).items()}
    tensors = {name: np.asarray(value, np.float32) for name, value in tensors.items()}
    card = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "voxaffect": version("voxaffect"),
        "extractor": model.extractor,
        "classes": list(model.classes),
        "label_dimensions": {label: attrs.asdict(at) for label, at in model.label_dimensions.items()},
        "max_confidence": model.max_confidence,
        "clear_from": model.clear_from,
        "neutral": model.neutral,
        "caution": model.caution,
        "functionals": list(model.functionals),
        "embedding_size": model.embedding_size,
        **about,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(folder / NUMBERS) as partial, partial.open("wb") as file:
            card["sha256"] = write_safetensors(file, tensors)
        text = json.dumps(card, indent=1, ensure_ascii=False, allow_nan=False)
        with whole_file(folder / CARD) as partial:
            partial.write_text(text + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot write the model to {folder}: {reason_of(error)}") from error
    return folder


def read_card(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """What is said of a model.

    Raises:
        ModelError: missing, damaged, or of another format or version.
    """
    path = Path(folder) / CARD
    try:
        if path.stat().st_size > MOST_CARD_BYTES:
            raise ModelError(f"{path} is larger than {MOST_CARD_BYTES} bytes: no model card is")
        card = json.loads(read_text(path))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"cannot read the model card {path}: {reason_of(error)}") from error
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise ModelError(f"{path} is not the card of a {FORMAT}")
    if card.get("version") != FORMAT_VERSION:
        raise ModelError(
            f"{path} has version {card.get('version')!r}, this voxaffect reads {FORMAT_VERSION}: "
            "train again, or use the voxaffect that wrote it"
        )
    return card


def load_model(folder: str | os.PathLike[str]) -> LinearModel:
    """Read a model; nothing in it is executed.

    Raises:
        ModelError: missing, cut off, changed, of another version, or with anything in it that does not fit.
    """
    folder = Path(folder)
    card, path = read_card(folder), folder / NUMBERS
    try:
        if path.stat().st_size > MOST_NUMBER_BYTES:
            raise ModelError(f"{path} is larger than {MOST_NUMBER_BYTES} bytes: no linear classifier is")
        if hashlib.sha256(path.read_bytes()).hexdigest() != card.get("sha256"):
            raise ModelError(f"{path} is not the file that {CARD} was written for: it was cut off or changed")
        tensors = {name: np.array(value, np.float64) for name, value in read_safetensors(path).items()}
        return _model(card, tensors)
    except (OSError, CheckpointError) as error:
        raise ModelError(f"cannot read {path}: {reason_of(error)}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:  # InvalidValueError is a ValueError
        raise ModelError(f"the model in {folder} is damaged: {reason_of(error)}") from error


def _numbers(head: Head) -> dict[str, Any]:
    return {name: getattr(head, name) for name in _PARTS}


def _model(card: Mapping[str, Any], tensors: Mapping[str, Any]) -> LinearModel:
    classes = _names(card, "classes", 2, MOST_CLASSES)
    functionals = _names(card, "functionals", 0, MOST_INPUTS)
    size, extractor, most = card["embedding_size"], card["extractor"], card["max_confidence"]
    if type(size) is not int or not 0 <= size <= MOST_INPUTS or not len(functionals) + size:
        raise ValueError(f"embedding_size {size!r}")
    if not isinstance(extractor, str):
        raise ValueError(f"extractor {extractor!r}")
    if not isinstance(most, (int, float)) or not 1 / len(EmotionCategory) <= most <= 1:
        raise ValueError(f"max_confidence {most!r}")
    clear = card.get("clear_from", 0.0)
    if not isinstance(clear, (int, float)) or not 0 <= clear <= 1:
        raise ValueError(f"clear_from {clear!r}")
    neutral, caution = card.get("neutral"), card.get("caution")
    if neutral is not None and neutral not in classes:
        raise ValueError(f"neutral {neutral!r} is none of the classes")
    good = isinstance(caution, (int, float)) and 0 <= caution <= MOST_CAUTION and neutral is not None
    if caution is not None and not good:
        raise ValueError(f"caution {caution!r}")
    places = {str(label): PrimaryDimensions(**at) for label, at in card["label_dimensions"].items()}
    for label in classes:
        if label not in places and label not in set(map(str, EmotionCategory)):
            raise ValueError(f"the class {label!r} is none of the 26 emotions and has no label_dimensions")
    shapes = {
        "center": (len(functionals) + size,),
        "scale": (len(functionals) + size,),
        "weights": (len(functionals) + size, len(classes)),
        "bias": (len(classes),),
        "temperature": (),
    }
    expected = {f"plain.{name}": shape for name, shape in shapes.items()}
    adapted = any(name.startswith("adapted.") for name in tensors)
    if adapted:
        more = {**shapes, "usual": shapes["center"]}
        expected |= {f"adapted.{name}": shape for name, shape in more.items()}
    known = tensors.get("familiar.directions")
    if known is not None:
        expected |= {"familiar.directions": (*shapes["center"], known.shape[-1]), "familiar.limit": ()}
    if set(tensors) != set(expected):
        raise ValueError(f"tensors {sorted(set(tensors) ^ set(expected))} are missing or too many")
    for name, shape in expected.items():
        if tensors[name].shape != shape:
            raise ValueError(f"{name} has the shape {tensors[name].shape}, the card says {shape}")
        if not np.isfinite(tensors[name]).all():
            raise ValueError(f"{name} is not finite")
        if name.endswith((".scale", ".temperature", ".limit")) and tensors[name].min() <= 0:
            raise ValueError(f"{name} is not above 0")
    adaptation = None
    if adapted:
        adaptation = SpeakerAdaptation(tensors["adapted.usual"], _head(tensors, "adapted"))
    return LinearModel(
        extractor,
        classes,
        places,
        functionals,
        size,
        _head(tensors, "plain"),
        adaptation,
        float(most),
        float(clear),
        neutral,
        None if caution is None else float(caution),
        None if known is None else Familiarity(known, float(tensors["familiar.limit"])),
    )


def _head(tensors: Mapping[str, Any], kind: str) -> Head:
    parts = {name: tensors[f"{kind}.{name}"] for name in _PARTS}
    return Head(**{**parts, "temperature": float(parts["temperature"])})


def _names(card: Mapping[str, Any], key: str, fewest: int, most: int) -> tuple[str, ...]:
    names = card[key]
    good = isinstance(names, list) and all(isinstance(name, str) and name for name in names)
    if not good or len(set(names)) != len(names) or not fewest <= len(names) <= most:
        raise ValueError(f"{key} must be a list of {fewest} to {most} different names")
    return tuple(names)
