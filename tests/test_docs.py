"""The documentation is true: every block runs, every link leads somewhere, every table is complete.

A page's blocks run in their order, in one folder with the example clips as `fear.flac` and so on:
`python` blocks in one namespace, `toml` blocks as pipelines, lines of `sh` blocks that begin with
`voxaffect`, `pytest` or `curl`; a server that a page begins runs to the page's end, on a free port in place
of the page's. Where a program is missing that a command speaks through, all else runs, and then the page
counts as skipped. A block whose first line is a comment with a path is written to that file; where that makes
a distribution, it is installed in a fresh environment, and the page's commands run there.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sysconfig
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from typer.main import get_command
from voxaffect import STRATEGIES, Component, ComponentUnavailableError, Pipeline, PluginHost, Stage, hookspecs
from voxaffect.cli import main
from voxaffect.cli.app import COMMANDS, make_app
from voxaffect.examples import clips
from voxaffect.pipeline import KEYS
from voxaffect.testing.machine import PATIENCE_S, missing
from voxaffect.types import EmotionPrediction

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for pattern in ("README.md", "core/README.md", "plugins/*/README.md", "docs/**/*.md")
    for path in REPOSITORY.glob(pattern)
)
SLOW = (
    *("README.md", "docs/howto/evaluate-a-backend.md", "docs/howto/hear-with-whisper.md"),
    *("docs/howto/serve.md", "docs/howto/train-a-classifier.md", "docs/howto/write-a-plugin.md"),
)
"""They make a distribution, begin a server, or hear many recordings."""

RUNNABLE = ("voxaffect ", "pytest ", "curl ")
LISTENS = "127.0.0.1:8765"
"""Where a server listens on every page."""


@attrs.frozen
class Block:
    language: str
    code: str
    line: int

    @property
    def file(self) -> str | None:
        """The path that the block's first line names."""
        named = re.match(r"# ([\w./-]+\.(?:py|toml))\n", self.code)
        return named and named[1]


def text_of(page: str) -> str:
    return (REPOSITORY / page).read_text(encoding="utf-8")


def blocks_of(page: str) -> Iterator[Block]:
    text = text_of(page)
    for found in re.finditer(r"^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        yield Block(found[1], found[2], text.count("\n", 0, found.start()) + 2)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a page, with one clip of each acted emotion."""
    for clip in clips():
        shutil.copy(clip.path, tmp_path / f"{clip.acted}.flac")
    monkeypatch.chdir(tmp_path)
    # Baselines that a page saves without naming a folder must not land among the user's own.
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=[pytest.mark.slow] * (page in SLOW)) for page in PAGES]
)
def test_every_block_runs(
    page: str, folder: Path, request: pytest.FixtureRequest, servers: contextlib.ExitStack
) -> None:
    blocks = list(blocks_of(page))
    for block in blocks:
        write(block, folder)
    run: Callable[[str], None] = run_here
    distributions = [made.parent for made in folder.glob("*/pyproject.toml")]
    if distributions:
        environment = request.getfixturevalue("fresh_environment")(*distributions)
        shutil.copytree(folder, environment.work, dirs_exist_ok=True)
        run = environment.run_line
    namespace: dict[str, Any] = {"__name__": "page"}
    address, left_out = LISTENS, set[str]()
    for block in blocks:
        if block.language == "python" and not block.file:
            # Empty lines in front, so that a traceback names the line of the page.
            code = compile("\n" * (block.line - 1) + block.code.replace(LISTENS, address), page, "exec")
            with skipping_without_an_extra():
                exec(code, namespace)
        elif block.language == "toml" and not (distributions and block.file):
            build(tomllib.loads(block.code))
        elif block.language == "sh":
            for command in block.code.splitlines():
                if command.startswith("voxaffect serve "):
                    address = servers.enter_context(serving(f"{command} --port 0"))
                elif absent := lacking(command):
                    left_out.add(absent)
                elif command.startswith(RUNNABLE):
                    run(command.replace(LISTENS, address))
    if left_out:
        pytest.skip(f"all but some commands ran: {', '.join(sorted(left_out))}")


