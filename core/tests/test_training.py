"""Trained classifiers: the fit, speakers left out, folders that are refused, and `voxaffect train`."""

from __future__ import annotations

import json
import pickle
from importlib.metadata import entry_points
from pathlib import Path

import attrs
import numpy as np
import pytest
from voxaffect import Audio, Features, InvalidValueError, PluginHost, Stage
from voxaffect.audio import save_audio
from voxaffect.cli import main
from voxaffect.errors import AudioError, ComponentUnavailableError, ConfigurationError, PluginError
from voxaffect.evaluation.labels import read_classes, relabel
from voxaffect.evaluation.manifest import Clip, read_manifest
from voxaffect.synthetic import speech_like
from voxaffect.training.abstention import clear_from, over_corpora
from voxaffect.training.augmentation import through_a_telephone, through_another_channel
from voxaffect.training.classifier import TrainedClassifier
from voxaffect.training.fit import balancing, best_temperature, fit_multinomial, softmax
from voxaffect.training.folder import CARD, NUMBERS, find_model, load_model, save_model
from voxaffect.training.labels import place_labels
from voxaffect.training.model import ModelError, emotional_share, less_baseline, names_one
from voxaffect.training.report import held_out_report
from voxaffect.training.speaker_baselines import first_clips
from voxaffect.training.table import FeatureTable, measure_clips
from voxaffect.training.train import figures, speaker_folds, train_model
from voxaffect.weights.safetensors_file import write_safetensors

LABELS = ("anger", "neutral", "sadness")
TOY = Path(__file__).parent / "cli_plugin"


def table(*, speakers=8, clips=6, own_voice=0.0, noise=0.3, seed=0):
    """Two functionals: `effort` tells the labels apart, `idle` nothing; speakers are `own_voice` apart."""
    rng = np.random.default_rng(seed)
    rows, values = [], []
    for speaker in range(speakers):
        voice = rng.normal(0, own_voice)
        for label, effort in zip(LABELS, (2.0, 0.0, -2.0), strict=True):
            for take in range(clips):
                rows.append(Clip(len(rows), Path(f"{speaker}{label}{take}"), label, f"s{speaker}"))
                values.append((effort + voice + rng.normal(0, noise), rng.normal()))
    return FeatureTable(tuple(rows), np.array([values]), ("effort", "idle"), 0, ())


def heard(effort, idle=0.0, baseline=None):
    return Features(functionals={"effort": effort, "idle": idle}, speech_s=1.0, baseline=baseline)


@pytest.fixture(scope="module")
def model():
    return train_model(table(), extractor="toy_level").model


@pytest.fixture
def folder(model, tmp_path):
    return save_model(tmp_path / "model", model, {"licence": "CC0-1.0"})


# fit


def test_the_fit_ends_where_no_weight_can_improve_it():
    rng = np.random.default_rng(1)
    values, labels = rng.normal(size=(300, 4)), rng.integers(0, 3, 300)
    targets, importance = np.eye(3)[labels], rng.uniform(0.5, 2, 300)
    weights, bias = fit_multinomial(values, targets, importance=importance, penalty=0.05)
    share = importance / importance.sum()
    error = (softmax(values @ weights + bias) - targets) * share[:, None]
    assert np.abs(values.T @ error + 0.05 * weights).max() < 1e-4
    assert np.abs(error.sum(axis=0)).max() < 1e-4


def test_every_class_counts_the_same_and_within_it_every_corpus():
    labels = np.array([0] * 90 + [0] * 10 + [1] * 5)
    corpora = np.array([0] * 90 + [1] * 10 + [1] * 5)
    importance = balancing(labels, corpora)
    totals = [importance[:90].sum(), importance[90:100].sum(), importance[100:].sum()]
    assert totals == pytest.approx([0.5, 0.5, 1.0])


def test_the_temperature_undoes_overconfidence():
    rng = np.random.default_rng(2)
    logits = rng.normal(size=(20_000, 3))
    labels = np.array([rng.choice(3, p=row) for row in softmax(logits)])
    found = best_temperature(3.0 * logits, labels, np.ones(len(labels)))
    assert found == pytest.approx(3.0, rel=0.1)


def test_listeners_votes_are_the_targets_and_votes_for_no_class_are_left_out():
    clips = [
        Clip(0, Path("a"), "anger", "1", votes={"anger": 3.0, "neutral": 1.0, "disgust": 4.0}),
        Clip(1, Path("b"), "neutral", "2"),
        Clip(2, Path("c"), "neutral", "2", votes={"disgust": 4.0}),
    ]
    one = FeatureTable(tuple(clips), np.zeros((1, 3, 1)), ("effort",), 0, ())
    assert one.targets(("anger", "neutral")).tolist() == [[0.75, 0.25], [0.0, 1.0], [0.0, 1.0]]


