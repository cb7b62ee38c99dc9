"""What holds for every extractor of features."""

# Here the tests' names are the sentences.
# ruff: noqa: D102

from __future__ import annotations

import numpy as np

from voxaffect.components import Features, Stage, StreamingExtractor
from voxaffect.testing.alike import assert_measured_alike
from voxaffect.testing.component import ComponentContract, must
from voxaffect.testing.same import differing
from voxaffect.testing.sounds import RATES_HZ, odd_audio, speech_like_audio, voices
from voxaffect.types import Audio

FRAME_TOLERANCE = 1.05
"""Of a clip's length: `speech_s` is counted in frames, of which the last may hang over."""


class ExtractorContract(ComponentContract):
    """Inherit and set `component`; `options` if it needs some."""

    stage = Stage.EXTRACTOR

    def test_speech_gives_features_at_every_rate(self) -> None:
        extractor = self.build()
        for rate_hz in RATES_HZ:
            audio = speech_like_audio(rate_hz)
            features = extractor.extract(audio)
            assert isinstance(features, Features), must("extract must give voxaffect.Features")
            assert features.functionals or features.embedding is not None, must(
                f"of speech at {rate_hz} Hz there is neither a functional nor an embedding"
            )
            assert (features.speech_s or 0) <= FRAME_TOLERANCE * audio.duration_s, must(
                f"speech_s = {features.speech_s} of {audio.duration_s} s at {rate_hz} Hz: "
                "is audio.rate_hz taken into account?"
            )
            assert features.frames is None or features.frame_s, must(
                "Features with frames need frame_s, the seconds between them"
            )

    def test_odd_sound_is_survived(self) -> None:
        extractor = self.build()
        for name, audio in odd_audio().items():
            assert isinstance(extractor.extract(audio), Features), must(
                f"extract must give voxaffect.Features of {name}"
            )

    def test_in_digital_silence_nobody_speaks(self) -> None:
        speech_s = self.build().extract(odd_audio()["digital silence"]).speech_s
        assert not speech_s, must(
            f"speech_s = {speech_s} of digital silence: 0, or None from who does not look for speech"
        )

    def test_an_embedding_has_one_size(self) -> None:
        extractor = self.build()
        found = {name: extractor.extract(audio).embedding for name, audio in voices().items()}
        sizes = {name: len(embedding) for name, embedding in found.items() if embedding is not None}
        assert len(set(sizes.values())) <= 1, must(f"embeddings of several sizes: {sizes}")

    def test_different_voices_give_different_features(self) -> None:
        extractor = self.build()
        (name, first), *others = ((name, extractor.extract(audio)) for name, audio in voices().items())
        assert any(differing(first, other) for _, other in others), must(
            f"the same features of every voice: {name}, {', '.join(name for name, _ in others)}"
        )

    def test_the_input_is_left_as_it_was(self) -> None:
        audio = speech_like_audio()
        before = audio.samples.copy()
        self.build().extract(audio)
        assert np.array_equal(audio.samples, before), must(
            "extract changed audio.samples: others measure them too, so work on a copy"
        )

    def test_a_speakers_own_features_are_taken_and_handed_on(self) -> None:
        extractor = self.build()
        own = extractor.extract(speech_like_audio())
        measured = extractor.extract(speech_like_audio(), baseline=own)
        assert measured.baseline is own, must(
            "Features(baseline=baseline), or calibrating a speaker does nothing"
        )

    def test_the_same_audio_gives_the_same_features(self) -> None:
        extractor = self.build()
        first = extractor.extract(speech_like_audio())
        extractor.extract(voices()["acted anger"])
        second = extractor.extract(speech_like_audio())
        fields = differing(first, second)
        assert not fields, must(
            f"{', '.join(fields)} of the same audio differ when it comes again after another: "
            "nothing may be left to chance, nor kept from one clip to the next"
        )

    def test_a_stream_gives_what_each_stretch_alone_gives(self) -> None:
        extractor, audio = self.build(), speech_like_audio()
        stream = extractor.stream(audio.rate_hz) if isinstance(extractor, StreamingExtractor) else None
        if stream is None:  # every stretch is extracted anew
            return
        window, hop = audio.rate_hz, audio.rate_hz // 2
        for start in range(0, len(audio.samples) - window + 1, hop):
            heard = 0 if not start else start - hop + window
            stream.feed(audio.samples[heard : start + window])
            streamed = stream.features(start, start + window)
            alone = extractor.extract(Audio(audio.samples[start : start + window], audio.rate_hz))
            assert_measured_alike(streamed, alone)
            stream.forget(start + hop)
