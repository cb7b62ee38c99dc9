"""What components give each other is checked where it is made, so that the one who made it is named."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from voxaffect import (
    Audio,
    Classification,
    EmotionCategory,
    Features,
    Heard,
    InvalidValueError,
    PrimaryDimensions,
    Rendering,
)

SOUND = Audio(np.zeros(100, np.float32), 16_000)
POINT = PrimaryDimensions(0, 0.5, 0.5)
EVEN = dict.fromkeys(EmotionCategory, 1 / len(EmotionCategory))

GOOD: dict[type, dict[str, Any]] = {
    Rendering: {"kind": "ssml", "output": "<speak/>"},
    Classification: {"probabilities": {"angry": 1.0}},
    Features: {"functionals": {"rms": 0.1}},
    Heard: {"primary": POINT, "posterior": EVEN, "intensities": EVEN},
}
BAD: list[tuple[type, dict[str, Any], str]] = [
    (Rendering, {"kind": 3}, "Rendering.kind must be of str, got 3"),
    (Rendering, {"kind": "audio"}, "output of the kind 'audio' must be of Audio, got '<speak/>'"),
    (Rendering, {"output": SOUND}, "output of the kind 'ssml' must be of str, got Audio"),
    (Rendering, {"kind": "parameters"}, "output of the kind 'parameters' must be of Mapping"),
    (Rendering, {"kind": "own", "output": 42}, "output of the kind 'own' must be a str or a mapping, got 42"),
    (Rendering, {"kind": "own", "output": SOUND}, "must be a str or a mapping, got Audio"),
    (Rendering, {"unexpressed": {"volume_db"}}, "Rendering.unexpressed must be a mapping"),
    (Rendering, {"unexpressed": {"volume_db": None}}, "must hold str, got volume_db = None"),
    (Rendering, {"approximated": {3: "low"}}, "Rendering.approximated must have strings for keys, got 3"),
    (Classification, {"explanation": "abc"}, "explanation must be a tuple of str, got 'abc'"),
    (Classification, {"explanation": ["abc"]}, "explanation must be a tuple of str, got ['abc']"),
    (Classification, {"explanation": (3,)}, "explanation must be a tuple of str, got (3,)"),
    (Classification, {"probabilities": ["angry"]}, "probabilities must be a mapping, got ['angry']"),
    (Classification, {"probabilities": {"angry": "1"}}, "must hold finite numbers, got angry = '1'"),
    (Classification, {"probabilities": {"angry": np.nan}}, "must hold finite numbers, got angry = nan"),
    (Classification, {"label_dimensions": {"odd": (0, 0, 0)}}, "must hold PrimaryDimensions, got odd"),
    (Classification, {"dimensions": (0, 0, 0)}, "dimensions must be of PrimaryDimensions, got (0, 0, 0)"),
    (Classification, {"primary": 0.5}, "primary must be of PrimaryDimensions, got 0.5"),
    (Classification, {"dimension_errors": 0.5}, "dimension_errors must be a tuple of Real, got 0.5"),
    (Classification, {"speech": "no"}, "speech must be of bool, got 'no'"),
    (Classification, {"unclear": 0.5}, "unclear must be of bool, got 0.5"),
    (Classification, {"markers": {}}, "markers must be of ProsodicMarkers, got {}"),
    (Classification, {"embedding": [0.1]}, "embedding must be float32 of 1 dimension(s), got [0.1]"),
    (Classification, {"fallback_reason": 3}, "fallback_reason must be of str, got 3"),
    (Features, {"functionals": {"rms": np.nan}}, "got rms = nan: leave out what the clip does not allow"),
    (Features, {"functionals": {"rms": "high"}}, "must hold finite numbers, got rms = 'high'"),
    (Features, {"speech_s": -1}, "speech_s must be 0 or more, got -1"),
    (Features, {"embedding": np.zeros(3)}, "float32 of 1 dimension(s), got float64 of 1"),
    (Features, {"embedding": np.zeros((1, 3), np.float32)}, "of 1 dimension(s), got float32 of 2"),
    (Features, {"embedding": np.full(3, np.inf, np.float32)}, "finite, got NaN or infinity"),
    (Features, {"frames": np.zeros(3, np.float32)}, "frames must be float32 of 2 dimension(s)"),
    (Features, {"baseline": {}}, "baseline must be of Features, got {}"),
    (Features, {"n_samples": 0}, "Features.n_samples must be a number above 0, got 0"),
    (Features, {"n_samples": float("nan")}, "Features.n_samples must be a number above 0, got nan"),
    (Features, {"n_samples": "3"}, "Features.n_samples must be a number above 0, got '3'"),
    (Classification, {"adapted_to": -1}, "Classification.adapted_to must be 0 or more, got -1"),
    (Heard, {"primary": (0, 0.5, 0.5)}, "primary must be of PrimaryDimensions"),
    (Heard, {"intensities": {}}, "intensities must give each of the 26 emotions a score within 0..1"),
    (Heard, {"intensities": dict.fromkeys(EmotionCategory, 2.0)}, "a score within 0..1"),
]


@pytest.mark.parametrize(("kind", "field", "said"), BAD)
def test_a_value_of_the_wrong_kind_is_refused_where_it_is_made(
    kind: type, field: dict[str, Any], said: str
) -> None:
    made = kind(**GOOD[kind])
    with pytest.raises(InvalidValueError) as error:
        kind(**{**GOOD[kind], **field})
    assert said in str(error.value)
    with pytest.raises(InvalidValueError):
        attrs.evolve(made, **field)


def test_what_numpy_gives_for_a_number_is_one() -> None:
    assert Features(functionals={"rms": np.float32(0.1)}, speech_s=np.float64(1.0))
    assert Classification(probabilities={"angry": np.float32(1.0)}, dimension_errors=(np.float64(1), 1, 1))