def test_a_model_is_as_sure_as_the_listeners_were():
    """Of voices alike, six of ten listeners heard anger: the label says anger of every one."""
    one = table(speakers=12, noise=0.5)
    votes = {"anger": 6.0, "neutral": 4.0}
    divided = attrs.evolve(
        one,
        clips=tuple(attrs.evolve(c, votes=votes if c.label == "anger" else None) for c in one.clips),
    )
    raw = [
        attrs.evolve(train_model(each, extractor="toy_level", penalty=1e-3).model.head, temperature=1.0)
        for each in (one, divided)
    ]
    sure, torn = (softmax(head.logits(np.array([2.0, 0.0])))[0] for head in raw)
    assert sure > 0.9
    assert torn == pytest.approx(0.6, abs=0.1)


# what is clear


def test_the_threshold_is_the_lowest_at_which_enough_is_right():
    confidence = np.linspace(0.01, 0.99, 99)
    correct = confidence > 0.5
    found = clear_from(correct, confidence, np.ones(99), wanted=0.7)
    assert correct[confidence >= found].mean() >= 0.7
    assert correct[confidence >= found - 0.02].mean() < 0.7


def test_nothing_is_withheld_where_everything_is_right():
    assert clear_from(np.ones(9, np.bool_), np.full(9, 0.3), np.ones(9), wanted=0.7) == 0.0


def test_a_model_that_is_never_right_enough_still_answers_a_quarter():
    rng = np.random.default_rng(0)
    confidence, correct = rng.uniform(size=400), rng.uniform(size=400) < 0.3
    found = clear_from(correct, confidence, np.ones(400), wanted=0.95)
    assert np.mean(confidence >= found) >= 0.25


def test_every_corpus_counts_the_same_in_the_threshold():
    importance = over_corpora(np.array([0, 0, 0, 1]))
    assert importance.tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1])


def test_what_is_clear_is_what_the_model_gives_its_threshold_or_more(model, tmp_path):
    strict = attrs.evolve(model, clear_from=0.9)
    classifier = TrainedClassifier(model=save_model(tmp_path / "strict", strict, {}))
    assert classifier.model.clear_from == 0.9
    assert not classifier.classify({"toy_level": heard(3.0)}).unclear
    assert classifier.classify({"toy_level": heard(1.0)}).unclear


def test_clear_answers_about_speakers_unheard_are_right_as_often_as_asked():
    one = table(speakers=40, noise=1.6)
    trained = train_model(one, extractor="toy_level", clear_accuracy=0.8)
    said = figures(one, trained.plain, trained.model.classes)
    assert said["accuracy"] < 0.75
    assert said["clear"]["accuracy"] == pytest.approx(0.8, abs=0.05)
    assert 0.3 < said["clear"]["coverage"] < 0.95


def test_what_is_held_out_is_reported_as_an_evaluation_is():
    one = table(speakers=6)
    trained = train_model(one, extractor="toy_level")
    report = held_out_report("toy", one, trained.plain, trained.model.classes, resamples=20)
    said = figures(one, trained.plain, trained.model.classes)
    assert report.groups["all"].figures["uar"].value == pytest.approx(said["uar"])
    assert report.groups["all"].figures["clear.coverage"].value == pytest.approx(said["clear"]["coverage"])


# strangers


def strangers(*, people=40, clips=4, apart=1.0, seed=5):
    """Neutral speech of people whose voices lie anywhere; of four corpora."""
    rng = np.random.default_rng(seed)
    rows, values = [], []
    for person in range(people):
        voice = rng.normal(0, apart)
        for take in range(clips):
            clip = Clip(len(rows), Path(f"{person}{take}"), "neutral", f"p{person}", corpus=f"c{person % 4}")
            rows.append(clip)
            values.append((voice + rng.normal(0, 0.3), rng.normal()))
    return FeatureTable(tuple(rows), np.array([values]), ("effort", "idle"), 0, ())


def test_few_neutral_strangers_are_told_an_emotion_and_no_class_is_made_of_them():
    with_them = train_model(table(), extractor="toy_level", strangers=strangers(), strangers_told=0.1)
    without = train_model(table(), extractor="toy_level").model
    assert with_them.strangers_told <= 0.1
    assert with_them.model.classes == without.classes
    others = strangers(seed=6).values[0]
    of_neutral = with_them.model.classes.index("neutral")
    emotional = emotional_share(with_them.model.logits(others), of_neutral, with_them.model.caution)
    assert np.mean(emotional >= 0.5) <= 0.15
    assert np.mean(without.logits(others).argmax(axis=1) != of_neutral) > 0.2


