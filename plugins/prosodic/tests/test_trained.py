"""The trained classifier on recordings it has and has not seen, and the functionals it rests on."""

import itertools
import json
import math

import numpy as np
import pytest
from voxaffect import Audio, PluginHost, Stage, VoiceEmotionDetector, create_backend, load_audio, synthetic
from voxaffect.examples import clips
from voxaffect.training.augmentation import through_a_telephone
from voxaffect.training.folder import CARD, read_card
from voxaffect_prosodic.cues import CUES, cue_pushes
from voxaffect_prosodic.extractor import ProsodicExtractor
from voxaffect_prosodic.formants import formants
from voxaffect_prosodic.mel_cepstrum import band_power, cepstrum, deltas
from voxaffect_prosodic.moments import Moments
from voxaffect_prosodic.rules import MAX_CONFIDENCE
from voxaffect_prosodic.spectrum import RATE_HZ, power_spectrogram
from voxaffect_prosodic.trained import MODEL

CLASSES = {"anger", "happiness", "neutral", "sadness"}


@pytest.fixture(scope="module")
def pipeline():
    return create_backend("prosodic")


def classify(pipeline, audio):
    return pipeline.classifier.classify(pipeline.extract(audio))


def example(acted):
    return load_audio(clips(acted)[0].path)


def test_it_is_the_default_where_no_other_plugin_has_a_better_card():
    host = PluginHost()
    others = [o for o in host.offers(Stage.CLASSIFIER) if o.plugin == "prosodic"]
    best = min(others, key=lambda offer: offer.component.rank)
    assert best.component.name == "prosodic"
    assert best.component.target.endswith(":ProsodicClassifier")


def test_it_has_the_classes_that_corpora_share_and_says_where_each_lies(pipeline):
    concluded = classify(pipeline, example("anger"))
    assert set(concluded.probabilities) == CLASSES
    assert set(concluded.label_dimensions) == CLASSES - {"neutral"}
    assert concluded.primary.arousal > 0.6


@pytest.mark.parametrize(("acted", "calm"), [("anger", "sadness"), ("happiness", "neutral")])
def test_activated_voices_are_heard_as_more_activated(pipeline, acted, calm):
    arousal = [classify(pipeline, example(each)).primary.arousal for each in (acted, calm)]
    assert arousal[0] > arousal[1] + 0.1


@pytest.mark.parametrize("gain_db", [-30, -12, 6])
def test_gain_changes_nothing(pipeline, gain_db):
    audio = example("anger")
    audio = Audio(audio.samples / np.abs(audio.samples).max() * np.float32(0.5), audio.rate_hz)
    other = Audio(audio.samples * np.float32(10 ** (gain_db / 20)), audio.rate_hz)
    first, second = (classify(pipeline, each).probabilities for each in (audio, other))
    assert all(first[label] == pytest.approx(second[label], abs=0.01) for label in CLASSES)


def test_the_explanation_has_five_reasons_in_plain_words(pipeline):
    explanation = classify(pipeline, example("anger")).explanation
    known = {words for cue in CUES for words in (cue.name, cue.more, cue.less)}
    assert 1 <= len(explanation) <= 5
    assert all(line.split(": ")[0] in known for line in explanation)
    strengths = [abs(float(line.rsplit(" ", 1)[1])) for line in explanation]
    assert strengths == sorted(strengths, reverse=True)


def test_every_input_of_the_model_is_told_by_a_cue():
    names = read_card(MODEL)["functionals"]
    told = cue_pushes(dict.fromkeys(names, 1.0), dict.fromkeys(names, 1.0))
    assert set(told) <= {cue.more for cue in CUES}


def test_pushes_of_one_cue_are_added_and_its_leading_functional_decides_the_words():
    told = cue_pushes({"f0_mean_st": 0.5, "f0_p50_st": -0.2, "odd": 0.1}, {"f0_mean_st": -1.0})
    assert told == {"low pitch": pytest.approx(0.3), "odd": 0.1}


def test_a_baseline_of_the_speaker_changes_the_answer():
    detector = VoiceEmotionDetector(pipeline=create_backend("prosodic"))
    audio = example("happiness")
    before = detector.analyze(audio.samples, rate_hz=audio.rate_hz).posterior
    detector.calibrate_baseline(([clip.path for clip in clips("neutral")] * 3)[:3])
    after = detector.analyze(audio.samples, rate_hz=audio.rate_hz).posterior
    assert any(abs(before[emotion] - after[emotion]) > 0.01 for emotion in before)


def test_a_telephone_moves_hardly_an_arousal_and_few_classes(pipeline):
    pairs = [
        (pipeline.hear(audio), pipeline.hear(through_a_telephone(audio)))
        for audio in (load_audio(clip.path) for clip in clips())
    ]
    assert np.mean([abs(far.primary.arousal - near.primary.arousal) for near, far in pairs]) < 0.05
    changed = [pair for pair in pairs if len({max(each.classes, key=each.classes.get) for each in pair}) > 1]
    assert len(changed) <= len(pairs) // 4


def test_no_answer_is_given_with_more_than_three_quarters_confidence(pipeline):
    for clip in clips():
        result = pipeline.hear(clip.path)
        assert max(result.posterior.values()) <= MAX_CONFIDENCE


