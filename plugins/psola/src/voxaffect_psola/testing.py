"""The contract of a renderer that changes audio, for its tests to inherit.

class TestMine(AudioRendererContract):
    component = "mine"
"""

# Here the tests' names are the sentences.
# ruff: noqa: D102

from __future__ import annotations

from typing import Any, ClassVar

import attrs
import numpy as np
from voxaffect.audio import load_audio
from voxaffect.builtin.prosody_profiles import PROSODY_PROFILES
from voxaffect.components import ProsodyRenderer
from voxaffect.examples import clips
from voxaffect.long_audio import SamplesOnDisk
from voxaffect.synthetic import noise, speech_like, vowel
from voxaffect.testing import RendererContract, odd_audio
from voxaffect.types import Audio, ProsodyParameters, Rendering, Utterance

from voxaffect_psola.sound import Sound

RATE_HZ = 16_000
EVERYTHING = (
    ProsodyParameters(-6, 0.5, 0.7, 0.5, -6, 0.5, 1, 1),
    ProsodyParameters(6, 2, 1.5, 2, 6, 1.5, 0.5, 0.5),
)


def harmonics_f0_hz(samples: Sound, rate_hz: int) -> float:
    """F0 of a sustained vowel, by the spacing of its harmonics: no tracker."""
    n = len(samples)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(n), 8 * n))
    candidates = np.geomspace(70, 1400, 50_000)
    bins = np.round(candidates[:, np.newaxis] * np.arange(1, 9) * (8 * n / rate_hz)).astype(int)
    picked = np.where(bins < len(spectrum), spectrum[np.minimum(bins, len(spectrum) - 1)], 0).sum(axis=1)
    return float(candidates[int(np.argmax(picked))])


def prominence_db(samples: Sound, formant_hz: float, beside_hz: float) -> float:
    """How far the spectrum round one frequency stands above that round another."""
    power, hz = np.abs(np.fft.rfft(samples)) ** 2, np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    at, beside = (power[np.abs(hz - around_hz) < 150].mean() for around_hz in (formant_hz, beside_hz))
    return float(10 * np.log10(at / beside))


def level_db(samples: Sound) -> float:
    """RMS of the whole."""
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64))))


