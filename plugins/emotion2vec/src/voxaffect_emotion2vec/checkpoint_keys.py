"""How the published checkpoints name things: tensors and classes."""

from __future__ import annotations

PREFIXES = ("module.", "d2v_model.")
"""Of training on several processors, and of the encoder beside its head; taken off in this order."""

DROPPED = ("decoder.", "modality_encoders.AUDIO.decoder.")
"""Training's decoder, which guesses masked frames: in some checkpoints, never used for inference."""


def parameter_name(key: str) -> str | None:
    """A checkpoint's key as `parameter_shapes` names it; None for what inference does not need."""
    for prefix in PREFIXES:
        key = key.removeprefix(prefix)
    return None if key.startswith(DROPPED) else key


def read_labels(text: str) -> tuple[str, ...]:
    """The classes in `tokens.txt`, one a line, in the order of the head's outputs, in English.

    A line is "生气/angry", "unuse_0" or "<unk>"; Chinese names go, the others stay as they are.

    Raises:
        ValueError: no labels, or one of them twice.
    """
    labels = tuple(line.strip().rsplit("/", 1)[-1] for line in text.splitlines() if line.strip())
    if not labels or len(set(labels)) != len(labels):
        raise ValueError(f"these are no names of classes: {', '.join(labels)[:200] or 'none'}")
    return labels
