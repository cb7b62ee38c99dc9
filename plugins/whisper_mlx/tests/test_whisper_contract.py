"""The contracts of both stages, on the model that comes with the plugin."""

from __future__ import annotations

from voxaffect.testing import ClassifierContract, ExtractorContract


class TestExtractor(ExtractorContract):
    component = "whisper_mlx"
    heavy_modules = ("mlx", "torch", "voxaffect_whisper_mlx.model")


class TestClassifier(ClassifierContract):
    component = "whisper_mlx"
    heavy_modules = ("mlx", "torch", "voxaffect_whisper_mlx.model")
