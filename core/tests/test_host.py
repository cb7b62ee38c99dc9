"""Plugins are found, kept apart from each other, and built by name."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from voxaffect import (
    NEUTRAL_PROSODY,
    Backend,
    Card,
    Component,
    ComponentUnavailableError,
    ConfigurationError,
    Pipeline,
    PluginError,
    PluginHost,
    ProsodyApplicator,
    Stage,
    UnknownNameError,
    get_available_backends,
    hookimpl,
)

Install = Callable[..., None]
HostOf = Callable[..., PluginHost]


def plugin(**hooks: Callable[[], Any]) -> types.ModuleType:
    """A module with hook implementations, as a notebook might make it."""
    module = types.ModuleType("mine")
    for name, hook in hooks.items():
        setattr(module, name, hookimpl(hook))
    return module


def classifier(name: str = "shout", target: str = "tiny:Ear", **about: Any) -> Component:
    return Component(name=name, target=target, **about)


def report(host: PluginHost, name: str) -> Any:
    return next(each for each in host.plugins if each.name == name)


# Found and reported


def test_an_installed_plugin_is_found_with_its_distribution_and_offers(host: PluginHost) -> None:
    tiny = report(host, "tiny")
    assert (tiny.distribution, tiny.version, tiny.error, tiny.disabled) == (
        "voxaffect-tiny",
        "1.0",
        None,
        False,
    )
    assert {offer.full_name for offer in tiny.offers} >= {"tiny/level", "tiny/ear", "tiny/rvc"}


def test_the_core_alone_brings_a_taxonomy_and_what_takes_a_trained_model(host_of: HostOf) -> None:
    host = host_of()
    assert [offer.full_name for offer in host.offers(Stage.TAXONOMY)] == ["builtin/circumplex"]
    assert [offer.full_name for offer in host.offers(Stage.CLASSIFIER)] == ["builtin/trained"]


BROKEN = {
    "raises at import": ("raise RuntimeError('no such luck')", "RuntimeError: no such luck"),
    "exits at import": ("raise SystemExit(3)", "SystemExit: 3"),
    "does not parse": ("def (", "SyntaxError"),
    "imports what is not there": ("import no_such_module_here", "No module named 'no_such_module_here'"),
    "has no hook at all": ("x = 1", "implements no hook"),
    "misspells a hook": (
        "from voxaffect import hookimpl\n@hookimpl\ndef voxaffect_clasifiers(): return []",
        "'voxaffect_clasifiers' is no hook of voxaffect; did you mean 'voxaffect_classifiers'?",
    ),
    "has a hook of its own": (
        "from voxaffect import hookimpl\n@hookimpl\ndef brew_tea(): return []",
        "'brew_tea' is no hook of voxaffect. Known:",
    ),
    "wants an argument": (
        "from voxaffect import hookimpl\n@hookimpl\ndef voxaffect_classifiers(kettle): return []",
        "voxaffect_classifiers takes kettle, and hooks are called without arguments",
    ),
    "is a hook's wrapper": (
        "from voxaffect import hookimpl\n@hookimpl(wrapper=True)\ndef voxaffect_classifiers():\n"
        "    return (yield)",
        "voxaffect_classifiers is marked as a wrapper",
    ),
    "is a hook's wrapper in the old way": (
        "from voxaffect import hookimpl\n@hookimpl(hookwrapper=True)\ndef voxaffect_classifiers(): yield",
        "write a plain @hookimpl, and wrap another component by an option `inner`",
    ),
    "is async": (
        "from voxaffect import hookimpl\n@hookimpl\nasync def voxaffect_classifiers(): return []",
        "voxaffect_classifiers is async, and hooks are called without await",
    ),
    "yields async": (
        "from voxaffect import hookimpl\n@hookimpl\nasync def voxaffect_classifiers(): yield",
        "write def, not async def",
    ),
    "misspells the hook that a function implements": (
        "from voxaffect import hookimpl\n@hookimpl(specname='voxaffect_clasifiers')\ndef ears(): return []",
        "'voxaffect_clasifiers' is no hook of voxaffect; did you mean 'voxaffect_classifiers'?",
    ),
    "returns nothing": (
        "from voxaffect import hookimpl\n@hookimpl\ndef voxaffect_classifiers(): pass",
        "voxaffect_classifiers returned None: yield components, or return a list",
    ),
    "returns one component": (
        "from voxaffect import *\n@hookimpl\ndef voxaffect_classifiers():\n"
        "    return Component(name='half', target='a:B')",
        "voxaffect_classifiers returned the component 'half' alone: return a list, or yield it",
    ),
    "raises in a hook": (
        "from voxaffect import hookimpl\n@hookimpl\ndef voxaffect_classifiers(): 1 / 0",
        "ZeroDivisionError",
    ),
    "raises in a generator hook": (
        "from voxaffect import *\n@hookimpl\ndef voxaffect_classifiers():\n"
        "    yield Component(name='half', target='a:B')\n    1 / 0",
        "ZeroDivisionError",
    ),
    "lists no component": (
        "from voxaffect import hookimpl\n@hookimpl\ndef voxaffect_classifiers(): return ['half']",
        "voxaffect_classifiers must list voxaffect.Component, got 'half'",
    ),
    "lists nothing that can be listed": (
        "from voxaffect import hookimpl\n@hookimpl\ndef voxaffect_classifiers(): return 3",
        "voxaffect_classifiers must list voxaffect.Component, got 3",
    ),
    "describes a component wrongly": (
        "from voxaffect import *\n@hookimpl\ndef voxaffect_classifiers():\n"
        "    return [Component(name='Half Done', target='a:B')]",
        "lower_snake_case",
    ),
    "lists one twice": (
        "from voxaffect import *\n@hookimpl\ndef voxaffect_classifiers():\n"
        "    return [Component(name='half', target='a:B')] * 2",
        "lists the classifier 'half' twice",
    ),
}


OTHER_VERSION = """
from voxaffect import Component, hookimpl

