"""What the tests of the whole share: corpora, and fresh environments to install wheels into."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
OURS = ("voxaffect", "_voxaffect", "__editable__", "pip", "setuptools")
"""Names in site-packages that a fresh environment must not borrow."""

INSTALLED = ("prosodic", "ssml")
"""Our plugins in a fresh environment."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--corpora",
        metavar="FOLDER",
        default=os.environ.get("VOXAFFECT_CORPORA"),
        help="recordings with a manifest.tsv, for the tests that need real speech [VOXAFFECT_CORPORA]",
    )
    parser.addoption(
        "--training",
        action="store_true",
        help="with --corpora: also the bars that train models, for minutes each",
    )


@pytest.fixture(scope="session")
def training(request: pytest.FixtureRequest) -> None:
    """A test that trains models is skipped where nobody asked for its minutes."""
    if not request.config.getoption("--training"):
        pytest.skip("trains models for minutes: --training")


@pytest.fixture(scope="session")
def corpora(request: pytest.FixtureRequest) -> Path:
    """The folder of recordings; a test that needs it is skipped where it is not given."""
    given = request.config.getoption("--corpora")
    if not given:
        pytest.skip("needs recordings: --corpora FOLDER or VOXAFFECT_CORPORA")
    folder = Path(given).resolve()
    if not (folder / "manifest.tsv").is_file():
        pytest.fail(f"--corpora {folder} has no manifest.tsv")
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@attrs.frozen
class Environment:
    """A fresh virtual environment, and a folder to work in from where no source tree can be imported."""

    folder: Path
    work: Path

    def run_line(self, command: str) -> None:
        """A line as a page prints it: a script of the environment, or pytest, with its arguments."""
        words = shlex.split(command)
        self.run(*(["python", "-m", *words] if words[0] == "pytest" else words))

    def run(self, *command: str, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
        """A script of the environment ("voxaffect", "python"), with its arguments."""
        inherited = {
            k: v for k, v in os.environ.items() if not k.startswith(("VOXAFFECT_", "PYTHON", "PYTEST_"))
        }
        done = subprocess.run(
            [str(self.folder / "bin" / command[0]), *command[1:]],
            cwd=self.work,
            env={**inherited, "COLUMNS": "200", "NO_COLOR": "1", **variables},
            capture_output=True,
            text=True,
        )
        assert not check or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done


def build_wheel(project: Path, into: Path) -> Path:
    """Without isolation, hence without a network."""
    pytest.importorskip("hatchling", reason="builds wheels with hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    return max(into.glob("*.whl"), key=lambda wheel: wheel.stat().st_mtime_ns)


@pytest.fixture(scope="session")
def fresh_environment(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Environment]:
    """Make an environment with the core and the small plugins of ours from wheels, and the projects given.

    Other people's packages (numpy, ...) are borrowed from the running environment, so that nothing is
    downloaded; ours and the projects' are not.
    """
    wheelhouse = tmp_path_factory.mktemp("wheels")
    projects = [REPOSITORY / "core", *(REPOSITORY / "plugins" / name for name in INSTALLED)]
    ours = [build_wheel(project, wheelhouse / project.name) for project in projects]

    def make(*strangers: Path) -> Environment:
        top = tmp_path_factory.mktemp("fresh")
        wheels = ours + [build_wheel(stranger, top / "wheels" / stranger.name) for stranger in strangers]
        environment = Environment(top / "environment", top / "work")
        environment.work.mkdir()
        subprocess.run([sys.executable, "-m", "venv", str(environment.folder)], check=True)
        install = ("pip", "install", "-q", "--no-index", "--no-deps", "--disable-pip-version-check")
        environment.run(*install, *map(str, wheels))
        _borrow(environment.folder, top / "borrowed")
        return environment

    return make


def _borrow(environment: Path, borrowed: Path) -> None:
    borrowed.mkdir()
    for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for entry in Path(folder).iterdir():
            if not entry.name.startswith(OURS) and entry.suffix != ".pth":
                (borrowed / entry.name).symlink_to(entry)
    (site_packages,) = environment.glob("lib/python*/site-packages")
    (site_packages / "borrowed.pth").write_text(f"{borrowed}\n", encoding="utf-8")
