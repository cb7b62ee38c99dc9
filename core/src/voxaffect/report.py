"""Results as plain values for JSON and CSV. The schema is documented in docs/json.md."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np

from voxaffect._validate import require
from voxaffect.backends import Backend
from voxaffect.course import Course
from voxaffect.expression import Delivery
from voxaffect.types import Audio, EmotionResult, ProsodicMarkers, Rendering

SCHEMA_VERSION = 1
"""Raised when a field changes its meaning or goes; new fields leave it alone."""


def to_dict(result: EmotionResult, *, file: str | None = None) -> dict[str, Any]:
    """Every value of the result that JSON can hold; infinite ones are None, the embedding is left out.

    Args:
        file: named first when given.

    Raises:
        InvalidValueError: no result.
    """
    require(
        result,
        EmotionResult,
        "what becomes a table must be an EmotionResult",
        instead="VoiceEmotionDetector.analyze gives one",
    )
    return {
        "schema_version": SCHEMA_VERSION,
        **({} if file is None else {"file": file}),
        "duration_s": result.duration_s,
        "timestamp": result.timestamp,
        "backend": result.backend,
        "fallback_reason": result.fallback_reason,
        "speech": result.speech,
        "unclear": result.unclear,
        "emotional": None if result.emotional is None else _number(result.emotional),
        "unfamiliar": None if result.unfamiliar is None else _number(result.unfamiliar),
        "adapted_to": _number(result.adapted_to),
        "primary": _plain(result.primary),
        "categorical": [_plain(prediction) for prediction in result.categorical],
        "posterior": {str(emotion): p for emotion, p in result.posterior.items()},
        "classes": {label: _number(p) for label, p in result.classes.items()},
        "prosodic": None if result.prosodic is None else _plain(result.prosodic),
        "quality": _plain(result.quality),
        "explanation": list(result.explanation),
        "context": result.to_context_string(),
        "course": None if result.course is None else _course(result.course),
    }


def to_row(result: EmotionResult, *, file: str | None = None) -> dict[str, Any]:
    """The same, flat, for a table: one column a value, named `group.field`; None stays empty.

    `classes` and `course` are left out: they are there for one clip and not for another.
    """
    row: dict[str, Any] = {}
    for key, value in to_dict(result, file=file).items():
        if key == "categorical":
            for rank, prediction in enumerate(value, start=1):
                row |= {f"top{rank}.{field}": inner for field, inner in prediction.items()}
        elif key == "prosodic":
            names = [field.name for field in attrs.fields(ProsodicMarkers)]
            row |= {f"prosodic.{name}": None if value is None else value[name] for name in names}
        elif key in ("classes", "course"):
            continue
        elif isinstance(value, dict):
            row |= {f"{key}.{field}": inner for field, inner in value.items()}
        else:
            row[key] = "; ".join(value) if isinstance(value, list) else value
    return row


def rendering_to_dict(
    rendering: Rendering, renderer: str, delivery: Delivery, *, file: str | None = None
) -> dict[str, Any]:
    """Everything about a rendering but its sound.

    Args:
        renderer: its name.
        file: where its output was written.
    """
    made = rendering.output
    return {
        "emotion": str(delivery.emotion),
        "intensity": delivery.intensity,
        "reason": delivery.reason,
        "prosody": attrs.asdict(delivery.prosody),
        "renderer": renderer,
        "kind": rendering.kind,
        "output": None if isinstance(made, Audio) else made,
        "parts": list(rendering.parts),
        "output_file": file,
        "source_channels": made.source_channels if isinstance(made, Audio) else None,
        "approximated": dict(rendering.approximated),
        "unexpressed": dict(rendering.unexpressed),
        "residual": attrs.asdict(rendering.residual),
        "emotion_account": None
        if rendering.emotion_account is None
        else attrs.asdict(rendering.emotion_account),
    }


def backend_to_dict(backend: Backend) -> dict[str, Any]:
    """What a listing says of a backend."""
    described = backend.component
    return {
        "name": backend.name,
        "plugin": backend.plugin,
        "summary": described.summary,
        "card": None if described.card is None else attrs.asdict(described.card),
        "quality": described.quality,
        "speed": described.speed,
        "memory": described.memory,
        "requires": list(described.modules),
        "install": described.install,
        "weights_licence": described.weights_licence,
        "available": backend.available,
        "reason": backend.reason,
        "missing": [attrs.asdict(member) for member in backend.missing],
    }


def _course(course: Course) -> dict[str, Any]:
    """Of each utterance what a chart of the course needs; a recording may hold thousands."""
    return {
        "agreed": course.agreed,
        "shares": dict(course.shares),
        "turning_points": [attrs.asdict(point) for point in course.turning_points],
        "utterances": [
            {
                "start_s": each.start_s,
                "end_s": each.end_s,
                "family": each.family,
                "probability": each.probability,
                "emotion": str(each.result.top.emotion),
                "confidence": _number(each.result.top.confidence),
                **_plain(each.result.primary),
            }
            for each in course.utterances
        ],
    }


def _plain(value: attrs.AttrsInstance) -> dict[str, Any]:
    return {name: _number(inner) for name, inner in attrs.asdict(value).items()}


def _number(value: Any) -> Any:
    if isinstance(value, np.generic):  # a plugin's markers often come straight from an array
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, str) else value
