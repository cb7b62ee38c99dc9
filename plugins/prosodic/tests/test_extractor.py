"""The markers of synthetic speech whose truth is known, and of real clips."""

import tracemalloc

import numpy as np
import pytest
from voxaffect import Audio, InvalidValueError, Pipeline, create_backend, load_audio
from voxaffect.baseline import SpeakerBaseline, average_features
from voxaffect.examples import clips
from voxaffect.synthetic import noise, silence, speech_like, tones
from voxaffect.training.augmentation import through_a_telephone
from voxaffect_prosodic.extractor import ProsodicExtractor
from voxaffect_prosodic.measurement import BLOCK_S, measure
from voxaffect_prosodic.pitch_functionals import pitch_functionals

RATE_HZ = 16_000


def audio(samples):
    return Audio(samples, RATE_HZ)


def real(emotion):
    return load_audio(clips(emotion)[0].path)


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return create_backend("prosodic_rules")


def test_every_marker_of_speech_is_measured():
    markers = ProsodicExtractor().extract(real("anger")).markers
    assert markers.pitch_mean_hz == pytest.approx(markers.pitch_mean_hz)
    for name in [
        "pitch_mean_hz",
        "pitch_std_hz",
        "pitch_elevated",
        "speech_rate_sps",
        "speech_rate_category",
        "pause_ratio",
        "voice_tremor",
        "breathiness",
        "hesitation_count",
        "energy_variance",
    ]:
        assert getattr(markers, name) is not None, name


@pytest.mark.parametrize("f0_hz", [100.0, 140.0, 220.0, 440.0, 620.0, 880.0])
def test_the_mean_pitch_is_that_of_the_voice(f0_hz):
    features = ProsodicExtractor().extract(audio(speech_like(syllables=12, f0_hz=f0_hz, seed=1)))
    assert features.functionals["f0_mean_hz"] == pytest.approx(f0_hz, rel=0.06)


@pytest.mark.parametrize("clip", clips(), ids=lambda clip: clip.path.stem)
def test_a_telephone_hardly_moves_the_mean_pitch(clip):
    whole = load_audio(clip.path)
    near, by_telephone = (
        ProsodicExtractor().extract(each).functionals["f0_mean_st"]
        for each in (whole, through_a_telephone(whole))
    )
    assert abs(by_telephone - near) < 1


def test_an_octave_error_or_a_creak_does_not_move_the_mean_pitch():
    f0_hz = np.full(200, 200.0, np.float32)
    f0_hz[::20] = 100
    assert pitch_functionals(f0_hz)["f0_mean_hz"] == pytest.approx(200)
    assert pitch_functionals(np.array([100, 300], np.float32))["f0_mean_hz"] == pytest.approx(300)


def test_pitch_is_elevated_against_the_given_baseline():
    clip = audio(speech_like(syllables=12, f0_hz=190.0, seed=1))
    assert ProsodicExtractor(baseline_f0_hz=150.0).extract(clip).markers.pitch_elevated
    assert not ProsodicExtractor(baseline_f0_hz=200.0).extract(clip).markers.pitch_elevated


def test_pitch_is_elevated_against_the_speakers_own_baseline_where_there_is_one():
    extractor = ProsodicExtractor()
    usual = extractor.extract(audio(speech_like(syllables=12, f0_hz=200.0, seed=2)))
    clip = audio(speech_like(syllables=12, f0_hz=210.0, seed=1))
    assert extractor.extract(clip).markers.pitch_elevated
    assert extractor.extract(clip, baseline=usual).markers.pitch_elevated, "one utterance tells little"
    assert not extractor.extract(clip, baseline=average_features([usual], [20])).markers.pitch_elevated


def test_a_baseline_frequency_that_no_voice_has_is_refused():
    with pytest.raises(InvalidValueError, match=r"60\.\.1200, got 20"):
        ProsodicExtractor(baseline_f0_hz=20)


def test_faster_speech_has_a_higher_rate_and_its_category():
    rates = {
        rate: ProsodicExtractor()
        .extract(audio(speech_like(syllables=16, rate_sps=rate, f0_hz=110.0, seed=3)))
        .markers
        for rate in (3.0, 6.5)
    }
    assert rates[3.0].speech_rate_category == "slow"
    assert rates[6.5].speech_rate_category == "fast"
    assert rates[3.0].speech_rate_sps < rates[6.5].speech_rate_sps


def test_pauses_are_measured():
    with_pauses = speech_like(syllables=12, rate_sps=4.0, pauses_s=(0.8, 0.8), seed=4)
    markers = ProsodicExtractor().extract(audio(with_pauses)).markers
    assert markers.pause_ratio == pytest.approx(1.6 / (3.0 + 1.6), abs=0.08)
    assert ProsodicExtractor().extract(audio(speech_like(syllables=12, seed=4))).markers.pause_ratio == 0


