"""The contracts of both stages, as for any plugin, on a small network that stands where a real one would."""

from __future__ import annotations

import pytest
from voxaffect import get_available_backends
from voxaffect.engines import default_engine
from voxaffect.testing import ClassifierContract, ExtractorContract


@pytest.mark.usefixtures("installed")
class TestExtractor(ExtractorContract):
    component = "emotion2vec"
    heavy_modules = ("mlx", "torch", "voxaffect_emotion2vec.model")


@pytest.mark.usefixtures("installed")
class TestClassifier(ClassifierContract):
    component = "emotion2vec"
    heavy_modules = ("mlx", "torch", "voxaffect_emotion2vec.model")


def test_the_listing_says_which_engine_would_run() -> None:
    listed = next(each for each in get_available_backends() if each.name == "emotion2vec")
    assert listed.component.summary.endswith(f"engine here: {default_engine()}")