def test_below_even_odds_no_emotion_is_clear_and_above_one_that_leads():
    probabilities = np.array([[0.6, 0.1, 0.3], [0.6, 0.1, 0.3], [0.4, 0.2, 0.4], [0.2, 0.6, 0.2]])
    emotional = np.array([0.4, 0.6, 0.6, 0.2])
    assert names_one(probabilities, emotional, 1, 0.6).tolist() == [False, True, False, True]


def test_what_lies_far_from_all_that_was_heard_is_unfamiliar_and_unclear(tmp_path):
    """Of twelve measures two vary together in training; something else moves the others."""
    rng = np.random.default_rng(0)
    one = table(noise=0.1)
    others = 0.1 * rng.normal(size=(1, len(one.clips), 10))
    names = (*one.functionals, *(f"other{number}" for number in range(10)))
    wide = attrs.evolve(one, values=np.concatenate([one.values, others], axis=2), functionals=names)
    model = train_model(wide, extractor="toy_level").model
    classifier = TrainedClassifier(model=save_model(tmp_path / "wide", model, {}))

    def concluded(size):
        measures = dict(zip(names, (2.0, 0.0, *(size * rng.normal(size=10))), strict=True))
        return classifier.classify({"toy_level": Features(functionals=measures, speech_s=1.0)})

    usual, odd = concluded(0.1), concluded(3.0)
    assert usual.unfamiliar < 1
    assert not usual.unclear
    assert odd.unfamiliar > 1
    assert odd.unclear


# speakers


def test_no_speaker_is_in_two_folds():
    one = table(speakers=13)
    folds = speaker_folds(one)
    assert all(len(set(folds[one.speakers == speaker])) == 1 for speaker in set(one.speakers))
    assert len(set(folds)) == 10


def test_a_clip_is_judged_by_models_that_have_not_heard_its_speaker():
    """Labels drawn by lot for each speaker cannot be guessed; a model that has heard them would know."""
    rng = np.random.default_rng(3)
    rows, values = [], []
    for speaker in range(10):
        voice = rng.normal(size=40)
        label = LABELS[rng.integers(3)]
        rows += [Clip(len(rows), Path(f"{speaker}{take}"), label, f"s{speaker}") for take in range(10)]
        values += [voice + rng.normal(0, 0.01, 40) for _ in range(10)]
    lot = FeatureTable(tuple(rows), np.array([values]), tuple(f"f{i}" for i in range(40)), 0, ())
    held_out = train_model(lot, extractor="toy_level").plain
    right = np.array(LABELS)[held_out.probabilities.argmax(axis=1)] == lot.labels
    assert right.mean() < 0.8


def test_speakers_that_differ_are_told_apart_better_with_a_baseline():
    trained = train_model(table(own_voice=2.0, speakers=24), extractor="toy_level")
    classes = np.array(trained.model.classes)
    labels = table(own_voice=2.0, speakers=24).labels
    recall = [
        np.mean(classes[each.probabilities.argmax(axis=1)][each.judged] == labels[each.judged])
        for each in (trained.plain, trained.with_baseline)
    ]
    assert recall[0] + 0.05 < recall[1]


def test_the_clips_of_a_baseline_are_not_judged():
    one = table()
    _, judged = first_clips(one, "neutral")
    left_out = [clip.file.name for clip, counts in zip(one.clips, judged, strict=True) if not counts]
    assert left_out == [f"{speaker}neutral{take}" for speaker in range(8) for take in range(3)]


def test_the_more_utterances_are_known_the_more_the_speakers_own_voice_counts():
    usual, own, value = np.array([1.0]), np.array([5.0]), np.array([5.0])
    left = [less_baseline(value, own, count, usual)[0] for count in (0, 3, 20)]
    assert left[0] == 4.0
    assert left[0] > left[1] > left[2] > 0
    assert less_baseline(value, np.array([np.nan]), 20, usual) == 4.0  # nothing was measured of it


def test_a_speaker_who_is_known_by_more_utterances_is_judged_better():
    one = table(own_voice=2.5, speakers=30)
    model = train_model(one, extractor="toy_level").model
    shifted = 3.0  # a voice that in itself sounds like anger
    sad = [
        model.judge(heard(shifted - 2.0, baseline=attrs.evolve(heard(shifted), n_samples=count)))
        for count in (1, 3, 20)
    ]
    chances = [dict(zip(model.classes, each.probabilities, strict=True))["sadness"] for each in sad]
    assert chances == sorted(chances)
    assert [each.adapted_to for each in sad] == [1, 3, 20]


