from voxaffect.testing import ClassifierContract, ExtractorContract

HEAVY = (
    "voxaffect.training",
    "voxaffect_prosodic.extractor",
    "voxaffect_prosodic.rules",
    "voxaffect_prosodic.trained",
)


class TestProsodicExtractor(ExtractorContract):
    component = "prosodic"
    heavy_modules = HEAVY


class TestProsodicClassifier(ClassifierContract):
    component = "prosodic"
    heavy_modules = HEAVY


class TestRuleClassifier(ClassifierContract):
    component = "prosodic_rules"
    heavy_modules = HEAVY