def speech_db(samples: Sound, rate_hz: int) -> float:
    """RMS of what is spoken: of the 20 ms that come within 25 dB of the loudest."""
    hop = rate_hz // 50
    power = np.mean(
        np.square(samples[: len(samples) // hop * hop].reshape(-1, hop), dtype=np.float64), axis=1
    )
    return float(10 * np.log10(power[power > power.max() / 10**2.5].mean()))


def render(renderer: ProsodyRenderer, samples: Sound, rate_hz: int = RATE_HZ, **asked: float) -> Rendering:
    """With the prosody asked for."""
    return renderer.render(ProsodyParameters(**asked), Utterance(audio=Audio(samples, rate_hz)))


def rendered(renderer: ProsodyRenderer, samples: Sound, rate_hz: int = RATE_HZ, **asked: float) -> Sound:
    """The samples that come of it."""
    output = render(renderer, samples, rate_hz, **asked).output
    assert isinstance(output, Audio)
    assert output.rate_hz == rate_hz
    assert np.abs(output.samples).max() <= 1
    return output.samples


class AudioRendererContract(RendererContract):
    """Inherit and set `component`."""

    largest_error_cents: ClassVar[float] = 5.0

    def changed(self, samples: Sound, rate_hz: int = RATE_HZ, **asked: float) -> Sound:
        """The samples with the prosody asked for."""
        return rendered(self.build(), samples, rate_hz, **asked)

    def cents_off(self, after: Sound, rate_hz: int, wanted_hz: float) -> float:
        """Of a vowel."""
        return abs(1200 * float(np.log2(harmonics_f0_hz(after, rate_hz) / wanted_hz)))

    def test_pitch_moves_by_what_was_asked_and_the_duration_stays(self) -> None:
        for rate_hz in (8_000, 16_000, 44_100, 96_000):
            before = vowel(duration_s=1.0, f0_hz=150.0, rate_hz=rate_hz)
            for semitones in (-6, -2.5, 3, 6):
                after = self.changed(before, rate_hz, pitch_shift_semitones=semitones)
                assert len(after) == len(before)
                off = self.cents_off(after, rate_hz, 150 * 2 ** (semitones / 12))
                assert off < self.largest_error_cents, (rate_hz, semitones)

    def test_a_high_voice_keeps_its_octave(self) -> None:
        for f0_hz in (420.0, 520.0, 650.0, 800.0, 950.0):  # children, singing, screams
            before = vowel(duration_s=1.0, f0_hz=f0_hz)
            for semitones in (-3, 3):
                after = self.changed(before, pitch_shift_semitones=semitones)
                off = self.cents_off(after, RATE_HZ, f0_hz * 2 ** (semitones / 12))
                assert off < self.largest_error_cents, (f0_hz, semitones)

    def test_formants_stay_where_they_were(self) -> None:
        before = vowel(duration_s=1.0, f0_hz=120.0, formants_hz=(500.0, 1800.0))
        for semitones in (-5, 5):
            moved_hz = 1800 * 2 ** (semitones / 12)  # where F2 would lie had it followed the pitch
            after = self.changed(before, pitch_shift_semitones=semitones)
            # Left to follow the pitch, F2 is 28 dB away from this in either direction.
            was_db, is_db = (prominence_db(samples, 1800, moved_hz) for samples in (before, after))
            assert abs(is_db - was_db) < 6

    def test_tempo_changes_the_duration_and_not_the_pitch(self) -> None:
        before = vowel(duration_s=1.0, f0_hz=150.0)
        for rate in (0.7, 0.85, 1.25, 1.5):
            for semitones in (0, -3):
                after = self.changed(before, speech_rate=rate, pitch_shift_semitones=semitones)
                assert len(after) == round(len(before) / rate)
                off = self.cents_off(after, RATE_HZ, 150 * 2 ** (semitones / 12))
                assert off < self.largest_error_cents, (rate, semitones)

    def test_the_level_does_not_follow_the_pitch(self) -> None:
        before = vowel(duration_s=1.0, f0_hz=130.0, amplitude=0.3)
        for semitones in (-6, 6):
            after = self.changed(before, pitch_shift_semitones=semitones)
            assert abs(level_db(after) - level_db(before)) < 0.05, semitones

    def test_without_voice_there_is_no_pitch_to_move(self) -> None:
        asked = {"pitch_shift_semitones": 3.0, "pitch_variance": 1.5}
        for samples in (noise(duration_s=0.5), np.zeros(8000, np.float32)):
            rendering = render(self.build(), samples, RATE_HZ, **asked, speech_rate=1.25)
            assert set(rendering.unexpressed) == set(asked)
            assert rendering.residual == ProsodyParameters(**asked)
            assert isinstance(rendering.output, Audio)
            assert len(rendering.output.samples) == round(len(samples) / 1.25)

    def test_every_profile_comes_out_as_loud_as_asked(self) -> None:
        renderer = self.build()
        for clip in clips("neutral"):
            audio = load_audio(clip.path)
            # Low enough that nothing reaches the limiter.
            before = audio.samples * np.float32(0.2 / np.abs(audio.samples).max())
            before_db = speech_db(before, audio.rate_hz)
            for emotion, prosody in PROSODY_PROFILES.items():
                after = rendered(renderer, before, audio.rate_hz, **attrs.asdict(prosody))
                moved_db = speech_db(after, audio.rate_hz) - before_db
                assert abs(moved_db - prosody.volume_db) < 0.5, (emotion, clip.path.name, moved_db)

    def test_odd_sound_is_survived(self) -> None:
        renderer = self.build()
        for name, audio in odd_audio().items():
            for asked in EVERYTHING:
                output = renderer.render(asked, Utterance(audio=audio)).output
                assert np.isfinite(output.samples).all(), name
                assert np.abs(output.samples).max() <= 1, name

    def test_a_few_samples_are_enough(self) -> None:
        renderer, whole = self.build(), vowel(duration_s=1.0)
        for length in (1, 2, 3, 100, 511, 1023, 1025, 2000):
            for asked in EVERYTHING:
                output = renderer.render(asked, Utterance(audio=Audio(whole[:length], RATE_HZ))).output
                assert len(output.samples) == max(1, round(length / asked.speech_rate))

    def test_silence_stays_silent(self) -> None:
        for asked in EVERYTHING:
            audio = Audio(np.zeros(RATE_HZ, np.float32), RATE_HZ)
            assert not self.build().render(asked, Utterance(audio=audio)).output.samples.any()

    def test_the_input_is_left_as_it_was_and_the_output_is_the_same_each_time(self) -> None:
        audio = self.utterance().audio
        assert audio is not None
        before = audio.samples.copy()
        first, second = (self.build().render(EVERYTHING[0], Utterance(audio=audio)).output for _ in range(2))
        assert np.array_equal(first.samples, second.samples)
        assert np.array_equal(audio.samples, before)

    def test_from_disk_to_disk_the_same_comes_out_to_the_sample(self) -> None:
        samples = speech_like(syllables=9, pauses_s=(0.4, 0.6), amplitude=0.2)
        on_disk = SamplesOnDisk(np.array_split(samples, 5))
        for asked in EVERYTHING:
            in_memory = self.build().render(asked, Utterance(audio=Audio(samples, RATE_HZ)))
            made = self.build().render_long(asked, on_disk, RATE_HZ)
            assert np.array_equal(made.samples[0 : len(made.samples)], in_memory.output.samples)
            assert made.approximated == in_memory.approximated
            assert made.unexpressed == in_memory.unexpressed
            assert made.residual == in_memory.residual

    def test_a_recording_on_disk_is_never_in_memory_whole(self, monkeypatch: Any) -> None:
        read, lengths = SamplesOnDisk.__getitem__, []

        def watched(samples: SamplesOnDisk, stretch: slice, /) -> Sound:
            found = read(samples, stretch)
            lengths.append(len(found))
            return found

        monkeypatch.setattr(SamplesOnDisk, "__getitem__", watched)
        on_disk = SamplesOnDisk([speech_like(syllables=40, pauses_s=(0.5,), amplitude=0.2)] * 8)
        made = self.build().render_long(EVERYTHING[0], on_disk, RATE_HZ)
        assert isinstance(made.samples, SamplesOnDisk)
        assert max(lengths) < 0.45 * len(on_disk)

    def test_a_neutral_delivery_gives_the_very_samples(self) -> None:
        samples = vowel(duration_s=0.2)
        assert self.changed(samples) is samples