def test_without_neutral_clips_there_are_no_weights_for_a_baseline():
    one = table()
    calm = one.select(one.labels != "neutral")
    trained = train_model(calm, extractor="toy_level")
    assert trained.with_baseline is None
    own = heard(100.0)
    plain = trained.model.judge(heard(2.0)).probabilities
    assert np.array_equal(trained.model.judge(heard(2.0, baseline=own)).probabilities, plain)


# folders


def test_a_model_that_was_saved_judges_as_before(model, folder):
    loaded = load_model(folder)
    for features in (heard(1.0), heard(1.0, baseline=heard(1.5))):
        expected = model.judge(features).probabilities
        assert loaded.judge(features).probabilities == pytest.approx(expected, abs=1e-5)


def test_it_is_found_by_name_with_the_users_data(model, tmp_path, monkeypatch):
    monkeypatch.setattr("voxaffect.training.folder.models_folder", lambda: tmp_path)
    save_model(tmp_path / "mine", model, {})
    assert find_model("mine") == tmp_path / "mine"
    with pytest.raises(ModelError, match="voxaffect train"):
        find_model("theirs")


def rewrite(folder, **changes):
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**card, **changes}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": 99}, "version 99"),
        ({"format": "another"}, "not the card"),
        ({"classes": ["anger", "anger", "sadness"]}, "different names"),
        ({"classes": ["anger", "neutral"]}, "the shape"),
        ({"classes": "anger"}, "classes"),
        ({"functionals": ["effort"]}, "the shape"),
        ({"label_dimensions": {}}, "none of the 26"),
        ({"label_dimensions": {"anger": {"valence": 7, "arousal": 0, "dominance": 0}}}, "valence"),
        ({"label_dimensions": []}, "damaged"),
        ({"max_confidence": 2}, "max_confidence"),
        ({"clear_from": 2}, "clear_from"),
        ({"clear_from": "0.4"}, "clear_from"),
        ({"neutral": "calm"}, "neutral"),
        ({"caution": -1}, "caution"),
        ({"embedding_size": -1}, "embedding_size"),
        ({"sha256": "0"}, "cut off or changed"),
    ],
)
def test_a_card_that_does_not_fit_is_refused_with_the_reason(folder, changes, said):
    rewrite(folder, **changes)
    with pytest.raises(ModelError, match=said):
        load_model(folder)


def test_a_file_that_was_cut_off_is_refused(folder):
    content = (folder / NUMBERS).read_bytes()
    (folder / NUMBERS).write_bytes(content[:-5])
    with pytest.raises(ModelError, match="cut off"):
        load_model(folder)


class Bomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit('executed')",))


