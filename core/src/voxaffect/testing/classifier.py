"""What holds for every classifier."""

# Here the tests' names are the sentences.
# ruff: noqa: D102

from __future__ import annotations

import copy

from voxaffect.baseline import SpeakerBaseline
from voxaffect.components import Classification, Stage
from voxaffect.host import PluginHost
from voxaffect.pipeline import Pipeline
from voxaffect.testing.component import ComponentContract, must
from voxaffect.testing.same import differing, same
from voxaffect.testing.sounds import odd_audio, speech_like_audio, voices
from voxaffect.types import Audio

CONCLUSION = {"probabilities", "dimensions", "primary", "speech", "unclear"}
"""Fields that hold what was concluded; markers and embedding are only handed on."""


class ClassifierContract(ComponentContract):
    """Inherit and set `component`. The extractors it requires must be installed too."""

    stage = Stage.CLASSIFIER

    def pipeline(self) -> Pipeline:
        """The classifier with its extractors."""
        return Pipeline.from_config({"classifier": {**self.options, "use": self.component}})

    def classify(
        self, audio: Audio, pipeline: Pipeline | None = None, baseline: SpeakerBaseline | None = None
    ) -> Classification:
        """Through a pipeline's own extractors."""
        pipeline = pipeline or self.pipeline()
        classification = pipeline.classifier.classify(pipeline.extract(audio, baseline))
        assert isinstance(classification, Classification), must("classify must give voxaffect.Classification")
        return classification

    def test_speech_is_classified_and_the_taxonomy_takes_it(self) -> None:
        classification = self.classify(speech_like_audio())
        heard = PluginHost().build(Stage.TAXONOMY, "circumplex").map(classification)
        most = max(heard.posterior.values())
        assert most <= classification.max_confidence + 1e-9, must(
            f"{most:.3f} for one emotion, above Classification.max_confidence"
        )

    def test_odd_sound_is_survived(self) -> None:
        pipeline = self.pipeline()
        for audio in odd_audio().values():
            self.classify(audio, pipeline)

    def test_the_same_audio_gives_the_same_answer(self) -> None:
        pipeline = self.pipeline()
        first = self.classify(speech_like_audio(), pipeline)
        self.classify(voices()["acted anger"], pipeline)
        second = self.classify(speech_like_audio(), pipeline)
        fields = differing(first, second)
        assert not fields, must(
            f"{', '.join(fields)} of the same audio differ when it comes again after another: "
            "nothing may be left to chance, nor kept from one clip to the next"
        )

    def test_different_voices_give_different_answers(self) -> None:
        pipeline = self.pipeline()
        (name, first), *others = ((name, self.classify(audio, pipeline)) for name, audio in voices().items())
        assert any(CONCLUSION & set(differing(first, other)) for _, other in others), must(
            f"the same answer to every voice: {name}, {', '.join(name for name, _ in others)}"
        )

    def test_the_features_are_left_as_they_were(self) -> None:
        pipeline = self.pipeline()
        features = pipeline.extract(speech_like_audio())
        before = copy.deepcopy(features)
        pipeline.classifier.classify(features)
        assert same(features, before), must("classify changed the features: others conclude from them too")

    def test_a_calibrated_speaker_is_classified_too(self) -> None:
        pipeline = self.pipeline()
        baseline = SpeakerBaseline(pipeline.extract(speech_like_audio()))
        for audio in voices().values():
            own = self.classify(audio, pipeline, baseline)
            changed = CONCLUSION & set(differing(self.classify(audio, pipeline), own))
            assert own.adapted_to or not changed, must(
                f"{', '.join(sorted(changed))} of a calibrated speaker differ, and Classification.adapted_to "
                "is 0: give it features.baseline.n_samples"
            )