def test_an_emotion_is_clear_only_where_one_is_surely_there_and_leads(pipeline):
    voices = [load_audio(clip.path).samples for clip in clips()]
    in_turn = [np.concatenate(pair) for pair in itertools.combinations(voices, 2)]
    results = [
        pipeline.conclude(pipeline.measure(Audio(samples, RATE_HZ))) for samples in (*voices, *in_turn)
    ]
    leading = read_card(MODEL)["clear_from"]
    assert {result.unclear for result in results} == {True, False}
    for result in results:
        emotions = {name: share for name, share in result.classes.items() if name != "neutral"}
        if max(result.classes.values()) == result.classes["neutral"]:
            assert result.unclear == (result.emotional >= 0.5)
        else:
            leads = max(emotions.values()) >= leading * sum(emotions.values())
            assert result.unclear == (result.emotional < 0.5 or not leads)


def test_without_speech_nothing_is_classified(pipeline):
    assert not classify(pipeline, Audio(np.zeros(16_000, np.float32), 16_000)).speech


def test_the_shipped_model_is_small_and_names_its_sources():
    assert sum(path.stat().st_size for path in MODEL.iterdir()) < 300_000
    card = read_card(MODEL)
    assert "CREMA-D" in card["data"]["source"]
    assert "Open Database License" in card["data"]["source"]
    assert "ODbL" in card["licence"]
    assert card["max_confidence"] == MAX_CONFIDENCE
    assert set(card["classes"]) == CLASSES


def test_another_model_takes_the_place_of_the_shipped_one(tmp_path):
    for path in MODEL.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    card = json.loads((tmp_path / CARD).read_text(encoding="utf-8"))
    (tmp_path / CARD).write_text(json.dumps({**card, "max_confidence": 0.5}), encoding="utf-8")
    assert create_backend("prosodic", model=str(tmp_path)).classifier.model.max_confidence == 0.5


def test_every_functional_is_the_same_at_every_gain():
    audio = example("neutral")
    audio = Audio(audio.samples / np.abs(audio.samples).max() * np.float32(0.9), audio.rate_hz)
    quiet = Audio(audio.samples * np.float32(10 ** (-30 / 20)), audio.rate_hz)
    loud, soft = (ProsodicExtractor().extract(each).functionals for each in (audio, quiet))
    assert set(loud) == set(soft)
    different = [
        name for name in loud if not math.isclose(loud[name], soft[name], rel_tol=0.01, abs_tol=0.02)
    ]
    assert not different


def test_formants_of_a_vowel_are_found():
    """Poles at 700, 1200 and 2600 Hz, excited 120 times a second."""
    pulses = np.zeros(RATE_HZ)
    pulses[:: RATE_HZ // 120] = 1
    spectrum = np.fft.rfft(pulses)
    hz = np.fft.rfftfreq(RATE_HZ, 1 / RATE_HZ)
    z = np.exp(2j * np.pi * hz / RATE_HZ)
    for formant_hz, bandwidth_hz in ((700, 80), (1200, 90), (2600, 120), (3500, 150), (4500, 200)):
        pole = np.exp((-np.pi * bandwidth_hz + 2j * np.pi * formant_hz) / RATE_HZ)
        spectrum = spectrum / ((1 - pole / z) * (1 - pole.conjugate() / z))
    vowel = np.fft.irfft(spectrum / (1 - 0.97 / z), RATE_HZ)
    power = power_spectrogram((vowel / np.abs(vowel).max()).astype(np.float32))[10:-10]
    frequency_hz, _ = formants(power)
    assert np.nanmedian(frequency_hz, axis=0) == pytest.approx([700, 1200, 2600], rel=0.08)


def test_a_filter_moves_the_means_of_the_cepstrum_and_leaves_its_deviations():
    samples = synthetic.speech_like(syllables=8, rate_sps=4.0, f0_hz=140.0, rate_hz=RATE_HZ)
    tilted = np.diff(samples, prepend=np.float32(0))
    found = []
    for each in (samples, tilted):
        bands = band_power(power_spectrogram(each))
        active = bands.sum(axis=1) > 0.05 * bands.sum(axis=1).max()
        found.append(Moments.of(cepstrum(bands, active)[active]))
    assert abs(found[0].mean[0] - found[1].mean[0]) > 5
    assert found[1].std[2] == pytest.approx(found[0].std[2], rel=0.35)


def test_slopes_of_a_straight_line_are_its_rise():
    line = np.arange(20, dtype=np.float32)[:, None] * np.float32(0.5)
    assert deltas(line)[2:-2] == pytest.approx(0.5)


def test_moments_of_parts_are_those_of_the_whole():
    rows = np.random.default_rng(0).normal(3, 2, (100, 4)).astype(np.float32)
    joined = Moments.join([Moments.of(rows[:30]), Moments.of(rows[30:])])
    assert joined.mean == pytest.approx(rows.mean(axis=0), rel=1e-4)
    assert joined.std == pytest.approx(rows.std(axis=0), rel=1e-4)


@pytest.mark.parametrize("duration_s", [0.25, 0.5, 1.0])
def test_a_syllable_is_enough_to_be_judged(pipeline, duration_s):
    audio = example("fear")
    length = round(duration_s * audio.rate_hz)
    for start in range(0, len(audio.samples) - length, length):
        concluded = classify(pipeline, Audio(audio.samples[start : start + length], audio.rate_hz))
        assert not concluded.speech or set(concluded.probabilities) == CLASSES
