from voxaffect.testing import ClassifierContract, ExtractorContract

HEAVY = ("scipy", "voxaffect_prosodic.extractor", "voxaffect_prosodic.rules")


class TestProsodicExtractor(ExtractorContract):
    component = "prosodic"
    heavy_modules = HEAVY


class TestRuleClassifier(ClassifierContract):
    component = "prosodic"
    heavy_modules = HEAVY
