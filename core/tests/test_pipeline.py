from __future__ import annotations

import importlib
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voxaffect import (
    Audio,
    AudioError,
    Component,
    ComponentUnavailableError,
    ConfigurationError,
    EmotionCategory,
    InvalidValueError,
    Pipeline,
    PluginError,
    PluginHost,
    SpeakerBaseline,
    UnknownNameError,
    create_backend,
    hookimpl,
)

Install = Callable[..., None]
LOUD, SILENT = np.full(16_000, 0.4, np.float32), np.zeros(16_000, np.float32)


def written(folder: Path, text: str) -> Path:
    path = folder / "pipeline.toml"
    path.write_text(text, encoding="utf-8")
    return path


# Configuration


def test_every_key_of_a_toml_file_reaches_its_part(host: PluginHost, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'strategy = "match"\nrenderer = "ssml"\n[classifier]\nuse = "ear"\nbias = 0.25\n'
        '[extractors.level]\ngain = 2.0\n[taxonomy]\nuse = "circumplex"\n',
    )
    pipeline = Pipeline.from_toml(path, host=host)
    assert pipeline.backend == "ear"
    assert pipeline.classifier.bias == 0.25  # type: ignore[attr-defined]
    assert pipeline.extractors["level"].gain == 2.0  # type: ignore[attr-defined]
    assert (pipeline.strategy, pipeline.renderer_name) == ("match", "ssml")


def test_an_empty_file_takes_the_best_backend_and_no_renderer(host: PluginHost, tmp_path: Path) -> None:
    pipeline = Pipeline.from_toml(written(tmp_path, ""), host=host)
    assert pipeline.backend == "ear"
    assert (pipeline.strategy, pipeline.renderer) == ("complement", None)


def test_a_classifier_has_its_extractors_built_as_it_needs_them_unless_the_user_says_otherwise(
    host: PluginHost, install: Install
) -> None:
    """As a head does that was trained on one of several networks."""
    install(
        "fussy",
        "import tiny\nfrom voxaffect import Component, hookimpl\n"
        'class Fussy(tiny.Ear):\n    extractor_options = {"level": {"gain": 3.0}}\n'
        "@hookimpl\ndef voxaffect_classifiers():\n"
        '    return [Component(name="fussy", target="fussy:Fussy", summary="fussy")]\n',
    )
    host.add(importlib.import_module("fussy"), "fussy")
    for given, gain in (({}, 3.0), ({"gain": 2.0}, 2.0), ({"use": "tiny/level"}, 1.0)):
        config = {"classifier": "fussy", "extractors": {"level": given}}
        extractor = Pipeline.from_config(config, host=host).extractors["level"]
        assert extractor.gain == gain  # type: ignore[attr-defined]


@pytest.mark.parametrize("key", ["tiny/ear", "auto"])
def test_a_backend_goes_by_its_own_name_however_it_was_chosen(host: PluginHost, key: str) -> None:
    assert create_backend(key, host=host).backend == "ear"


