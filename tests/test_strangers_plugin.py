"""Somebody else's distributions beside ours, all from wheels, in an environment of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from voxaffect.examples import clips

pytestmark = pytest.mark.slow
STRANGERS = Path(__file__).resolve().parent / "strangers"
PIPELINE = """
strategy = "complement"

[classifier]
use = "melodrama"
fast_sps = {fast_sps}

[renderer]
use = "stage_directions"
brackets = "[]"
"""
CLIP = str(clips("anger")[0].path)
FAILURE = "the author never tried it"


@pytest.fixture(scope="module")
def environment(fresh_environment: Any) -> Any:
    made = fresh_environment(STRANGERS / "amateur_theatre", STRANGERS / "broken_at_import")
    for heard, fast_sps in {"excited": 0.0, "sad": 99.0}.items():
        (made.work / f"{heard}.toml").write_text(PIPELINE.format(fast_sps=fast_sps), encoding="utf-8")
    return made


def plugins(environment: Any, **variables: str) -> dict[str, dict[str, Any]]:
    done = environment.run("voxaffect", "plugins", "--format", "json", **variables)
    return {plugin["name"]: plugin for plugin in json.loads(done.stdout)}


def test_nothing_is_imported_from_the_source_tree(environment: Any, repository: Path) -> None:
    program = "import voxaffect, voxaffect_prosodic as p; print(voxaffect.__file__, p.__file__)"
    places = environment.run("python", "-c", program).stdout.split()
    assert all(str(environment.folder) in place for place in places)
    assert not any(place.startswith(str(repository / "core")) for place in places)


def test_a_strangers_components_are_listed_with_their_distribution(environment: Any) -> None:
    theatre = plugins(environment)["theatre"]
    assert (theatre["distribution"], theatre["version"]) == ("amateur-theatre", "3.1")
    assert [offer["full_name"] for offer in theatre["offers"]] == [
        "theatre/melodrama",
        "theatre/understudy",
        "theatre/stage_directions",
    ]


@pytest.mark.parametrize("heard", ["excited", "sad"])
def test_a_strangers_pipeline_runs_on_the_command_line(environment: Any, heard: str) -> None:
    config = ("--config", f"{heard}.toml")
    (result,) = json.loads(environment.run("voxaffect", "analyze", CLIP, *config, "--format", "json").stdout)
    assert result["backend"] == "melodrama"
    assert result["categorical"][0]["emotion"] == heard
    # Complement: excited is answered in kind, sad with affection, whose voice is soft.
    answer = environment.run("voxaffect", "respond", CLIP, *config, "--text", "Come in.").stdout
    assert answer.strip() == {"excited": "[loudly] Come in.", "sad": "[softly] Come in."}[heard]


def test_a_strangers_pipeline_runs_in_python(environment: Any) -> None:
    program = f"""
from voxaffect import Pipeline
response = Pipeline.from_toml("excited.toml").respond({CLIP!r}, text="Come in.")
assert response.heard.prosodic.speech_rate_sps > 0
print(response.heard.top.emotion, response.rendering.output, sorted(response.rendering.unexpressed))
"""
    said = environment.run("python", "-W", "error", "-c", program).stdout
    assert said.startswith("excited [loudly] Come in. [")
    assert "speech_rate" in said


UNDERSTUDY = """
[classifier]
use = "understudy"
inner = { use = "melodrama", fast_sps = 0.0 }
"""


def test_a_strangers_component_wraps_another_and_the_result_names_both(environment: Any) -> None:
    (environment.work / "understudy.toml").write_text(UNDERSTUDY, encoding="utf-8")
    done = environment.run("voxaffect", "analyze", CLIP, "--config", "understudy.toml", "--format", "json")
    (result,) = json.loads(done.stdout)
    assert result["backend"] == "understudy(melodrama)"
    assert result["categorical"][0]["emotion"] == "excited"
    assert result["categorical"][0]["confidence"] <= 0.5
    assert result["prosodic"]["speech_rate_sps"] > 0


def test_a_strangers_plugin_serves_two_versions(environment: Any) -> None:
    assert plugins(environment)["theatre"]["status"] == "loaded"


def test_an_unknown_option_of_a_strangers_component_is_named(environment: Any) -> None:
    config = environment.work / "misspelt.toml"
    config.write_text(PIPELINE.replace("fast_sps", "fast_spz").format(fast_spz=1.0), encoding="utf-8")
    done = environment.run("voxaffect", "analyze", CLIP, "--config", config.name, check=False)
    assert done.returncode == 2
    assert "did you mean 'fast_sps'" in done.stderr


def test_a_plugin_that_raises_at_import_is_reported_and_harms_nothing(environment: Any) -> None:
    listed = plugins(environment)
    assert listed["broken"]["status"] == "failed"
    assert FAILURE in listed["broken"]["error"]
    assert all(listed[name]["status"] == "loaded" for name in ("builtin", "prosodic", "ssml", "theatre"))
    assert FAILURE in environment.run("voxaffect", "plugins").stdout
    environment.run("voxaffect", "--help")


def test_strict_plugins_raises_the_failure(environment: Any) -> None:
    done = environment.run("voxaffect", "plugins", check=False, VOXAFFECT_STRICT_PLUGINS="1")
    assert done.returncode != 0
    assert "broken" in done.stderr
    assert FAILURE in done.stderr


def test_a_disabled_plugin_is_never_imported(environment: Any) -> None:
    trace = environment.work / "broken_was_imported"
    plugins(environment)
    assert trace.exists(), "the trace that this test looks for"
    trace.unlink()
    listed = plugins(environment, VOXAFFECT_DISABLED_PLUGINS="broken", VOXAFFECT_STRICT_PLUGINS="1")
    assert listed["broken"]["status"] == "disabled"
    assert not trace.exists()