@pytest.mark.parametrize(
    "samples",
    [
        silence(duration_s=2.0),
        noise(duration_s=2.0, color="white"),
        noise(duration_s=2.0, color="pink"),
        noise(duration_s=2.0, color="brown"),
        tones(),
        np.sin(2 * np.pi * 220 * np.arange(32_000) / RATE_HZ).astype(np.float32),
    ],
    ids=["silence", "white", "pink", "brown", "chords", "sine"],
)
def test_what_is_no_speech_is_said_to_be_none_and_gets_no_confident_emotion(pipeline, samples):
    result = pipeline.hear(audio(samples))
    assert not result.speech
    assert result.to_context_string() == "[No speech heard]"
    assert result.prosodic is None
    assert max(result.posterior.values()) < 0.05


@pytest.mark.parametrize("gain_db", [-10, -20, -30])
@pytest.mark.parametrize("clip", clips(), ids=lambda clip: clip.path.stem)
def test_the_gain_changes_neither_categories_nor_dimensions(pipeline, clip, gain_db):
    loud = load_audio(clip.path)
    soft = Audio(loud.samples * np.float32(10 ** (gain_db / 20)), loud.rate_hz)
    first, second = pipeline.hear(loud), pipeline.hear(soft)
    assert [each.emotion for each in first.categorical] == [each.emotion for each in second.categorical]
    for dimension in ("valence", "arousal", "dominance"):
        assert getattr(first.primary, dimension) == pytest.approx(
            getattr(second.primary, dimension), abs=0.02
        )


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 96_000, 192_000])
def test_the_sampling_rate_hardly_changes_the_dimensions(pipeline, rate_hz):
    from voxaffect.audio import resample

    original = real("sadness")
    other = Audio(resample(original.samples, RATE_HZ, rate_hz), rate_hz)
    first, second = pipeline.hear(original), pipeline.hear(other)
    assert first.primary.arousal == pytest.approx(second.primary.arousal, abs=0.08)
    assert second.speech


def test_a_long_recording_reads_as_its_parts():
    part = real("neutral").samples
    long = np.tile(part, 3 * BLOCK_S * RATE_HZ // len(part))
    whole, once = (ProsodicExtractor().extract(audio(each)).functionals for each in (long, part))
    assert len(long) > 2 * BLOCK_S * RATE_HZ
    assert whole["f0_mean_st"] == pytest.approx(once["f0_mean_st"], abs=0.3)
    assert whole["alpha_ratio_db"] == pytest.approx(once["alpha_ratio_db"], abs=0.5)


def test_blocks_join_without_a_gap_or_an_overlap():
    samples = np.resize(real("neutral").samples, (2 * BLOCK_S + 7) * RATE_HZ)
    measured = measure(audio(samples))
    assert len(measured.active) == 1 + len(samples) // 160
    assert np.all(np.diff(measured.nuclei_s) > 0)
    assert np.all(np.diff(measured.cycles.start_s) > 0)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_length_but_for_a_few_numbers_a_frame():
    part = real("neutral").samples

    def peak_bytes(minutes):
        samples = np.resize(part, minutes * 60 * RATE_HZ)
        tracemalloc.start()
        ProsodicExtractor().extract(audio(samples))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    one, four = peak_bytes(1), peak_bytes(4)
    assert four - one < 3 * 60 * RATE_HZ * 4 / 4  # a quarter of what the samples themselves take


def test_speech_after_long_silence_is_still_heard(pipeline):
    speech = real("anger").samples
    samples = np.concatenate([np.zeros(40 * RATE_HZ, np.float32), speech])
    late, alone = pipeline.hear(audio(samples)), pipeline.hear(audio(speech))
    assert late.speech
    assert late.primary.arousal == pytest.approx(alone.primary.arousal, abs=0.1)


def test_one_syllable_sized_stretch_is_not_judged(pipeline):
    assert not pipeline.hear(audio(real("anger").samples[8_000:9_600])).speech


def test_clipped_speech_is_heard_and_the_clipping_reported(pipeline):
    clip = np.clip(real("anger").samples * 8, -1, 1)
    result = pipeline.hear(clip, rate_hz=RATE_HZ)
    assert result.speech
    assert result.quality.clipping_ratio > 0.005
    assert "clipped" in result.to_context_string()


def test_a_baseline_moves_the_arousal_of_a_voice_that_is_always_high(pipeline):
    usual = pipeline.extract(audio(speech_like(syllables=12, f0_hz=260.0, seed=5)))
    baseline = SpeakerBaseline({name: average_features([each], [20]) for name, each in usual.items()})
    clip = audio(speech_like(syllables=12, f0_hz=260.0, seed=6))
    without, against_own = pipeline.hear(clip), pipeline.hear(clip, baseline=baseline)
    assert against_own.primary.arousal < without.primary.arousal - 0.1