def test_a_pickle_is_refused_and_not_executed(folder):
    import hashlib

    content = pickle.dumps(Bomb())
    (folder / NUMBERS).write_bytes(content)
    rewrite(folder, sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(ModelError, match="safetensors"):
        load_model(folder)


@pytest.mark.parametrize(("tensor", "value"), [("scale", 0.0), ("weights", np.nan), ("temperature", -1.0)])
def test_numbers_that_cannot_be_are_refused(model, tmp_path, tensor, value):
    broken = getattr(model.head, tensor) * 0 + value
    changed = attrs.evolve(model, head=attrs.evolve(model.head, **{tensor: broken}))
    with pytest.raises(ModelError, match=f"plain.{tensor}"):
        load_model(save_model(tmp_path / "broken", changed, {}))


def test_a_tensor_too_many_is_refused(folder):
    with (folder / NUMBERS).open("wb") as file:
        digest = write_safetensors(file, {"plain.more": np.zeros(3, np.float32)})
    rewrite(folder, sha256=digest)
    with pytest.raises(ModelError, match=r"plain\.more"):
        load_model(folder)


# in a pipeline


def test_features_of_another_extractor_are_refused(folder):
    other = Features(functionals={"brightness": 1.0}, speech_s=1.0)
    with pytest.raises(ModelError, match="effort"):
        TrainedClassifier(model=folder).classify({"toy_level": other})


def test_an_embedding_of_another_size_is_refused_though_functionals_are_there(model):
    both = attrs.evolve(model, embedding_size=1, functionals=("effort",))
    given = Features(functionals={"effort": 1.0}, embedding=np.zeros(3, np.float32))
    with pytest.raises(ModelError, match=r"needs an embedding of 1 .* one of 3 came"):
        both.judge(given)


def test_it_gives_its_classes_where_they_lie_and_what_pushed(folder):
    concluded = TrainedClassifier(model=folder).classify({"toy_level": heard(2.0)})
    assert max(concluded.probabilities, key=concluded.probabilities.__getitem__) == "anger"
    assert concluded.primary.arousal > 0.6
    assert set(concluded.label_dimensions) == {"anger", "sadness"}  # neutral is one of the 26
    assert concluded.explanation[0].startswith("effort above the usual: anger +")


def test_silence_is_no_speech(folder):
    assert not TrainedClassifier(model=folder).classify({"toy_level": Features(speech_s=0.0)}).speech


def test_an_embedding_serves_as_well_as_functionals():
    rng = np.random.default_rng(0)
    one = table()
    wide = attrs.evolve(
        one,
        values=np.concatenate([one.values, rng.normal(size=(1, len(one.clips), 3))], axis=2),
        functionals=(),
        embedding_size=5,
    )
    model = train_model(wide, extractor="net").model
    judged = model.judge(Features(embedding=np.array([-2, 0, 0, 0, 0], np.float32)))
    assert model.classes[int(judged.probabilities.argmax())] == "sadness"
    with pytest.raises(ModelError, match="embedding"):
        model.judge(Features(embedding=np.zeros(6, np.float32)))


def test_parts_have_heads_of_their_own_and_the_models_logits_are_their_mean():
    one = table(own_voice=1.0)
    parts = [np.array([0]), np.array([1])]
    both = train_model(one, extractor="toy_level", neutral=None, parts=parts).model
    raw = [
        attrs.evolve(train_model(each, extractor="toy_level", neutral=None).model.head, temperature=1.0)
        for each in (
            attrs.evolve(one, values=one.values[:, :, [column]], functionals=(name,))
            for column, name in enumerate(one.functionals)
        )
    ]
    values = np.array([[2.0, -1.0], [-1.0, 3.0]])
    mean = (raw[0].logits(values[:, :1]) + raw[1].logits(values[:, 1:])) / 2
    assert attrs.evolve(both.head, temperature=1.0).logits(values) == pytest.approx(mean)
    joint = attrs.evolve(train_model(one, extractor="toy_level").model.head, temperature=1.0)
    assert joint.logits(values) != pytest.approx(mean, rel=0.1)


def test_auto_does_not_choose_what_asks_for_a_model():
    host = PluginHost([entry for entry in entry_points(group="voxaffect") if entry.name == "builtin"])
    with pytest.raises(ConfigurationError, match="model"):
        host.build(Stage.CLASSIFIER, "trained")
    with pytest.raises(ComponentUnavailableError, match="None is installed"):
        host.best(Stage.CLASSIFIER)


def test_labels_that_nobody_knows_ask_where_they_lie():
    with pytest.raises(InvalidValueError, match="awe"):
        place_labels(["anger", "awe"])


# copies


def test_a_copy_through_another_channel_is_as_long_and_repeatable():
    audio = Audio(np.random.default_rng(0).normal(0, 0.1, 8000).astype(np.float32), 16_000)
    first, second = (through_another_channel(audio, np.random.default_rng(5)).samples for _ in range(2))
    assert np.array_equal(first, second)
    assert len(first) == 8000
    assert np.abs(first).max() == pytest.approx(0.5)
    assert np.corrcoef(first, audio.samples)[0, 1] < 0.999


def test_a_clip_without_speech_is_left_out_and_told(tmp_path):
    for name, samples in (("silent", np.zeros(16_000, np.float32)), ("spoken", speech_like(syllables=6))):
        save_audio(tmp_path / f"{name}.wav", Audio(samples, 16_000))
    clips = [
        Clip(row, tmp_path / f"{name}.wav", "anger", "1") for row, name in ((2, "silent"), (3, "spoken"))
    ]
    table = measure_clips(clips, _Level(), copies=2)
    assert [clip.row for clip in table.clips] == [3]
    assert [clip.row for clip in table.silent] == [2]


class _Level:
    def extract(self, audio, *, baseline=None):
        return Features(functionals={"level": float(np.abs(audio.samples).mean())})


def test_a_copy_by_telephone_keeps_its_band_alone():
    for frequency_hz, least_db, most_db in ((100, -np.inf, -35), (1000, -0.5, 0.5), (5000, -np.inf, -60)):
        tone = np.sin(2 * np.pi * frequency_hz * np.arange(16_000) / 16_000).astype(np.float32)
        heard = through_a_telephone(Audio(tone, 16_000))
        assert (heard.rate_hz, len(heard.samples)) == (16_000, 16_000)
        middle = slice(2000, -2000)
        gain_db = 10 * np.log10(np.mean(heard.samples[middle] ** 2) / np.mean(tone[middle] ** 2))
        assert least_db < gain_db < most_db, frequency_hz


def test_silence_stays_silence():
    silence = Audio(np.zeros(800, np.float32), 16_000)
    assert not through_another_channel(silence, np.random.default_rng(0)).samples.any()
    assert not through_a_telephone(silence).samples.any()


# command line


@pytest.fixture
def toy(monkeypatch):
    others = {entry.name for entry in entry_points(group="voxaffect")} - {"builtin"}
    monkeypatch.setenv("VOXAFFECT_DISABLED_PLUGINS", ",".join(others | {"toy_broken"}))
    monkeypatch.syspath_prepend(str(TOY))


@pytest.fixture
def manifest(tmp_path):
    rng = np.random.default_rng(0)
    voice = speech_like(syllables=2, amplitude=3.0)
    rows = ["file\tlabel\tspeaker"]
    for speaker in range(4):
        for label, level in (("anger", 0.2), ("neutral", 0.05), ("sadness", 0.01)):
            for take in range(4):
                name = f"{speaker}{label}{take}.wav"
                gain = np.float32(level * rng.uniform(0.8, 1.2))
                save_audio(tmp_path / name, Audio(gain * voice, 16_000))
                rows.append(f"{name}\t{label}\t{speaker}")
    path = tmp_path / "clips.tsv"
    path.write_text("\n".join(rows) + "\n")
    return path


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.mark.usefixtures("toy")
def test_train_writes_a_model_that_analyze_uses(manifest, tmp_path, capsys):
    model = tmp_path / "model"
    arguments = ("--extractor", "toy_level", "--copies", 0, "--output", model, "--format", "json")
    code, out, said = run(capsys, "train", manifest, *arguments)
    assert code == 0, said
    card = json.loads(out)
    assert card["classes"] == ["anger", "neutral", "sadness"]
    assert card["metrics"]["without baseline"]["all"]["uar"] > 0.9
    pipeline = tmp_path / "mine.toml"
    pipeline.write_text(f'[classifier]\nuse = "trained"\nmodel = {json.dumps(str(model))}\n')
    clip = tmp_path / "0anger0.wav"
    code, out, said = run(capsys, "analyze", clip, "--config", pipeline, "--format", "json")
    assert code == 0, said
    assert json.loads(out)[0]["backend"] == "trained"


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--output FOLDER, or --name NAME"),
        (("--name", "a/b"), "not a path"),
        (("--output", "m", "--input", "pitch*"), "no functional matches 'pitch*'"),
        (("--output", "m", "--classes", "anger,joy"), "joy"),
        (("--output", "m", "--classes", "anger"), "one class only"),
        (("--output", "m", "--penalty", "0"), "--penalty"),
        (("--output", "m", "--place", "awe"), "--place"),
        (("--output", "m", "--where", "speaker=1"), "one speaker only"),
        (("--output", "m", "--extractor", "toy_levle"), "toy_level"),
        (("--output", "m", "--neutral", "nuetral"), "no clip is labelled 'nuetral'"),
        (("--output", "m", "--place", "awe=0,0.5,0.5"), "no clip is labelled 'awe'"),
    ],
)
def test_train_says_what_is_wrong_in_one_line(manifest, tmp_path, capsys, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    code, _, printed = run(capsys, "train", manifest, "--extractor", "toy_level", "--copies", 0, *arguments)
    assert code in (1, 2)
    assert said in printed
    assert printed.count("\n") == 1
    assert not Path("m").exists()


def relabelled(manifest, old, new):
    manifest.write_text(manifest.read_text().replace(old, new))
    return manifest


@pytest.mark.usefixtures("toy")
def test_a_misspelt_label_is_named_with_what_was_meant(manifest, tmp_path, capsys):
    relabelled(manifest, "anger\t3", "angr\t3")
    code, _, said = run(capsys, "train", manifest, "--extractor", "toy_level", "--output", tmp_path / "m")
    assert code == 2
    assert "labels angr lie? Did you mean angry?" in said
    assert "--place" in said


@pytest.mark.usefixtures("toy")
def test_one_label_in_two_spellings_is_refused(manifest, tmp_path, capsys):
    relabelled(manifest, "anger\t3", "Anger\t3")
    code, _, said = run(capsys, "train", manifest, "--extractor", "toy_level", "--output", tmp_path / "m")
    assert code == 2
    assert "'Anger' and 'anger' differ in upper and lower case alone" in said


@pytest.mark.usefixtures("toy")
def test_votes_for_nothing_that_is_a_label_are_refused(manifest, tmp_path, capsys):
    lines = manifest.read_text().splitlines()
    voted = [lines[0] + "\tvotes", *(line + '\t"{""A"": 3}"' for line in lines[1:])]
    manifest.write_text("\n".join(voted) + "\n")
    code, _, said = run(capsys, "train", manifest, "--extractor", "toy_level", "--output", tmp_path / "m")
    assert code == 2
    assert "the votes are for A, the labels are anger, neutral, sadness" in said


CODES = """
[classes]
anger = { labels = ["W", "hot"] }
neutral = { labels = ["N"] }
sadness = { labels = ["T"] }
"""


@pytest.fixture
def coded(manifest):
    """Labels and votes by code; of the anger, half is spelt out, and its votes are for two words of it."""
    votes = {
        "anger": '"{""W"": 2, ""hot"": 1, ""N"": 1, ""?"": 9}"',
        "neutral": '"{""N"": 4}"',
        "sadness": '"{""T"": 3, ""N"": 1}"',
    }
    codes = {"anger": "W", "neutral": "N", "sadness": "T"}
    header, *rows = manifest.read_text().splitlines()
    lines = [header + "\tvotes"]
    for file, label, speaker in (row.split("\t") for row in rows):
        code = label if label == "anger" and speaker == "0" else codes[label]
        lines.append(f"{file}\t{code}\t{speaker}\t{votes[label]}")
    manifest.write_text("\n".join(lines) + "\n")
    (manifest.parent / "map.toml").write_text(CODES)
    return manifest


@pytest.mark.usefixtures("toy")
def test_a_map_trains_as_if_labels_and_votes_had_been_spelt_out(coded, tmp_path, capsys):
    arguments = ("--extractor", "toy_level", "--copies", 0, "--format", "json")
    spelt = tmp_path / "spelt.tsv"
    words = {"\tW\t": "\tanger\t", "\tN\t": "\tneutral\t", "\tT\t": "\tsadness\t"}
    words |= {'""W"": 2, ""hot"": 1': '""anger"": 3', '""N""': '""neutral""', '""T""': '""sadness""'}
    text = coded.read_text()
    for code, word in words.items():
        text = text.replace(code, word)
    spelt.write_text(text)
    cards = []
    for given in ((coded, "--map", tmp_path / "map.toml"), (spelt,)):
        code, out, said = run(capsys, "train", *given, *arguments, "--output", tmp_path / f"m{len(cards)}")
        assert code == 0, said
        cards.append(json.loads(out))
    assert cards[0]["classes"] == ["anger", "neutral", "sadness"]
    assert cards[0]["metrics"] == cards[1]["metrics"]
    code, _, said = run(capsys, "train", coded, *arguments, "--output", tmp_path / "other")
    assert code == 2
    assert "where do the labels N, T, W lie?" in said


def test_votes_for_labels_of_one_class_are_summed(coded, tmp_path):
    clips = relabel(read_manifest(coded), read_classes(tmp_path / "map.toml"))
    assert {clip.label for clip in clips} == {"anger", "neutral", "sadness"}
    assert clips[0].votes == {"anger": 3, "neutral": 1, "?": 9}


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("classes", "said"),
    [
        ('anger = { labels = ["W"] }', "labels that no class has: 'N' (16 clips), 'T' (16 clips)"),
        ('anger = { labels = ["W", "N", "T", "anger"] }', "map.toml joins has one class only (anger"),
        ("anger = 3", "[classes.anger] takes labels and emotions, got 3"),
    ],
)
def test_a_map_that_does_not_fit_is_refused(coded, tmp_path, capsys, classes, said):
    (tmp_path / "map.toml").write_text(f"[classes]\n{classes}\n")
    arguments = ("--extractor", "toy_level", "--output", tmp_path / "m", "--map", tmp_path / "map.toml")
    code, _, printed = run(capsys, "train", coded, *arguments)
    assert code == 2
    assert said in printed
    assert not (tmp_path / "m").exists()