@hookimpl(optionalhook=True)
def voxaffect_weather():
    raise RuntimeError("called")

@hookimpl(optionalhook=True, tryfirst=True)
def voxaffect_classifiers():
    yield Component(name="first", target="a:B")

@hookimpl(specname="voxaffect_classifiers", trylast=True)
def more_of_them():
    return [Component(name="second", target="a:B")]
"""


def test_one_plugin_can_serve_two_versions(install: Install, host_of: HostOf) -> None:
    install("both", OTHER_VERSION)
    of_both = report(host_of("both"), "both")
    assert of_both.error is None
    assert {offer.full_name for offer in of_both.offers} == {"both/first", "both/second"}


def test_a_plugin_for_another_version_only_is_no_fault(install: Install, host_of: HostOf) -> None:
    install("later", OTHER_VERSION[: OTHER_VERSION.index("@hookimpl(optionalhook=True, tryfirst")])
    assert (report(host_of("later"), "later").error, report(host_of("later"), "later").offers) == (None, ())


def test_an_instance_is_a_plugin_and_its_class_is_told_apart(host: PluginHost) -> None:
    class Mine:
        @hookimpl
        def voxaffect_classifiers(self) -> list[Component]:
            return [classifier()]

    with pytest.raises(PluginError, match="it is the class Mine: name an instance of it, or a module"):
        host.add(Mine, "mine")
    host.add(Mine(), "mine")
    assert host.find(Stage.CLASSIFIER, "mine/shout")


@pytest.mark.parametrize("fault", BROKEN)
def test_a_plugin_that_fails_is_left_out_whole_and_reported(
    install: Install, host: PluginHost, host_of: HostOf, fault: str
) -> None:
    source, said = BROKEN[fault]
    install("broken", source)
    both = host_of("tiny", "broken")
    assert said in report(both, "broken").error
    assert report(both, "broken").offers == ()
    assert [(r.name, r.error) for r in both.plugins if r.name != "broken"] == [
        (r.name, r.error) for r in host.plugins
    ]
    assert both.offers(Stage.CLASSIFIER) == host.offers(Stage.CLASSIFIER)
    assert both.build(Stage.CLASSIFIER, "ear").requires == ("level",)


@pytest.mark.parametrize("fault", BROKEN)
def test_strict_mode_raises_the_first_failure(
    install: Install, host_of: HostOf, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    source, said = BROKEN[fault]
    install("broken", source)
    monkeypatch.setenv("VOXAFFECT_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match="plugin 'broken' failed to load") as error:
        host_of("broken")
    assert said in str(error.value)


def test_a_failed_plugin_is_named_where_its_component_is_asked_for(install: Install, host_of: HostOf) -> None:
    install("broken", "raise RuntimeError('no such luck')")
    host = host_of("broken")
    with pytest.raises(UnknownNameError, match=r"'broken' was left out: RuntimeError: no such luck\."):
        host.find(Stage.CLASSIFIER, "broken")
    with pytest.raises(ComponentUnavailableError, match="'broken' was left out: RuntimeError: no such luck"):
        host.best(Stage.CLASSIFIER)


def test_a_disabled_plugin_is_never_imported(
    install: Install, host_of: HostOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("loud", "raise RuntimeError('imported')")
    monkeypatch.setenv("VOXAFFECT_DISABLED_PLUGINS", "other, loud,")
    monkeypatch.setenv("VOXAFFECT_STRICT_PLUGINS", "1")
    host = host_of("loud")
    assert report(host, "loud").disabled
    assert report(host, "loud").error is None
    assert "loud" not in sys.modules
    with pytest.raises(UnknownNameError, match="'loud' is disabled by VOXAFFECT_DISABLED_PLUGINS"):
        host.find(Stage.CLASSIFIER, "loud")


def test_a_distribution_that_is_listed_twice_is_one_plugin(install: Install, host_of: HostOf) -> None:
    install("silent", "from voxaffect import hookimpl\n@hookimpl\ndef voxaffect_classifiers(): return []")
    sys.path.append(next(entry for entry in sys.path if entry.endswith("site-silent")))
    try:
        entry = EntryPoint("silent", "silent", "voxaffect")
        for host in (host_of("silent"), PluginHost([entry, entry])):
            assert [each.error for each in host.plugins if each.name == "silent"] == [None]
    finally:
        sys.path.pop()


def test_a_second_plugin_of_one_name_is_reported_and_the_first_works(
    install: Install, host_of: HostOf, host: PluginHost
) -> None:
    source = "from voxaffect import hookimpl\n@hookimpl\ndef voxaffect_classifiers(): return []"
    install("usurper", source, {"tiny": "usurper"})
    both = [each.error for each in host_of("tiny").plugins if each.name == "tiny"]
    assert both == [None, "another plugin has the name 'tiny' already"]
    assert host_of("tiny").find(Stage.CLASSIFIER, "ear")


def test_one_module_under_two_names_is_reported(install: Install, host_of: HostOf) -> None:
    source = "from voxaffect import hookimpl\n@hookimpl\ndef voxaffect_classifiers(): return []"
    install("twin", source, {"one": "twin", "two": "twin"})
    assert report(host_of("one", "two"), "two").error == "the same plugin is there already as 'one'"


# Added by hand


def test_an_object_can_be_added_in_a_notebook(host: PluginHost) -> None:
    host.add(plugin(voxaffect_classifiers=lambda: [classifier()]), "mine")
    assert host.find(Stage.CLASSIFIER, "mine/shout") == host.find(Stage.CLASSIFIER, "shout")


def test_what_cannot_be_added_raises_and_can_be_added_once_mended(host: PluginHost) -> None:
    def wrong(kettle: object) -> list[Component]:
        return []

    for broken in (plugin(voxaffect_classifiers=wrong), plugin(voxaffect_clasifiers=lambda: []), object()):
        with pytest.raises(PluginError):
            host.add(broken, "mine")
    host.add(plugin(voxaffect_classifiers=lambda: [classifier()]), "mine")
    assert host.find(Stage.CLASSIFIER, "shout").plugin == "mine"


def test_a_name_that_is_taken_cannot_be_added(host: PluginHost) -> None:
    with pytest.raises(PluginError, match="another plugin has the name 'tiny'"):
        host.add(plugin(voxaffect_classifiers=lambda: []), "tiny")
    assert host.find(Stage.CLASSIFIER, "ear").plugin == "tiny"


# Names


def test_a_name_clash_hurts_only_who_selects_the_name(host: PluginHost) -> None:
    host.add(plugin(voxaffect_classifiers=lambda: [classifier("ear")]), "mine")
    assert host.find(Stage.EXTRACTOR, "level")
    with pytest.raises(
        ConfigurationError, match=r"several plugins offer .* 'ear': write mine/ear or tiny/ear"
    ):
        host.find(Stage.CLASSIFIER, "ear")
    assert host.find(Stage.CLASSIFIER, "mine/ear").plugin == "mine"
    assert host.build(Stage.CLASSIFIER, "tiny/ear").requires == ("level",)


def test_a_classifier_has_the_extractor_of_its_own_plugin(host: PluginHost, install: Install) -> None:
    install("loud", "import tiny\nclass Louder(tiny.Level): pass")
    mine = plugin(
        voxaffect_feature_extractors=lambda: [classifier("level", "loud:Louder")],
        voxaffect_classifiers=lambda: [classifier("ear", "tiny:Ear")],
    )
    host.add(mine, "mine")
    for name, kind in (("tiny/ear", "Level"), ("mine/ear", "Louder")):
        extractors = Pipeline.from_config({"classifier": name}, host=host).extractors
        assert type(extractors["level"]).__name__ == kind


def test_a_clash_of_extractors_is_settled_in_the_configuration(host: PluginHost) -> None:
    host.add(plugin(voxaffect_feature_extractors=lambda: [classifier("level", "tiny:Level")]), "mine")
    host.add(plugin(voxaffect_classifiers=lambda: [classifier("other", "tiny:Ear")]), "others")
    said = r'others/other requires: .*, \[extractors\.level\] use = "mine/level" or .* use = "tiny/level"$'
    with pytest.raises(ConfigurationError, match=said):
        Pipeline.from_config({"classifier": "other"}, host=host)
    config = {"classifier": "other", "extractors": {"level": {"use": "mine/level", "gain": 2.0}}}
    assert Pipeline.from_config(config, host=host).extractors["level"].gain == 2.0  # type: ignore[attr-defined]


def test_names_of_different_stages_do_not_clash(host: PluginHost) -> None:
    host.add(plugin(voxaffect_classifiers=lambda: [classifier("level")]), "mine")
    assert host.find(Stage.EXTRACTOR, "level").plugin == "tiny"
    assert host.find(Stage.CLASSIFIER, "level").plugin == "mine"


def test_an_unknown_name_lists_the_known_and_the_nearest(host: PluginHost) -> None:
    with pytest.raises(
        UnknownNameError, match=r"renderer 'smsl'; did you mean 'ssml'\? Known: librosa_audio, rvc"
    ):
        host.find(Stage.RENDERER, "smsl")


# Building


def test_options_reach_the_component(host: PluginHost) -> None:
    assert host.build(Stage.CLASSIFIER, {"use": "ear", "bias": 0.5}).bias == 0.5


def test_an_unknown_option_is_refused_with_the_known_ones(host: PluginHost) -> None:
    with pytest.raises(ConfigurationError, match=r"'bais'; did you mean 'bias'\? Known: bias, members\."):
        host.build(Stage.CLASSIFIER, {"use": "ear", "bais": 0.5})
    with pytest.raises(ConfigurationError, match=r"option of the renderer 'ssml': 'dialect'\. There is none"):
        host.build(Stage.RENDERER, {"use": "ssml", "dialect": "azure"})


def test_a_missing_option_is_named(host: PluginHost, install: Install) -> None:
    install(
        "needy", "class Needy:\n    requires = ()\n    def __init__(self, *, path): ...\n    classify = None"
    )
    host.add(plugin(voxaffect_classifiers=lambda: [classifier("needy", "needy:Needy")]), "mine")
    with pytest.raises(ConfigurationError, match="'needy' needs the option path"):
        host.build(Stage.CLASSIFIER, "needy")


def test_nested_tables_are_built_first_for_the_same_stage(host: PluginHost) -> None:
    built = host.build(
        Stage.CLASSIFIER,
        {"use": "ear", "members": [{"use": "ear", "bias": 0.1}, {"use": "tiny/ear", "bias": 0.2}]},
    )
    assert [member.bias for member in built.members] == [0.1, 0.2]
    assert host.build(Stage.CLASSIFIER, {"use": "ear", "members": {"use": "ear"}}).members.bias == 0
    with pytest.raises(UnknownNameError, match="'nose'"):
        host.build(Stage.CLASSIFIER, {"use": "ear", "members": [{"use": "nose"}]})


@pytest.mark.parametrize("selection", [{}, {"use": 3}, {"bias": 1.0}, None, 5, ["ear"]])
def test_a_table_needs_a_name_to_use(host: PluginHost, selection: Any) -> None:
    with pytest.raises(ConfigurationError, match='a classifier needs `use = "name"`'):
        host.build(Stage.CLASSIFIER, selection)


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        (
            {"modules": ("no_such_module",), "install": "pip install it"},
            "needs no_such_module: pip install it",
        ),
        (
            {"modules": ("no_such_package.module",), "install": "pip install it"},
            "package.module: pip install it",
        ),
        ({"obstacle": "odd:no_weights"}, "no weights"),
        ({"obstacle": "odd:crashes"}, "availability check of mine/shout failed: ZeroDivisionError"),
        ({"obstacle": "odd:not_there"}, "cannot import odd:not_there"),
    ],
)
def test_a_component_that_cannot_run_here_says_why(
    host: PluginHost, install: Install, about: dict[str, Any], reason: str
) -> None:
    install("odd", "def no_weights(): return 'no weights'\ndef crashes(): 1 / 0")
    host.add(plugin(voxaffect_classifiers=lambda: [classifier(quality=5, **about)]), "mine")
    with pytest.raises(ComponentUnavailableError, match="'shout' cannot run here") as error:
        host.build(Stage.CLASSIFIER, "shout")
    assert reason in str(error.value)
    assert host.best(Stage.CLASSIFIER).full_name == "tiny/ear"


def test_with_options_a_component_says_itself_what_it_lacks(host: PluginHost, install: Install) -> None:
    install("odd", "def no_weights(): return 'no weights'")
    host.add(plugin(voxaffect_classifiers=lambda: [classifier(obstacle="odd:no_weights")]), "mine")
    assert host.build(Stage.CLASSIFIER, {"use": "shout", "bias": 0.5}).bias == 0.5
    lacking = classifier(name="deaf", modules=("no_such_module",))
    host.add(plugin(voxaffect_classifiers=lambda: [lacking]), "other")
    with pytest.raises(ComponentUnavailableError, match="needs no_such_module"):
        host.build(Stage.CLASSIFIER, {"use": "deaf", "bias": 0.5})


def test_the_best_is_the_one_measured_best_and_quality_decides_among_those_without_a_card(
    host: PluginHost,
) -> None:
    def best() -> str:
        name = host.best(Stage.CLASSIFIER).component.name
        assert get_available_backends(host=host)[0].name == name
        return name

    host.add(plugin(voxaffect_classifiers=lambda: [classifier("grand", quality=5)]), "a")
    assert best() == "grand"
    cards = {"weak": (0.4, 0.9), "even": (0.6, None), "strong": (0.6, 0.7)}
    measured = [
        classifier(name, card=Card(unseen_recall=unseen, enrolled_recall=enrolled, how="measured"))
        for name, (unseen, enrolled) in cards.items()
    ]
    host.add(plugin(voxaffect_classifiers=lambda: measured), "b")
    assert best() == "strong"


def test_where_none_can_run_each_reason_is_given(host_of: HostOf) -> None:
    host = host_of()
    with pytest.raises(ComponentUnavailableError, match="None is installed"):
        host.best(Stage.CLASSIFIER)
    host.add(plugin(voxaffect_classifiers=lambda: [classifier(modules=("no_such_module",))]), "mine")
    with pytest.raises(ComponentUnavailableError, match="mine/shout: needs no_such_module"):
        host.best(Stage.CLASSIFIER)


def test_backends_are_listed_best_first_and_those_that_cannot_run_last(host: PluginHost) -> None:
    others = [classifier("grand", quality=5, modules=("no_such_module",)), classifier("fine", quality=4)]
    host.add(plugin(voxaffect_classifiers=lambda: others), "mine")
    backends: list[Backend] = get_available_backends(host=host)
    assert [(b.name, b.available) for b in backends] == [
        ("fine", True),
        ("ear", True),
        ("grand", False),
        ("trained", False),
    ]
    assert backends[-2].reason == "needs no_such_module"


BAD_CLASSES = """
import voxaffect
class NoMethod:
    requires = ()
