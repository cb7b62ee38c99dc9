"""Contracts that a plugin's tests inherit: one class a stage.

    class TestShout(RendererContract):
        component = "shout"

Each finds the component by name through the installed entry points, as a user would, and holds it to what
the rest of voxaffect relies on. Synthetic audio with known answers is in `voxaffect.synthetic`.
"""

from __future__ import annotations

import sys

if "pytest" in sys.modules:
    import pytest

    # Without this, a failed assertion of a module that is no test shows no values. Before the imports below.
    pytest.register_assert_rewrite(
        *(
            f"{__name__}.{m}"
            for m in ("alike", "component", "extractor", "classifier", "taxonomy", "renderer")
        )
    )

from voxaffect.testing.alike import (
    ABSOLUTE_ROUNDING,
    EMBEDDING_ROUNDING,
    RELATIVE_ROUNDING,
    RESULT_ROUNDING,
    assert_heard_alike,
    assert_measured_alike,
)
from voxaffect.testing.classifier import ClassifierContract
from voxaffect.testing.extractor import ExtractorContract
from voxaffect.testing.renderer import RendererContract
from voxaffect.testing.sounds import RATES_HZ, odd_audio, speech_like_audio, voices
from voxaffect.testing.taxonomy import TaxonomyContract

__all__ = [
    "ABSOLUTE_ROUNDING",
    "EMBEDDING_ROUNDING",
    "RATES_HZ",
    "RELATIVE_ROUNDING",
    "RESULT_ROUNDING",
    "ClassifierContract",
    "ExtractorContract",
    "RendererContract",
    "TaxonomyContract",
    "assert_heard_alike",
    "assert_measured_alike",
    "odd_audio",
    "speech_like_audio",
    "voices",
]