def test_options_go_with_auto_too(host: PluginHost) -> None:
    assert create_backend("auto", host=host, bias=0.5).classifier.bias == 0.5  # type: ignore[attr-defined]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot read the pipeline .*nowhere\.toml"):
        Pipeline.from_toml(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("content", [b"classifier = ", b"[", b"\xff\xff"])
def test_what_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pipeline.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"cannot read the pipeline .*pipeline\.toml"):
        Pipeline.from_toml(path)


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_a_path_that_cannot_be_is_refused(path: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot read the pipeline"):
        Pipeline.from_toml(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('clasifier = "ear"', "did you mean 'classifier'? Known: activity, adapt, classifier,"),
        ("classifier = 3", "classifier must be a name or a table"),
        ("[classifier]\nbias = 1.0", 'a table with `use = "name"`'),
        ("[classifier]\nuse = 3", "classifier must be a name or a table"),
        ('[classifier]\nuse = "ear"\nbais = 1.0', "'bais'; did you mean 'bias'?"),
        ('taxonomy = ["circumplex"]', "taxonomy must be a name or a table"),
        ("renderer = true", "renderer must be a name or a table"),
        ('strategy = ["match"]', "strategy must be a name, got ['match']"),
        ("strategy = 1", "strategy must be a name, got 1"),
        ("extractors = 3", "extractors must be tables of options"),
        ('extractors = ["level"]', "extractors must be tables of options"),
        ("[extractors]\nlevel = 3", "extractors must be tables of options"),
        ("[extractors.levle]\ngain = 1.0", "'levle'; did you mean 'level'?"),
        ("[extractors.level]\ngian = 1.0", "'gian'; did you mean 'gain'?"),
    ],
)
def test_a_wrong_key_or_kind_is_an_error_that_says_what_is_right(
    host: PluginHost, tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        Pipeline.from_toml(written(tmp_path, text), host=host)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('classifier = "eer"', "classifier 'eer'; did you mean 'ear'?"),
        ('taxonomy = "cirumplex"', "did you mean 'circumplex'?"),
        ('renderer = "smsl"', "did you mean 'ssml'?"),
        ('strategy = "amplfy"', "did you mean 'amplify'?"),
    ],
)
def test_an_unknown_name_in_the_file_suggests_the_nearest(
    host: PluginHost, tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(UnknownNameError) as error:
        Pipeline.from_toml(written(tmp_path, text), host=host)
    assert said in str(error.value)


# Hearing


def test_what_is_heard_follows_the_audio(host: PluginHost) -> None:
    result = create_backend("ear", host=host, activity="off").hear(LOUD, rate_hz=16_000)
    assert result.speech
    assert result.primary.valence == pytest.approx(0.6)
    assert result.primary.arousal == pytest.approx(0.4)
    assert result.duration_s == 1.0
    assert (result.backend, result.fallback_reason, result.prosodic) == ("ear", None, None)
    assert [p.confidence for p in result.categorical] == sorted(result.posterior.values())[:-4:-1]
    assert result.top.emotion is max(result.posterior, key=lambda e: result.posterior[e])


def test_no_speech_is_neutral_first_and_all_alike(host: PluginHost) -> None:
    result = create_backend("ear", host=host).hear(SILENT, rate_hz=16_000)
    assert not result.speech
    assert result.top.emotion is EmotionCategory.NEUTRAL
    assert set(result.posterior.values()) == {1 / 26}
    assert result.to_context_string() == "[No speech heard]"


def test_the_speakers_baseline_reaches_the_extractor(host: PluginHost) -> None:
    pipeline = create_backend("ear", host=host, activity="off")
    own = SpeakerBaseline(pipeline.extract(Audio(LOUD, 16_000)))
    assert pipeline.hear(LOUD, rate_hz=16_000, baseline=own).primary.valence == -1


def test_sound_that_cannot_be_read_stays_an_audio_error(host: PluginHost) -> None:
    with pytest.raises(AudioError, match="does not exist"):
        create_backend("ear", host=host).hear("nowhere.wav")


def test_an_answer_is_chosen_and_rendered(host: PluginHost) -> None:
    config = {"classifier": "ear", "strategy": "match", "renderer": "ssml"}
    response = Pipeline.from_config(config, host=host).respond(LOUD, rate_hz=16_000, text="Hello")
    assert response.delivery.emotion is response.heard.top.emotion
    assert response.rendering is not None
    assert response.rendering.output == "<speak>Hello</speak>"


def test_without_a_renderer_nothing_is_rendered(host: PluginHost) -> None:
    assert create_backend("ear", host=host, activity="off").respond(LOUD, rate_hz=16_000).rendering is None


def test_an_answer_without_its_text_is_an_error(host: PluginHost) -> None:
    pipeline = Pipeline.from_config({"renderer": "ssml"}, host=host)
    with pytest.raises(InvalidValueError, match="'ssml' needs text"):
        pipeline.respond(LOUD, rate_hz=16_000)


# Components that fail

FAULTY = """
from voxaffect import *

class Extractor:
    def extract(self, audio, *, baseline=None): return {what}

class Classifier:
    requires = ("level",)
    def classify(self, features): return {what}

class Taxonomy:
    def map(self, classification): return {what}

class Renderer:
    needs = ()
    def render(self, prosody, utterance): return {what}
"""
CHOOSY = """
import tiny
from voxaffect import *

def check(mode):
    if mode != "fast":
        raise InvalidValueError(f"must be fast, got {mode!r}")

class Classifier(tiny.Ear):
    def __init__(self, mode="slwo"): check(mode)

class Renderer:
    needs = ("text",)
    def render(self, prosody, utterance): check(utterance.text)

@hookimpl
def voxaffect_classifiers(): return [Component(name="choosy", target="choosy:Classifier")]

@hookimpl
def voxaffect_prosody_renderers(): return [Component(name="choosy", target="choosy:Renderer")]
"""
CULPRITS = {
    "extractor": ("extractors", {"level": {"use": "faulty"}}, "the extractor faulty/faulty"),
    "classifier": ("classifier", "faulty", "the classifier faulty/faulty"),
    "taxonomy": ("taxonomy", "faulty", "the taxonomy faulty/faulty"),
    "renderer": ("renderer", "faulty", "the renderer 'faulty'"),
}


def respond_with(host: PluginHost, install: Install, culprit: str, what: str) -> Any:
    install("faulty", FAULTY.replace("{what}", what))
    module = types.ModuleType("faulty_plugin")
    for hook, name in [
        ("voxaffect_feature_extractors", "Extractor"),
        ("voxaffect_classifiers", "Classifier"),
        ("voxaffect_taxonomies", "Taxonomy"),
        ("voxaffect_prosody_renderers", "Renderer"),
    ]:

        def offer(name: str = name) -> list[Component]:
            return [Component(name="faulty", target=f"faulty:{name}")]

        setattr(module, hook, hookimpl(types.FunctionType(offer.__code__, globals(), hook, (name,))))
    host.add(module, "faulty")
    key, selection, _ = CULPRITS[culprit]
    config = {"classifier": "ear", "activity": "off", key: selection}
    return Pipeline.from_config(config, host=host).respond(LOUD, rate_hz=16_000, text="Hello")


@pytest.mark.parametrize("culprit", CULPRITS)
def test_a_component_that_crashes_is_named_with_its_error(
    host: PluginHost, install: Install, culprit: str
) -> None:
    with pytest.raises(PluginError, match=f"{CULPRITS[culprit][2]} failed: KeyError: 'x'") as error:
        respond_with(host, install, culprit, '{}["x"]')
    assert isinstance(error.value.__cause__, KeyError)


@pytest.mark.parametrize("culprit", CULPRITS)
@pytest.mark.parametrize("what", ["None", "{}"])
def test_a_component_that_gives_something_else_is_named(
    host: PluginHost, install: Install, culprit: str, what: str
) -> None:
    with pytest.raises(PluginError, match=f"{CULPRITS[culprit][2]} gave (NoneType|dict), not [A-Z]"):
        respond_with(host, install, culprit, what)


@pytest.mark.parametrize(
    "posterior", ["{}", "{EmotionCategory.ANGRY: 1.0}", "dict.fromkeys(EmotionCategory, 0.5)"]
)
def test_a_posterior_that_is_none_is_the_taxonomys_fault(
    host: PluginHost, install: Install, posterior: str
) -> None:
    what = f"Heard(PrimaryDimensions(0, 0.5, 0.5), {posterior}, dict.fromkeys(EmotionCategory, 0.5))"
    said = r"the taxonomy faulty/faulty failed: Heard\.posterior must give each of the 26"
    with pytest.raises(PluginError, match=said):
        respond_with(host, install, "taxonomy", what)


@pytest.mark.parametrize("culprit", ["extractor", "classifier", "renderer"])
def test_a_value_that_cannot_be_is_the_fault_of_who_made_it(
    host: PluginHost, install: Install, culprit: str
) -> None:
    said = rf"{CULPRITS[culprit][2]} failed: Classification\.probabilities must .* got sum 1\.8"
    with pytest.raises(PluginError, match=said):
        respond_with(host, install, culprit, 'Classification({"angry": 0.9, "sad": 0.9})')


@pytest.mark.parametrize("stage", ["classifier", "renderer"])
def test_a_value_that_the_user_wrote_is_the_users_error(
    host: PluginHost, install: Install, stage: str
) -> None:
    """An option of one component, the text for another; without options a bad one is the plugin's own."""
    install("choosy", CHOOSY)
    host.add(importlib.import_module("choosy"), "choosy")
    config: dict[str, Any] = {"classifier": "ear", "renderer": "choosy"}
    if stage == "classifier":
        config["classifier"] = {"use": "choosy", "mode": "slow"}
    with pytest.raises(InvalidValueError, match=r"^must be fast, got 'slow'$"):
        Pipeline.from_config(config, host=host).respond(LOUD, rate_hz=16_000, text="slow")
    with pytest.raises(PluginError, match="building the classifier choosy/choosy failed: must be fast"):
        create_backend("choosy", host=host)


WRAPPERS = """
from voxaffect import *

@hookimpl
def voxaffect_classifiers():
    yield Component(name="logged", target="wrappers:Logged", asks=("inner",))

@hookimpl
def voxaffect_feature_extractors():
    yield Component(name="halved", target="wrappers:Halved", asks=("inner",))
    yield Component(name="level", target="wrappers:Halved", asks=("inner",))

@hookimpl
def voxaffect_prosody_renderers():
    yield Component(name="twice", target="wrappers:Twice", asks=("inner",))

class Logged:
    def __init__(self, *, inner):
        self.inner, self.requires = inner, inner.requires
        self.extractor_options = getattr(inner, "extractor_options", {})

    def classify(self, features):
        return self.inner.classify(features)

class Halved:
    def __init__(self, *, inner):
        self.inner = inner

    def extract(self, audio, *, baseline=None):
        return self.inner.extract(Audio(audio.samples / 2, audio.rate_hz), baseline=baseline)

class Twice:
    def __init__(self, *, inner):
        self.inner, self.needs = inner, inner.needs

    def render(self, prosody, utterance):
        made = self.inner.render(prosody, utterance)
        return Rendering(made.kind, made.output * 2, made.approximated, made.unexpressed, made.residual)
"""


@pytest.fixture
def wrappers(host: PluginHost, install: Install) -> PluginHost:
    install("wrappers", WRAPPERS)
    host.add(importlib.import_module("wrappers"), "wrappers")
    return host


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"use": "ear"}, "ear"),
        ({"use": "logged", "inner": {"use": "ear"}}, "logged(ear)"),
        (
            {"use": "logged", "inner": {"use": "wrappers/logged", "inner": {"use": "ear"}}},
            "logged(logged(ear))",
        ),
    ],
)
def test_a_result_names_what_was_wrapped(wrappers: PluginHost, table: dict[str, Any], named: str) -> None:
    pipeline = Pipeline.from_config({"classifier": table, "activity": "off"}, host=wrappers)
    assert pipeline.hear(LOUD, rate_hz=16_000).backend == named
    assert pipeline.backend == table["use"]


