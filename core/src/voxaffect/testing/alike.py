"""How far what a stream gives may lie from what the same stretch alone gives."""

from __future__ import annotations

import attrs
import numpy as np

from voxaffect.components import Features
from voxaffect.types import EmotionResult, ProsodicMarkers

RELATIVE_ROUNDING, ABSOLUTE_ROUNDING = 1e-3, 1e-5
"""How far a measured number of a stream may lie from that of the stretch alone: so much of itself, and so
much besides. BLAS may round a row's sums differently where other rows are around it. Ten times what that did
to the prosodic backend with 64 rows at a time under OpenBLAS's Haswell kernel, where a row's place matters:
`tests/benchmarks/blas_kernels.py --rows 64`."""

EMBEDDING_ROUNDING = 1e-4
"""The same for an embedding and for frames: the length of the difference over their own."""

RESULT_ROUNDING = 1e-4
"""The same for a dimension or a probability."""


def assert_measured_alike(streamed: Features, alone: Features) -> None:
    """What a stream measured of a stretch is what `extract` measures of it alone, to rounding."""
    assert streamed.speech_s == alone.speech_s, f"speech_s: {streamed.speech_s}, alone {alone.speech_s}"
    assert streamed.frame_s == alone.frame_s, f"frame_s: {streamed.frame_s}, alone {alone.frame_s}"
    names, expected = set(streamed.functionals), set(alone.functionals)
    assert names == expected, f"functionals of only one of them: {sorted(names ^ expected)}"
    for name, value in alone.functionals.items():
        _assert_close(name, streamed.functionals[name], value)
    _assert_markers_alike(streamed.markers, alone.markers)
    for name in ("embedding", "frames"):
        one, other = getattr(streamed, name), getattr(alone, name)
        assert (one is None) == (other is None), f"{name}: only one of them has it"
        if other is not None:
            assert one.shape == other.shape, f"{name}: shape {one.shape}, alone {other.shape}"
            apart, most = np.linalg.norm(one - other), EMBEDDING_ROUNDING * np.linalg.norm(other)
            assert apart <= most, f"{name}: {apart:.3g} apart, at most {most:.3g} is rounding"


def assert_heard_alike(streamed: EmotionResult, alone: EmotionResult) -> None:
    """A stream's result of a stretch is that of `Pipeline.hear` for it alone.

    Every decision is the same: speech or none, clear or not, the likeliest emotions and their order, the
    categories and counts among the markers, and so the line for a language model. Numbers are alike to
    rounding.
    """
    for name in ("speech", "unclear", "backend", "fallback_reason"):
        one, other = getattr(streamed, name), getattr(alone, name)
        assert one == other, f"{name}: {one}, alone {other}"
    emotions, expected = ([str(p.emotion) for p in r.categorical] for r in (streamed, alone))
    assert emotions == expected, f"likeliest: {emotions}, alone {expected}"
    for name in ("valence", "arousal", "dominance"):
        apart = abs(getattr(streamed.primary, name) - getattr(alone.primary, name))
        assert apart <= RESULT_ROUNDING, f"{name}: {apart:.3g} apart, at most {RESULT_ROUNDING:g} is rounding"
    for emotion, probability in alone.posterior.items():
        apart = abs(streamed.posterior[emotion] - probability)
        assert apart <= RESULT_ROUNDING, f"probability of {emotion}: {apart:.3g} apart"
    _assert_markers_alike(streamed.prosodic, alone.prosodic)
    line, expected_line = streamed.to_context_string(), alone.to_context_string()
    assert line == expected_line, f"the line: {line}, alone {expected_line}"


def _assert_markers_alike(streamed: ProsodicMarkers | None, alone: ProsodicMarkers | None) -> None:
    assert (streamed is None) == (alone is None), f"markers: {streamed}, alone {alone}"
    if streamed is not None and alone is not None:
        for name, value in attrs.asdict(alone).items():
            other = getattr(streamed, name)
            if isinstance(value, float) and other is not None:
                _assert_close(name, other, value)
            else:
                assert other == value, f"{name}: {other}, alone {value}"


def _assert_close(name: str, streamed: float, alone: float) -> None:
    apart, most = abs(streamed - alone), RELATIVE_ROUNDING * abs(alone) + ABSOLUTE_ROUNDING
    assert apart <= most, f"{name}: {streamed:.9g}, alone {alone:.9g}; at most {most:.3g} apart is rounding"
