"""Every distribution is of one skeleton, and installing the small ones brings nothing large."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parent.parent
PLUGINS = sorted(path.parent for path in REPOSITORY.glob("plugins/*/pyproject.toml"))
PLUGIN_NAMES = [plugin.name for plugin in PLUGINS]
HEAVY = {"librosa", "numba", "mlx", "torch", "mlx-whisper"}


def toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def everything_installed_with(name: str) -> set[str]:
    """The distribution and all that its metadata pulls in here, extras left out."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in seen:
            continue
        seen.add(name)
        try:
            requirements = [Requirement(line) for line in distribution(name).requires or ()]
        except PackageNotFoundError:
            continue
        waiting += [r.name for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]
    return seen


@pytest.mark.parametrize("plugin", PLUGINS, ids=PLUGIN_NAMES)
def test_a_plugin_carries_one_name_four_times(plugin: Path) -> None:
    settings = toml(plugin / "pyproject.toml")
    package = f"voxaffect_{plugin.name}"
    assert settings["project"]["name"] == package.replace("_", "-")
    assert settings["project"]["entry-points"]["voxaffect"] == {plugin.name: f"{package}.plugin"}
    for file in ("py.typed", "__init__.py", "plugin.py"):
        assert (plugin / "src" / package / file).is_file(), file
    assert (plugin / "README.md").is_file()
    assert list(plugin.glob("tests/test_*.py"))


@pytest.mark.parametrize("plugin", PLUGINS, ids=PLUGIN_NAMES)
def test_a_plugin_asks_for_the_core_and_is_installed_as_a_strangers_would_be(plugin: Path) -> None:
    settings = toml(plugin / "pyproject.toml")
    asked = {Requirement(line).name for line in settings["project"]["dependencies"]}
    assert "voxaffect" in asked
    assert "uv" not in settings["tool"]


@pytest.mark.parametrize("plugin", PLUGINS, ids=PLUGIN_NAMES)
def test_the_workspace_knows_every_plugin(plugin: Path) -> None:
    workspace, core = toml(REPOSITORY / "pyproject.toml"), toml(REPOSITORY / "core" / "pyproject.toml")
    name, package = f"voxaffect-{plugin.name.replace('_', '-')}", f"voxaffect_{plugin.name}"
    assert name in workspace["tool"]["uv"]["sources"]
    assert name in core["project"]["optional-dependencies"]["all"]
    assert f"plugins/{plugin.name}/src" in workspace["tool"]["mypy"]["mypy_path"]
    assert package in workspace["tool"]["mypy"]["packages"]


SMALL = ["voxaffect", "voxaffect-prosodic", "voxaffect-ssml", "voxaffect-rvc"]
if sys.platform == "linux":
    SMALL.append("voxaffect-whisper-mlx")  # whose MLX is for Apple silicon alone


@pytest.mark.parametrize("name", SMALL)
def test_the_small_distributions_bring_nothing_large(name: str) -> None:
    brought = everything_installed_with(name)
    assert "numpy" in brought
    assert not brought & HEAVY


def built_wheel(project: Path, folder: Path) -> Path:
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=project, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_a_wheel_holds_the_package_and_no_tests(repository: Path, tmp_path: Path) -> None:
    names = zipfile.ZipFile(built_wheel(repository / "core", tmp_path)).namelist()
    assert "voxaffect/py.typed" in names
    assert [name for name in names if name.startswith("voxaffect/examples/") and name.endswith(".flac")]
    outside = [name for name in names if not name.startswith(("voxaffect/", "voxaffect-"))]
    assert outside == ["voxaffect_command.py"]
    assert not [name for name in names if "test_" in name]


def test_whispers_wheel_holds_its_model_and_the_licences_in_10_mb(repository: Path, tmp_path: Path) -> None:
    wheel = built_wheel(repository / "plugins" / "whisper_mlx", tmp_path)
    assert wheel.stat().st_size <= 10_000_000
    names = zipfile.ZipFile(wheel).namelist()
    bundled = "voxaffect_whisper_mlx/bundled/"
    for file in (
        "config.json",
        "model.safetensors",
        "NOTICE.txt",
        "head/model.json",
        "head/model.safetensors",
    ):
        assert bundled + file in names
    assert [name for name in names if "/licenses/" in name and name.endswith("NOTICE.txt")]
    assert not [name for name in names if "test_" in name]


def test_ci_runs_the_command_that_the_readme_prints(repository: Path) -> None:
    script, readme = (repository / name for name in (".ci/run", "README.md"))
    assert os.access(script, os.X_OK)
    pattern = re.search(r"grep -m1 -E '([^']+)' README\.md", script.read_text(encoding="utf-8"))
    assert pattern
    lines = [line for line in sh_lines(readme) if re.search(pattern[1], line)]
    assert len(lines) == 1, "one line of the README runs the tests"


def test_the_readmes_commands_stand_on_one_line_and_need_no_uv(repository: Path) -> None:
    commands = [line for line in sh_lines(repository / "README.md") if line.startswith("python3 -m venv")]
    assert len(commands) == 2
    for command in commands:
        assert not re.search(r"\buv\b", command)
        named = re.findall(r"\./(?!\*)([\w/]+)", command)
        assert all((repository / path).exists() for path in named), command


def test_the_lock_file_stays_out(repository: Path) -> None:
    assert "uv.lock" in (repository / ".gitignore").read_text(encoding="utf-8").split()


def sh_lines(page: Path) -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        yield from block.splitlines()
