"""What holds for a component of every stage."""

# Here the tests' names are the sentences.
# ruff: noqa: D102, PT017

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

from voxaffect.components import Stage
from voxaffect.errors import ConfigurationError
from voxaffect.host import PluginHost

WRITTEN = 'docs/reference/hooks.md, "What must hold"'


def must(sentence: str) -> str:
    """What a failure says: what was given, what is right, and where that is written."""
    return f"{sentence} ({WRITTEN})"


@functools.cache
def _imported_by_a_listing() -> frozenset[str]:
    """Modules of a process that only lists the plugins; one process for the contracts of all components."""
    program = "import sys; from voxaffect.host import PluginHost; h = PluginHost(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return frozenset(done.stdout.split())


class ComponentContract:
    """Each stage's contract inherits it."""

    stage: ClassVar[Stage]
    component: ClassVar[str]
    options: ClassVar[Mapping[str, Any]] = {}
    heavy_modules: ClassVar[tuple[str, ...]] = ()
    """Modules that listing the plugins must not import, e.g. ("librosa",)."""

    def build(self) -> Any:
        """The component, found by name and built as a pipeline does it."""
        return PluginHost().build(self.stage, {**self.options, "use": self.component})

    def test_it_is_found_by_name_and_describes_itself(self) -> None:
        found = PluginHost().find(self.stage, self.component).component
        assert found.summary, must("Component(summary=...) is empty: listings show it")
        reason = found.why_unavailable()
        assert reason is None, must(f"it cannot run here: {reason}")

    def test_it_keeps_the_contract_of_its_stage(self) -> None:
        built = self.build()
        assert isinstance(built, self.stage.protocol), must(
            f"{type(built).__name__} is no voxaffect.{self.stage.protocol.__name__}"
        )

    def test_an_unknown_option_is_an_error_that_names_the_known_ones(self) -> None:
        try:
            PluginHost().build(self.stage, {**self.options, "use": self.component, "no_such_option": 1})
        except ConfigurationError as error:
            assert "no_such_option" in str(error)
        else:
            raise AssertionError(
                must("no_such_option = 1 was accepted: name the options in __init__, without **options")
            )

    def test_listing_it_imports_nothing_heavy(self) -> None:
        imported = sorted(_imported_by_a_listing().intersection(self.heavy_modules))
        assert not imported, must(
            f"listing the plugins imports {' '.join(imported)}: import it where the target's module is"
        )