@pytest.mark.usefixtures("toy")
def test_train_says_what_the_figures_rest_on_and_what_was_left_out(manifest, tmp_path, capsys):
    relabelled(manifest, "anger\t0", "neutral\t0")
    relabelled(manifest, "anger\t1", "neutral\t1")
    relabelled(manifest, "anger\t2", "neutral\t2")
    save_audio(tmp_path / "0sadness0.wav", Audio(np.zeros(1600, np.float32), 16_000))
    arguments = ("--extractor", "toy_level", "--copies", 0, "--classes", "anger,neutral")
    _, out, _ = run(capsys, "train", manifest, *arguments, "--output", tmp_path / "a")
    assert "4 speakers are few" in out
    assert "one speaker alone has anger" in out
    assert "16 clips labelled sadness" in out
    assert "no weights for a baseline" not in out


@pytest.mark.usefixtures("toy")
def test_train_says_that_a_baseline_will_not_help(manifest, tmp_path, capsys):
    arguments = ("--extractor", "toy_level", "--copies", 0, "--classes", "anger,sadness")
    _, out, _ = run(capsys, "train", manifest, *arguments, "--output", tmp_path / "m")
    assert "no weights for a baseline" in out


@pytest.mark.usefixtures("toy")
def test_a_corpus_without_neutral_clips_has_no_figures_with_a_baseline(manifest, tmp_path, capsys):
    header, *rows = manifest.read_text().splitlines()
    placed = [row + ("\tcalm" if row.endswith(("0", "1")) else "\ttense") for row in rows]
    kept = [row for row in placed if not ("neutral" in row and row.endswith("tense"))]
    manifest.write_text("\n".join([f"{header}\tcorpus", *kept]) + "\n")
    arguments = (manifest, "--extractor", "toy_level", "--copies", 0, "--output", tmp_path / "m")
    code, _, said = run(capsys, "train", *arguments)
    assert code == 0, said
    figures_of = json.loads((tmp_path / "m" / CARD).read_text())["metrics"]
    assert set(figures_of["without baseline"]) == {"all", "calm", "tense"}
    assert figures_of["with a baseline of three neutral clips"]["tense"]["uar"] is None
    assert figures_of["with a baseline of three neutral clips"]["calm"]["uar"] is not None


