"""Nine classes by name, where they lie, and how they change along a clip."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import attrs
import numpy as np
import pytest
import soundfile
from voxaffect import Audio, Features, PluginHost, Stage
from voxaffect.cli import main
from voxaffect.engines import Array
from voxaffect.errors import ComponentUnavailableError, ConfigurationError
from voxaffect.pipeline import Pipeline
from voxaffect.weights import Weights, write_folder
from voxaffect_emotion2vec.classifier import Emotion2vecClassifier
from voxaffect_emotion2vec.labels import CLASS_DIMENSIONS

NINE = ("angry", "disgusted", "fearful", "happy", "neutral", "other", "sad", "surprised", "unknown")


def classifier_of(weights: Weights, folder: Path) -> Emotion2vecClassifier:
    return Emotion2vecClassifier(weights=write_folder(folder, weights))


@pytest.mark.parametrize("seconds", [0.3, 3.1])
def test_a_pipeline_gives_the_scores_of_funasr(
    installed: Path, expected: dict[str, Array], reference_audio: Callable[[float], Array], seconds: float
) -> None:
    pipeline = Pipeline.from_config({"classifier": "emotion2vec"})
    features = pipeline.extract(Audio(reference_audio(seconds), 16_000))
    classification = pipeline.classifier.classify(features)
    assert tuple(classification.probabilities) == NINE
    scores = list(classification.probabilities.values())
    assert scores == pytest.approx(expected[f"{seconds:g}/scores"], abs=1e-5)
    likeliest = NINE[int(np.argmax(scores))]
    assert classification.explanation[0] == f"{likeliest} {max(scores):.0%}"


def test_the_command_line_gives_the_scores_of_funasr(
    installed: Path,
    expected: dict[str, Array],
    reference_audio: Callable[[float], Array],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clip = tmp_path / "clip.wav"
    soundfile.write(clip, reference_audio(3.1), 16_000, subtype="FLOAT")
    everything = tmp_path / "pipeline.toml"
    everything.write_text('classifier = "emotion2vec"\nactivity = "off"\n', encoding="utf-8")
    assert main(["analyze", str(clip), "--config", str(everything), "--format", "json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert tuple(told["classes"]) == NINE
    assert list(told["classes"].values()) == pytest.approx(expected["3.1/scores"], abs=1e-5)


def test_weights_that_only_the_classifier_is_told_of_serve_both_stages(
    small: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference_audio: Callable[[float], Array]
) -> None:
    monkeypatch.delenv("VOXAFFECT_WEIGHTS", raising=False)
    monkeypatch.setenv("VOXAFFECT_CACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "empty"))
    with pytest.raises(ComponentUnavailableError, match="voxaffect weights fetch"):
        Pipeline.from_config({"classifier": "emotion2vec"})
    folder = write_folder(tmp_path / "weights", small)
    classifier = {"use": "emotion2vec", "weights": str(folder)}
    pipeline = Pipeline.from_config({"classifier": classifier, "activity": "off"})
    assert pipeline.hear(Audio(reference_audio(0.3), 16_000)).speech


def test_every_class_lies_nearest_to_the_emotion_that_it_means(installed: Path) -> None:
    wanted = {"disgusted": "frustrated", "fearful": "anxious", "other": "neutral", "surprised": "excited"}
    taxonomy = PluginHost().build(Stage.TAXONOMY, {"use": "circumplex"})
    classifier = Emotion2vecClassifier()
    for i, label in enumerate(NINE):
        certain = classifier.classify({"emotion2vec": Features(embedding=np.zeros(24, np.float32))})
        certain = attrs.evolve(certain, probabilities={each: float(each == label) for each in NINE})
        posterior = taxonomy.map(certain).posterior
        nearest = wanted.get(label, "neutral" if label == "unknown" else label)
        assert max(posterior, key=posterior.__getitem__) == nearest, (i, label)


def test_classes_that_were_never_trained_take_no_part(small: Weights, tmp_path: Path) -> None:
    labels = tuple(f"unuse_{i}" if i in (1, 2, 5, 7) else label for i, label in enumerate(small.labels))
    classifier = classifier_of(attrs.evolve(small, labels=labels), tmp_path / "early")
    assert classifier.labels == ("angry", "happy", "neutral", "sad", "unknown")
    embedding = np.random.default_rng(0).standard_normal(24).astype(np.float32)
    got = classifier.classify({"emotion2vec": Features(embedding=embedding)}).probabilities
    logits = small.tensors["proj.weight"] @ embedding + small.tensors["proj.bias"]
    odds = np.exp(logits)[[0, 3, 4, 6, 8]]
    assert list(got.values()) == pytest.approx(odds / odds.sum(), abs=1e-6)


def test_labels_in_two_languages_are_read_in_english(small: Weights, tmp_path: Path) -> None:
    published = ("生气/angry", "厌恶/disgusted", *small.labels[2:])
    assert classifier_of(attrs.evolve(small, labels=published), tmp_path / "two").labels == NINE


def test_the_timeline_has_each_frame_and_its_logits_average_to_those_of_the_clip(
    installed: Path, reference_audio: Callable[[float], Array]
) -> None:
    pipeline = Pipeline.from_config({"classifier": "emotion2vec"})
    features = pipeline.extract(Audio(reference_audio(3.1), 16_000))
    classifier = pipeline.classifier
    assert isinstance(classifier, Emotion2vecClassifier)
    timeline = classifier.timeline(features["emotion2vec"])
    assert timeline is not None
    assert timeline.labels == NINE
    assert timeline.frame_s == 0.02
    assert timeline.probabilities.shape == (154, 9)
    assert timeline.probabilities.sum(axis=1) == pytest.approx(np.ones(154))
    mean_logits = np.log(timeline.probabilities).mean(axis=0)
    odds = np.exp(mean_logits) / np.exp(mean_logits).sum()
    clip = list(classifier.classify(features).probabilities.values())
    assert clip == pytest.approx(odds, abs=1e-5)


def test_no_sound_is_no_speech_and_has_no_timeline(installed: Path) -> None:
    classifier = Emotion2vecClassifier()
    nothing = Features(speech_s=0.0)
    assert not classifier.classify({"emotion2vec": nothing}).speech
    assert classifier.timeline(nothing) is None


def test_weights_without_a_head_are_refused_with_others_named(small: Weights, tmp_path: Path) -> None:
    body = {name: array for name, array in small.tensors.items() if not name.startswith("proj.")}
    config = {**small.config, "n_classes": 0}
    headless = attrs.evolve(small, tensors=body, config=config, labels=(), variant="emotion2vec_base")
    with pytest.raises(ConfigurationError, match=r"emotion2vec_base have no head.*emotion2vec_plus_base"):
        classifier_of(headless, tmp_path / "base")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (NINE[:8], "9 classes and 8 labels"),
        (("furious", *NINE[1:]), "must be different ones of angry, .* got furious"),
        (("sad", *NINE[1:]), "must be different ones"),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    labels: tuple[str, ...], message: str, small: Weights, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        classifier_of(attrs.evolve(small, labels=labels), tmp_path / "odd")


def test_embeddings_of_another_size_are_refused(installed: Path) -> None:
    other = Features(embedding=np.zeros(768, np.float32))
    with pytest.raises(ConfigurationError, match=r"768 dimensions.*take 24.*same variant"):
        Emotion2vecClassifier().classify({"emotion2vec": other})


def test_the_nine_classes_are_the_ones_that_have_a_place() -> None:
    assert tuple(CLASS_DIMENSIONS) == NINE
