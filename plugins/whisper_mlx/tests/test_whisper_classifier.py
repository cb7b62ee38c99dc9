"""Emotions offline, with the bundled head or one's own: in pipelines and on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import numpy as np
import pytest
from voxaffect import Audio, Features, create_backend, get_available_backends
from voxaffect.cli import main
from voxaffect.engines import default_engine
from voxaffect.errors import ConfigurationError
from voxaffect.examples import clips
from voxaffect.pipeline import Pipeline
from voxaffect.training.folder import load_model, save_model
from voxaffect.training.model import LinearModel, ModelError
from voxaffect_whisper_mlx.classifier import WhisperClassifier
from voxaffect_whisper_mlx.extractor import WhisperExtractor
from voxaffect_whisper_mlx.weights import BUNDLED

SMALL = Path(__file__).parent / "data" / "small"


@pytest.fixture(scope="module")
def head() -> LinearModel:
    """The bundled one."""
    return load_model(BUNDLED / "head")


@pytest.fixture(scope="module")
def backend() -> Pipeline:
    return create_backend("whisper_mlx")


def test_acted_emotions_are_heard(backend: Pipeline) -> None:
    """The head was trained on the database that these are of: this says only that all is wired up."""
    heard = {clip.acted: backend.hear(clip.path) for clip in clips()}
    assert max(heard["sadness"].classes, key=heard["sadness"].classes.__getitem__).startswith("sad")
    assert max(heard["anger"].classes, key=heard["anger"].classes.__getitem__).startswith("ang")
    assert heard["sadness"].primary.arousal < heard["anger"].primary.arousal


def test_the_classes_are_in_the_json_and_the_likeliest_in_the_explanation(
    head: LinearModel, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", str(clips("anger")[0].path), "--backend", "whisper_mlx", "--format", "json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["backend"] == "whisper_mlx"
    assert tuple(told["classes"]) == head.classes
    likeliest = max(told["classes"], key=told["classes"].__getitem__)
    assert told["explanation"][0] == f"{likeliest} {told['classes'][likeliest]:.0%}"
    assert told["context"].startswith("[Voice ")


def test_silence_is_no_speech(backend: Pipeline) -> None:
    heard = backend.hear(Audio(np.zeros(16_000, np.float32), 16_000))
    assert not heard.speech
    assert heard.to_context_string() == "[No speech heard]"


def test_it_is_listed_with_its_engine_and_its_licences() -> None:
    (listed,) = [each for each in get_available_backends() if each.name == "whisper_mlx"]
    assert listed.available
    assert listed.component.summary.endswith(f"engine here: {default_engine()}")
    for word in ("MIT", "OpenAI", "CREMA-D", "ODbL"):
        assert word in str(listed.component.weights_licence)


def test_the_licences_of_what_is_bundled_lie_beside_it(head: LinearModel) -> None:
    notice = (BUNDLED / "NOTICE.txt").read_text(encoding="utf-8")
    assert "Copyright (c) 2022 OpenAI" in notice
    assert "CREMA-D" in notice
    config = json.loads((BUNDLED / "config.json").read_text(encoding="utf-8"))
    assert "MIT" in config["licence"]


def test_what_is_bundled_takes_10_mb_at_most() -> None:
    assert sum(path.stat().st_size for path in BUNDLED.rglob("*") if path.is_file()) <= 10_000_000


def small_head(folder: Path, head: LinearModel, **changes: object) -> Path:
    """For the embedding of the small Whisper: two times 16 numbers."""
    size = 32
    plain = attrs.evolve(
        head.head,
        center=np.zeros(size),
        scale=np.ones(size),
        weights=np.random.default_rng(0).standard_normal((size, len(head.classes))),
    )
    model = attrs.evolve(
        head, embedding_size=size, functionals=(), head=plain, adaptation=None, familiarity=None, **changes
    )
    return save_model(folder, model, {})


def test_another_model_and_head_are_taken(head: LinearModel, tmp_path: Path) -> None:
    pipeline = create_backend("whisper_mlx", model=str(SMALL), head=str(small_head(tmp_path, head)))
    heard = pipeline.hear(clips("fear")[0].path)
    assert tuple(heard.classes) == head.classes
    assert heard.embedding is not None
    assert heard.embedding.shape == (32,)


def test_options_of_the_extractor_come_before_those_of_the_classifier(
    head: LinearModel, tmp_path: Path
) -> None:
    config = {
        "classifier": {"use": "whisper_mlx", "model": str(SMALL), "head": str(small_head(tmp_path, head))},
        "extractors": {"whisper_mlx": {"levels": [3]}},
    }
    for classifier in (config["classifier"], {"use": "hybrid", "members": [config["classifier"]]}):
        if classifier["use"] == "hybrid":
            pytest.importorskip("voxaffect_hybrid")
        extractor = Pipeline.from_config({**config, "classifier": classifier}).extractors["whisper_mlx"]
        assert isinstance(extractor, WhisperExtractor)
        assert extractor.levels == (3,)
        assert extractor.encoder.config.n_audio_state == 16


def test_a_head_in_the_models_folder_is_its_head(head: LinearModel, tmp_path: Path) -> None:
    small_head(tmp_path / "head", head)
    assert WhisperClassifier(model=tmp_path).model.embedding_size == 32


def test_a_model_without_a_head_says_how_to_get_one() -> None:
    with pytest.raises(ConfigurationError, match=r"no classes: train a head .*--extractor whisper_mlx"):
        WhisperClassifier(model=SMALL)


def test_a_head_for_other_features_is_refused(head: LinearModel, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="features of 'prosodic', not of 'whisper_mlx'"):
        WhisperClassifier(head=small_head(tmp_path / "other", head, extractor="prosodic"))
    classifier = WhisperClassifier(head=small_head(tmp_path / "small", head))
    with pytest.raises(ModelError, match="trained on other features"):
        classifier.classify({"whisper_mlx": Features(embedding=np.zeros(768, np.float32))})


def test_it_is_a_member_of_hybrid() -> None:
    pytest.importorskip("voxaffect_hybrid")
    members = [{"use": "whisper_mlx"}, {"use": "whisper_mlx"}]
    pipeline = Pipeline.from_config({"classifier": {"use": "hybrid", "members": members}})
    alone = create_backend("whisper_mlx").hear(clips("boredom")[0].path)
    together = pipeline.hear(clips("boredom")[0].path)
    assert together.classes == pytest.approx(alone.classes)


def test_features_are_written_by_the_command(tmp_path: Path) -> None:
    table = tmp_path / "features.safetensors"
    clip = clips("anger")[0].path
    assert main(["features", str(clip), "--extractor", "whisper_mlx", "-o", str(table)]) == 0
    assert clip.name.encode() in table.read_bytes()


def test_a_head_is_trained_by_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["file\tlabel\tspeaker"]
    for clip in clips():
        label = "up" if clip.acted in ("anger", "happiness", "fear") else "down"
        rows.append(f"{clip.path}\t{label}\t{clip.path.stem[:2]}")
    (tmp_path / "clips.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    command = ["train", str(tmp_path / "clips.tsv"), "--extractor", "whisper_mlx", "--copies", "0"]
    command += ["--option", f"model={SMALL}", "--option", "levels=[1, 2]", "--output", str(tmp_path / "mine")]
    command += ["--place", "up=0,0.8,0.5", "--place", "down=0,0.2,0.5"]
    assert main(command) == 0, capsys.readouterr().err
    assert WhisperClassifier(head=tmp_path / "mine").model.embedding_size == 64
