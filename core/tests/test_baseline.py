from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from voxaffect import (
    BaselineStore,
    ConfigurationError,
    Features,
    InvalidValueError,
    PluginHost,
    SpeakerBaseline,
    UnknownNameError,
    VoiceEmotionDetector,
)
from voxaffect.baseline import average_features

RATE_HZ = 8_000
BASELINE = SpeakerBaseline(
    {
        "level": Features(functionals={"rms": 0.25}, n_samples=3),
        "net": Features(embedding=np.array([0.5, -1], np.float32), n_samples=2.5),
    }
)


def level(rms: float) -> np.ndarray:
    return np.full(RATE_HZ, rms, np.float32)


@pytest.fixture
def detector(host: PluginHost) -> VoiceEmotionDetector:
    return VoiceEmotionDetector("ear", host=host, activity="off")


@pytest.fixture
def store(tmp_path: Path) -> BaselineStore:
    return BaselineStore(tmp_path / "baselines")


# Calibration


def test_what_follows_is_measured_against_the_speakers_own_mean(detector: VoiceEmotionDetector) -> None:
    baseline = detector.calibrate_baseline([level(0.1), level(0.2), level(0.3)], RATE_HZ)
    assert detector.baseline is baseline
    assert baseline.n_samples == 3
    assert baseline.features["level"].functionals["rms"] == pytest.approx(0.2)
    assert detector.analyze(level(0.45), RATE_HZ).primary.valence == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("count", [0, 1, 2, 6])
def test_a_baseline_takes_3_to_5_samples(detector: VoiceEmotionDetector, count: int) -> None:
    with pytest.raises(InvalidValueError, match=f"3 to 5 neutral samples, got {count}"):
        detector.calibrate_baseline([level(0.1)] * count, RATE_HZ)
    assert detector.baseline is None


@pytest.mark.parametrize("count", [3, 4, 5])
def test_3_4_or_5_samples_will_do(detector: VoiceEmotionDetector, count: int) -> None:
    assert detector.calibrate_baseline([level(0.1)] * count, RATE_HZ).n_samples == count


def test_a_sample_without_speech_is_named_and_the_old_baseline_stays(detector: VoiceEmotionDetector) -> None:
    old = detector.calibrate_baseline([level(0.1)] * 3, RATE_HZ)
    with pytest.raises(InvalidValueError, match="sample 2 of the baseline has no speech"):
        detector.calibrate_baseline([level(0.1), level(0.0), level(0.1)], RATE_HZ)
    assert detector.baseline is old


def test_calibration_leaves_the_history_alone(detector: VoiceEmotionDetector) -> None:
    detector.calibrate_baseline([level(0.1)] * 3, RATE_HZ)
    assert detector.get_history() == []


def test_a_mean_of_means_is_the_mean_of_all() -> None:
    clips = [
        Features(functionals={"rms": value}, embedding=np.array([value], np.float32))
        for value in (0.1, 0.2, 0.3, 0.8)
    ]
    whole, halves = average_features(clips), average_features([average_features(clips[:3]), clips[3]])
    assert whole.n_samples == halves.n_samples == 4
    assert whole.functionals == pytest.approx(halves.functionals)
    assert whole.embedding == pytest.approx(halves.embedding)


# On disk


def test_a_baseline_comes_back_as_it_was_saved(store: BaselineStore) -> None:
    path = store.save("anna", BASELINE)
    assert path.exists()
    loaded = store.load("anna")
    assert [loaded.features[name].n_samples for name in ("level", "net")] == [3, 2.5]
    assert loaded.features["level"].functionals == {"rms": 0.25}
    assert loaded.features["level"].embedding is None
    embedding = loaded.features["net"].embedding
    assert embedding is not None
    assert embedding.dtype == np.float32
    assert embedding.tolist() == [0.5, -1]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_baseline_that_another_program_saved_again_is_read(store: BaselineStore, encoding: str) -> None:
    path = store.save("anna", BASELINE)
    path.write_text(path.read_text(encoding="utf-8"), encoding=encoding, newline="\r\n")
    assert store.load("anna").n_samples == 3