@contextlib.contextmanager
def skipping_without_an_extra() -> Iterator[None]:
    """A page about an extra that is not installed runs where it is: `nox -s adapters`."""
    try:
        yield
    except ImportError as error:
        if "pip install 'voxaffect[" not in str(error):
            raise
        pytest.skip(str(error))


def build(pipeline: dict[str, Any]) -> None:
    """Make what a page configures; a network's weights need not be here, all else must."""
    try:
        Pipeline.from_config(pipeline)
    except ComponentUnavailableError as error:
        if "voxaffect weights fetch" not in str(error):
            raise


def lacking(command: str) -> str:
    """A sentence where the program that a command speaks through is not here."""
    through = {"voxaffect say": "espeak-ng", "curl -sSf": "curl"}.get(" ".join(command.split()[:2]))
    return missing(through) if through else ""


@pytest.fixture
def servers() -> Iterator[contextlib.ExitStack]:
    """What a page has begun; ended with the test."""
    with contextlib.ExitStack() as begun:
        yield begun


@contextlib.contextmanager
def serving(command: str) -> Iterator[str]:
    """A server in a process group of its own, from when it listens; where."""
    server = subprocess.Popen(
        command, shell=True, env=environment(), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert server.stderr is not None
        said = server.stderr.readline()
        address = re.search(r"http://(127\.0\.0\.1:\d+)", said)
        assert address, said
        yield address[1]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.communicate(timeout=PATIENCE_S)


def write(block: Block, folder: Path) -> None:
    if block.file:
        path = folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.code, encoding="utf-8")


def environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"}


def run_here(command: str) -> None:
    """In this process where no shell is needed: most of what a command takes is to begin another."""
    if command.startswith("voxaffect ") and not set(command) & set("|<>&;$*"):
        assert main(shlex.split(command, comments=True)[1:]) == 0, command
        return
    done = subprocess.run(command, shell=True, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_leads_to_a_file(page: str) -> None:
    prose = re.sub(r"^```.*?^```", "", text_of(page), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            linked = (REPOSITORY / page).parent / path if path else REPOSITORY / page
            assert linked.exists(), target
            assert not anchor or anchor in anchors(linked.read_text(encoding="utf-8")), target


def anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_the_hook_reference_agrees_with_the_live_hook_specifications() -> None:
    page = text_of("docs/reference/hooks.md")
    live = {name: getattr(hookspecs, name) for name in vars(hookspecs) if name.startswith("voxaffect_")}
    assert set(re.findall(r"^### `(\w+)`$", page, re.MULTILINE)) == set(live)
    for name, hook in live.items():
        assert f"### `{name}`\n\n{hook.__doc__}\n" in page


def test_the_hook_reference_names_every_field_of_a_component() -> None:
    page = text_of("docs/reference/hooks.md")
    listed = re.search(r"## Component\n(.*?)\n## ", page, re.DOTALL)
    assert listed
    assert set(re.findall(r"^\| `(\w+)`", listed[1], re.MULTILINE)) == set(attrs.fields_dict(Component))


def test_the_hook_reference_names_what_each_contract_demands() -> None:
    rows = re.findall(
        r"^\| (\w+) \| `?(\w*)`? *\| `(\w+)\(", text_of("docs/reference/hooks.md"), re.MULTILINE
    )
    written = {word: {name for name in (attribute, method) if name} for word, attribute, method in rows}
    live = {
        stage.word: {name for name in (*vars(stage.protocol), *stage.protocol.__annotations__)
                     if not name.startswith("_")}
        for stage in Stage
    }  # fmt: skip
    assert written == live


def test_the_configuration_reference_names_every_key_and_strategy() -> None:
    page = text_of("docs/reference/configuration.md")
    assert set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE)) == {*KEYS, *STRATEGIES}