@pytest.mark.usefixtures("toy")
def test_train_leaves_out_a_clip_that_cannot_be_read_unless_it_is_to_be_strict(manifest, tmp_path, capsys):
    (tmp_path / "0anger0.wav").write_bytes(b"no sound")
    arguments = ("train", manifest, "--extractor", "toy_level", "--copies", 0, "--output", tmp_path / "m")
    code, _, said = run(capsys, *arguments, "--strict")
    assert code == 1
    assert "1 of 48 rows cannot be read" in said
    assert not (tmp_path / "m").exists()
    code, out, said = run(capsys, *arguments)
    assert code == 1
    assert "row 2: " in said
    assert "1 of 48 clips that could not be heard: row 2" in out
    card = json.loads((tmp_path / "m" / CARD).read_text())
    assert card["data"]["unreadable"] == 1
    assert sum(card["data"]["clips"].values()) == 47


@pytest.mark.usefixtures("toy")
def test_train_replaces_nothing_unasked(manifest, folder, capsys):
    arguments = ("train", manifest, "--extractor", "toy_level", "--copies", 0, "--output", folder)
    code, _, said = run(capsys, *arguments)
    assert code == 2
    assert "--force" in said
    assert run(capsys, *arguments, "--force")[0] == 0


def test_a_clip_that_cannot_be_read_is_named_by_its_row(tmp_path):
    (tmp_path / "odd.wav").write_bytes(b"no sound")

    class Level:
        def extract(self, audio, *, baseline=None):
            return Features(functionals={"rms": 1.0})

    with pytest.raises(AudioError, match="row 7"):
        measure_clips([Clip(7, tmp_path / "odd.wav", "anger", "a")], Level())