def test_a_loaded_baseline_works_as_the_calibrated_one(
    detector: VoiceEmotionDetector, store: BaselineStore
) -> None:
    store.save("anna", detector.calibrate_baseline([level(0.2)] * 3, RATE_HZ))
    expected = detector.analyze(level(0.3), RATE_HZ).primary
    detector.baseline = store.load("anna")
    assert detector.analyze(level(0.3), RATE_HZ).primary == expected


def test_saving_replaces_and_leaves_no_other_file(store: BaselineStore) -> None:
    store.save("anna", BASELINE)
    store.save("anna", SpeakerBaseline({"level": Features(n_samples=5)}))
    assert store.load("anna").n_samples == 5
    assert [path.name for path in store.directory.iterdir()] == ["anna.json"]


def test_names_are_listed_in_order(store: BaselineStore) -> None:
    assert store.names() == ()
    for name in ("zoe", "a.b", "anna-2"):
        store.save(name, BASELINE)
    assert store.names() == ("a.b", "anna-2", "zoe")


def test_what_is_deleted_is_gone(store: BaselineStore) -> None:
    store.save("anna", BASELINE)
    store.delete("anna")
    assert store.names() == ()
    with pytest.raises(UnknownNameError, match="unknown baseline 'anna'"):
        store.load("anna")
    with pytest.raises(UnknownNameError, match="unknown baseline 'anna'"):
        store.delete("anna")


def test_an_unknown_baseline_suggests_the_nearest(store: BaselineStore) -> None:
    store.save("anna", BASELINE)
    with pytest.raises(UnknownNameError, match="did you mean 'anna'"):
        store.load("ana")


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "/etc/passwd",
        "a b",
        ".a",
        "a.",
        "a..b",
        "x\n",
        "é",
        "a\0",
        "x" * 101,
    ],
)
def test_a_hostile_name_reaches_no_file(store: BaselineStore, name: str) -> None:
    for act in (lambda: store.save(name, BASELINE), lambda: store.load(name), lambda: store.delete(name)):
        with pytest.raises(InvalidValueError, match="a baseline's name takes up to 100 letters"):
            act()
    assert not store.directory.exists()


LEVEL = '{"version": 3, "features": {"level": %s}}'


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"version": 3}',
        '{"version": 3, "features": []}',
        LEVEL % "{}",
        LEVEL % "3",
        LEVEL % '{"n_samples": 3, "functionals": [1], "embedding": null}',
        LEVEL % '{"n_samples": 3, "functionals": {"rms": "a"}, "embedding": null}',
        LEVEL % '{"n_samples": 3, "functionals": {"rms": NaN}, "embedding": null}',
        LEVEL % '{"n_samples": 3, "functionals": {}, "embedding": [NaN]}',
        LEVEL % '{"n_samples": 3, "functionals": {}, "embedding": ["a"]}',
        LEVEL % '{"n_samples": "many", "functionals": {}, "embedding": null}',
        LEVEL % '{"n_samples": 0, "functionals": {}, "embedding": null}',
    ],
)
def test_a_damaged_file_is_named(store: BaselineStore, content: str) -> None:
    store.save("anna", BASELINE).write_text(content)
    with pytest.raises(ConfigurationError, match=r"anna\.json is damaged .*calibrate again"):
        store.load("anna")


def test_a_file_of_another_version_says_which(store: BaselineStore) -> None:
    path = store.save("anna", BASELINE)
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 2}))
    with pytest.raises(ConfigurationError, match="has version 2, this voxaffect reads 3: calibrate again"):
        store.load("anna")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot write the baseline"):
        BaselineStore(tmp_path / "file").save("anna", BASELINE)
