"""What holds for every taxonomy."""

# Here the tests' names are the sentences.
# ruff: noqa: D102

from __future__ import annotations

from voxaffect.components import Classification, Heard, Stage
from voxaffect.testing.component import ComponentContract, must
from voxaffect.testing.same import differing, same
from voxaffect.types import PrimaryDimensions

POINT, OTHER_POINT = PrimaryDimensions(-1, 1, 0), PrimaryDimensions(0.5, 0.25, 0.75)

CLASSIFICATIONS = (
    Classification(dimensions=POINT),
    Classification(dimensions=POINT, dimension_errors=(1e-3, 1e-3, 1e-3), max_confidence=0.5),
    Classification(probabilities={"angry": 0.75, "sad": 0.25}),
    Classification(probabilities={"odd": 1.0}, label_dimensions={"odd": POINT}),
    Classification(speech=False),
)


class TaxonomyContract(ComponentContract):
    """Inherit and set `component`."""

    stage = Stage.TAXONOMY

    def test_any_classification_gives_a_posterior_over_the_26(self) -> None:
        taxonomy = self.build()
        for classification in CLASSIFICATIONS:
            heard = taxonomy.map(classification)
            assert isinstance(heard, Heard), must(f"map must give voxaffect.Heard of {classification}")
            most = max(heard.posterior.values())
            assert most <= classification.max_confidence + 1e-9, must(
                f"{most:.3f} for one emotion, above Classification.max_confidence"
            )

    def test_the_same_classification_is_placed_alike(self) -> None:
        taxonomy = self.build()
        first = [taxonomy.map(each) for each in CLASSIFICATIONS]
        second = [taxonomy.map(each) for each in CLASSIFICATIONS]
        for one, other in zip(first, second, strict=True):
            fields = differing(one, other)
            assert not fields, must(
                f"{', '.join(fields)} of the same classification differ when it comes again"
            )

    def test_an_emotion_that_the_classifier_named_is_the_likelier(self) -> None:
        taxonomy = self.build()
        for named, other in (("angry", "sad"), ("sad", "angry")):
            posterior = taxonomy.map(Classification(probabilities={named: 0.75, other: 0.25})).posterior
            chances = {str(emotion): chance for emotion, chance in posterior.items()}
            assert chances[named] > chances[other], must(
                f"the classifier gave {named} 0.75 and {other} 0.25, the taxonomy {chances[named]:.3f} and "
                f"{chances[other]:.3f}"
            )

    def test_dimensions_are_reported_as_the_classifier_gave_them(self) -> None:
        taxonomy = self.build()
        for given, expected in (
            (Classification(dimensions=POINT), POINT),
            (Classification(dimensions=POINT, primary=OTHER_POINT), OTHER_POINT),
        ):
            primary = taxonomy.map(given).primary
            assert same(primary, expected), must(
                f"Heard.primary is {primary}, the classification has dimensions={given.dimensions}, "
                f"primary={given.primary}: primary is reported where it is given, else dimensions"
            )