def measured(folder, *given, **options):
    """`measure_clips` of as many clips, with an extractor that gives this of each."""
    clips = []
    for number, _ in enumerate(given):
        save_audio(folder / f"{number}.wav", Audio(speech_like(syllables=2), 16_000))
        clips.append(Clip(number + 2, folder / f"{number}.wav", "anger", str(number)))
    answers = iter(given)

    class Given:
        def extract(self, audio, *, baseline=None):
            return Features(**next(answers))

    return measure_clips(clips, Given(), **options)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "high", None])
def test_a_functional_that_is_no_number_is_refused_with_its_row(tmp_path, value):
    with pytest.raises(PluginError, match=r"row 3, 1\.wav: .*Features\.functionals must .*, got zcr = "):
        measured(tmp_path, {"functionals": {"zcr": 0.1}}, {"functionals": {"zcr": value}})


def test_an_embedding_without_numbers_is_refused(tmp_path):
    with pytest.raises(PluginError, match=r"row 2, .*NaN"):
        measured(tmp_path, {"embedding": np.full(3, np.nan, np.float32)})


def test_embeddings_of_two_sizes_are_refused(tmp_path):
    three, four = ({"embedding": np.zeros(size, np.float32)} for size in (3, 4))
    with pytest.raises(PluginError, match=r"row 3: .*\(4,\).*\(3,\)"):
        measured(tmp_path, three, four)


def test_nothing_to_learn_from_is_refused(tmp_path):
    with pytest.raises(InvalidValueError, match="nothing is left to learn from"):
        measured(tmp_path, {"embedding": np.zeros(3, np.float32)}, embedding=False)
