"""The contracts of both stages, as for any plugin, on a small network that stands where a real one would."""

from __future__ import annotations

import pytest
from voxaffect.testing import ClassifierContract, ExtractorContract


@pytest.mark.usefixtures("installed")
class TestExtractor(ExtractorContract):
    component = "emotion2vec"
    heavy_modules = ("mlx", "torch", "voxaffect_emotion2vec.model")


@pytest.mark.usefixtures("installed")
class TestClassifier(ClassifierContract):
    component = "emotion2vec"
    heavy_modules = ("mlx", "torch", "voxaffect_emotion2vec.model")