def test_the_environment_reference_names_every_variable_that_the_code_reads() -> None:
    sources = [*REPOSITORY.glob("core/src/**/*.py"), *REPOSITORY.glob("plugins/*/src/**/*.py")]
    read = {
        name for source in sources for name in re.findall(r"\bVOXAFFECT_[A-Z_]+", source.read_text("utf-8"))
    }
    table = re.findall(r"^\| `(VOXAFFECT_\w+)`", text_of("docs/reference/environment.md"), re.MULTILINE)
    assert set(table) == read


def options_of(group: Any, above: str = "") -> dict[str, set[str]]:
    """{"weights fetch": {"--from", ...}} of every command that does something."""
    options: dict[str, set[str]] = {}
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            options |= options_of(command, f"{above}{name} ")
        else:
            flags = {flag for parameter in command.params for flag in parameter.opts}
            options[above + name] = {flag for flag in flags if flag.startswith("--")}
    return options


def test_the_command_line_reference_names_every_command_and_option() -> None:
    page = text_of("docs/reference/command-line.md")
    sections = re.findall(r"^##+ voxaffect ([\w ]+)\n(.*?)(?=^##|\Z)", page, re.DOTALL | re.MULTILINE)
    written = {name: set(re.findall(r"^\| `(--[\w-]+)", text, re.MULTILINE)) for name, text in sections}
    live = options_of(get_command(make_app(*COMMANDS)))
    assert {name: flags for name, flags in written.items() if name in live} == live
    assert all(any(command.startswith(name) for command in live) for name in written)


def test_what_a_page_takes_from_a_prediction_is_there_in_callbacks_that_no_block_calls_too() -> None:
    known = {field.name for field in attrs.fields(EmotionPrediction)}
    taken = {(page, name) for page in PAGES for name in re.findall(r"\.top\.(\w+)", text_of(page))}
    assert taken
    assert {(page, name) for page, name in taken if name not in known} == set()


def test_the_renderer_reference_names_every_installed_renderer_of_ours() -> None:
    ours = {path.parent.name for path in REPOSITORY.glob("plugins/*/pyproject.toml")}
    live = {offer.component.name for offer in PluginHost().offers(Stage.RENDERER) if offer.plugin in ours}
    assert live <= set(re.findall(r"^## `(\w+)`$", text_of("docs/reference/renderers.md"), re.MULTILINE))


def test_the_renderer_reference_has_the_dialects_of_ssml_as_they_are() -> None:
    dialects = pytest.importorskip("voxaffect_ssml").DIALECTS
    parameters = ("pitch_shift_semitones", "pitch_variance", "speech_rate", "volume_db")
    page = text_of("docs/reference/renderers.md")
    rows = re.findall(r"^\| `([\w.-]+)` ((?:\| (?:yes|no) ){5})\|$", page, re.MULTILINE)
    written = {name: [cell == "yes" for cell in re.findall("yes|no", cells)] for name, cells in rows}
    assert written == {
        name: [*(parameter in dialect.prosody for parameter in parameters), dialect.voices]
        for name, dialect in dialects.items()
    }


def test_the_renderer_reference_has_the_flavours_of_rvc_as_they_are() -> None:
    flavours = pytest.importorskip("voxaffect_rvc.flavours").FLAVOURS
    page = text_of("docs/reference/renderers.md")
    rows = dict(re.findall(r"^\| `([\w-]+)` \| `([\w.]+)` \|$", page, re.MULTILINE))
    assert rows == {name: flavour.call for name, flavour in flavours.items()}


def test_the_renderer_reference_has_the_targets_of_instruct_as_they_are() -> None:
    targets = pytest.importorskip("voxaffect_instruct").TARGETS
    listed = re.search(
        r"^## `instruct`\n(.*?)^## ", text_of("docs/reference/renderers.md"), re.DOTALL | re.MULTILINE
    )
    assert listed
    assert set(re.findall(r"^\| `([\w.-]+)` \|", listed[1], re.MULTILINE)) == set(targets)