def test_a_wrapped_classifier_has_the_extractors_of_its_own_plugin(wrappers: PluginHost) -> None:
    """The wrapper's plugin offers one of the same name."""
    config = {"classifier": {"use": "logged", "inner": {"use": "ear"}}}
    extractor = Pipeline.from_config(config, host=wrappers).extractors["level"]
    assert type(extractor).__name__ == "Level"


def test_a_classifier_whose_extractor_is_not_here_is_named(host: PluginHost, install: Install) -> None:
    install("lonely", "import tiny\nclass Lonely(tiny.Ear): requires = ('levle',)")
    offer = hookimpl(lambda: [Component(name="lonely", target="lonely:Lonely")])
    host.add(types.SimpleNamespace(voxaffect_classifiers=offer), "others")
    said = "classifier others/lonely requires .* no plugin offers: unknown extractor 'levle'; did you mean"
    with pytest.raises(ComponentUnavailableError, match=said):
        Pipeline.from_config({"classifier": "lonely"}, host=host)


def test_extractors_and_renderers_are_wrapped_in_the_same_way(wrappers: PluginHost) -> None:
    config = {
        "classifier": "ear",
        "activity": "off",
        "extractors": {"level": {"use": "halved", "inner": {"use": "tiny/level"}}},
        "renderer": {"use": "twice", "inner": {"use": "ssml"}},
    }
    pipeline = Pipeline.from_config(config, host=wrappers)
    whole = Pipeline.from_config({"classifier": "tiny/ear", "activity": "off"}, host=wrappers)
    audio = Audio(LOUD, 16_000)
    rms, whole_rms = (p.extract(audio)["level"].functionals["rms"] for p in (pipeline, whole))
    assert rms == pytest.approx(whole_rms / 2)
    answer = pipeline.respond(LOUD, rate_hz=16_000, text="Hello").rendering
    assert answer is not None
    assert answer.output == 2 * "<speak>Hello</speak>"
