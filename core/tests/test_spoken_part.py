"""Where speech is found, and what of a recording is heard."""

from __future__ import annotations

import numpy as np
import pytest
from voxaffect import Audio, Pipeline, PluginHost, load_audio
from voxaffect.audio import resample
from voxaffect.examples import clips
from voxaffect.speech_tracking import find_speech
from voxaffect.spoken_part import LONGEST_GAP_S, MARGIN_S, spoken_part
from voxaffect.synthetic import noise, silence, speech_like, tones

RATE_HZ = 16_000
TIMES_S = np.arange(5 * RATE_HZ) / RATE_HZ
NO_SPEECH = {
    "silence": silence(duration_s=5),
    "white noise": noise(duration_s=5, rms=0.1),
    "pink noise": noise(duration_s=5, rms=0.1, color="pink"),
    "brown noise": noise(duration_s=5, rms=0.1, color="brown"),
    "chords": tones(),
    "a tone": np.sin(2 * np.pi * 440 * TIMES_S),
    "ringing": np.sin(2 * np.pi * 425 * TIMES_S) * (TIMES_S % 2.5 < 1),
    "a buzz": 2 * (150 * TIMES_S % 1) - 1,
    "clicks": noise(duration_s=5, rms=0.2) * (np.arange(5 * RATE_HZ) % 5000 < 60),
    "a constant": np.ones(5 * RATE_HZ),
}
SPOKEN = {clip.path.stem: load_audio(clip.path).samples for clip in clips()}


def audio(samples: np.ndarray, rate_hz: int = RATE_HZ) -> Audio:
    return Audio(samples.astype(np.float32), rate_hz)


@pytest.mark.parametrize("gain_db", [0, -20, -50])
@pytest.mark.parametrize("sound", NO_SPEECH)
def test_what_is_no_speech_is_not_heard_however_loud(sound: str, gain_db: float) -> None:
    assert spoken_part(audio(NO_SPEECH[sound] * 0.3 * 10 ** (gain_db / 20))) is None


@pytest.mark.parametrize("peak_dbfs", [0, -30, -50, -80])
@pytest.mark.parametrize("name", SPOKEN)
def test_the_level_of_speech_has_no_influence_on_where_it_is(name: str, peak_dbfs: float) -> None:
    samples = SPOKEN[name]
    scaled = samples * 10 ** (peak_dbfs / 20) / np.abs(samples).max()
    assert find_speech(audio(scaled)) == find_speech(audio(samples))


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 96_000])
def test_the_rate_has_hardly_any(rate_hz: int) -> None:
    samples = SPOKEN["12a07Ac"]
    ((start, stop),) = find_speech(audio(samples))
    ((other_start, other_stop),) = find_speech(audio(resample(samples, RATE_HZ, rate_hz), rate_hz))
    assert (other_start / rate_hz, other_stop / rate_hz) == pytest.approx(
        (start / RATE_HZ, stop / RATE_HZ), abs=0.15
    )


def test_an_offset_and_noise_leave_it_speech() -> None:
    for name, samples in SPOKEN.items():
        for changed in (samples + 0.1, samples + noise(duration_s=len(samples) / RATE_HZ, rms=0.05)):
            assert find_speech(audio(changed)), name


def test_speech_over_music_is_speech() -> None:
    for name, samples in SPOKEN.items():
        chords = np.resize(tones(), len(samples))
        music = chords / np.std(chords) * np.std(samples) * 10 ** (-10 / 20)
        assert find_speech(audio(samples + music)), name


def test_a_recording_is_heard_where_speech_is_with_a_margin() -> None:
    speech = speech_like(syllables=8)
    whole = np.concatenate([silence(duration_s=20), speech, silence(duration_s=30)])
    part = spoken_part(audio(whole + noise(duration_s=len(whole) / RATE_HZ, rms=1e-3)))
    assert part is not None
    assert part.duration_s == pytest.approx(len(speech) / RATE_HZ + 2 * MARGIN_S, abs=0.25)


def test_a_pause_stays_and_a_long_gap_is_cut_short() -> None:
    speech = speech_like(syllables=8)
    for gap_s, kept_s in ((0.7, 0.7), (20.0, LONGEST_GAP_S)):
        part = spoken_part(audio(np.concatenate([speech, silence(duration_s=gap_s), speech])))
        assert part is not None
        assert part.duration_s == pytest.approx(2 * len(speech) / RATE_HZ + kept_s, abs=0.25)


def test_speech_after_ringing_is_heard_as_it_is_alone(host: PluginHost) -> None:
    pipeline = Pipeline.from_config({"classifier": "ear"}, host=host)
    ringing = 0.15 * np.sin(2 * np.pi * 425 * np.arange(24 * RATE_HZ) / RATE_HZ)
    ringing *= np.arange(len(ringing)) / RATE_HZ % 5 < 1
    late = pipeline.hear(np.concatenate([ringing, SPOKEN["12a07Ac"]]), rate_hz=RATE_HZ)
    alone = pipeline.hear(SPOKEN["12a07Ac"], rate_hz=RATE_HZ)
    assert late.speech
    assert late.primary.valence == pytest.approx(alone.primary.valence, abs=0.1)
    assert late.quality.snr_db is not None
    assert late.quality.snr_db > 20
    assert late.duration_s == pytest.approx(24 + alone.duration_s)


def test_where_nobody_speaks_the_result_says_what_found_so(host: PluginHost) -> None:
    result = Pipeline.from_config({"classifier": "ear"}, host=host).hear(tones(), rate_hz=RATE_HZ)
    assert not result.speech
    assert result.explanation == ("no speech, by builtin voice activity",)


def test_everything_is_heard_where_activity_is_off(host: PluginHost) -> None:
    everything = Pipeline.from_config({"classifier": "ear", "activity": "off"}, host=host)
    assert everything.hear(tones(), rate_hz=RATE_HZ).speech