class Crashes:
    def __init__(self): raise RuntimeError("kaput")
class Letters:
    requires = "level"
    def classify(self, features): ...
class WordNeeds:
    needs = ("text")
    def render(self, prosody, utterance): ...
class NoMethodButAWord(Letters):
    classify = "loud"
class NumberRequired(Letters):
    requires = (3,)
class OddOptions(Letters):
    requires, extractor_options = ("level",), {"level": 3}
class ListNeeds(WordNeeds):
    needs = ["text"]
class OddNeeds(WordNeeds):
    needs = ("texts",)
class OddExpresses(OddNeeds):
    needs, expresses = (), ("pitch",)
class Mute(WordNeeds):
    needs = ()
    def render(self, prosody, utterance): return voxaffect.Rendering("audio", "no sound")
class WrongKind:
    needs = ()
    def render(self, prosody, utterance): return "<speak/>"
class RenderCrashes:
    needs = ()
    def render(self, prosody, utterance): return {}["x"]
number = 3
"""


@pytest.mark.parametrize(
    ("stage", "target", "said"),
    [
        (Stage.CLASSIFIER, "bad:NotThere", "cannot import bad:NotThere: AttributeError"),
        (Stage.CLASSIFIER, "no_such_module:Thing", "cannot import no_such_module:Thing: ModuleNotFoundError"),
        (Stage.CLASSIFIER, "bad:number", "is not a class or function"),
        (Stage.CLASSIFIER, "bad:Crashes", "building the classifier mine/bad failed: RuntimeError: kaput"),
        (Stage.CLASSIFIER, "bad:NoMethod", "the classifier mine/bad lacks classify"),
        (Stage.TAXONOMY, "bad:NoMethod", "the taxonomy mine/bad lacks map"),
        (Stage.EXTRACTOR, "bad:NoMethod", "the extractor mine/bad lacks extract"),
        (Stage.RENDERER, "bad:NoMethod", "the renderer mine/bad lacks needs, render"),
        (Stage.CLASSIFIER, "bad:Letters", "requires of the classifier mine/bad must be a tuple of names"),
        (
            Stage.CLASSIFIER,
            "bad:NumberRequired",
            "requires of the classifier mine/bad must be a tuple of names",
        ),
        (Stage.CLASSIFIER, "bad:NoMethodButAWord", "classify of the classifier mine/bad must be a method"),
        (
            Stage.CLASSIFIER,
            "bad:OddOptions",
            "extractor_options of the classifier mine/bad must be {extractor",
        ),
        (Stage.RENDERER, "bad:WordNeeds", "needs of the renderer mine/bad must be a tuple of names"),
        (
            Stage.RENDERER,
            "bad:ListNeeds",
            "needs of the renderer mine/bad must be a tuple of names, got ['tex",
        ),
        (Stage.RENDERER, "bad:OddNeeds", "needs of the renderer mine/bad may name text, audio, got 'texts'"),
        (Stage.RENDERER, "bad:OddExpresses", "may name pitch_shift_semitones, pitch_variance, speech_rate"),
    ],
)
def test_a_component_that_breaks_its_contract_is_named(
    host: PluginHost, install: Install, stage: Stage, target: str, said: str
) -> None:
    install("bad", BAD_CLASSES)
    host.add(plugin(**{stage.hook: lambda: [classifier("bad", target)]}), "mine")
    with pytest.raises(PluginError) as error:
        host.build(stage, "bad")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("bad:WrongKind", "the renderer 'bad' gave str, not Rendering"),
        ("bad:RenderCrashes", "the renderer 'bad' failed: KeyError: 'x'"),
        ("bad:Mute", "the renderer 'bad' failed: Rendering.output of the kind 'audio' must be of Audio"),
    ],
)
def test_a_renderer_that_fails_is_named(host: PluginHost, install: Install, target: str, said: str) -> None:
    install("bad", BAD_CLASSES)
    host.add(plugin(voxaffect_prosody_renderers=lambda: [classifier("bad", target)]), "mine")
    with pytest.raises(PluginError, match=said):
        ProsodyApplicator(host).render("bad", NEUTRAL_PROSODY)


def test_listing_imports_no_target(install: Install, host_of: HostOf) -> None:
    source = (
        "from voxaffect import *\n@hookimpl\ndef voxaffect_classifiers():\n"
        "    return [Component(name='far', target='faraway:Far')]"
    )
    install("near", source)
    install(
        "faraway", "class Far:\n    requires = ()\n    def classify(self, features): ...", {"unused": "x"}
    )
    host = host_of("near")
    assert host.find(Stage.CLASSIFIER, "far")
    assert "faraway" not in sys.modules
    host.build(Stage.CLASSIFIER, "far")
    assert "faraway" in sys.modules
